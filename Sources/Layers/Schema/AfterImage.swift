import Foundation
import Layer
import PostgresAccess
import Runbook

/// What a step left behind, kept when it is first seen: an undo tells by it what is newer.
///
/// The tool acts by itself, so this is read by the look after it, and only there: nobody else knows the moment.
struct AfterImage: Codable, Hashable, Sendable {
  /// Rows that the step changed, by position among the kept tables.
  var tables: [Int: SavedRows] = [:]
  /// Tables that had no row then.
  var empty: Set<Int> = []
  /// Tables and columns that the step made.
  var made: [SchemaChange.Want] = []
  /// How many values each of them held: going back takes them away again.
  var filled: [String: Int] = [:]

  private static let name = "schema-after"

  static func load(from images: any ImageStore) async throws -> AfterImage? {
    guard let blob = try await images.kept(name) else { return nil }
    return try CanonicalJSON.value(AfterImage.self, of: try await images.load(blob))
  }

  /// In an open transaction. Throws `PostgresFailure`.
  static func save(of kept: KeptSchema, by connection: PostgresConnection, in images: any ImageStore) async throws {
    guard try await images.kept(name) == nil else { return }
    var own = AfterImage(made: kept.change.wants.filter(\.isThere))
    for (index, table) in kept.tables.enumerated() {
      let before = table.loss.facts
      guard let now = try await TableFacts.load(before.relation, by: connection) else { continue }
      // Where nobody knows the statements, the catalog says what is new.
      own.made += now.columns.filter { !before.columns.contains($0) }
        .map { SchemaChange.Want(relation: before.relation, column: $0, isThere: true) }
      guard table.loss.kind == .rows else { continue }
      let columns = table.loss.kept.filter(now.columns.contains)
      own.tables[index] = try await SavedRows.save(
        columns, of: now, as: "\(name)-\(index)", by: connection, in: images)
      if own.tables[index] == nil { own.empty.insert(index) }
    }
    own.filled = try await count(own.made, by: connection)
    _ = try await images.save(name, data: try CanonicalJSON.data(of: own))
  }

  /// How many values each of `made` holds now.
  static func count(_ made: [SchemaChange.Want], by connection: PostgresConnection) async throws -> [String: Int] {
    var result: [String: Int] = [:]
    for want in made {
      guard let facts = try await TableFacts.load(want.relation, by: connection), facts.hasRows else { continue }
      if let column = want.column, !facts.columns.contains(column) { continue }
      let counted = want.column.map { quoted(identifier: $0) } ?? "*"
      result[want.text] = Int(
        try await connection.query("SELECT count(\(counted))::text FROM \(facts.sql)").scalar ?? "")
    }
    return result
  }
}
