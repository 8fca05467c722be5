import Runbook

struct ChangeWithoutWhere: LintRule {
  let id = "update-or-delete-without-where"
  let severity = Finding.Severity.warning
  let summary = "An `UPDATE` or `DELETE` without `WHERE` takes every row."
  let explanation = """
    Without `WHERE`, the statement changes or deletes each row of the table, the ones that were there before the release
    too. Say which rows the release touched. Where really all are meant, say so in a comment, and suppress this finding
    with the reason.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```sql\nUPDATE calls SET conversation_id = NULL;\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```sql
    UPDATE calls SET conversation_id = NULL WHERE made_at > '2024-01-15';
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    document.steps.flatMap { placed in
      placed.sql.compactMap { statement -> Finding? in
        guard let verb = statement.words.first, ["UPDATE", "DELETE"].contains(verb),
          verb == "UPDATE" ? statement.words.contains("SET") : statement.words.contains("FROM"),
          !statement.words.contains(where: { ["WHERE", "JOIN", "USING", "LIMIT", "RETURN"].contains($0) })
        else { return nil }
        let table = statement.text.split(whereSeparator: \.isWhitespace).dropFirst(verb == "DELETE" ? 2 : 1).first ?? ""
        return finding(
          line: statement.line,
          "every row of `\(table)` is \(verb == "UPDATE" ? "changed" : "deleted"): there is no `WHERE`",
          fix: Fix(title: "add a WHERE that names the rows which the release touched"))
      }
    }
  }
}
