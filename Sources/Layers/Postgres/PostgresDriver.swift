import Foundation
import Layer
import PostgresAccess
import Runbook

/// Rows and definitions in PostgreSQL: what is kept and what is changed are one transaction.
public struct PostgresDriver: LayerDriver {
  public let id = "postgres"
  public let tools = ["psql": ["--version"]]

  public init() {}

  // MARK: Recognise

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    switch action {
    case .sql(let sql): recognise(sql, in: context)
    case .command(let command): recognise(command, in: context)
    default: nil
    }
  }

  private func recognise(_ sql: SQLText, in context: ReadingContext) -> Effect? {
    let name = context.binding?.connection ?? sql.connection
    var request = Request(connection: ConnectionReference(name: name), statements: [])
    switch context.connections[name] {
    case .sqlite: return nil
    case .postgres, .postgresLiteral: break
    case nil: request.unbound = name
    }
    switch StatementReader.read(sql.text) {
    case .success(let statements):
      if statements.isEmpty { return nil }
      request.statements = statements
    case .failure(let problem): request.syntax = problem
    }
    return effect(of: request, text: sql.text, place: .here, in: context)
  }

  private func recognise(_ command: ParsedCommand, in context: ReadingContext) -> Effect? {
    guard let psql = PsqlCommand(command, in: context) else { return nil }
    var request = Request(connection: psql.connection, statements: [])
    request.needsPsql = psql.needsPsql
    if command.place != .here { request.needsPsql = "it acts in another place (\(command.place.label))" }
    if [.pipeline, .controlFlow, .substitution].contains(command.context) {
      request.needsPsql = request.needsPsql ?? "it stands inside a larger statement"
    }
    var texts: [String] = []
    // SQL that nobody has read may change something, whatever stands beside it.
    var hidesSQL = false
    var unread: [String] = []
    for source in psql.sources {
      switch source {
      case .text(let text): texts.append(text)
      case .file(let path):
        // The file of this name here is another one.
        guard command.place.sharesFiles else {
          hidesSQL = true
          unread.append("psql -f \(path)")
          continue
        }
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
          size <= StatementReader.limit, let data = FileManager.default.contents(atPath: path),
          let text = String(data: data, encoding: .utf8)
        else {
          request.needsPsql = "\(path) cannot be read"
          hidesSQL = true
          unread.append("psql -f \(path)")
          continue
        }
        texts.append(text)
      }
    }
    for text in texts {
      switch StatementReader.read(text) {
      case .success(let statements): request.statements += statements
      case .failure(let problem):
        // A backslash or a colon that is not SQL is psql's: a meta-command or one of its variables.
        if text.contains("\\") || text.contains(":") {
          request.needsPsql = "it uses what only psql understands"
          hidesSQL = true
        } else {
          request.syntax = problem
        }
      }
    }
    return effect(
      of: request, text: (texts + unread).joined(separator: "; "), place: command.place, hidesSQL: hidesSQL,
      in: context)
  }

  private func effect(
    of request: Request, text: String, place: Place, hidesSQL: Bool = false, in context: ReadingContext
  ) -> Effect {
    let changes = request.changes
    let isRead = changes.isEmpty && request.syntax == nil && request.needsPsql == nil
    let targets = (isRead ? request.mentioned : request.relations).map { request.target($0, in: context) }
    let lead = changes.first ?? request.statements.first
    let more = (isRead ? request.statements.count : changes.count) - 1
    var summary = lead?.summary ?? text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if more > 0 { summary += " (and \(more) more)" }
    let isReadThroughPsql = request.needsPsql != nil && changes.isEmpty && !request.statements.isEmpty && !hidesSQL
    var effect = Effect(
      driver: id, layer: changes.contains { $0.kind == .definition } ? .schema : .data,
      role: isRead || isReadThroughPsql ? .observe : .change, summary: String(summary.prefix(200)), place: place,
      directory: context.directory, targets: targets, parameters: request.json,
      reversibility: reversibility(of: request), isDestructive: changes.contains(where: \.destroysData),
      // Where it acts itself, its probe knows: the marker is durable before the COMMIT.
      isRepeatable: isRead || request.needsPsql == nil, isNative: request.needsPsql == nil)
    if effect.role == .change, !effect.isNative { effect.isUnseen = true }
    return effect
  }

  private func reversibility(of request: Request) -> Reversibility {
    if let why = request.changes.compactMap(\.irreversible).first { return .none(why) }
    if let why = request.needsPsql { return .none("psql runs it as written: \(why); it is not kept") }
    let transactions = request.statements.filter { $0.kind == .transaction }.compactMap(\.inverse)
    if !(transactions.isEmpty || transactions == ["TRANS_STMT_BEGIN", "TRANS_STMT_COMMIT"]
      || transactions == ["TRANS_STMT_START", "TRANS_STMT_COMMIT"])
    {
      return .none("its own transactions are not one")
    }
    if request.changes.contains(where: \.isOutsideTransaction) {
      return .partial("PostgreSQL runs it outside a transaction: changes made meanwhile are not kept")
    }
    if let lost = request.changes.compactMap(\.lost).first { return .partial(lost) }
    return .exact
  }

  // MARK: Observe

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let request = try Request(effect)
    if let name = request.unbound { return .notObserved("no connection \"\(name)\" is bound") }
    if let syntax = request.syntax { return .notObserved(syntax.message) }
    if effect.place != .here { return .notObserved("the database of \(effect.place.label) is not looked into") }
    do {
      return try await request.readOnly(in: environment) { connection in
        try await Observing(connection: connection, request: request, environment: environment).observation()
      }
    } catch let failure as PostgresFailure {
      return .notObserved(environment.redactor.redact(failure.description))
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let request = try Request(effect)
    return try await Forecasting(request: request, effect: effect, before: before, environment: environment).forecast()
  }

  public func pins(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> [String: JSONValue] {
    let request = try Request(effect)
    guard request.unbound == nil, request.syntax == nil, request.needsPsql == nil else { return [:] }
    let identity = try await request.readOnly(in: environment) { try await $0.identity() }
    return [PostgresConnection.identityPin: .string(identity)]
  }

  // MARK: Keep and act

  /// What is kept is read inside the change's own transaction, by `act`; this says what that will be.
  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(
      driver: id, facts: .object(["kept": "by the change's own transaction"]),
      summary: effect.isNative && !effect.reversibility.isPointOfNoReturn
        ? "\(before.summary), kept in the change's own transaction" : "nothing: \(effect.reversibility.label)")
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    guard effect.isNative else { throw NotNative(driver: id) }
    let request = try Request(effect)
    if let syntax = request.syntax {
      return Outcome(
        succeeded: false, summary: "\(syntax.message) at character \(syntax.position): nothing was changed")
    }
    do {
      if request.changes.isEmpty && !request.statements.contains(where: \.isOutsideTransaction) {
        return try await look(request, in: environment)
      }
      if request.statements.contains(where: \.isOutsideTransaction) {
        return try await OutsideTransaction(request: request, environment: environment).run()
      }
      var transaction = ChangeTransaction(request: request, effect: effect, environment: environment)
      return try await transaction.run()
    } catch let failure as PostgresFailure {
      return Outcome(
        succeeded: false, summary: "\(environment.redactor.redact(failure.description)): nothing was changed",
        value: failure.state.map { .object(["sqlstate": .string($0)]) })
    }
  }

  /// Statements that only look run in a read-only transaction, whatever they claim.
  private func look(_ request: Request, in environment: StepEnvironment) async throws -> Outcome {
    try await request.readOnly(in: environment) { connection in
      var answers: [QueryAnswer] = []
      for statement in request.statements where statement.kind != .transaction {
        answers.append(try await connection.query(try await environment.reveal(statement.text)))
      }
      return Answers(answers, statements: request.statements).outcome(redactor: environment.redactor)
    }
  }

  // MARK: Verify

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let request = try? Request(effect) else { return .unproven("the effect cannot be read") }
    return Verifying(request: request, context: nil, before: before, after: after, outcome: outcome).verdict()
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    let request = try Request(effect)
    if effect.role == .observe { return .notHappened("it only looks") }
    guard effect.isNative else { return .undetermined("psql ran it as written") }
    guard let marker else {
      return .notHappened("no transaction of this step came as far as its COMMIT")
    }
    guard let transaction = marker["transaction"]?.stringValue else {
      let now = try await observe(effect, in: environment)
      if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) { return .happened(why) }
      return now.isSameState(as: before)
        ? .notHappened("the state is as it was before") : .undetermined("it ran outside a transaction: \(now.summary)")
    }
    do {
      let status = try await request.readOnly(in: environment) {
        try await KeptChange.status(of: transaction, by: $0)
      }
      switch status {
      case "committed": return .happened("PostgreSQL has transaction \(transaction) as committed")
      case "aborted": return .notHappened("PostgreSQL has transaction \(transaction) as rolled back")
      case "in progress": return .undetermined("transaction \(transaction) is still open on the server")
      default: return .undetermined("PostgreSQL no longer knows transaction \(transaction)")
      }
    } catch let failure as PostgresFailure {
      return .undetermined(environment.redactor.redact(failure.description))
    }
  }

  // MARK: Undo

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let request = try Request(effect)
    guard effect.isNative, !effect.reversibility.isPointOfNoReturn else {
      return Undone(notRestored: effect.targets, summary: "nothing was kept: \(effect.reversibility.label)")
    }
    return try await ChangeUndo(
      request: request, environment: environment, answer: answer,
      prefix: "postgres:\(request.connection.label(in: environment.context)) "
    ).run()
  }
}
