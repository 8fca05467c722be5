import Runbook

/// What `backout init` writes: `backout.yaml` with every hole of a runbook, as comments to fill in.
public struct BindingsTemplate: Sendable {
  private let runbook: Runbook
  /// The name under `runbooks:`.
  private let name: String
  /// Whether a folder is on this machine: a target that only reads cannot look.
  private let hasFolder: @Sendable (String) -> Bool
  /// A command that prints the release before the one that runs; nil: nothing here tells which that is.
  private let previousRelease: String?
  /// A hole's name → what is worth saying of it.
  private let remarks: [String: String]

  public init(
    _ runbook: Runbook, named name: String? = nil, previousRelease: String? = nil, remarks: [String: String] = [:],
    hasFolder: @escaping @Sendable (String) -> Bool = { _ in true }
  ) {
    self.previousRelease = previousRelease
    self.remarks = remarks
    self.runbook = runbook
    self.name = name ?? runbook.source
    self.hasFolder = hasFolder
  }

  private var steps: [(procedure: Procedure, stage: Stage, step: Step)] {
    var seen: Set<String> = []
    return runbook.procedures.flatMap { procedure in
      procedure.stages.flatMap { stage in
        stage.steps.compactMap { step in
          // A stage that several procedures share is written once.
          seen.insert("\(step.id):\(step.line)").inserted ? (procedure, stage, step) : nil
        }
      }
    }
  }

  /// The whole file, for a service without one.
  public func text(service: String?) -> String {
    var lines = [
      "# Written by `backout init`. Each `#` line below is a hole of \(name): fill it in and take the `#` away.",
      "# Secrets are references (env:NAME, file:PATH, command:TEXT), never values.",
      service.map { "service: \(Self.scalar($0))" } ?? "# service: name-of-the-service", "runbooks:",
      "  \(Self.scalar(name)):",
    ]
    let holes = runbook.placeholders.filter { $0.form != .host && $0.form != .variable }
    if !holes.isEmpty {
      lines.append("    parameters:")
      for hole in holes {
        let required = hole.required ? "required" : "stays as written until bound"
        lines.append("      # \(hole.spelling.oneLine) on \(Self.places(hole.lines)), \(required)")
        if let remark = remarks[hole.name] { lines.append("      # \(remark.oneLine)") }
        lines.append("      # \(Self.scalar(hole.name)): \(suggestion(hole))")
      }
    }
    let hosts = self.hosts
    if !hosts.isEmpty {
      lines.append("    endpoints:")
      for (origin, line) in hosts { lines.append("      # \(Self.scalar(origin)): https://…   # line \(line)") }
    }
    if needsConnection {
      lines.append("    connections:")
      lines.append("      # default: { postgres: env:DATABASE_URL }")
    }
    let folders = foreignFolders
    if !folders.isEmpty {
      lines.append("    commands:   # what runs here instead; `cd .` stays where the run starts, the repository's root")
      for folder in folders {
        lines.append("      # line \(folder.line): \(folder.folder) is not on this machine")
        lines.append("      # \(Self.scalar(folder.command)): cd .")
      }
    }
    let choices = self.choices
    if !choices.isEmpty {
      lines.append("    choices:   # left out: asked in the run")
      for choice in choices {
        let options = choice.options.map { "\($0.id) (\($0.title.oneLine))" }.joined(separator: ", ")
        lines.append("      # line \(choice.line): \(options), or \(Choice.noOption)")
        lines.append("      # \(choice.id): \(choice.options.first?.id ?? "")")
      }
    }
    lines += procedureLines
    lines += stepLines
    lines += peopleLines
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the bindings lack for this runbook, a line each.
  public func missing(_ bindings: Bindings?, environment: String? = nil) -> [String] {
    let bound = bindings?.bindings(for: name, environment: environment) ?? RunbookBindings()
    var result: [String] = []
    if bindings?.service == nil { result.append("service: the name of the service") }
    for hole in runbook.placeholders where hole.required && bound.parameters[hole.name] == nil {
      result.append("parameters: \(hole.name) fills \(hole.spelling.oneLine) on \(Self.places(hole.lines))")
    }
    if needsConnection, bound.connections["default"] == nil {
      result.append("connections: default, for the SQL of the runbook")
    }
    for (origin, line) in hosts where Self.isExample(origin) && !bound.endpoints.keys.contains(where: origin.hasPrefix)
    {
      let isBound = runbook.placeholders.contains {
        $0.form == .host && origin.contains($0.spelling) && bound.parameters[$0.name] != nil
      }
      if !isBound { result.append("endpoints: \(origin) on line \(line) is an example's address") }
    }
    for folder in foreignFolders where !bound.commands.keys.contains(where: folder.isMapped) {
      result.append(
        "commands: `\(folder.command)` on line \(folder.line) goes to a folder that is not on this machine; "
          + "`\(Self.scalar(folder.command)): cd .` stays in the repository")
    }
    for choice in choices {
      guard let chosen = bound.choices[choice.id] else { continue }
      if chosen != Choice.noOption, !choice.options.contains(where: { $0.id == chosen }) {
        result.append(
          "choices: \(choice.id) has no option \(chosen); it has \(choice.options.map(\.id).joined(separator: ", "))")
      }
    }
    for (_, _, step) in steps {
      if case .code(let language, _) = step.action, bound.steps[step.id]?.run == nil, bound.steps[step.id]?.skip == nil
      {
        result.append("steps: \(step.id) on line \(step.line) is \(language) code, which runs only with `run:`")
      }
    }
    return result
  }

  // MARK: Parts

  private var choices: [Choice] {
    var seen: Set<String> = []
    return runbook.procedures.flatMap(\.stages).flatMap(\.choices).filter { seen.insert($0.id).inserted }
  }

  /// SQL of a fence; a command such as `psql` says itself where it connects.
  private var needsConnection: Bool {
    steps.contains { _, _, step in if case .sql = step.action { true } else { false } }
  }

  private struct ForeignFolder {
    /// As written: `commands:` maps words by their text.
    var command: String
    var folder: String
    var line: Int

    func isMapped(by key: String) -> Bool { command == key || command.hasPrefix(key + " ") }
  }

  /// Folders that the runbook goes to by their whole path and that are not here: it was written for another machine.
  private var foreignFolders: [ForeignFolder] {
    var result: [ForeignFolder] = []
    for (_, _, step) in steps {
      guard case .shell(let statement) = step.action else { continue }
      for command in statement.commands where command.place == .here && ["cd", "pushd"].contains(command.name ?? "") {
        guard command.words.count == 2, let folder = command.words[1].value ?? command.words[1].homeFolder,
          folder.hasPrefix("/") || folder.hasPrefix("~"), !folder.contains("<"), !hasFolder(folder),
          !result.contains(where: { $0.command == command.text })
        else { continue }
        result.append(ForeignFolder(command: command.text, folder: folder, line: command.line))
      }
    }
    return result
  }

  /// Scheme and host of every other machine that a command calls.
  private var hosts: [(String, Int)] {
    var result: [(String, Int)] = []
    for (_, _, step) in steps where step.kind == .http {
      for part in step.text.split(whereSeparator: { $0.isWhitespace || "\"'`".contains($0) }) {
        guard let range = part.firstRange(of: "://") else { continue }
        let host = part[range.upperBound...].prefix { !"/?#".contains($0) }
        let origin = part[..<range.upperBound] + host
        if origin.hasPrefix("http"), !host.isEmpty, !Self.isLoopback(host), !result.contains(where: { $0.0 == origin })
        {
          result.append((String(origin), step.line))
        }
      }
    }
    return result
  }

  private static func isLoopback(_ host: Substring) -> Bool {
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } : host.prefix { $0 != ":" }
    return ["localhost", "[::1", "0.0.0.0"].contains(name) || name.hasPrefix("127.")
  }

  private static func isExample(_ origin: String) -> Bool {
    origin.contains("example.") || origin.contains("your-") || origin.contains("yourdomain") || origin.contains("your.")
  }

  /// Partial options of the document, composed of the stages of its main procedure.
  private var procedureLines: [String] {
    guard let main = runbook.procedure("full") ?? runbook.procedures.first else { return [] }
    let partial = runbook.facts.filter { $0.kind == .partial }
    let composed = partial.compactMap { fact in PartialOption.composed(fact, of: main).map { (fact, $0) } }
    guard !composed.isEmpty else { return [] }
    var lines = ["    procedures:   # parts of \(Self.scalar(main.id)); run one by its name"]
    for (fact, procedure) in composed {
      let title = fact.text.split(separator: "\n").first.map(String.init) ?? ""
      lines.append("      # line \(fact.line): \(title)")
      lines.append("      # \(procedure.id): [\(procedure.stages.map(Self.scalar).joined(separator: ", "))]")
    }
    return lines
  }

  private var stepLines: [String] {
    var lines: [String] = []
    for (_, stage, step) in steps {
      for candidate in stage.guardCandidates
      where stage.steps.first(where: { $0.line > candidate.line && $0.role == .change })?.id == step.id {
        lines.append("      # line \(candidate.line): \(candidate.text.oneLine)")
        lines.append(
          "      # \(step.id): { is: \(Self.scalar(Self.beginning(step))), guard: { sql: SELECT …, expect: 0 } }")
      }
      switch step.action {
      case .code(let language, _):
        lines.append("      # line \(step.line): \(language) code, which runs only where `run:` says how")
        lines.append("      # \(step.id): { run: command }")
      case .config(let block) where block.file == nil:
        lines.append("      # line \(step.line): settings; name their file once as `config_file:` beside `steps:`")
      case .manual:
        lines.append("      # line \(step.line): \(step.title.oneLine)")
        lines.append("      # \(step.id): { run: command }   # or leave it to a person")
      case .shell(let statement) where step.role == .change && !step.interactive && Self.isScript(statement):
        let again = Self.restarts(statement) ? Self.scalar(step.text.oneLine) : "COMMAND"
        lines.append("      # line \(step.line): a script: what proves that it worked, and what takes it back")
        lines.append(
          "      # \(step.id): { is: \(Self.scalar(Self.beginning(step))), "
            + "verify: { http: URL, expect: { status: 200 } }, undo: \(again) }")
      case .shell where step.interactive:
        lines.append("      # line \(step.line): needs a terminal or never returns")
        lines.append("      # \(step.id): { is: \(Self.scalar(Self.beginning(step))), run: command }")
      default: break
      }
    }
    return lines.isEmpty ? [] : ["    steps:"] + lines
  }

  private var peopleLines: [String] {
    guard !runbook.contacts.isEmpty else { return [] }
    return ["people:"]
      + runbook.contacts.map { "  # \(Slug.make($0.role)): { name: …, notify: … }   # line \($0.line)" }
  }

  /// Whether it runs a program by its path: nobody else knows what that does.
  private static func isScript(_ statement: ShellStatement) -> Bool {
    statement.commands.count == 1 && statement.commands[0].name?.contains("/") == true
  }

  /// A restart is undone by another one, once what it starts has been put back.
  private static func restarts(_ statement: ShellStatement) -> Bool {
    let name = statement.commands.first?.name?.split(separator: "/").last.map(String.init) ?? ""
    return ["restart", "reload"].contains(where: name.contains) && !statement.text.contains("\n")
  }

  private static func beginning(_ step: Step) -> String {
    let first = step.text.split(separator: "\n").first.map(String.init) ?? ""
    return first.split(separator: " ").prefix(3).filter { $0 != "\\" }.joined(separator: " ")
  }

  private func suggestion(_ hole: Placeholder) -> String {
    let words = WordList(hole.name.replacingUnderscores)
    if words.containsAny(["key", "secret", "token", "password", "jwt", "credential*"]) {
      let name = hole.name.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }
      return "{ secret: env:\(String(name)) }"
    }
    if words.containsAny(["commit", "hash", "sha"]) {
      // A revert names what is bad, and HEAD~1 is what runs where the runbook itself was committed last.
      if let previousRelease, !words.containsAny(["bad", "broken", "faulty", "failed", "revert*"]) {
        return "{ from: \(Self.scalar(previousRelease)) }"
      }
      return "value   # a commit that `git log --oneline` lists; the newest may be this runbook's own"
    }
    return "value"
  }

  private static func places(_ lines: [Int]) -> String {
    lines.count == 1 ? "line \(lines[0])" : "lines \(lines.map(String.init).joined(separator: ", "))"
  }

  /// A key or value that YAML takes as it stands, else in double quotes.
  static func scalar(_ text: String) -> String {
    let isPlain =
      !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "._/-".contains($0) }
      && text.first?.isLetter == true
    if isPlain { return text }
    let escaped = text.flatMap { character -> [Character] in
      switch character {
      case "\"": ["\\", "\""]
      case "\\": ["\\", "\\"]
      case "\n": ["\\", "n"]
      default: [character]
      }
    }
    return "\"" + String(escaped) + "\""
  }
}

extension Word {
  /// `~/x`, where nothing else in it is the shell's.
  fileprivate var homeFolder: String? {
    text.hasPrefix("~") && variables.isEmpty && !hasCommandSubstitution && !hasGlob ? text : nil
  }
}

extension String {
  /// Line feeds would break out of a comment.
  fileprivate var oneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
  fileprivate var replacingUnderscores: String { String(map { $0 == "_" || $0 == "-" ? " " : $0 }) }
}
