import Layer
import PostgresAccess
import Runbook

/// One migration tool: a row of the table, no more. What it leaves nil, it cannot do.
struct MigrationTool: Sendable {
  var id: String
  /// What a command of this tool asks for; nil: it is another's, or does nothing to a database.
  var read: @Sendable (CommandWords) -> Reading?
  /// Where the database is, and where the command brings it. Read-only.
  var locate: (@Sendable (ToolRunner) async throws -> Position)?
  /// The SQL that the migrations of a route would run. Read-only.
  var script: (@Sendable (ToolRunner, Route) async throws -> Script)?
  /// What brings the database back from where the route ends to where it begins: commands in order.
  var wayBack: (@Sendable (ToolRunner, Route) async throws -> [[String]])?
  /// Where the tool itself writes down what is applied.
  var ledger: Ledger?

  struct Ledger: Sendable {
    var table: RelationName
    /// What identifies an applied migration in it.
    var sql: String
  }

  /// A command of the tool, as its arguments say it.
  struct Reading {
    var verb: SchemaRequest.Verb
    /// From the runner to the last option before the verb.
    var launcher: [String]
    var options: [String] = []
    var target: String?
    var application: String?
  }

  struct Position: Sendable {
    var current: [String]
    var chain: MigrationChain
    /// What the tool itself says of the way, where nobody can tell by the chain.
    var route: Route?
    var problems: [Problem] = []
    /// What the tool's own table must hold, where the connection is to the same database. Nil: not known.
    var ledger: Set<String>?
  }

  struct Script: Sendable {
    /// Nil: nobody knows what the migrations touch.
    var sql: String?
    /// Why not.
    var why: String?
    var problems: [Problem] = []
  }

  /// The table. `declared` is not in it: a team's own commands say what it is.
  static let all = [alembic, django, sqitch] + others

  static func named(_ id: String) -> MigrationTool? { id == declared.id ? declared : all.first { $0.id == id } }

  /// The way to the request's target through the chain. Throws `MigrationChain.NoRoute`.
  static func route(_ request: SchemaRequest, _ position: Position) throws(MigrationChain.NoRoute) -> Route {
    if let route = position.route { return route }
    if let problem = position.problems.first {
      throw MigrationChain.NoRoute(problem: problem)
    }
    if let one = request.declared?.captures["revision"] {
      return try position.chain.one(one, isDown: request.verb == .down, from: position.current)
    }
    let target = request.target ?? ""
    switch request.verb {
    case .down: return try position.chain.down(to: target, from: position.current)
    case .up: return try position.chain.up(to: target, from: position.current)
    case .stamp:
      let to: [String]
      switch target {
      case "base": to = []
      case "head", "heads": to = try position.chain.up(to: target, from: []).to
      default:
        guard let found = position.chain.find(target) else {
          throw MigrationChain.NoRoute(
            problem: Problem(code: "target-unknown", message: "there is no revision \(target)"))
        }
        to = [found.id]
      }
      return Route(from: position.current, to: to, steps: [])
    case .look, .list: return Route(from: position.current, to: position.current, steps: [])
    }
  }
}

/// The tool did not answer what it was asked: nothing was changed.
struct ToolFailure: Error, Hashable, CustomStringConvertible {
  var description: String
  /// Of the problem that it is.
  var code = "not-observed"
}

/// Asks one tool, in the effect's own place.
struct ToolRunner: Sendable {
  let request: SchemaRequest
  let effect: Effect
  let environment: StepEnvironment
  /// Whether what is in the way is asked for too.
  var isForecast = false
  /// The chain, where it is known already: nobody asks for it again.
  var chain: MigrationChain?
  /// Seconds that a look may take.
  private static let patience = 120

  init(request: SchemaRequest, effect: Effect, environment: StepEnvironment) {
    self.request = request
    self.effect = effect
    self.environment = environment
  }

  /// Runs the tool with `arguments` after its launcher. Throws `ToolFailure` where it cannot be started.
  func run(_ arguments: [String], isLook: Bool = true) async throws -> CommandResult {
    try await run(words: filled(request.launcher) + arguments, isLook: isLook)
  }

  func run(words: [String], isLook: Bool = true) async throws -> CommandResult {
    if let unknown = request.unknown { throw ToolFailure(description: unknown) }
    var environment = environment
    if isLook { environment.settings.timeout = min(Self.patience, environment.settings.timeout) }
    var variables: [String: String] = [:]
    for (name, word) in request.variables { variables[name] = try await value(of: word) }
    do {
      let result = try await environment.run(words, for: effect, variables: variables)
      // 127 of a shell, 126 and 127 of `docker exec`: the program is not in that place.
      if !effect.place.isHere, result.status == 127 || result.status == 126 {
        throw ToolFailure(
          description: "\(words.first ?? "the tool") is not in \(effect.place.label): \(said(result))",
          code: "tool-missing")
      }
      return result
    } catch let failure as CommandFailure {
      throw ToolFailure(
        description: "\(failure.description)\(effect.place.isHere ? "" : " (\(effect.place.label))")",
        code: failure.reason == .notFound ? "tool-missing" : "not-observed")
    }
  }

  /// As `run`, of a tool that must succeed. Throws `ToolFailure` with the end of what it said.
  func text(_ arguments: [String]) async throws -> String {
    let result = try await run(arguments)
    guard result.status == 0 else { throw failed(arguments, result) }
    return result.text
  }

  func failed(_ arguments: [String], _ result: CommandResult) -> ToolFailure {
    ToolFailure(
      description:
        "`\(request.tool) \(arguments.prefix(3).joined(separator: " "))` exits \(result.status): \(said(result))")
  }

  /// The end of what a command said, for people.
  func said(_ result: CommandResult) -> String {
    let lines = (result.errorText.isEmpty ? result.trimmed : result.errorText).split(whereSeparator: \.isNewline)
    // What a traceback ends with says most; SQLAlchemy adds a line about its documentation.
    let telling = lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter {
      !$0.isEmpty && !$0.hasPrefix("(Background on this error")
    }
    return environment.redactor.redact(String((telling.last ?? "nothing").prefix(300)))
  }

  func filled(_ words: [ToolWord]) async throws -> [String] {
    var result: [String] = []
    for word in words { result.append(try await value(of: word)) }
    return result
  }

  private func value(of word: ToolWord) async throws -> String {
    switch word {
    case .literal(let text): return try await environment.reveal(text)
    case .variable(let name):
      guard let value = environment.context.variables[name] else {
        throw ToolFailure(description: UnsetVariable.text(name))
      }
      return value
    }
  }
}
