import Foundation
import Layer
import PostgresAccess
import Runbook

/// Holds, inside the change's transaction, what each touched table was and became, in temporary tables of its own
/// session: nothing is in memory, and the server copies its own rows.
struct Capture {
  enum Scope: Hashable {
    /// The rows that the statement's own words match.
    case matching
    /// The rows that are inserted.
    case inserted
    /// Rows that refer to deleted ones: the foreign key's constraint names them.
    case referring
    /// Every row, compared afterwards.
    case whole
  }

  struct Table {
    var facts: TableFacts
    var scope: Scope
    var isUpdated = false
    var isCaptured = false
    var number: Int

    var before: String { "pg_temp.backout_before_\(number)" }
    var after: String { "pg_temp.backout_after_\(number)" }
  }

  let connection: PostgresConnection
  private(set) var tables: [Table] = []
  var definitions: [DefinitionPiece] = []
  private var facts: [RelationName: TableFacts] = [:]
  private var forcedWhole: Set<String> = []
  /// Object identifiers of the tables that were there before.
  private var existing: Set<String> = []
  /// Views that go with what the statements drop.
  private var dependents: [RelationName] = []

  init(connection: PostgresConnection) { self.connection = connection }

  // MARK: Before the transaction

  /// Reads what the statements name, since a lock must come before the transaction's first look at anything.
  mutating func lookAhead(_ request: Request, whole: Set<String>) async throws {
    for name in request.relations {
      facts[name] = try await TableFacts.load(name, by: connection)
    }
    forcedWhole = whole
    existing = Set(try await connection.column("SELECT oid::text FROM pg_class WHERE relkind IN ('r', 'p')"))
    for oid in whole.sorted() where !facts.values.contains(where: { String($0.oid) == oid }) {
      if let found = try await TableFacts.load(oid: oid, by: connection) { facts[found.relation] = found }
    }
    for statement in request.changes where statement.kind == .definition && statement.cascades {
      for name in statement.relations {
        guard let root = facts[name] else { continue }
        dependents += try await DefinitionReading.dependents(of: root.oid, by: connection)
      }
    }
    for statement in request.changes where statement.kind == .truncate && statement.cascades {
      for name in statement.relations {
        guard let root = facts[name] else { continue }
        for referring in try await ForeignKey.allReferring(to: root.oid, by: connection) {
          guard let found = try await TableFacts.load(oid: referring, by: connection) else { continue }
          facts[found.relation] = found
          forcedWhole.insert(referring)
        }
      }
    }
    for name in facts.keys.sorted(by: { $0.text < $1.text }) {
      guard let found = facts[name], found.hasRows, !tables.contains(where: { $0.facts.oid == found.oid }),
        needsWhole(found, in: request)
      else { continue }
      tables.append(Table(facts: found, scope: .whole, number: tables.count))
    }
  }

  private func needsWhole(_ found: TableFacts, in request: Request) -> Bool {
    if forcedWhole.contains(String(found.oid)) { return true }
    let own = request.changes.filter { statement in statement.relations.contains { facts[$0]?.oid == found.oid } }
    if own.contains(where: \.needsWholeTable) { return true }
    let changing = own.filter(\.kind.changesRows)
    if changing.count > 1 { return true }
    guard let only = changing.first, only.kind != .insert else { return false }
    return found.key.isEmpty || (only.rows?.sets.contains { found.key.contains($0) } ?? true)
  }

  /// Locks before anything is looked at: what is compared whole must not move.
  func lock(_ request: Request) async throws {
    for table in tables {
      let isDefinition = request.changes.contains { statement in
        (statement.kind == .definition || statement.kind == .truncate)
          && statement.relations.contains { facts[$0]?.oid == table.facts.oid }
      }
      try await connection.query(
        "LOCK TABLE \(table.facts.sql) IN \(isDefinition ? "ACCESS EXCLUSIVE" : "SHARE ROW EXCLUSIVE") MODE")
    }
  }

  /// The relations whose definitions the request changes.
  func described(_ request: Request) -> [RelationName] {
    request.changes.filter { $0.kind == .definition }.flatMap(\.relations).map { facts[$0]?.relation ?? $0 }
      + dependents
  }

  // MARK: Around each statement

  mutating func before(_ statement: Statement) async throws {
    // Whole tables are captured before the first statement that could touch anything.
    for number in tables.indices where tables[number].scope == .whole && !tables[number].isCaptured {
      try await create(number, "SELECT \(columns(tables[number].facts, "t")) FROM \(tables[number].facts.sql) AS t")
    }
    guard let name = statement.relations.first, let found = facts[name], found.hasRows,
      !tables.contains(where: { $0.facts.oid == found.oid })
    else { return }
    switch statement.kind {
    case .insert: tables.append(Table(facts: found, scope: .inserted, isCaptured: true, number: tables.count))
    case .update, .delete:
      guard let rows = statement.rows else { return }
      tables.append(
        Table(facts: found, scope: .matching, isUpdated: statement.kind == .update, number: tables.count))
      try await create(tables.count - 1, Self.matching(rows, of: found, select: columns(found, rows.alias)))
      if statement.kind == .delete { try await followForeignKeys(from: tables.count - 1) }
    default: break
    }
  }

  /// The rows that `rows` matches, each once.
  static func matching(_ rows: Statement.Rows, of facts: TableFacts, select: String) -> String {
    if rows.from == nil { return "\(rows.with) SELECT \(select) \(rows.fromClause)" }
    let own = select.replacingOccurrences(of: rows.alias + ".", with: "backout_row.")
    return """
      \(rows.with) SELECT \(own) FROM \(facts.sql) AS backout_row
      WHERE (backout_row.tableoid, backout_row.ctid) IN (
        SELECT \(rows.alias).tableoid, \(rows.alias).ctid \(rows.fromClause))
      """
  }

  private mutating func create(_ index: Int, _ select: String) async throws {
    try await connection.query("CREATE TEMPORARY TABLE \(tables[index].before) AS \(select)")
    tables[index].isCaptured = true
  }

  /// Rows that a deletion takes along: ON DELETE CASCADE, SET NULL, SET DEFAULT.
  private mutating func followForeignKeys(from index: Int) async throws {
    let parent = tables[index]
    for key in try await ForeignKey.acting(onDeleteOf: parent.facts.oid, by: connection) {
      guard !tables.contains(where: { String($0.facts.oid) == key.table }),
        let found = try await TableFacts.load(oid: key.table, by: connection), !found.key.isEmpty
      else { continue }
      tables.append(Table(facts: found, scope: .referring, isUpdated: !key.deletes, number: tables.count))
      let own = key.columns.map { "t.\(quoted(identifier: $0))" }.joined(separator: ", ")
      let referred = key.referred.map { "p.\(quoted(identifier: $0))" }.joined(separator: ", ")
      try await create(
        tables.count - 1,
        "SELECT \(columns(found, "t")) FROM \(found.sql) AS t"
          + " WHERE (\(own)) IN (SELECT \(referred) FROM \(parent.before) AS p)")
      if key.deletes { try await followForeignKeys(from: tables.count - 1) }
    }
  }

  private func columns(_ facts: TableFacts, _ alias: String) -> String {
    // A table may have no columns at all.
    facts.columns.isEmpty ? "1 AS backout_none" : facts.list(facts.columns, of: alias)
  }

  // MARK: After the statements

  /// What PostgreSQL counted, and this capture did not see coming.
  func account() async throws -> (why: String, tables: Set<String>)? {
    let counted = try await connection.query(
      """
      SELECT coalesce(pg_partition_root(s.relid)::oid, s.relid)::text, min(c.relname),
        sum(s.n_tup_ins)::text, sum(s.n_tup_upd)::text, sum(s.n_tup_del)::text
      FROM pg_stat_xact_user_tables s JOIN pg_class c ON c.oid = s.relid
      WHERE c.relpersistence <> 't' AND s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0 GROUP BY 1
      """)
    for row in counted.rows {
      guard let oid = row[0], let inserted = Int(row[2] ?? ""), let updated = Int(row[3] ?? ""),
        let deleted = Int(row[4] ?? "")
      else { continue }
      let name = row[1] ?? oid
      guard let table = tables.first(where: { String($0.facts.oid) == oid }) else {
        // A table that is new with this transaction goes as a whole.
        if !existing.contains(oid) { continue }
        return ("\(name) is changed as well, by a trigger or a function", [oid])
      }
      if table.scope == .whole { continue }
      let kept =
        table.scope == .inserted
        ? 0 : Int(try await connection.query("SELECT count(*)::text FROM \(table.before)").scalar ?? "") ?? -1
      let agrees =
        switch table.scope {
        case .inserted: updated == 0 && deleted == 0
        case .matching, .referring:
          inserted == 0 && (table.isUpdated ? updated == kept && deleted == 0 : deleted == kept && updated == 0)
        case .whole: true
        }
      if !agrees {
        return ("\(name): \(inserted) inserted, \(updated) updated, \(deleted) deleted, and \(kept) rows kept", [oid])
      }
    }
    return nil
  }

  /// Writes what was kept into the image store and says what it is.
  func save(transaction: String, request: Request, environment: StepEnvironment) async throws -> KeptChange {
    try await connection.query(
      "SELECT set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true),"
        + " set_config('extra_float_digits', '3', true), set_config('bytea_output', 'hex', true)")
    var kept: [KeptTable] = []
    for table in tables {
      if let saved = try await save(table, transaction: transaction, request: request, environment: environment) {
        kept.append(saved)
      }
    }
    let after = try await DefinitionReading(connection).pieces(of: described(request))
    return KeptChange(
      transaction: transaction, tables: kept, before: definitions, after: after,
      inverses: request.changes.compactMap(\.inverse).reversed(), filled: try await filled(after))
  }

  /// How full the tables and columns are that the step made: what is newer is told by it.
  private func filled(_ after: [DefinitionPiece]) async throws -> [String: Int] {
    let known = Set(definitions.map(\.id))
    var result: [String: Int] = [:]
    for piece in after where !known.contains(piece.id) {
      let table = after.first {
        $0.relation == piece.relation && $0.name == "itself" && $0.drop.hasPrefix("DROP TABLE ")
      }
      guard let sql = table?.drop.dropFirst("DROP TABLE ".count) else { continue }
      let counted: String
      if piece.name == "itself" {
        counted = "*"
      } else if piece.name.hasPrefix("column ") {
        counted = quoted(identifier: String(piece.name.dropFirst("column ".count)))
      } else {
        continue
      }
      result[piece.id] = Int(try await connection.query("SELECT count(\(counted))::text FROM \(sql)").scalar ?? "")
    }
    return result
  }

  private func save(
    _ table: Table, transaction: String, request: Request, environment: StepEnvironment
  ) async throws -> KeptTable? {
    let facts = table.facts
    let now = try await TableFacts.load(oid: String(facts.oid), by: connection)
    let hasSameColumns = now?.columns == facts.columns && !retypes(facts, request)
    if table.scope == .inserted {
      try await connection.query("CREATE TEMPORARY TABLE \(table.before) AS TABLE \(facts.sql) WITH NO DATA")
    }
    if !hasSameColumns {
      try await connection.query("CREATE TEMPORARY TABLE \(table.after) AS TABLE \(table.before) WITH NO DATA")
    } else {
      try await connection.query("CREATE TEMPORARY TABLE \(table.after) AS \(rowsAfter(table))")
      if table.scope == .whole, !facts.key.isEmpty {
        try await connection.query("ANALYZE \(table.before)")
        try await connection.query(
          "DELETE FROM \(table.before) AS b USING \(facts.sql) AS t"
            + " WHERE \(facts.sameKey("b", "t")) AND \(facts.sameImage("b", "t"))")
      }
    }
    let before = try await copy(table.before, "rows-\(transaction)-\(table.number)-before", facts, environment)
    let after = try await copy(table.after, "rows-\(transaction)-\(table.number)-after", facts, environment)
    if before.rows == 0, after.rows == 0 { return nil }
    return KeptTable(
      facts: facts, before: before.blob, after: after.blob, beforeRows: before.rows, afterRows: after.rows,
      columnsOnly: now != nil && !hasSameColumns
        ? facts.columns.filter { now?.columns.contains($0) != true || retyped(facts, request).contains($0) } : nil)
  }

  private func retyped(_ facts: TableFacts, _ request: Request) -> [String] {
    request.changes.filter { statement in statement.relations.contains { self.facts[$0]?.oid == facts.oid } }
      .flatMap(\.dropsColumns)
  }

  private func retypes(_ facts: TableFacts, _ request: Request) -> Bool { !retyped(facts, request).isEmpty }

  private func rowsAfter(_ table: Table) -> String {
    let facts = table.facts
    let all = "SELECT \(columns(facts, "t")) FROM \(facts.sql) AS t"
    switch table.scope {
    case .inserted: return all + " WHERE t.xmin = pg_current_xact_id()::xid"
    case .matching, .referring:
      return table.isUpdated
        ? all + " JOIN \(table.before) AS b ON \(facts.sameKey("b", "t"))" : all + " WHERE false"
    case .whole:
      return facts.key.isEmpty
        ? all
        : all + " WHERE NOT EXISTS (SELECT FROM \(table.before) AS b"
          + " WHERE \(facts.sameKey("b", "t")) AND \(facts.sameImage("b", "t")))"
    }
  }

  private func copy(
    _ source: String, _ name: String, _ facts: TableFacts, _ environment: StepEnvironment
  ) async throws -> (blob: BlobReference?, rows: Int) {
    let rows = Int(try await connection.query("SELECT count(*)::text FROM \(source)").scalar ?? "") ?? 0
    guard rows > 0 else { return (nil, 0) }
    let list = facts.columns.map { quoted(identifier: $0) }.joined(separator: ", ")
    try await connection.beginCopyOut("COPY \(source) (\(list)) TO STDOUT")
    let blob = try await environment.images.save(name) { try await connection.nextChunk() }
    return (blob, rows)
  }
}
