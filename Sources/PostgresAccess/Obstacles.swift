import Runbook

/// What stands in the way of one statement at one relation.
package struct Obstacles {
  private let connection: PostgresConnection
  private let statement: Statement
  private let facts: TableFacts
  private let earlier: [Statement]

  /// - Parameter earlier: statements that run before it: what they change may not be in the way when it comes.
  package init(connection: PostgresConnection, statement: Statement, facts: TableFacts, earlier: [Statement] = []) {
    self.connection = connection
    self.statement = statement
    self.facts = facts
    self.earlier = earlier.filter(\.kind.isChange)
  }

  private var name: String { facts.relation.text }

  package func problems() async throws -> [Problem] {
    var result: [Problem] = []
    if statement.kind == .definition || statement.kind == .truncate { result += try await privilege() }
    let present = Set(facts.columns)
    for column in statement.namesColumns where facts.hasRows && !present.contains(column) && !isTouchedEarlier(facts) {
      result.append(
        Problem(code: "column-missing", message: "\(statement.summary): \(name) has no column \(column)"))
    }
    for column in statement.setsNotNull where present.contains(column) && !isFilledEarlier(column) {
      let count = try await connection.query(
        "SELECT count(*)::text FROM \(facts.sql) WHERE \(quoted(identifier: column)) IS NULL")
      if let rows = count.scalar.flatMap({ Int($0) }), rows > 0 {
        result.append(
          Problem(
            code: "null-rows",
            message:
              "\(rows.counted("row of \(name) has", "rows of \(name) have")) no \(column): SET NOT NULL would fail"))
      }
    }
    if statement.kind == .definition { result += try await dependents() }
    result += try await locks()
    return result
  }

  private func names(_ relations: [RelationName], schema: String?, name: String) -> Bool {
    relations.contains { $0.name == name && ($0.schema == nil || $0.schema == schema) }
  }

  /// Whether an earlier statement changes this relation's definition.
  private func isTouchedEarlier(_ facts: TableFacts) -> Bool {
    earlier.contains { $0.kind == .definition && names($0.relations, schema: facts.schema, name: facts.name) }
  }

  /// Whether an earlier statement may leave no NULL in `column`.
  private func isFilledEarlier(_ column: String) -> Bool {
    earlier.contains { statement in
      guard names(statement.relations, schema: facts.schema, name: facts.name) else { return false }
      return statement.kind.changesRows && statement.rows?.sets.contains(column) ?? true || statement.kind == .delete
    }
  }

  private func privilege() async throws -> [Problem] {
    let question =
      statement.kind == .truncate
      ? "SELECT has_table_privilege($1::oid, 'TRUNCATE'), current_user"
      : "SELECT pg_has_role(relowner, 'USAGE'), current_user FROM pg_class WHERE oid = $1::oid"
    guard let row = try await connection.query(question, [String(facts.oid)]).rows.first, row[0] == "f" else {
      return []
    }
    return [
      Problem(
        code: "no-privilege",
        message: statement.kind == .truncate
          ? "\(row[1] ?? "this user") may not TRUNCATE \(name)" : "\(row[1] ?? "this user") does not own \(name)")
    ]
  }

  /// What PostgreSQL would refuse to leave hanging.
  private func dependents() async throws -> [Problem] {
    guard !statement.cascades, statement.destroysData || !statement.dropsColumns.isEmpty else { return [] }
    let wholeTable = statement.dropsColumns.isEmpty
    let columns =
      "{"
      + statement.dropsColumns.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\\\"") + "\"" }
      .joined(separator: ",") + "}"
    let views = try await connection.query(
      """
      SELECT DISTINCT v.oid::regclass::text, n.nspname, v.relname FROM pg_depend d
      JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass JOIN pg_class v ON v.oid = r.ev_class
      JOIN pg_namespace n ON n.oid = v.relnamespace
      LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND r.ev_class <> $1::oid
        AND ($2 OR a.attname = ANY ($3::text[])) ORDER BY 1
      """, [String(facts.oid), wholeTable ? "t" : "f", columns])
    let changedEarlier = earlier.filter { $0.kind == .definition }.flatMap(\.relations)
    var result = views.rows.filter { !names(changedEarlier, schema: $0[1], name: $0[2] ?? "") }.map {
      Problem(
        code: "dependent-object",
        message: "view \($0[0] ?? "") stands on \(name): \(statement.summary) would fail without CASCADE")
    }
    if wholeTable {
      let keys = try await connection.query(
        "SELECT conrelid::regclass::text, conname, n.nspname, c.relname FROM pg_constraint k"
          + " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
          + " WHERE contype = 'f' AND confrelid = $1::oid AND conrelid <> confrelid", [String(facts.oid)])
      for row in keys.rows {
        let other = RelationName(schema: row[2], name: row[3] ?? "")
        if names(statement.relations + changedEarlier, schema: other.schema, name: other.name) {
          continue
        }
        result.append(
          Problem(
            code: "dependent-object",
            message:
              "\(row[1] ?? "a foreign key") of \(row[0] ?? "") refers to \(name): \(statement.summary) would fail"))
      }
    }
    return result
  }

  private func locks() async throws -> [Problem] {
    let modes =
      statement.kind == .definition || statement.kind == .truncate
      ? "{RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}"
      : "{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}"
    let holders = try await connection.query(
      """
      SELECT DISTINCT l.pid::text, coalesce(nullif(a.application_name, ''), 'an unnamed program'), l.mode FROM pg_locks l
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.relation = $1::oid AND l.granted AND l.pid <> pg_backend_pid() AND l.mode = ANY ($2::text[])
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 5
      """, [String(facts.oid), modes])
    return holders.rows.map {
      Problem(
        code: "lock-held", severity: .warning,
        message:
          "\(name) is locked by process \($0[0] ?? "?"), \($0[1] ?? "") (\($0[2] ?? "")): the step waits 5 s for it")
    }
  }

  /// What is touched besides.
  package func notes() async throws -> [String] {
    guard statement.kind.changesRows, facts.hasRows else { return [] }
    var result = try await connection.column(
      "SELECT 'fires trigger ' || tgname FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal AND tgenabled <> 'D'",
      [String(facts.oid)])
    if statement.kind == .delete {
      result += try await connection.column(
        """
        SELECT 'rows of ' || conrelid::regclass || CASE confdeltype WHEN 'c' THEN ' go along' ELSE ' lose the reference' END
          || ' and are kept' FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::oid AND confdeltype IN ('c', 'n', 'd')
        """, [String(facts.oid)])
    }
    if facts.key.isEmpty { result.append("\(name) has no key: its whole content is kept, and put back all or nothing") }
    return result
  }
}
