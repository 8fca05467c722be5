import Runbook

struct SQLOutsideTransaction: LintRule {
  let id = "sql-outside-transaction"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "Several statements that change data run without a transaction around them."
  let explanation = """
    Where the second of three statements fails, the first has happened and the third has not: a state that nobody wrote
    down. `BEGIN;` and `COMMIT;` around them make it all or nothing, and leave room for a look before `COMMIT`.
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
    let headings = document.headings
    return document.fences.compactMap { fence -> Finding? in
      let inside = document.steps.filter { fence.holds($0.step.line) }
      let statements = inside.flatMap { placed -> [(PlacedStep, SQLStatement)] in
        guard case .sql = placed.step.action else { return [] }
        return placed.sql.map { (placed, $0) }
      }
      let showsBothWays =
        statements.contains { $0.1.words.contains("ADD") }
        && statements.contains {
          $0.1.words.starts(with: ["ALTER"]) && $0.1.words.contains("DROP")
        }
      guard !statements.contains(where: { $0.1.begins || $0.1.ends || $0.1.refusesTransaction }), !showsBothWays,
        !Self.isPattern(headings.last { $0.line < fence.line }?.text)
      else { return nil }
      let changes = statements.filter { _, statement in
        statement.isChange && !(statement.words.first == "CREATE" && statement.words.contains("SELECT"))
          && !(isMySQL && Self.definitions.contains(statement.words.first ?? ""))
      }
      guard changes.count > 1, let first = changes.first, let last = changes.last,
        Set(changes.map { $0.0.step.choice }).count == 1
      else { return nil }
      return Finding(
        rule: id, line: first.1.line, endLine: last.0.step.endLine, severity: severity,
        message: "\(changes.count) statements change data here, each on its own: where one fails, those before it stay",
        fix: Fix(title: "put `BEGIN;` before line \(first.1.line) and `COMMIT;` after line \(last.0.step.endLine)"))
    }
  }
}
