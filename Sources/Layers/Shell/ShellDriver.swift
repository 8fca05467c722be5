import Foundation
import Layer
import Runbook

/// A command that nobody else recognises: it runs as written, its effect is unknown, and nothing of it is proven.
public struct ShellDriver: LayerDriver, CheckAnswering {
  public let id = "shell"
  public let tools = ["bash": ["--version"]]

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action else { return nil }
    let looksOnly = ReadOnlyCommands.contains(command)
    let parameters = ShellParameters(command, in: context)
    guard let encoded = try? JSONValue(encoding: parameters) else { return nil }
    return Effect(
      driver: id, layer: .unknown, role: looksOnly ? .observe : .change, summary: Self.summary(of: command),
      place: command.place, directory: context.directory, parameters: encoded,
      reversibility: looksOnly ? .exact : Self.reversibility(of: command, in: context),
      isDestructive: !looksOnly && Self.destroyers.contains(command.name ?? ""),
      isRepeatable: context.binding?.repeatable ?? looksOnly)
  }

  private static let messengers: Set<String> = ["mail", "mailx", "sendmail", "mutt", "msmtp", "swaks"]
  private static let destroyers: Set<String> = ["mkfs", "wipefs", "shred", "fdisk", "parted"]

  private static func reversibility(of command: ParsedCommand, in context: ReadingContext) -> Reversibility {
    if context.binding?.undo != nil { return .partial("by the declared undo command") }
    let name = command.name ?? ""
    if messengers.contains(name) { return .none("a message that is sent cannot be taken back") }
    if destroyers.contains(name) { return .none("what it overwrites is not kept") }
    return .partial("effect unknown: nothing is kept")
  }

  private static func summary(of command: ParsedCommand) -> String {
    let line = command.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.count > 100 || line.count < command.text.count ? line.prefix(99) + "…" : line
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    Observation(summary: effect.role == .observe ? "it only looks" : "nobody knows what it touches")
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    var forecast = Forecast(from: "", to: effect.role == .observe ? "it only looks" : "effect unknown")
    let parameters = try effect.parameters.decoded(as: ShellParameters.self)
    forecast.problems = try await ShellPreflight(parameters: parameters, effect: effect, environment: environment)
      .problems()
    return forecast
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(driver: id, summary: "nothing: its effect is unknown")
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let outcome else { return .unproven("nothing was observed") }
    guard outcome.succeeded else { return .refuted(outcome.summary) }
    return .unproven("exit \(outcome.exitStatus ?? 0), nothing was observed")
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    effect.role == .observe ? .notHappened("it only looks") : .undetermined("nobody knows what it touches")
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    Undone(
      notRestored: [effect.summary],
      summary: "its effect is unknown: nothing was kept; give undo: for it under steps: in backout.yaml")
  }

  /// A `run:` check: read-only by declaration, in the session's folder. Throws `CommandFailure`.
  public func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    guard case .command(let text) = question else { return nil }
    let result = try await environment.runner.run(
      CommandRequest(
        words: ["bash", "--noprofile", "--norc", "-c", try await environment.reveal(text)],
        directory: environment.context.directory, variables: environment.context.variables,
        timeout: min(environment.settings.timeout, 300)))
    let shown = result.output.isEmpty && result.status != 0 ? result.errorText : result.text
    return Answer(text: environment.redactor.redact(shown), exitStatus: result.status)
  }
}

/// What is known of a command that nobody recognises.
struct ShellParameters: Codable, Hashable, Sendable {
  /// The command's name as written; nil where an expansion hides it.
  var program: String?
  /// The script that the program is given, as written.
  var script: String?
  /// Variables without a value.
  var missing: [String]

  init(_ command: ParsedCommand, in context: ReadingContext) {
    let words = command.knownWords(in: context)
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
}

/// What would surely fail, found by looking in the command's own place.
private struct ShellPreflight {
  let parameters: ShellParameters
  let effect: Effect
  let environment: StepEnvironment

  func problems() async throws -> [Problem] {
    var problems: [Problem] = []
    if !parameters.missing.isEmpty {
      let names = parameters.missing.map { "$" + $0 }.joined(separator: ", ")
      problems.append(
        Problem(
          code: "variable-missing", severity: .warning,
          message: "\(names) has no value: neither the environment nor an earlier step sets it"))
    }
    do {
      if let problem = try await missingProgram() {
        problems.append(problem)
      } else if let script = parameters.script, try await !exists(script) {
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
    guard let program = parameters.program, !program.isEmpty, !program.contains("<") else { return nil }
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
    return Problem(code: "command-missing", message: "\(program) is not installed\(place): it is not in PATH")
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
