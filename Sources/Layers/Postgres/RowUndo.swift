import Foundation
import Layer
import PostgresAccess
import Runbook

/// Puts rows back, three ways by key: as they were, where they are still what the step left; else a conflict.
struct RowUndo {
  let connection: PostgresConnection
  let environment: StepEnvironment
  let answer: ConflictAnswer?
  /// `postgres:default `
  let prefix: String
  private(set) var conflicts: [Conflict] = []
  private(set) var restored: [String] = []
  private(set) var notRestored: [String] = []
  private(set) var rows = 0
  /// Tables without a key that somebody else changed.
  private var newerWithoutKey: Set<Int> = []

  init(connection: PostgresConnection, environment: StepEnvironment, answer: ConflictAnswer?, prefix: String) {
    self.connection = connection
    self.environment = environment
    self.answer = answer
    self.prefix = prefix
  }

  private func before(_ index: Int) -> String { "pg_temp.backout_before_\(index)" }
  private func after(_ index: Int) -> String { "pg_temp.backout_after_\(index)" }

  /// Within the open transaction. Throws `PostgresFailure`; then nothing was changed.
  mutating func run(_ tables: [KeptTable]) async throws {
    var usable: [Int] = []
    for index in tables.indices {
      if try await load(tables[index], index) { usable.append(index) }
    }
    for index in usable where tables[index].columnsOnly != nil { try await putColumnsBack(tables[index], index) }
    let whole = usable.filter { tables[$0].columnsOnly == nil }
    let keyed = try await ForeignKey.parentsFirst(whole.map { tables[$0].facts.relation }, by: connection)
      .map { whole[$0] }
    for index in keyed where !tables[index].facts.key.isEmpty { try await findConflicts(tables[index], index) }
    for index in keyed.reversed() { try await removeInserted(tables[index], index) }
    for index in keyed { try await putBack(tables[index], index) }
    for index in usable {
      let target = prefix + tables[index].facts.relation.text
      if !conflicts.contains(where: { $0.target.hasPrefix(target) }) { restored.append(target) }
    }
  }

  // MARK: Loading what was kept

  private mutating func load(_ table: KeptTable, _ index: Int) async throws -> Bool {
    let facts = table.facts
    let now = try await TableFacts.load(facts.relation, by: connection)
    guard let now, Set(facts.columns).isSubset(of: now.columns) else {
      let missing = facts.columns.filter { now?.columns.contains($0) != true }
      conflicts.append(
        Conflict(
          target: prefix + facts.relation.text, kept: "\(table.beforeRows) rows", left: "\(table.afterRows) rows",
          now: now == nil ? "the table is gone" : "without column \(missing.joined(separator: ", "))"))
      return false
    }
    let list = facts.columns.map { quoted(identifier: $0) }.joined(separator: ", ")
    for (name, blob) in [(before(index), table.before), (after(index), table.after)] {
      try await connection.query(
        "CREATE TEMPORARY TABLE \(name) ON COMMIT DROP AS SELECT \(list.isEmpty ? "1 AS backout_none" : list)"
          + " FROM \(facts.sql) WITH NO DATA")
      guard let blob else { continue }
      try await connection.beginCopyIn("COPY \(name) (\(list)) FROM STDIN")
      try await environment.images.load(blob) { try await connection.put($0) }
      try await connection.endCopyIn()
      try await connection.query("ANALYZE \(name)")
    }
    return true
  }

  // MARK: Rows with a key

  /// Every key that the step touched, with what was kept, left and is there now.
  private func joined(_ facts: TableFacts, _ index: Int) -> String {
    let keys = facts.key.map { quoted(identifier: $0) }.joined(separator: ", ")
    return """
      FROM (SELECT \(keys) FROM \(before(index)) UNION SELECT \(keys) FROM \(after(index))) AS k
      LEFT JOIN \(before(index)) AS b ON \(facts.sameKey("b", "k"))
      LEFT JOIN \(after(index)) AS a ON \(facts.sameKey("a", "k"))
      LEFT JOIN \(facts.sql) AS t ON \(facts.sameKey("t", "k"))
      """
  }

  private func isThere(_ alias: String, _ facts: TableFacts) -> String {
    facts.key.map { "\(alias).\(quoted(identifier: $0)) IS NOT NULL" }.joined(separator: " AND ")
  }

  /// Neither as it was nor as the step left it. A row that is missing is an image of NULLs only.
  private func isNewer(_ facts: TableFacts) -> String {
    "NOT \(facts.sameImage("t", "b")) AND NOT \(facts.sameImage("t", "a"))"
  }

  private mutating func findConflicts(_ table: KeptTable, _ index: Int) async throws {
    let facts = table.facts
    let keys = facts.list(facts.key, of: "k")
    let newer = "pg_temp.backout_newer_\(index)"
    try await connection.query(
      "CREATE TEMPORARY TABLE \(newer) ON COMMIT DROP AS SELECT \(keys) \(joined(facts, index)) WHERE \(isNewer(facts))"
    )
    let count = Int(try await connection.query("SELECT count(*)::text FROM \(newer)").scalar ?? "") ?? 0
    guard count > 0 else { return }
    let target = prefix + facts.relation.text
    if answer == .exportBoth { try await exportKept(table, index, newer: newer) }
    if answer == .putBack { return }
    if answer != nil { notRestored.append("\(count.counted("newer row")) of \(facts.relation.text)") }
    guard answer == nil else { return }
    let shown = try await connection.query(
      """
      SELECT jsonb_build_object(\(facts.key.map { "\(quoted(literal: $0)), k.\(quoted(identifier: $0))" }.joined(separator: ", ")))::text,
        CASE WHEN \(isThere("b", facts)) THEN to_jsonb(b)::text END,
        CASE WHEN \(isThere("a", facts)) THEN to_jsonb(a)::text END,
        CASE WHEN \(isThere("t", facts)) THEN to_jsonb(t)::text END
      \(joined(facts, index)) WHERE \(isNewer(facts)) LIMIT 20
      """)
    for row in shown.rows {
      conflicts.append(RowDifference(row, redactor: environment.redactor).conflict(target: target))
    }
    if count > shown.rows.count {
      conflicts.append(
        Conflict(
          target: target, kept: "\(count - shown.rows.count) more rows", left: "as the step left them", now: "newer"))
    }
  }

  /// What was kept of newer rows goes into a table beside them.
  private mutating func exportKept(_ table: KeptTable, _ index: Int, newer: String) async throws {
    let facts = table.facts
    let name = RelationName(schema: facts.schema, name: facts.name + "_backout_kept").sql
    let list = facts.list(facts.columns, of: "b")
    try await connection.query(
      "CREATE TABLE IF NOT EXISTS \(name) AS SELECT \(list) FROM \(before(index)) AS b WITH NO DATA")
    try await connection.query(
      """
      INSERT INTO \(name) (\(facts.columns.map { quoted(identifier: $0) }.joined(separator: ", ")))
      SELECT \(list) FROM \(before(index)) AS b JOIN \(newer) AS k ON \(facts.sameKey("b", "k"))
      WHERE NOT EXISTS (SELECT FROM \(name) AS t WHERE \(facts.sameKey("b", "t")) AND \(facts.sameImage("b", "t")))
      """)
    notRestored.append(
      "what was kept of newer rows of \(facts.relation.text) is in \(facts.relation.text)_backout_kept")
  }

  private mutating func removeInserted(_ table: KeptTable, _ index: Int) async throws {
    let facts = table.facts
    if facts.key.isEmpty { return try await removeSurplus(table, index) }
    let unchanged = answer == .putBack ? "true" : facts.sameImage("t", "a")
    let answer = try await connection.query(
      """
      DELETE FROM \(facts.sql) AS t USING \(after(index)) AS a WHERE \(facts.sameKey("t", "a")) AND \(unchanged)
        AND NOT EXISTS (SELECT FROM \(before(index)) AS b WHERE \(facts.sameKey("b", "a")))
      """)
    rows += answer.affected ?? 0
  }

  private mutating func putBack(_ table: KeptTable, _ index: Int) async throws {
    let facts = table.facts
    if facts.key.isEmpty { return try await addMissing(table, index) }
    let override = answer == .putBack
    // Only columns that the step changed are written: a generated or untouched column is not.
    var changed: [String] = []
    let candidates = facts.columns.filter { !facts.generated.contains($0) && !facts.key.contains($0) }
    if !candidates.isEmpty {
      let differing = candidates.map { column in
        let name = quoted(identifier: column)
        return "coalesce(bool_or(NOT ROW(b.\(name))::record *= ROW(\(override ? "t" : "a").\(name))::record), false)"
      }
      let answer = try await connection.query(
        "SELECT \(differing.joined(separator: ", ")) FROM \(before(index)) AS b"
          + (override
            ? " JOIN \(facts.sql) AS t ON \(facts.sameKey("t", "b"))"
            : " JOIN \(after(index)) AS a ON \(facts.sameKey("a", "b"))"))
      changed = zip(candidates, answer.rows.first ?? []).filter { $1 == "t" }.map(\.0)
    }
    if !changed.isEmpty {
      let sets = changed.map { "\(quoted(identifier: $0)) = b.\(quoted(identifier: $0))" }.joined(separator: ", ")
      let from =
        override
        ? "\(before(index)) AS b WHERE \(facts.sameKey("t", "b")) AND NOT \(facts.sameImage("t", "b"))"
        : "\(before(index)) AS b JOIN \(after(index)) AS a ON \(facts.sameKey("a", "b"))"
          + " WHERE \(facts.sameKey("t", "b")) AND \(facts.sameImage("t", "a")) AND NOT \(facts.sameImage("t", "b"))"
      rows += try await connection.query("UPDATE \(facts.sql) AS t SET \(sets) FROM \(from)").affected ?? 0
    }
    let writable = facts.columns.filter { !facts.generated.contains($0) }
    let deletedByStep =
      override ? "" : " AND NOT EXISTS (SELECT FROM \(after(index)) AS a WHERE \(facts.sameKey("a", "b")))"
    let inserted = try await connection.query(
      """
      INSERT INTO \(facts.sql) (\(writable.map { quoted(identifier: $0) }.joined(separator: ", ")))
      \(facts.hasIdentityAlways ? "OVERRIDING SYSTEM VALUE" : "")
      SELECT \(facts.list(writable, of: "b")) FROM \(before(index)) AS b
      WHERE NOT EXISTS (SELECT FROM \(facts.sql) AS t WHERE \(facts.sameKey("t", "b")))\(deletedByStep)
      """)
    rows += inserted.affected ?? 0
  }

  // MARK: Rows without a key: how often each occurs

  private func counted(_ source: String, _ facts: TableFacts) -> String {
    "(SELECT ROW(\(facts.list(facts.columns, of: "s")))::text AS image, count(*) AS n FROM \(source) AS s GROUP BY 1)"
  }

  /// `image, kept, left, now` for each row whose number the step changed.
  private func counts(_ facts: TableFacts, _ index: Int) -> String {
    """
    (SELECT image, coalesce(b.n, 0) AS kept, coalesce(a.n, 0) AS left_behind, coalesce(t.n, 0) AS present
     FROM \(counted(before(index), facts)) AS b FULL JOIN \(counted(after(index), facts)) AS a USING (image)
     LEFT JOIN \(counted(facts.sql, facts)) AS t USING (image)
     WHERE coalesce(b.n, 0) <> coalesce(a.n, 0))
    """
  }

  /// Without a key nobody can tell which row became which: all of the table's touched rows are put back, or none.
  private mutating func removeSurplus(_ table: KeptTable, _ index: Int) async throws {
    let facts = table.facts
    let newer = try await connection.query(
      """
      WITH c AS (SELECT * FROM \(counts(facts, index)) AS c)
      SELECT image, kept::text, left_behind::text, present::text FROM c
      WHERE present <> left_behind AND EXISTS (SELECT FROM c WHERE present <> kept) LIMIT 20
      """)
    if !newer.rows.isEmpty, answer != .putBack { newerWithoutKey.insert(index) }
    if newerWithoutKey.contains(index), answer == nil {
      for row in newer.rows {
        conflicts.append(
          Conflict(
            target: prefix + facts.relation.text + " " + environment.redactor.redact(String((row[0] ?? "").prefix(80))),
            kept: "\(row[1] ?? "0") times", left: "\(row[2] ?? "0") times", now: "\(row[3] ?? "0") times"))
      }
    } else if !newer.rows.isEmpty, answer != .putBack {
      notRestored.append("rows of \(facts.relation.text) that are newer")
    }
    if newerWithoutKey.contains(index) { return }
    let removed = try await connection.query(
      """
      DELETE FROM \(facts.sql) AS t USING (
        SELECT s.place, row_number() OVER (PARTITION BY s.image) AS position, c.present - c.kept AS surplus
        FROM (SELECT ctid AS place, ROW(\(facts.list(facts.columns, of: "r")))::text AS image FROM \(facts.sql) AS r) AS s
        JOIN \(counts(facts, index)) AS c USING (image)
        WHERE c.present > c.kept) AS extra
      WHERE t.ctid = extra.place AND extra.position <= extra.surplus
      """)
    rows += removed.affected ?? 0
  }

  private mutating func addMissing(_ table: KeptTable, _ index: Int) async throws {
    if newerWithoutKey.contains(index) { return }
    let facts = table.facts
    let writable = facts.columns.filter { !facts.generated.contains($0) }
    let inserted = try await connection.query(
      """
      INSERT INTO \(facts.sql) (\(writable.map { quoted(identifier: $0) }.joined(separator: ", ")))
      \(facts.hasIdentityAlways ? "OVERRIDING SYSTEM VALUE" : "")
      SELECT \(facts.list(writable, of: "b")) FROM \(counts(facts, index)) AS c
      JOIN LATERAL (SELECT * FROM \(before(index)) AS s
        WHERE ROW(\(facts.list(facts.columns, of: "s")))::text = c.image LIMIT 1) AS b ON true
      CROSS JOIN generate_series(1, c.kept - c.present)
      WHERE c.kept > c.present
      """)
    rows += inserted.affected ?? 0
  }

  // MARK: Columns that came back empty

  private mutating func putColumnsBack(_ table: KeptTable, _ index: Int) async throws {
    let facts = table.facts
    let columns = (table.columnsOnly ?? []).filter { !facts.generated.contains($0) }
    guard !columns.isEmpty else { return }
    guard !facts.key.isEmpty else {
      notRestored.append("values of \(columns.joined(separator: ", ")) in \(facts.relation.text): its rows have no key")
      return
    }
    let sets = columns.map { "\(quoted(identifier: $0)) = b.\(quoted(identifier: $0))" }.joined(separator: ", ")
    let different = "NOT ROW(\(facts.list(columns, of: "t")))::record *= ROW(\(facts.list(columns, of: "b")))::record"
    let answer = try await connection.query(
      "UPDATE \(facts.sql) AS t SET \(sets) FROM \(before(index)) AS b WHERE \(facts.sameKey("t", "b")) AND \(different)"
    )
    rows += answer.affected ?? 0
  }
}

/// What differs between three states of one row, shortened for people.
private struct RowDifference {
  private let key: String
  private let values: [JSONValue?]
  private let redactor: Redactor

  init(_ row: [String?], redactor: Redactor) {
    self.redactor = redactor
    key = row[0] ?? ""
    values = row.dropFirst().map { $0.flatMap { try? JSONValue(parsing: $0) } }
  }

  func conflict(target: String) -> Conflict {
    let members = values.map { $0?.objectValue }
    let columns = Set(members.compactMap { $0?.keys }.flatMap { $0 }).sorted().filter { column in
      Set(members.compactMap { $0?[column] }).count > 1
    }
    func text(_ value: [String: JSONValue]?) -> String {
      guard let value else { return "no row" }
      if columns.isEmpty { return "a row" }
      return redactor.redact(
        columns.prefix(6).map { column in
          let shown = SensitiveNames.matches(column) ? "(not shown)" : (value[column] ?? .null).plainText
          return "\(column) = \(shown.prefix(60))"
        }.joined(separator: ", "))
    }
    return Conflict(
      target: "\(target) \(redactor.redact(key))", kept: text(members[0]), left: text(members[1]), now: text(members[2])
    )
  }
}
