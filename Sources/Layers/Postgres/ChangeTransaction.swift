import Foundation
import Layer
import PostgresAccess
import Runbook

/// Keeps and changes in one transaction: whatever is committed has its before-image on disk.
struct ChangeTransaction {
  var request: Request
  var effect: Effect
  var environment: StepEnvironment
  /// Tables, by object identifier, of which a former attempt showed that only a whole comparison tells the rows.
  private var whole: Set<String> = []
  private static let attempts = 6

  init(request: Request, effect: Effect, environment: StepEnvironment) {
    self.request = request
    self.effect = effect
    self.environment = environment
  }

  /// Something else was in the way; the next attempt knows more.
  private struct Again: Error {
    var why: String
    var whole: Set<String> = []
  }

  /// The change could not be made or kept: nothing was changed.
  struct Refused: Error {
    var why: String
  }

  /// Throws `OutcomeUnknown` where the connection went while the transaction was being committed.
  mutating func run() async throws -> Outcome {
    var last = ""
    for attempt in 0..<Self.attempts {
      let connection = try await request.connection.connect(in: environment)
      do {
        return try await self.attempt(by: connection)
      } catch let again as Again {
        _ = try? await connection.query("ROLLBACK")
        whole.formUnion(again.whole)
        last = again.why
      } catch let failure as PostgresFailure {
        _ = try? await connection.query("ROLLBACK")
        guard failure.isRetryable else { return outcome(of: failure) }
        last = failure.description
        try await Task.sleep(for: .milliseconds(50 << attempt))
      } catch let refused as Refused {
        _ = try? await connection.query("ROLLBACK")
        return Outcome(succeeded: false, summary: "\(refused.why): nothing was changed")
      } catch let error as OutcomeUnknown {
        throw error
      } catch {
        _ = try? await connection.query("ROLLBACK")
        if error is CancellationError { throw error }
        return Outcome(
          succeeded: false,
          summary: "the rows could not be kept, so nothing was changed: \(environment.redactor.redact("\(error)"))")
      }
    }
    return Outcome(
      succeeded: false, summary: "given up after \(Self.attempts) attempts, nothing was changed: \(last)")
  }

  private func outcome(of failure: PostgresFailure) -> Outcome {
    let why = environment.redactor.redact(failure.description)
    return Outcome(
      succeeded: false,
      summary: failure.isConnectionLost
        ? "the connection was lost before COMMIT, so nothing was changed: \(why)" : "\(why): nothing was changed",
      value: failure.state.map { .object(["sqlstate": .string($0)]) })
  }

  // MARK: One attempt

  private func attempt(by connection: PostgresConnection) async throws -> Outcome {
    var capture = Capture(connection: connection)
    try await capture.lookAhead(request, whole: whole)
    try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
    try await connection.query("SET LOCAL lock_timeout = '5s'")
    try await connection.query("SET LOCAL statement_timeout = '\(environment.settings.timeout)s'")
    try await capture.lock(request)
    let transaction = try await connection.query("SELECT pg_current_xact_id()::text").scalar ?? ""
    capture.definitions = try await DefinitionReading(connection).pieces(of: capture.described(request))

    var answers: [QueryAnswer] = []
    for statement in request.statements where statement.kind != .transaction {
      try await capture.before(statement)
      let text = try await environment.reveal(statement.text)
      let answer = try await connection.query(text)
      answers.append(answer)
    }
    if let uncovered = try await capture.account() {
      throw Again(why: uncovered.why, whole: uncovered.tables)
    }
    let change = try await capture.save(
      transaction: transaction, request: request, environment: environment)
    let number = try await KeptChange.next(in: environment.images)
    _ = try await environment.images.save(KeptChange.name(number), data: try CanonicalJSON.data(of: change))
    try await environment.mark(.object(["transaction": .string(transaction), "attempt": .integer(number)]))
    try await commit(connection, transaction: transaction)
    return Answers(answers, statements: request.statements).outcome(kept: change, redactor: environment.redactor)
  }

  private func commit(_ connection: PostgresConnection, transaction: String) async throws {
    do {
      let answer = try await connection.query("COMMIT")
      guard answer.tag == "COMMIT" else { throw Refused(why: "PostgreSQL rolled the transaction back") }
    } catch let failure as PostgresFailure where failure.isConnectionLost {
      throw OutcomeUnknown(
        why: "the connection was lost while transaction \(transaction) was being committed: \(failure.message)")
    }
  }
}

/// What the statements of a step answered.
struct Answers {
  private let answers: [QueryAnswer]
  private let statements: [Statement]
  /// Rows of an answer that an outcome carries; the rest is counted.
  private static let limit = 1000

  init(_ answers: [QueryAnswer], statements: [Statement]) {
    self.answers = answers
    self.statements = statements.filter { $0.kind != .transaction }
  }

  /// A single value as it is; rows as objects; of a change, how many rows it changed.
  var value: JSONValue? {
    guard let last = answers.last else { return nil }
    if last.columns.isEmpty { return answers.compactMap(\.affected).isEmpty ? nil : .integer(affected) }
    if last.rows.count == 1, last.columns.count == 1 { return Self.json(last.rows[0][0], type: last.types[0]) }
    return .array(
      last.rows.prefix(Self.limit).map { row in
        .object(
          Dictionary(
            zip(last.columns, row.indices.map { Self.json(row[$0], type: last.types[$0]) }),
            uniquingKeysWith: { $1 }))
      })
  }

  /// Rows changed by all statements.
  var affected: Int { zip(answers, statements).filter { $1.kind.isChange }.compactMap { $0.0.affected }.reduce(0, +) }

  func outcome(kept: KeptChange? = nil, redactor: Redactor) -> Outcome {
    let tags = answers.map(\.tag).filter { !$0.isEmpty && !$0.hasPrefix("SELECT") && !$0.hasPrefix("SET") }
    var summary = tags.prefix(5).joined(separator: ", ")
    if kept == nil, let last = answers.last, !last.columns.isEmpty {
      summary =
        last.rows.count == 1 && last.columns.count == 1
        ? Self.shown(last.rows[0][0], last.columns[0]) : last.rows.count.counted("row")
    }
    return Outcome(
      succeeded: true, summary: redactor.redact(summary), output: redactor.redact(table),
      value: value.map(redactor.redact))
  }

  /// The last answer's rows, a line each.
  private var table: String {
    guard let last = answers.last(where: { !$0.columns.isEmpty }) else {
      return answers.map(\.tag).filter { !$0.isEmpty }.joined(separator: "\n")
    }
    let lines = [last.columns] + last.rows.prefix(Self.limit).map { zip($0, last.columns).map(Self.shown) }
    return lines.map { $0.joined(separator: " | ") }.joined(separator: "\n")
  }

  /// Texts of a column with a sensitive name are not shown; counts are.
  private static func shown(_ text: String?, _ column: String) -> String {
    guard let text else { return "NULL" }
    return SensitiveNames.matches(column) && Double(text) == nil ? "‹\(column)›" : text
  }

  /// A value as JSON, by PostgreSQL's type (pg_type.dat): whole numbers, floats, booleans and JSON are themselves.
  private static func json(_ text: String?, type: UInt32) -> JSONValue {
    guard let text else { return .null }
    switch type {
    case 20, 21, 23, 26: return Int(text).map(JSONValue.integer) ?? .string(text)
    case 1700: return Int(text).map(JSONValue.integer) ?? Double(text).map(JSONValue.number) ?? .string(text)
    case 700, 701: return Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .string(text)
    case 16: return .bool(text == "t")
    case 114, 3802: return (try? JSONValue(parsing: text)) ?? .string(text)
    default: return .string(text)
    }
  }
}
