import Foundation
import Runbook

/// What a command needs so that it can run at all: its program, its script, its variables.
package struct CommandNeeds: Codable, Hashable, Sendable {
  /// The command's name as written; nil where an expansion hides it.
  package var program: String?
  /// The script that the program is given, as written.
  package var script: String?
  /// Variables without a value.
  package var missing: [String]

  package init(_ command: ParsedCommand, in context: ReadingContext) {
    let prefixes: Set<String> = ["nohup", "setsid", "time", "nice"]
    let words = Array(command.knownWords(in: context).drop { prefixes.contains($0.value ?? "") })
    program = words.first?.value
    script = Self.script(of: words.map(\.value))
    let given = Set(command.assignments.map(\.name))
    var missing: [String] = []
    for word in command.words {
      for name in word.variables where context.variables[name] == nil && !given.contains(name) {
        if Self.hasDefault(name, in: word.text) || Self.isSetByShell(name) || missing.contains(name) { continue }
        missing.append(name)
      }
    }
    self.missing = missing
  }

  private static let interpreters: Set<String> = [
    "python", "python2", "python3", "node", "ruby", "perl", "php", "bash", "sh", "zsh", "source", ".",
  ]

  private static func script(of words: [String?]) -> String? {
    guard var name = words.first ?? nil else { return nil }
    var rest = words.dropFirst()
    if ["uv", "poetry", "pipenv"].contains(name), rest.first == "run", let inner = rest.dropFirst().first ?? nil {
      name = inner
      rest = rest.dropFirst(2)
    }
    guard interpreters.contains(name.split(separator: "/").last.map(String.init) ?? name) else { return nil }
    for word in rest {
      guard let word else { return nil }
      if word.hasPrefix("-") {
        // Flags that take nothing. With any other option it is not known whether the next word is its value.
        let flags: Set<String> = name.hasSuffix("sh") ? ["-x", "-e", "-u", "-ex", "-eu", "-eux"] : ["-u", "-B", "-I"]
        if flags.contains(word) { continue }
        return nil
      }
      return word.contains("<") || word.contains("*") ? nil : word
    }
    return nil
  }

  /// `${NAME:-x}`, `${NAME?}` and the like say themselves what to do without a value.
  private static func hasDefault(_ name: String, in text: String) -> Bool {
    ["-", "=", "?", "+"].contains { text.contains("${\(name)\($0)") || text.contains("${\(name):\($0)") }
  }

  private static func isSetByShell(_ name: String) -> Bool {
    name.first.map { !$0.isLetter && $0 != "_" } ?? true
      || [
        "PWD", "OLDPWD", "HOME", "USER", "PATH", "SHELL", "HOSTNAME", "RANDOM", "SECONDS", "LINENO", "UID", "EUID",
        "PPID", "BASHPID", "IFS", "REPLY", "EPOCHSECONDS", "BASH_VERSION", "BASH_SOURCE", "LOGNAME", "TMPDIR", "LANG",
      ].contains(name)
  }

  /// What would surely fail, found by looking in the command's own place. Read-only.
  package func problems(of effect: Effect, in environment: StepEnvironment) async throws -> [Problem] {
    try await CommandPreflight(needs: self, effect: effect, environment: environment).problems()
  }
}

/// What would surely fail, found by looking in the command's own place.
private struct CommandPreflight {
  let needs: CommandNeeds
  let effect: Effect
  let environment: StepEnvironment

  func problems() async throws -> [Problem] {
    var problems: [Problem] = []
    if !needs.missing.isEmpty {
      // A sourced file or the statement itself may set it: only a shell knows.
      var problem = Problem.missingVariables(needs.missing)
      problem.severity = .warning
      problems.append(problem)
    }
    do {
      if let problem = try await missingProgram() {
        problems.append(problem)
      } else if let script = needs.script, try await !exists(script) {
        problems.append(missing(script))
      }
    } catch let failure as CommandFailure {
      problems.append(
        Problem(
          code: "not-observed", severity: .warning,
          message: "\(effect.place.label) could not be asked for \(effect.summary): \(failure.description)"))
    }
    return problems
  }

  private func missingProgram() async throws -> Problem? {
    guard let program = needs.program, !program.isEmpty, !program.contains("<") else { return nil }
    if effect.place == .here, isPlainlyThere(program) { return nil }
    // `source` and the like are known to bash only; a container may have no bash.
    let shell = effect.place == .here ? "bash" : "sh"
    let result = try await environment.run([shell, "-c", "command -v \"$1\"", shell, program], for: effect)
    // 255 and 125 are ssh's and docker's own failures: the place did not answer.
    if result.status == 0 || result.status == 255 || result.status == 125 { return nil }
    if program.contains("/") { return missing(program) }
    let inFolder = [".venv/bin/", "venv/bin/", "node_modules/.bin/"].map { effect.directory + "/" + $0 + program }
    if effect.place == .here, let path = inFolder.first(where: FileManager.default.isExecutableFile) {
      return Problem(
        code: "command-missing", severity: .warning,
        message: "\(program) is not in PATH; \(path) is, once its environment is activated")
    }
    let place = effect.place == .here ? "" : " in \(effect.place.label)"
    return Problem(
      code: "command-missing",
      message: "\(program) is not installed\(place): it is not in PATH. Install it, or put its folder into PATH")
  }

  /// Whether a program file is found where bash would look, without starting one: a long plan has many steps. Where it
  /// is not, bash is asked, which knows its own commands too.
  private func isPlainlyThere(_ program: String) -> Bool {
    let path = environment.context.variables["PATH"] ?? ""
    let files =
      program.hasPrefix("/")
      ? [program]
      : (program.contains("/") ? [effect.directory] : path.split(separator: ":").map(String.init))
        .filter { $0.hasPrefix("/") }.map { "\($0)/\(program)" }
    return files.contains { file in
      var status = stat()
      return stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(file, X_OK) == 0
    }
  }

  private func exists(_ path: String) async throws -> Bool {
    let result = try await environment.run(["test", "-e", path], for: effect)
    return result.status != 1
  }

  private func missing(_ path: String) -> Problem {
    var context = environment.context
    context.directory = effect.directory
    return Problem(
      code: "script-missing", message: "\(context.absolutePath(path)) is not there, and \(effect.summary) runs it")
  }
}
