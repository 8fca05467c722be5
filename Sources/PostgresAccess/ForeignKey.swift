import Foundation

/// A foreign key that acts on other rows when the row that they refer to is deleted.
package struct ForeignKey {
  /// The referring table's object identifier.
  package var table: String
  package var columns: [String]
  package var referred: [String]
  /// ON DELETE CASCADE; else SET NULL or SET DEFAULT.
  package var deletes: Bool

  package static func acting(onDeleteOf table: UInt32, by connection: PostgresConnection) async throws -> [ForeignKey] {
    let answer = try await connection.query(
      """
      SELECT k.oid::text, k.conrelid::text, k.confdeltype::text, a.attname, f.attname
      FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (own, referred, position)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own
      JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = u.referred
      WHERE k.contype = 'f' AND k.confrelid = $1::oid AND k.confdeltype IN ('c', 'n', 'd') AND k.conparentid = 0
      ORDER BY k.oid, u.position
      """, [String(table)])
    var keys: [ForeignKey] = []
    var last: String?
    for row in answer.rows {
      if row[0] != last {
        keys.append(ForeignKey(table: row[1] ?? "", columns: [], referred: [], deletes: row[2] == "c"))
      }
      last = row[0]
      keys[keys.count - 1].columns.append(row[3] ?? "")
      keys[keys.count - 1].referred.append(row[4] ?? "")
    }
    return keys
  }

  /// The object identifiers of tables that refer to `table`, and to those, and so on.
  package static func allReferring(to table: UInt32, by connection: PostgresConnection) async throws -> [String] {
    try await connection.column(
      """
      WITH RECURSIVE referring (oid) AS (
        SELECT conrelid FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::oid AND conrelid <> confrelid
        UNION SELECT k.conrelid FROM pg_constraint k JOIN referring r ON k.confrelid = r.oid WHERE k.contype = 'f')
      SELECT DISTINCT oid::text FROM referring ORDER BY 1
      """, [String(table)])
  }

  /// The positions of `tables` in an order in which each comes after those that it refers to: a row goes in after the
  /// rows that it refers to. Tables that refer to each other keep the order that they had.
  package static func parentsFirst(_ tables: [RelationName], by connection: PostgresConnection) async throws -> [Int] {
    let names =
      "{"
      + tables.map {
        "\"" + $0.sql.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
      }.joined(separator: ",") + "}"
    let edges = try await connection.query(
      """
      WITH named AS (SELECT to_regclass(name)::oid AS oid, position FROM
        unnest($1::text[]) WITH ORDINALITY AS u (name, position))
      SELECT (c.position - 1)::text, (p.position - 1)::text FROM pg_constraint k
      JOIN named c ON c.oid = k.conrelid JOIN named p ON p.oid = k.confrelid
      WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
      """, [names])
    var parents: [Int: Set<Int>] = [:]
    for row in edges.rows {
      guard let child = Int(row[0] ?? ""), let parent = Int(row[1] ?? "") else { continue }
      parents[child, default: []].insert(parent)
    }
    var order: [Int] = []
    var rest = Array(tables.indices)
    while !rest.isEmpty {
      let next = rest.firstIndex { parents[$0, default: []].isSubset(of: order) } ?? rest.startIndex
      order.append(rest.remove(at: next))
    }
    return order
  }
}
