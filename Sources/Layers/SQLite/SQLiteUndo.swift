import Foundation
import GRDB
import Layer
import Runbook

/// Puts rows and definitions back in one transaction, three ways: as they were where they are still what the step left.
struct SQLiteUndo {
  var path: String
  var image: SQLiteImage
  var answer: ConflictAnswer?
  var environment: StepEnvironment

  private struct Result: Sendable {
    var conflicts: [Conflict] = []
    var notRestored: [String] = []
    var rows = 0
    var definitions = 0

    mutating func note(_ conflict: Conflict, _ answer: ConflictAnswer?) {
      if answer == nil { conflicts.append(conflict) } else { notRestored.append("\(conflict.target): \(conflict.now)") }
    }
  }

  func run() async throws -> Undone {
    let queue = try SQLiteConnection.open(path, readOnly: false)
    do {
      try await queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA temp_store = FILE; BEGIN IMMEDIATE")
      }
      for (index, rows) in image.rows.enumerated() {
        for (name, blob) in [("before", rows.before), ("after", rows.after)] {
          let columns = rows.table.all.indices.map { "c\($0)" }.joined(separator: ", ")
          let table = "temp.backout_\(name)_\(index)"
          try await queue.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE \(table) (\(columns))") }
          guard let blob else { continue }
          try await load(blob, into: table, queue)
        }
      }
      let image = image
      let answer = answer
      let prefix = "sqlite:\(path) "
      let result = try await queue.writeWithoutTransaction { database in
        var result = Result()
        try Self.putBack(image, answer, prefix: prefix, database, &result)
        try database.execute(sql: "COMMIT")
        return result
      }
      return undone(result)
    } catch {
      _ = try? await queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      throw error
    }
  }

  private func undone(_ result: Result) -> Undone {
    var parts: [String] = []
    if result.rows > 0 { parts.append("\(result.rows) rows put back") }
    if result.definitions > 0 { parts.append("\(result.definitions) definitions put back") }
    if !result.conflicts.isEmpty { parts.append("\(result.conflicts.count) left as newer") }
    parts += result.notRestored
    return Undone(
      restored: result.conflicts.isEmpty ? ["sqlite:\(path)"] : [], conflicts: result.conflicts,
      notRestored: result.notRestored,
      summary: parts.isEmpty ? "everything is already as it was" : parts.joined(separator: ", "))
  }

  private func load(_ blob: BlobReference, into table: String, _ queue: DatabaseQueue) async throws {
    var rest = Data()
    try await environment.images.load(blob) { chunk in
      rest.append(chunk)
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
      let lines = rest[...end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
      rest = Data(rest[(end + 1)...])
      try await queue.writeWithoutTransaction { database in
        for line in lines {
          let literals = line.split(separator: ",", omittingEmptySubsequences: false).map(Self.decoded)
          try database.execute(sql: "INSERT INTO \(table) VALUES (\(literals.joined(separator: ", ")))")
        }
      }
    }
  }

  /// A literal, from the hex that it is kept in.
  private static func decoded(_ hex: Substring) -> String {
    var bytes: [UInt8] = []
    var digits = hex.utf8[...]
    func digit(_ value: UInt8) -> UInt8 { value < 58 ? value - 48 : value - 55 }
    while let high = digits.popFirst(), let low = digits.popFirst() { bytes.append(digit(high) << 4 | digit(low)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: In the transaction

  private static func putBack(
    _ image: SQLiteImage, _ answer: ConflictAnswer?, prefix: String, _ database: Database, _ result: inout Result
  ) throws {
    var now = try SQLiteReading.definitions(database)
    let order = ["table", "index", "view", "trigger"]
    let changed = Set(image.before.keys).union(image.after.keys).filter { image.before[$0] != image.after[$0] }.sorted {
      (order.firstIndex(of: kind($0)) ?? 9, $0) < (order.firstIndex(of: kind($1)) ?? 9, $1)
    }
    var taken: Set<String> = []
    var rebuilt: Set<String> = []
    for id in changed.reversed() where now[id] != image.before[id] {
      let newRows = try newerRows(id, image, database)
      if answer != .putBack, now[id] != image.after[id] || newRows {
        taken.insert(String(id.split(separator: " ", maxSplits: 1).last ?? ""))
        result.note(
          Conflict(
            target: prefix + id, kept: image.before[id] ?? "not there", left: image.after[id] ?? "not there",
            now: newRows ? "it holds newer rows" : now[id] ?? "not there"), answer)
        continue
      }
      if now[id] != nil {
        try database.execute(sql: "DROP \(kind(id).uppercased()) main.\(quoted(name(id)))")
        result.definitions += 1
      }
    }
    // Indexes and triggers go with their table.
    now = try SQLiteReading.definitions(database)
    for (id, sql) in image.before.sorted(by: { $0.key < $1.key })
    where kind(id) == "table" && now[id] == nil && !taken.contains(name(id)) && image.after[id] != sql {
      try database.execute(sql: sql)
      rebuilt.insert(name(id))
      result.definitions += 1
    }
    for (index, rows) in image.rows.enumerated()
    where !taken.contains(rows.table.name) && image.before["table \(rows.table.name)"] != nil {
      if rebuilt.contains(rows.table.name) {
        result.rows += try insert(rows.table, index, where: "1", database)
      } else if image.before["table \(rows.table.name)"] == image.after["table \(rows.table.name)"] {
        try threeWays(rows.table, index, answer, prefix: prefix, database, &result)
      }
    }
    now = try SQLiteReading.definitions(database)
    for kindName in order.dropFirst() {
      for (id, sql) in image.before.sorted(by: { $0.key < $1.key })
      where kind(id) == kindName && now[id] == nil && !taken.contains(image.owners[id] ?? "")
        && !taken.contains(name(id)) && (image.after[id] != sql || !rebuilt.isEmpty)
      {
        try database.execute(sql: sql)
        result.definitions += 1
      }
    }
  }

  private static func kind(_ id: String) -> String { String(id.prefix { $0 != " " }) }
  private static func name(_ id: String) -> String { String(id.drop { $0 != " " }.dropFirst()) }

  /// Whether a table that the step made or altered holds other rows than it left.
  private static func newerRows(_ id: String, _ image: SQLiteImage, _ database: Database) throws -> Bool {
    guard kind(id) == "table", image.after[id] != nil,
      let index = image.rows.firstIndex(where: { $0.table.name == name(id) })
    else { return false }
    let rows = image.rows[index]
    let left = image.before[id] == nil ? rows.afterRows : rows.beforeRows
    let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM main.\(quoted(name(id)))") ?? 0
    return count != left
  }

  private static func insert(_ table: SQLiteTable, _ index: Int, where condition: String, _ database: Database) throws
    -> Int
  {
    let columns = table.all.map { quoted($0) }.joined(separator: ", ")
    try database.execute(
      sql:
        "INSERT INTO main.\(table.sql) (\(columns)) SELECT \(table.positions("b")) FROM temp.backout_before_\(index) b"
        + " WHERE \(condition)")
    return database.changesCount
  }

  private static func threeWays(
    _ table: SQLiteTable, _ index: Int, _ answer: ConflictAnswer?, prefix: String, _ database: Database,
    _ result: inout Result
  ) throws {
    let (before, after) = ("temp.backout_before_\(index)", "temp.backout_after_\(index)")
    let present = "SELECT 1 FROM main.\(table.sql) t WHERE"
    // Neither as before nor as the step left it.
    let conflicts = try String.fetchAll(
      database,
      sql: """
        SELECT quote(c\(table.all.firstIndex(of: table.key[0]) ?? 0)) FROM (
          SELECT \(table.positions("b")) FROM \(before) b
          WHERE NOT EXISTS (\(present) \(table.sameRow("b", "t", isTable: true)))
            AND CASE WHEN EXISTS (SELECT 1 FROM \(after) a WHERE \(table.sameKey("a", "b", isTable: false)))
              THEN NOT EXISTS (SELECT 1 FROM \(after) a JOIN main.\(table.sql) t ON \(table.sameRow("a", "t", isTable: true))
                WHERE \(table.sameKey("a", "b", isTable: false)))
              ELSE EXISTS (\(present) \(table.sameKey("b", "t", isTable: true))) END
          UNION ALL SELECT \(table.positions("a")) FROM \(after) a
          WHERE NOT EXISTS (SELECT 1 FROM \(before) b WHERE \(table.sameKey("b", "a", isTable: false)))
            AND EXISTS (\(present) \(table.sameKey("a", "t", isTable: true)))
            AND NOT EXISTS (\(present) \(table.sameRow("a", "t", isTable: true)))) LIMIT 20
        """)
    if answer == .putBack {
      try database.execute(
        sql:
          "DELETE FROM main.\(table.sql) AS t WHERE EXISTS (SELECT 1 FROM \(before) b WHERE \(table.sameKey("b", "t", isTable: true)))"
          + " OR EXISTS (SELECT 1 FROM \(after) a WHERE \(table.sameKey("a", "t", isTable: true)))")
      result.rows += try insert(table, index, where: "1", database)
      return
    }
    for key in conflicts {
      result.note(
        Conflict(
          target: "\(prefix)\(table.name) \(table.key.joined(separator: ",")) = \(key)", kept: "a row as it was",
          left: "as the step left it", now: "newer"), answer)
    }
    // What is still as the step left it goes, and what was before comes.
    let removed = "temp.backout_removed_\(index)"
    try database.execute(
      sql: "CREATE TABLE \(removed) AS SELECT \(table.positions("a")) FROM \(after) a"
        + " WHERE EXISTS (\(present) \(table.sameRow("a", "t", isTable: true)))")
    try database.execute(
      sql: "DELETE FROM main.\(table.sql) AS t"
        + " WHERE EXISTS (SELECT 1 FROM \(removed) a WHERE \(table.sameKey("a", "t", isTable: true)))")
    let taken = database.changesCount
    let added = try insert(
      table, index,
      where: "NOT EXISTS (\(present) \(table.sameKey("b", "t", isTable: true)))"
        + " AND (NOT EXISTS (SELECT 1 FROM \(after) a WHERE \(table.sameKey("a", "b", isTable: false)))"
        + " OR EXISTS (SELECT 1 FROM \(removed) a WHERE \(table.sameKey("a", "b", isTable: false))))", database)
    result.rows += max(added, taken)
  }
}
