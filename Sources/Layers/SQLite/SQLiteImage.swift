import Foundation
import GRDB
import Layer
import Runbook

/// One table as the catalog has it.
struct SQLiteTable: Codable, Hashable, Sendable {
  var name: String
  var columns: [String]
  /// The primary key, else `rowid`.
  var key: [String]

  var sql: String { quoted(name) }
  /// Columns by which rows are found and written: the key first where it is `rowid`.
  var all: [String] { key == ["rowid"] ? ["rowid"] + columns : columns }

  func list(_ alias: String) -> String { all.map { "\(alias).\(quoted($0))" }.joined(separator: ", ") }
  /// Temporary tables name columns by position: `rowid` cannot be a column's name.
  func positions(_ alias: String) -> String { all.indices.map { "\(alias).c\($0)" }.joined(separator: ", ") }
  func sameKey(_ temporary: String, _ other: String, isTable: Bool) -> String {
    key.map { name in
      let position = all.firstIndex(of: name) ?? 0
      return "\(temporary).c\(position) IS " + (isTable ? "\(other).\(quoted(name))" : "\(other).c\(position)")
    }.joined(separator: " AND ")
  }
  func sameRow(_ temporary: String, _ other: String, isTable: Bool) -> String {
    all.indices.map { "\(temporary).c\($0) IS " + (isTable ? "\(other).\(quoted(all[$0]))" : "\(other).c\($0)") }
      .joined(separator: " AND ")
  }
}

func quoted(_ name: String) -> String { "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }

/// What one attempt at a change was about to leave, with what was before; saved before its COMMIT.
struct SQLiteImage: Codable, Hashable, Sendable {
  struct Rows: Codable, Hashable, Sendable {
    var table: SQLiteTable
    var before: BlobReference?
    var after: BlobReference?
    var beforeRows: Int
    var afterRows: Int
  }

  /// Name → the statement that makes it: tables, indexes, views, triggers.
  var before: [String: String]
  var after: [String: String]
  /// Index or trigger → the table that it is of.
  var owners: [String: String]
  var rows: [Rows]
  /// The whole content's digest.
  var digestBefore: String
  var digestAfter: String

  static func name(_ attempt: Int) -> String { "attempt-\(attempt)" }

  static func next(in images: any ImageStore) async throws -> Int {
    var number = 1
    while try await images.kept(name(number)) != nil { number += 1 }
    return number
  }

  /// The last attempt's. One that was rolled back finds every row as it was.
  static func last(in images: any ImageStore) async throws -> SQLiteImage? {
    guard let blob = try await images.kept(name(try await next(in: images) - 1)) else { return nil }
    return try CanonicalJSON.value(SQLiteImage.self, of: try await images.load(blob))
  }
}

/// Questions to one open database.
enum SQLiteReading {
  static func tables(_ database: Database) throws -> [SQLiteTable] {
    let names = try String.fetchAll(
      database,
      sql: "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        + " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
    return try names.map { name in
      let columns = try Row.fetchAll(
        database, sql: "SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid", arguments: [name])
      let key = columns.filter { ($0["pk"] as Int? ?? 0) > 0 }.sorted {
        ($0["pk"] as Int? ?? 0) < ($1["pk"] as Int? ?? 0)
      }
      .compactMap { $0["name"] as String? }
      return SQLiteTable(
        name: name, columns: columns.compactMap { $0["name"] as String? }, key: key.isEmpty ? ["rowid"] : key)
    }
  }

  static func definitions(_ database: Database) throws -> [String: String] {
    Dictionary(
      try Row.fetchAll(
        database,
        sql: "SELECT type || ' ' || name AS id, sql FROM main.sqlite_master WHERE sql IS NOT NULL"
          + " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
      ).map { ($0["id"] as String? ?? "", $0["sql"] as String? ?? "") }, uniquingKeysWith: { $1 })
  }

  static func owners(_ database: Database) throws -> [String: String] {
    Dictionary(
      try Row.fetchAll(
        database,
        sql: "SELECT type || ' ' || name AS id, tbl_name FROM main.sqlite_master WHERE type IN ('index', 'trigger')"
      ).map { ($0["id"] as String? ?? "", $0["tbl_name"] as String? ?? "") }, uniquingKeysWith: { $1 })
  }

  /// Each table's rows and digest; the order of rows does not count.
  static func state(_ database: Database) throws -> [String: JSONValue] {
    var result: [String: JSONValue] = [:]
    for table in try tables(database) {
      let row = table.all.map { "quote(\(quoted($0)))" }.joined(separator: " || ',' || ")
      let order = table.key.map { quoted($0) }.joined(separator: ", ")
      var count = 0
      var text = ""
      let cursor = try String.fetchCursor(database, sql: "SELECT \(row) FROM main.\(table.sql) ORDER BY \(order)")
      while let line = try cursor.next() {
        count += 1
        text += line + "\n"
        // A running digest keeps memory flat.
        if text.utf8.count > 1 << 20 { text = Digest(of: text).hex + "\n" }
      }
      result[table.name] = .object(["rows": .integer(count), "digest": .string(Digest(of: text).hex)])
    }
    result[" definitions"] = .object(try definitions(database).mapValues { .string($0) })
    return result
  }
}
