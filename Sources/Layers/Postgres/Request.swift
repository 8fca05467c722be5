import Foundation
import Layer
import PostgresAccess
import Runbook

/// A driver's understanding of SQL: which database, which statements. It stands in `Effect.parameters`.
struct Request: Codable, Hashable, Sendable {
  var connection: ConnectionReference
  var statements: [Statement]
  var syntax: SyntaxProblem?
  /// The name that no `connections` entry has.
  var unbound: String?
  /// Why psql must run it as written.
  var needsPsql: String?

  init(connection: ConnectionReference, statements: [Statement]) {
    self.connection = connection
    self.statements = statements
  }

  init(_ effect: Effect) throws {
    self = try effect.parameters.decoded()
  }

  var json: JSONValue { (try? JSONValue(encoding: self)) ?? .null }

  var changes: [Statement] { statements.filter(\.kind.isChange) }
  /// Each relation that a change names, once.
  var relations: [RelationName] {
    var seen: Set<RelationName> = []
    return changes.flatMap(\.relations).filter { seen.insert($0).inserted }
  }

  /// Each relation that a statement names, once: a read's too.
  var mentioned: [RelationName] {
    var seen: Set<RelationName> = []
    return statements.flatMap(\.relations).filter { seen.insert($0).inserted }
  }

  func target(_ relation: RelationName, in context: ReadingContext) -> String {
    "postgres:\(connection.label(in: context)) \(relation.text)"
  }

  /// Looks in a read-only transaction, whatever the statements claim. Throws `PostgresFailure`.
  func readOnly<T: Sendable>(
    in environment: StepEnvironment, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await connection.readOnly(in: environment, naming: mentioned, body)
  }
}
