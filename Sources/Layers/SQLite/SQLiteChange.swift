import Foundation
import GRDB
import Layer
import Runbook

/// Keeps and changes in one transaction. SQLite's own journal makes a crash either the state before or the state after.
struct SQLiteChange {
  var path: String
  var sql: String
  var effect: Effect
  var environment: StepEnvironment

  private struct Touched: Sendable {
    var table: SQLiteTable
    var before: String
    var after: String
    var beforeRows: Int
    var afterRows: Int
  }

  /// Throws GRDB's `DatabaseError`; then nothing was changed.
  func run() async throws -> Outcome {
    let queue = try SQLiteConnection.open(path, readOnly: false)
    let isKept = effect.reversibility == .exact
    if !isKept {
      let sql = sql
      return try await queue.writeWithoutTransaction { try SQLiteAnswer(of: sql, in: $0) }
        .outcome(redactor: environment.redactor)
    }
    let limit = environment.settings.keepMaximum
    let sql = sql
    do {
      let (answer, touched, image) = try await queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA temp_store = FILE; BEGIN IMMEDIATE")
        return try Self.change(database, sql: sql, limit: limit)
      }
      var kept = image
      let number = try await SQLiteImage.next(in: environment.images)
      for (index, table) in touched.enumerated() {
        kept.rows.append(
          SQLiteImage.Rows(
            table: table.table, before: try await save(table.before, table, "rows-\(number)-\(index)-before", queue),
            after: try await save(table.after, table, "rows-\(number)-\(index)-after", queue),
            beforeRows: table.beforeRows, afterRows: table.afterRows))
      }
      _ = try await environment.images.save(SQLiteImage.name(number), data: try CanonicalJSON.data(of: kept))
      try await environment.mark(
        .object(["attempt": .integer(number), "before": .string(kept.digestBefore), "after": .string(kept.digestAfter)])
      )
      try await queue.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
      return answer.outcome(redactor: environment.redactor)
    } catch {
      _ = try? await queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      if error is DatabaseError || error is CancellationError { throw error }
      return Outcome(
        succeeded: false,
        summary: "the rows could not be kept, so nothing was changed: \(environment.redactor.redact("\(error)"))")
    }
  }

  struct TooLarge: Error, CustomStringConvertible {
    var bytes: Int
    var limit: Int
    var description: String { "the database has \(bytes) bytes, and keep.max is \(limit)" }
  }

  private static func change(
    _ database: Database, sql: String, limit: Int
  ) throws -> (SQLiteAnswer, [Touched], SQLiteImage) {
    let bytes =
      try Int.fetchOne(
        database, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
    if bytes > limit { throw TooLarge(bytes: bytes, limit: limit) }
    let state = try SQLiteReading.state(database)
    let definitions = try SQLiteReading.definitions(database)
    let owners = try SQLiteReading.owners(database)
    let tables = try SQLiteReading.tables(database)
    for (index, table) in tables.enumerated() { try copy(table, to: "backout_before_\(index)", database) }
    let answer = try SQLiteAnswer(of: sql, in: database)
    let now = try SQLiteReading.state(database)
    let left = try SQLiteReading.definitions(database)
    let tablesNow = try SQLiteReading.tables(database)
    var touched: [Touched] = []
    for (index, table) in tables.enumerated() {
      let isRedefined = definitions["table \(table.name)"] != left["table \(table.name)"]
      if state[table.name] == now[table.name], !isRedefined { continue }
      let before = "backout_before_\(index)"
      let after = "backout_after_\(index)"
      if !isRedefined {
        try copy(table, to: after, database)
        // Rows that are the same before and after are nobody's concern.
        try database.execute(sql: "CREATE INDEX temp.backout_key_\(index) ON \(after) (\(keys(table)))")
        try database.execute(
          sql: "CREATE TEMP TABLE backout_same AS SELECT \(table.positions("b")) FROM temp.\(before) b"
            + " JOIN temp.\(after) a ON \(table.sameRow("a", "b", isTable: false))")
        for source in [before, after] {
          try database.execute(
            sql: "DELETE FROM temp.\(source) WHERE EXISTS (SELECT 1 FROM temp.backout_same s"
              + " WHERE \(table.sameKey("s", source, isTable: false)))")
        }
        try database.execute(sql: "DROP TABLE temp.backout_same")
      } else {
        // A table of another shape is put back whole: what it holds now is told by its digest.
        try database.execute(sql: "CREATE TEMP TABLE \(after) AS SELECT * FROM temp.\(before) WHERE 0")
      }
      touched.append(try Self.touched(table, before, after, database))
    }
    for (offset, table) in tablesNow.enumerated() where definitions["table \(table.name)"] == nil {
      let index = tables.count + offset
      try copy(table, to: "backout_after_\(index)", database)
      try database.execute(
        sql: "CREATE TEMP TABLE backout_before_\(index) AS SELECT * FROM temp.backout_after_\(index) WHERE 0")
      touched.append(try Self.touched(table, "backout_before_\(index)", "backout_after_\(index)", database))
    }
    return (
      answer, touched,
      SQLiteImage(
        before: definitions, after: left, owners: owners, rows: [], digestBefore: try Digest(canonical: state).hex,
        digestAfter: try Digest(canonical: JSONValue.object(now)).hex)
    )
  }

  private static func keys(_ table: SQLiteTable) -> String {
    table.key.map { "c\(table.all.firstIndex(of: $0) ?? 0)" }.joined(separator: ", ")
  }

  private static func copy(_ table: SQLiteTable, to name: String, _ database: Database) throws {
    let columns = table.all.enumerated().map { "\(quoted($0.element)) AS c\($0.offset)" }.joined(separator: ", ")
    try database.execute(sql: "CREATE TEMP TABLE \(name) AS SELECT \(columns) FROM main.\(table.sql)")
  }

  private static func touched(
    _ table: SQLiteTable, _ before: String, _ after: String, _ database: Database
  ) throws -> Touched {
    Touched(
      table: table, before: before, after: after,
      beforeRows: try Int.fetchOne(database, sql: "SELECT count(*) FROM temp.\(before)") ?? 0,
      afterRows: try Int.fetchOne(database, sql: "SELECT count(*) FROM temp.\(after)") ?? 0)
  }

  /// Each row a line of SQL literals, by `quote()`, which loses nothing.
  private func save(
    _ source: String, _ table: Touched, _ name: String, _ queue: DatabaseQueue
  ) async throws -> BlobReference? {
    guard (source == table.before ? table.beforeRows : table.afterRows) > 0 else { return nil }
    let columns = table.table.all.indices.map { "hex(quote(c\($0)))" }.joined(separator: " || ',' || ")
    var last: Int64 = 0
    return try await environment.images.save(name) {
      let from = last
      let rows = try await queue.writeWithoutTransaction { database in
        try Row.fetchAll(
          database, sql: "SELECT rowid, \(columns) FROM temp.\(source) WHERE rowid > ? ORDER BY rowid LIMIT 2000",
          arguments: [from]
        ).map { ($0[0] as Int64, $0[1] as String) }
      }
      guard let end = rows.last?.0 else { return nil }
      last = end
      return Data(rows.map { $0.1 + "\n" }.joined().utf8)
    }
  }
}
