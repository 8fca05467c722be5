import Runbook

struct TransactionNeverCommitted: LintRule {
  let id = "transaction-never-committed"
  let severity = Finding.Severity.error
  let summary = "A transaction is begun and never committed: nothing of it is kept."
  let explanation = """
    When the session ends without `COMMIT`, the server takes everything since `BEGIN` back. The statements have reported
    their rows, and the data is as before; until the session ends, its locks hold up everybody else.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ```sql
    BEGIN;
    UPDATE orders SET state = 'open' WHERE state = 'held';
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    ```sql
    BEGIN;
    UPDATE orders SET state = 'open' WHERE state = 'held';
    COMMIT;
    ```
    """
  let references = ["https://www.postgresql.org/docs/current/sql-begin.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      let statements = run.flatMap { placed in placed.sql.map { (placed, $0) } }
      return statements.enumerated().compactMap { index, item -> Finding? in
        guard item.1.begins, !statements[(index + 1)...].contains(where: { $0.1.ends }),
          statements[(index + 1)...].contains(where: { $0.1.isChange }),
          !document.lines.dropFirst(item.1.line).contains(where: { $0.uppercased().contains("COMMIT;") })
        else { return nil }
        return finding(
          line: item.1.line, "this transaction is never committed: when the session ends, its changes are gone",
          fix: Fix(title: "add `COMMIT;` after its last statement"))
      }
    }.once
  }
}
