import Foundation
import Layer
import PostgresAccess
import Runbook

/// A statement that PostgreSQL runs outside a transaction only: definitions are kept before it, and nothing holds
/// others off meanwhile.
struct OutsideTransaction {
  var request: Request
  var environment: StepEnvironment

  /// Throws `OutcomeUnknown` where the connection went while a statement ran.
  func run() async throws -> Outcome {
    let connection = try await request.connection.connect(in: environment)
    try await connection.query("SET lock_timeout = '5s'")
    try await connection.query("SET statement_timeout = '\(environment.settings.timeout)s'")
    let described = request.changes.filter { $0.kind == .definition }.flatMap(\.relations)
    let before = try await pieces(of: described, by: connection)
    let number = try await KeptChange.next(in: environment.images)
    try await environment.mark(.object(["attempt": .integer(number)]))
    var answers: [QueryAnswer] = []
    for statement in request.statements where statement.kind != .transaction {
      do {
        answers.append(try await connection.query(try await environment.reveal(statement.text)))
      } catch let failure as PostgresFailure {
        let why = environment.redactor.redact(failure.description)
        if failure.isConnectionLost {
          throw OutcomeUnknown(why: "the connection was lost during \(statement.summary): \(why)")
        }
        let done =
          answers.isEmpty
          ? "nothing was changed"
          : "\(answers.count.counted("statement before it is", "statements before it are")) done"
        return Outcome(
          succeeded: false, summary: "\(why): \(done)", value: failure.state.map { .object(["sqlstate": .string($0)]) })
      }
    }
    let change = KeptChange(
      transaction: nil, tables: [], before: before, after: try await pieces(of: described, by: connection), inverses: []
    )
    _ = try await environment.images.save(KeptChange.name(number), data: try CanonicalJSON.data(of: change))
    return Answers(answers, statements: request.statements).outcome(kept: change, redactor: environment.redactor)
  }

  private func pieces(
    of relations: [RelationName], by connection: PostgresConnection
  ) async throws -> [DefinitionPiece] {
    try await connection.query("BEGIN READ ONLY")
    let pieces = try await DefinitionReading(connection).pieces(of: relations)
    try await connection.query("COMMIT")
    return pieces
  }
}
