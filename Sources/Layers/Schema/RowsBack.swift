import Foundation
import Layer
import PostgresAccess
import Runbook

/// Puts the kept rows of one table back by key, and never over what is newer.
struct RowsBack {
  let table: KeptSchema.Table
  let index: Int
  let connection: PostgresConnection
  let environment: StepEnvironment

  private var facts: TableFacts { table.loss.facts }
  private var columns: [String] { table.loss.columns.filter { !facts.key.contains($0) } }
  private var kept: String { "pg_temp.backout_kept_\(index)" }
  private var newerKeys: String { "pg_temp.backout_newer_\(index)" }
  private var keys: String { facts.key.map { quoted(identifier: $0) }.joined(separator: ", ") }

  struct Result {
    var rows = 0
    /// Rows that somebody changed or deleted after the step.
    var newer = 0
    /// The keys of some of them.
    var shown = ""
    var notRestored: [String] = []
  }

  private func image(_ alias: String, _ columns: [String]) -> String {
    columns.isEmpty ? "ROW(1)::record" : "ROW(\(facts.list(columns, of: alias)))::record"
  }

  /// How many kept values are others now.
  func differing() async throws -> Int {
    guard !facts.key.isEmpty, let rows = table.rows,
      let now = try await TableFacts.load(facts.relation, by: connection),
      Set(table.loss.kept).isSubset(of: now.columns)
    else { return 0 }
    try await rows.load(as: kept, like: facts, by: connection, from: environment.images)
    let answer = try await connection.query(
      "SELECT count(*)::text FROM \(kept) AS k LEFT JOIN \(facts.sql) AS t ON \(facts.sameKey("t", "k"))"
        + " WHERE NOT \(image("t", columns)) *= \(image("k", columns))")
    return Int(answer.scalar ?? "") ?? 0
  }

  // MARK: What is newer

  /// Rows that are not what the step left, read before the schema moves.
  ///
  /// - Parameter name: of the blobs.
  func newer(than left: AfterImage?, as name: String) async throws -> BegunUndo.Newer {
    var result = BegunUndo.Newer()
    guard !facts.key.isEmpty, let now = try await TableFacts.load(facts.relation, by: connection) else { return result }
    let columns = table.loss.kept.filter(now.columns.contains)
    let known = left?.tables[index]
    let after = "pg_temp.backout_after_\(index)"
    if let known, known.columns == columns {
      try await known.load(as: after, like: facts, by: connection, from: environment.images)
    } else if left?.empty.contains(index) == true {
      try await SavedRows.make(after, columns, like: facts, by: connection)
    } else if let before = table.rows, before.columns == columns {
      // Nobody saw what the step left: every row that is not as it was may be somebody's own.
      try await before.load(as: after, like: facts, by: connection, from: environment.images)
    } else {
      return result
    }
    result.changed = try await SavedRows.save(
      "SELECT \(facts.list(columns, of: "t")) FROM \(facts.sql) AS t WHERE NOT EXISTS (SELECT FROM \(after) AS a"
        + " WHERE \(facts.sameKey("t", "a")) AND \(image("t", columns)) *= \(image("a", columns)))",
      columns, as: "\(name)-changed", by: connection, in: environment.images)
    result.gone = try await SavedRows.save(
      "SELECT \(facts.list(facts.key, of: "a")) FROM \(after) AS a WHERE NOT EXISTS (SELECT FROM \(facts.sql) AS t"
        + " WHERE \(facts.sameKey("t", "a")))",
      facts.key, as: "\(name)-gone", by: connection, in: environment.images)
    return result
  }

  // MARK: Putting back

  mutating func run(newer: BegunUndo.Newer, answer: ConflictAnswer?) async throws -> Result {
    var result = Result()
    guard let now = try await TableFacts.load(facts.relation, by: connection) else {
      result.notRestored.append("\(facts.relation.text) is not there")
      return result
    }
    let missing = table.loss.kept.filter { !now.columns.contains($0) }
    guard missing.isEmpty else {
      result.notRestored.append("\(missing.joined(separator: ", ")) of \(facts.relation.text) is not there")
      return result
    }
    if let rows = table.rows {
      try await rows.load(as: kept, like: facts, by: connection, from: environment.images)
    } else {
      try await SavedRows.make(kept, table.loss.kept, like: facts, by: connection)
    }
    guard !facts.key.isEmpty else { return try await fillEmpty() }
    result.rows += try await mark(newer, answer: answer)
    try await markDeleted()
    let isOurs =
      answer == .putBack ? "true" : "NOT EXISTS (SELECT FROM \(newerKeys) AS n WHERE \(facts.sameKey("n", "k")))"
    let differs = "NOT \(image("t", columns)) *= \(image("k", columns))"
    if !columns.isEmpty {
      let sets = columns.map { "\(quoted(identifier: $0)) = k.\(quoted(identifier: $0))" }.joined(separator: ", ")
      result.rows +=
        try await connection.query(
          "UPDATE \(facts.sql) AS t SET \(sets) FROM \(kept) AS k WHERE \(facts.sameKey("t", "k")) AND \(differs) AND \(isOurs)"
        ).affected ?? 0
    }
    if holdsWholeRows {
      result.rows += try await removeMade()
      result.rows += try await insert(where: isOurs)
    }
    // Put back over what is newer, only rows that are gone and whose other columns nobody kept are left.
    let isLeft =
      answer == .putBack ? " WHERE NOT EXISTS (SELECT FROM \(facts.sql) AS t WHERE \(facts.sameKey("t", "k")))" : ""
    let count = try await connection.query(
      "SELECT count(*)::text FROM \(newerKeys) AS n JOIN \(kept) AS k ON \(facts.sameKey("n", "k"))\(isLeft)")
    result.newer = Int(count.scalar ?? "") ?? 0
    if result.newer > 0 {
      let some = try await connection.column(
        "SELECT concat_ws(', ', \(facts.list(facts.key, of: "n"))) FROM \(newerKeys) AS n JOIN \(kept) AS k ON"
          + " \(facts.sameKey("n", "k")) ORDER BY 1 LIMIT 5")
      result.shown = environment.redactor.redact(
        some.map { "\(facts.key.joined(separator: ", ")) \($0)" }.joined(separator: "; "))
    }
    if answer == .exportBoth, result.newer > 0 { result.notRestored.append(try await export()) }
    return result
  }

  /// Rows that the step itself inserted, and that are still as it left them.
  private func removeMade() async throws -> Int {
    guard let made = try await AfterImage.load(from: environment.images)?.tables[index],
      Set(facts.key).isSubset(of: made.columns)
    else { return 0 }
    let after = "pg_temp.backout_after_\(index)"
    try await made.load(as: after, like: facts, by: connection, from: environment.images)
    let answer = try await connection.query(
      """
      DELETE FROM \(facts.sql) AS t USING \(after) AS a WHERE \(facts.sameKey("t", "a"))
        AND NOT EXISTS (SELECT FROM \(kept) AS k WHERE \(facts.sameKey("k", "a")))
        AND NOT EXISTS (SELECT FROM \(newerKeys) AS n WHERE \(facts.sameKey("n", "a")))
      """)
    return answer.affected ?? 0
  }

  /// Lists the newer rows, and gives those that the tool's own way back wrote over their newer values again.
  private func mark(_ newer: BegunUndo.Newer, answer: ConflictAnswer?) async throws -> Int {
    var rows = 0
    if let changed = newer.changed {
      try await changed.load(as: newerKeys, like: facts, by: connection, from: environment.images)
      let values = changed.columns.filter { !facts.key.contains($0) }
      if answer != .putBack, !values.isEmpty {
        // A row that is new altogether is the tool's to bring along.
        let sets = values.map { "\(quoted(identifier: $0)) = n.\(quoted(identifier: $0))" }.joined(separator: ", ")
        rows =
          try await connection.query(
            "UPDATE \(facts.sql) AS t SET \(sets) FROM \(newerKeys) AS n JOIN \(kept) AS k ON \(facts.sameKey("n", "k"))"
              + " WHERE \(facts.sameKey("t", "n")) AND NOT \(image("t", values)) *= \(image("n", values))"
          ).affected ?? 0
      }
    } else {
      try await SavedRows.make(newerKeys, facts.key, like: facts, by: connection)
    }
    if let gone = newer.gone {
      let table = "pg_temp.backout_gone_\(index)"
      try await gone.load(as: table, like: facts, by: connection, from: environment.images)
      try await connection.query("INSERT INTO \(newerKeys) (\(keys)) SELECT \(keys) FROM \(table)")
    }
    return rows
  }

  private var holdsWholeRows: Bool {
    Set(facts.columns.filter { !facts.generated.contains($0) }).isSubset(of: table.loss.kept)
  }

  /// Rows that were kept, that the step left, and that are not there any more: somebody deleted them.
  private func markDeleted() async throws {
    guard table.loss.kind == .columns else { return }
    try await connection.query(
      "INSERT INTO \(newerKeys) (\(keys)) SELECT \(facts.list(facts.key, of: "k")) FROM \(kept) AS k"
        + " WHERE NOT EXISTS (SELECT FROM \(facts.sql) AS t WHERE \(facts.sameKey("t", "k")))")
  }

  private func insert(where isOurs: String) async throws -> Int {
    let list = table.loss.kept.map { quoted(identifier: $0) }.joined(separator: ", ")
    let answer = try await connection.query(
      """
      INSERT INTO \(facts.sql) (\(list)) \(facts.hasIdentityAlways ? "OVERRIDING SYSTEM VALUE" : "")
      SELECT \(facts.list(table.loss.kept, of: "k")) FROM \(kept) AS k
      WHERE NOT EXISTS (SELECT FROM \(facts.sql) AS t WHERE \(facts.sameKey("t", "k"))) AND \(isOurs)
      """)
    if (answer.affected ?? 0) > 0 { try await advance() }
    return answer.affected ?? 0
  }

  /// A sequence that was made again goes on after the rows that are there.
  private func advance() async throws {
    for column in facts.columns {
      let name = quoted(identifier: column)
      let sequence = try await connection.query(
        "SELECT pg_get_serial_sequence(\(quoted(literal: facts.sql)), \(quoted(literal: column)))"
      ).scalar
      guard let sequence else { continue }
      try await connection.query(
        "SELECT setval(\(quoted(literal: sequence)), greatest(max(\(name)), (SELECT last_value FROM \(sequence))))"
          + " FROM \(facts.sql) HAVING max(\(name)) IS NOT NULL")
    }
  }

  /// Without a key nobody can tell which row is which: an empty table is filled, any other is left.
  private func fillEmpty() async throws -> Result {
    var result = Result()
    let isEmpty = try await connection.query("SELECT NOT EXISTS (SELECT FROM \(facts.sql))").scalar == "t"
    let differs = try await connection.query(
      "SELECT EXISTS ((SELECT ROW(\(facts.list(table.loss.kept, of: "t")))::text FROM \(facts.sql) AS t EXCEPT ALL"
        + " SELECT ROW(\(facts.list(table.loss.kept, of: "k")))::text FROM \(kept) AS k) UNION ALL"
        + " (SELECT ROW(\(facts.list(table.loss.kept, of: "k")))::text FROM \(kept) AS k EXCEPT ALL"
        + " SELECT ROW(\(facts.list(table.loss.kept, of: "t")))::text FROM \(facts.sql) AS t))")
    guard differs.scalar == "t" else { return result }
    guard isEmpty else {
      result.notRestored.append(try await export() + ": the table has no key")
      return result
    }
    let list = table.loss.kept.map { quoted(identifier: $0) }.joined(separator: ", ")
    result.rows =
      try await connection.query(
        "INSERT INTO \(facts.sql) (\(list)) SELECT \(list) FROM \(kept)"
      ).affected ?? 0
    try await advance()
    return result
  }

  /// What was kept goes into a table beside the newer one.
  private func export() async throws -> String {
    let name = RelationName(schema: facts.schema, name: facts.name + "_backout_kept")
    if try await TableFacts.load(name, by: connection) == nil {
      try await connection.query("CREATE TABLE \(name.sql) AS SELECT * FROM \(kept)")
    }
    return "what was kept of \(table.loss.text) is in \(name.text)"
  }
}
