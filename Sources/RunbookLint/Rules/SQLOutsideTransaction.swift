import Runbook

struct SQLOutsideTransaction: LintRule {
  let id = "sql-outside-transaction"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "SQL that changes data runs without a transaction around it."
  let explanation = """
    Where the second of three statements fails, the first has happened and the third has not: a state that nobody wrote
    down. `BEGIN;` and `COMMIT;` around them make it all or nothing, and leave room for a look before `COMMIT`: a single
    `UPDATE` whose condition is wrong is seen by its count of rows, while `ROLLBACK` still helps.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ```sql
    UPDATE orders SET state = 'open' WHERE state = 'held';
    DELETE FROM holds WHERE made_on > '2024-01-01';
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    ```sql
    BEGIN;
    UPDATE orders SET state = 'open' WHERE state = 'held';
    DELETE FROM holds WHERE made_on > '2024-01-01';
    COMMIT;
    ```
    """
  let references = ["https://www.postgresql.org/docs/current/tutorial-transactions.html"]

  /// MySQL ends a transaction at each of them: `BEGIN` would promise what it does not keep.
  private static let definitions: Set<String> = ["ALTER", "DROP", "CREATE", "TRUNCATE", "RENAME", "GRANT", "REVOKE"]

  /// The section shows how such statements are written.
  private static func isPattern(_ title: String?) -> Bool {
    title?.lowercased().holds(["requirement", "pattern", "example", "idempoten", "template", "practice"]) ?? false
  }

  func findings(in document: LintDocument) -> [Finding] {
    let isMySQL = document.mentions(["mysql", "mariadb"]) && !document.mentions(["postgres", "psql", "supabase"])
    let fences = document.fences.compactMap { several(in: $0, of: document, isMySQL: isMySQL) }
    let single = document.steps.compactMap { placed -> Finding? in
      guard case .shell = placed.step.action, let statement = alone(placed.sql, isMySQL: isMySQL),
        !placed.commands.contains(where: { $0.has("-1", "--single-transaction") }),
        !fences.contains(where: { ($0.line...$0.endLine).contains(placed.step.line) })
      else { return nil }
      return finding(
        at: placed, Self.isFinalMessage(statement),
        fix: Fix(title: "BEGIN; the statement; a look at the count; COMMIT or ROLLBACK, in one file or session")
      ).as(.note)
    }
    return fences + single
  }

  private static func isFinalMessage(_ statement: SQLStatement) -> String {
    "`\(statement.text.firstLine)` is final as soon as it has run: nobody can look first at what it did"
  }

  /// Whether a look at what it did, before `COMMIT`, would help.
  private func isFinal(_ statement: SQLStatement, isMySQL: Bool) -> Bool {
    ["UPDATE", "DELETE"].contains(statement.words.first)
      || statement.destroys && !isMySQL && !statement.refusesTransaction
  }

  /// The one statement that changes rows, where nothing is around it.
  private func alone(_ statements: [SQLStatement], isMySQL: Bool) -> SQLStatement? {
    let changes = statements.filter(\.isChange)
    guard changes.count == 1, let change = changes.first, !statements.contains(where: { $0.begins || $0.ends }),
      isFinal(change, isMySQL: isMySQL)
    else { return nil }
    return change
  }

  private func several(in fence: Fence, of document: LintDocument, isMySQL: Bool) -> Finding? {
    let inside = document.steps.filter { fence.holds($0.step.line) }
    let statements = inside.flatMap { placed -> [(PlacedStep, SQLStatement)] in
      if case .shell = placed.step.action, placed.commands.contains(where: { $0.has("-1", "--single-transaction") }) {
        return []
      }
      // The statements of one `-c` are one transaction.
      let isOne = placed.commands.allSatisfy { !$0.command.redirections.contains { $0.operator.hasPrefix("<<") } }
      if case .shell = placed.step.action, isOne {
        return (placed.sql.first(where: \.isChange) ?? placed.sql.first).map { [(placed, $0)] } ?? []
      }
      return placed.sql.map { (placed, $0) }
    }
    let showsBothWays =
      statements.contains { $0.1.words.contains("ADD") }
      && statements.contains { $0.1.words.starts(with: ["ALTER"]) && $0.1.words.contains("DROP") }
    guard !statements.contains(where: { $0.1.begins || $0.1.ends || $0.1.refusesTransaction }), !showsBothWays,
      !Self.isPattern(document.headings.last { $0.line < fence.line }?.text)
    else { return nil }
    let changes = statements.filter { _, statement in
      statement.isChange && !(statement.words.first == "CREATE" && statement.words.contains("SELECT"))
        && !(isMySQL && Self.definitions.contains(statement.words.first ?? ""))
    }
    if changes.count == 1, let (placed, statement) = changes.first, case .sql = placed.step.action,
      isFinal(statement, isMySQL: isMySQL), !statements.contains(where: { $0.1.copiesRows(of: statement) })
    {
      return finding(
        line: statement.line,
        Self.isFinalMessage(statement),
        fix: Fix(title: "put `BEGIN;` before it, and after it a look at the count and `COMMIT;`")
      ).as(.note)
    }
    guard changes.count > 1, let first = changes.first, let last = changes.last,
      Set(changes.map { $0.0.step.choice }).count == 1
    else { return nil }
    return Finding(
      rule: id, line: first.1.line, endLine: last.0.step.endLine, severity: severity,
      message: "\(changes.count) statements change data here, each on its own: where one fails, those before it stay",
      fix: Fix(title: "put them in one transaction: `BEGIN;` before the first, `COMMIT;` after the last"))
  }
}

extension SQLStatement {
  /// Whether it keeps the rows that `change` is about: `CREATE TABLE … AS SELECT … FROM` the same table, by the same
  /// condition or by none.
  fileprivate func copiesRows(of change: SQLStatement) -> Bool {
    guard ["CREATE", "INSERT"].contains(words.first), line < change.line,
      let from = words.firstIndex(of: "FROM"), words.contains("SELECT"), from + 1 < words.count
    else { return false }
    let table = change.words.dropFirst(change.words.first == "DELETE" ? 2 : 1).first
    guard words[from + 1] == table else { return false }
    guard let condition else { return true }
    return change.condition == condition
  }

  /// What follows `WHERE`, as it is written.
  private var condition: String? {
    let words = text.lowercased().replacing(";", with: "").blankSeparated
    return words.firstIndex(of: "where").map { words[$0...].joined(separator: " ") }
  }
}
