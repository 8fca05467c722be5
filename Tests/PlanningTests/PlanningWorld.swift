import Foundation
import Layer
import Planning
import Runbook

/// Enough of a shell parser for tests: quotes, `&&`, `;`, `|`, `$X`, redirections, one statement a line.
struct LineParser: ShellParsing {
  func statements(of text: String, line: Int) -> [ShellStatement] {
    text.split(separator: "\n").enumerated().map { offset, part in statement(String(part), line: line + offset) }
  }

  func statement(_ text: String, line: Int = 1) -> ShellStatement {
    var commands: [ParsedCommand] = []
    var words: [String] = []
    var isPipeline = false
    func close() {
      if !words.isEmpty { commands.append(command(words, line: line)) }
      words = []
    }
    for token in tokens(of: text) {
      switch token {
      case "&&", ";", "||": close()
      case "|":
        isPipeline = true
        close()
      default: words.append(token)
      }
    }
    close()
    if commands.count > 1 {
      for index in commands.indices { commands[index].context = isPipeline ? .pipeline : .sequence }
    }
    return ShellStatement(text: text, commands: commands)
  }

  private func tokens(of text: String) -> [String] {
    var result: [String] = []
    var word = ""
    var quote: Character?
    for character in text {
      if let open = quote {
        word.append(character)
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
        word.append(character)
      } else if character == " " {
        if !word.isEmpty { result.append(word) }
        word = ""
      } else if character == ";" {
        if !word.isEmpty { result.append(word) }
        word = ""
        result.append(";")
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { result.append(word) }
    return result
  }

  private func command(_ tokens: [String], line: Int) -> ParsedCommand {
    var result = ParsedCommand(words: [], line: line)
    var rest = tokens[...]
    if rest.first == "sudo" {
      result.place = .sudo(user: nil)
      rest.removeFirst()
    } else if rest.first == "ssh", rest.count > 2 {
      result.place = .ssh(host: rest[rest.startIndex + 1], options: [])
      rest.removeFirst(2)
    }
    while let first = rest.first, let sign = first.firstIndex(of: "="), result.words.isEmpty,
      first[..<sign].allSatisfy({ $0.isLetter || $0 == "_" })
    {
      result.assignments.append(
        Assignment(name: String(first[..<sign]), value: word(String(first[first.index(after: sign)...]))))
      rest.removeFirst()
    }
    while let token = rest.popFirst() {
      if token == ">" || token == ">>", let target = rest.popFirst() {
        result.redirections.append(Redirection(operator: token, target: word(target)))
      } else {
        result.words.append(word(token))
      }
    }
    return result
  }

  private func word(_ text: String) -> Word {
    var variables: [String] = []
    var value = ""
    var quote: Character?
    var characters = Array(text)[...]
    while let character = characters.popFirst() {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
      } else if character == "$", quote != "'" {
        if characters.first == "{" { characters.removeFirst() }
        let name = String(characters.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        if !name.isEmpty { variables.append(name) }
      } else {
        value.append(character)
      }
    }
    return Word(text: text, value: variables.isEmpty ? value : nil, variables: variables)
  }
}

/// A driver made of what a test says.
struct FakeDriver: LayerDriver {
  var id: String
  var recognises: @Sendable (ParsedAction, ReadingContext) -> Effect?
  var observes: @Sendable (Effect) throws -> Observation = { Observation(summary: "as \($0.summary) finds it") }
  var forecasts: @Sendable (Effect) throws -> Forecast = { Forecast(from: "now", to: $0.summary) }
  var offers: @Sendable ([QuarantineChange]) throws -> [QuarantineOffer] = { _ in [] }

  func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard var effect = recognises(action, context) else { return nil }
    effect.driver = id
    return effect
  }
  func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation { try observes(effect) }
  func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast { try forecasts(effect) }
  func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(driver: id, summary: "")
  }
  func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Layer.Verdict {
    .unproven("")
  }
  func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone { Undone(summary: "") }
  func quarantines(
    after changes: [QuarantineChange], in environment: StepEnvironment
  ) async throws -> [QuarantineOffer] { try offers(changes) }
}

extension FakeDriver {
  /// Takes every command; nobody knows what it touches.
  static let shell = FakeDriver(
    id: "shell",
    recognises: { action, context in
      guard case .command(let command) = action, !command.words.isEmpty else { return nil }
      let reads = ["echo", "cat", "ls"].contains(command.name)
      return Effect(
        driver: "", layer: .unknown, role: reads ? .observe : .change,
        summary: command.words.map(\.valueOrText).joined(separator: " "),
        place: command.place, directory: context.directory,
        reversibility: reads ? .exact : .none("nobody knows what it touches"))
    })

  static let person = FakeDriver(
    id: "manual",
    recognises: { action, context in
      guard case .manual(let text) = action else { return nil }
      return Effect(driver: "", layer: .person, summary: text, directory: context.directory)
    })

  /// The last word is the table; `SELECT` only looks.
  static func sql(_ forecasts: @escaping @Sendable (Effect) throws -> Forecast) -> FakeDriver {
    FakeDriver(
      id: "postgres",
      recognises: { action, context in
        guard case .sql(let sql) = action else { return nil }
        let table = sql.text.contains("dev.calls") ? "dev.calls" : "other"
        return Effect(
          driver: "", layer: .data, role: sql.text.hasPrefix("SELECT") ? .observe : .change, summary: sql.text,
          directory: context.directory, targets: ["db \(table)"], isNative: true)
      }, forecasts: forecasts)
  }

  static let http = FakeDriver(
    id: "http",
    recognises: { action, context in
      guard case .command(let command) = action, command.name == "curl" else { return nil }
      return Effect(
        driver: "", layer: .endpoint, summary: command.words.map(\.valueOrText).joined(separator: " "),
        directory: context.directory, targets: ["http"], isNative: command.context == .alone)
    })

  /// `git checkout` removes these files.
  static func git(removes: [String], bytes: Int = 0) -> FakeDriver {
    FakeDriver(
      id: "git",
      recognises: { action, context in
        guard case .command(let command) = action, command.name == "git" else { return nil }
        return Effect(
          driver: "", layer: .code, summary: command.words.map(\.valueOrText).joined(separator: " "),
          directory: context.directory, targets: ["git HEAD"])
      }, forecasts: { Forecast(from: "now", to: $0.summary, bytes: bytes, removes: removes) })
  }

  /// Writes by redirection only.
  static let files = FakeDriver(
    id: "files",
    recognises: { action, context in
      guard case .command(let command) = action, command.words.isEmpty, let first = command.redirections.first else {
        return nil
      }
      return Effect(
        driver: "", layer: .files, summary: "write", directory: context.directory,
        targets: ["file:" + context.absolutePath(first.target.valueOrText)])
    })
}

/// Answers `from:` commands.
struct FakeRunner: CommandRunning {
  /// By the whole command, else by its last word.
  var results: [String: CommandResult] = [:]
  func run(_ request: CommandRequest) async throws -> CommandResult {
    // A place that is tried beforehand answers.
    if request.words.last == "true" { return CommandResult(status: 0, output: Data()) }
    return results[request.words.joined(separator: " ")] ?? results[request.words.last ?? ""]
      ?? CommandResult(status: 127, output: Data(), errors: Data("not found".utf8))
  }
}

/// Answers every SQL check with a number.
struct FakeChecks: CheckAnswering {
  var count: Int
  func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    Answer(value: .integer(count), text: String(count))
  }
}

/// A runbook in a few lines, and its plan.
struct PlanningWorld {
  var stages: [Stage] = []
  var placeholders: [Placeholder] = []
  var bindings = RunbookBindings()
  var drivers: [FakeDriver] = [
    .git(removes: []), .http, .files, .sql { Forecast(from: "now", to: $0.summary) }, .person, .shell,
  ]
  var runner = FakeRunner()
  var checks: FakeChecks?
  var request = PlanningRequest(
    runbook: Runbook(title: "T", source: "ROLLBACK.md"), document: "text", path: "/srv/app/ROLLBACK.md",
    variables: ["HOME": "/home/me"], directory: "/srv/app", service: "app")

  init(_ commands: String...) { stages = [Self.stage("step-1", commands.map(Self.shell))] }
  init(stages: [Stage]) { self.stages = stages }

  static func shell(_ text: String) -> Step {
    Step(
      id: "", line: 1, endLine: 1, title: text, kind: .shell, role: .change,
      action: .shell(LineParser().statement(text)),
      place: text.hasPrefix("sudo ") ? .sudo(user: nil) : .here)
  }

  static func sql(_ text: String) -> Step {
    Step(id: "", line: 1, endLine: 1, title: text, kind: .sql, role: .change, action: .sql(SQLText(text: text)))
  }

  static func stage(_ id: String, _ steps: [Step], optional: Bool = false, choices: [Choice] = []) -> Stage {
    var numbered = steps
    for index in numbered.indices {
      numbered[index].id = "\(id)/\(index + 1)"
      numbered[index].line = 10 + index
      numbered[index].endLine = 10 + index
    }
    return Stage(id: id, title: id, line: 9, optional: optional, choices: choices, steps: numbered)
  }

  static func angle(_ name: String) -> Placeholder {
    Placeholder(name: name, spelling: "<\(name)>", form: .angle, lines: [10], required: true)
  }

  func plan() async throws -> Plan {
    var request = request
    if request.runbook.procedures.isEmpty {
      request.runbook.procedures = [Procedure(id: "full", title: "All", line: 1, stages: stages)]
    }
    request.runbook.placeholders = placeholders
    request.bindings.runbooks["ROLLBACK.md"] = bindings
    return try await Planner(
      drivers: DriverList(drivers), parser: LineParser(), runner: runner, checks: checks
    ).plan(request)
  }
}

extension Plan {
  func codes(_ severity: Problem.Severity = .error) -> [String] {
    problems.filter { $0.severity == severity }.map(\.name)
  }
}
