import Foundation
import Layer
import PostgresAccess
import Runbook

/// The record of one attempt at a change: saved before its COMMIT, so that a crash leaves nothing without its image.
///
/// An attempt that did not commit stays beside those that came after it; PostgreSQL itself says which one counts.
struct KeptChange: Codable, Hashable, Sendable {
  /// The transaction; nil where the change could not be in one.
  var transaction: String?
  var tables: [KeptTable]
  var before: [DefinitionPiece]
  var after: [DefinitionPiece]
  /// Statements that name things back, last first.
  var inverses: [String]
  /// Piece that the step made (a table, a column) → how many values it held when the step was done.
  var filled: [String: Int] = [:]

  static func name(_ attempt: Int) -> String { "attempt-\(attempt)" }

  /// The number that the next attempt has, from 1.
  static func next(in images: any ImageStore) async throws -> Int {
    var number = 1
    while try await images.kept(name(number)) != nil { number += 1 }
    return number
  }

  /// The attempt whose change is there; nil where none is. Throws `PostgresFailure` where nobody can tell.
  static func committed(in images: any ImageStore, by connection: PostgresConnection) async throws -> KeptChange? {
    var unknown: [KeptChange] = []
    var number = try await next(in: images) - 1
    while number > 0 {
      guard let blob = try await images.kept(name(number)) else { break }
      let change = try CanonicalJSON.value(KeptChange.self, of: try await images.load(blob))
      guard let transaction = change.transaction else { return change }
      switch try await status(of: transaction, by: connection) {
      case "committed": return change
      case "aborted": break
      case "in progress":
        throw PostgresFailure(
          state: nil, message: "transaction \(transaction) of this step is still open on the server: end it, then undo")
      default: unknown.append(change)
      }
      number -= 1
    }
    // PostgreSQL forgets old transactions. The only attempt there was is the one that was reported done.
    if unknown.count > 1 {
      throw PostgresFailure(
        state: nil, message: "PostgreSQL no longer knows which of \(unknown.count) attempts at this step was committed")
    }
    return unknown.first
  }

  /// `committed`, `aborted`, `in progress`, or nil where PostgreSQL no longer knows it.
  static func status(of transaction: String, by connection: PostgresConnection) async throws -> String? {
    try await connection.query("SELECT pg_xact_status($1::xid8)", [transaction]).scalar
  }
}

/// The rows of one table that a change touched, as they were and as it left them.
struct KeptTable: Codable, Hashable, Sendable {
  /// As it was before the change.
  var facts: TableFacts
  /// Rows that were changed or deleted. Nil: none were.
  var before: BlobReference?
  /// What they became, and rows that were inserted.
  var after: BlobReference?
  var beforeRows: Int
  var afterRows: Int
  /// Columns whose values alone are kept, by key: the definition changed, and the rows stayed.
  var columnsOnly: [String]?
}
