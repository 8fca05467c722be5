import Foundation
import Layer
import PostgresAccess
import Runbook

/// What was kept before a tool changed the schema.
struct KeptSchema: Codable, Hashable, Sendable {
  var change: SchemaChange
  var chain: MigrationChain
  var tables: [Table]
  /// The definitions of the relations that the change names.
  var pieces: [DefinitionPiece]

  struct Table: Codable, Hashable, Sendable {
    var loss: SchemaChange.Loss
    /// Nil: it had no rows.
    var rows: SavedRows?
  }

  private static let name = "schema-kept"

  static func load(from images: any ImageStore) async throws -> KeptSchema? {
    guard let blob = try await images.kept(name) else { return nil }
    return try CanonicalJSON.value(KeptSchema.self, of: try await images.load(blob))
  }

  func save(in images: any ImageStore) async throws -> BlobReference {
    try await images.save(Self.name, data: try CanonicalJSON.data(of: self))
  }

  func image(_ own: BlobReference, driver: String) -> BeforeImage {
    let kept = tables.map { table in "\(table.loss.text) (\(table.rows?.count ?? 0) rows)" }
    return BeforeImage(
      driver: driver, blobs: [own] + tables.compactMap(\.rows?.blob),
      facts: .object(["revision": .array(change.route.from.map(JSONValue.string))]),
      summary: (["revision \(change.fromText)"] + kept).joined(separator: ", "))
  }
}

/// Rows of one table in the image store, in COPY's text form.
struct SavedRows: Codable, Hashable, Sendable {
  var blob: BlobReference
  var columns: [String]
  var count: Int

  /// Copies `columns` of a table, in an open transaction. Nil: there is no row.
  static func save(
    _ columns: [String], of facts: TableFacts, as name: String, by connection: PostgresConnection,
    in images: any ImageStore
  ) async throws -> SavedRows? {
    let list = columns.map { quoted(identifier: $0) }.joined(separator: ", ")
    return try await save("SELECT \(list) FROM \(facts.sql)", columns, as: name, by: connection, in: images)
  }

  static func save(
    _ select: String, _ columns: [String], as name: String, by connection: PostgresConnection,
    in images: any ImageStore
  ) async throws -> SavedRows? {
    try await connection.query(readable)
    try await connection.beginCopyOut("COPY (\(select)) TO STDOUT")
    var count = 0
    let blob = try await images.save(name) {
      let chunk = try await connection.nextChunk()
      // A line end within a value is written as two characters.
      count += chunk?.count { $0 == UInt8(ascii: "\n") } ?? 0
      return chunk
    }
    return blob.bytes == 0 ? nil : SavedRows(blob: blob, columns: columns, count: count)
  }

  /// Values read the same whoever asks.
  private static let readable = """
    SELECT set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true),
      set_config('extra_float_digits', '3', true), set_config('bytea_output', 'hex', true), set_config('TimeZone', 'UTC', true)
    """

  /// Makes a temporary table of the rows, with the types that `facts`' columns have now.
  func load(
    as table: String, like facts: TableFacts, by connection: PostgresConnection, from images: any ImageStore
  ) async throws {
    try await Self.make(table, columns, like: facts, by: connection)
    let list = columns.map { quoted(identifier: $0) }.joined(separator: ", ")
    try await connection.query(Self.readable)
    try await connection.beginCopyIn("COPY \(table) (\(list)) FROM STDIN")
    try await images.load(blob) { try await connection.put($0) }
    try await connection.endCopyIn()
    try await connection.query("ANALYZE \(table)")
  }

  static func make(
    _ table: String, _ columns: [String], like facts: TableFacts, by connection: PostgresConnection
  ) async throws {
    let list = columns.map { quoted(identifier: $0) }.joined(separator: ", ")
    try await connection.query("DROP TABLE IF EXISTS \(table)")
    try await connection.query("CREATE TEMPORARY TABLE \(table) AS SELECT \(list) FROM \(facts.sql) WITH NO DATA")
  }
}
