import Runbook

/// What the catalog says of one relation that a statement names.
package struct TableFacts: Codable, Hashable, Sendable {
  package var oid: UInt32
  package var schema: String
  package var name: String
  /// `r` table, `p` partitioned table, `v` view, `m` materialised view, `i` index, `S` sequence.
  package var kind: String
  package var columns: [String]
  /// Columns that PostgreSQL computes: never written.
  package var generated: [String]
  /// Whether a column is GENERATED ALWAYS AS IDENTITY.
  package var hasIdentityAlways: Bool
  /// What identifies a row: the primary key, else a unique index without NULLs. Empty: nothing does.
  package var key: [String]
  /// The planner's estimate; negative: never analysed.
  package var estimatedRows: Double
  package var bytes: Int

  package var relation: RelationName { RelationName(schema: schema, name: name) }
  package var sql: String { relation.sql }
  package var hasRows: Bool { ["r", "p"].contains(kind) }
  /// Too large to read whole for every look.
  package var isLarge: Bool { estimatedRows > 100_000 || bytes > 64 << 20 }

  /// `t."a", t."b"`
  package func list(_ columns: [String], of alias: String) -> String {
    columns.map { "\(alias).\(quoted(identifier: $0))" }.joined(separator: ", ")
  }

  /// True where rows `left` and `right` are the same row.
  package func sameKey(_ left: String, _ right: String) -> String {
    key.map { "\(left).\(quoted(identifier: $0)) = \(right).\(quoted(identifier: $0))" }.joined(separator: " AND ")
  }

  /// True where they are equal to the byte; unlike `=` it knows every type, and NULL equals NULL.
  package func sameImage(_ left: String, _ right: String) -> String {
    "ROW(\(list(columns, of: left)))::record *= ROW(\(list(columns, of: right)))::record"
  }

  /// The facts of `name`, as the connection's search path finds it; nil where there is no such relation.
  package static func load(_ name: RelationName, by connection: PostgresConnection) async throws -> TableFacts? {
    // to_regclass answers NULL for a relation that is missing and fails for a schema that is.
    let oid = try await connection.query("SELECT to_regclass($1)::oid::text", [name.sql]).scalar
    guard let oid else { return nil }
    return try await load(oid: oid, by: connection)
  }

  package static func load(oid: String, by connection: PostgresConnection) async throws -> TableFacts? {
    let answer = try await connection.query(
      """
      SELECT c.oid::text, n.nspname, c.relname, c.relkind::text, c.reltuples::text,
        CASE WHEN c.relkind IN ('r', 'p', 'm') THEN pg_table_size(c.oid) ELSE 0 END::text
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid
      """, [oid])
    guard let row = answer.rows.first else { return nil }
    let columns = try await connection.query(
      """
      SELECT attname, attgenerated <> '', attidentity = 'a' FROM pg_attribute
      WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum
      """, [oid])
    let key = try await connection.column(
      """
      SELECT a.attname FROM (
        SELECT i.indrelid, i.indkey, i.indnkeyatts FROM pg_index i
        WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate
          AND i.indpred IS NULL AND i.indexprs IS NULL
          AND NOT EXISTS (SELECT FROM pg_attribute n WHERE n.attrelid = i.indrelid
            AND n.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]) AND NOT n.attnotnull)
        ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) AS best
      JOIN pg_attribute a ON a.attrelid = best.indrelid AND a.attnum = ANY (best.indkey[0:best.indnkeyatts - 1])
      ORDER BY a.attnum
      """, [oid])
    return TableFacts(
      oid: UInt32(row[0] ?? "") ?? 0, schema: row[1] ?? "", name: row[2] ?? "", kind: row[3] ?? "",
      columns: columns.rows.compactMap { $0[0] },
      generated: columns.rows.filter { $0[1] == "t" }.compactMap { $0[0] },
      hasIdentityAlways: columns.rows.contains { $0[2] == "t" }, key: key,
      estimatedRows: Double(row[4] ?? "") ?? -1, bytes: Int(row[5] ?? "") ?? 0)
  }
}
