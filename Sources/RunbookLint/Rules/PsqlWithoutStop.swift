import Runbook

struct PsqlWithoutStop: LintRule {
  let id = "psql-without-stop"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "`psql` runs a file, and goes on after an error."
  let explanation = """
    By default `psql` prints an error, goes on with the next statement, and exits 0: a half-run script looks like success.
    `-v ON_ERROR_STOP=1` stops at the first error and exits 3; `--single-transaction` makes it all or nothing.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npsql shop -f undo.sql\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    psql -v ON_ERROR_STOP=1 --single-transaction shop -f undo.sql
    ```
    """
  let references = ["https://www.postgresql.org/docs/current/app-psql.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { found in
      guard found.call.first == "psql", !Self.stops(found) else { return false }
      if found.script != nil { return true }
      let here = found.command.redirections.filter { $0.operator.hasPrefix("<<") }.compactMap(\.body)
      let statements = here.flatMap { SQLStatement.statements(of: $0, line: found.line) }
      return statements.filter(\.isChange).count > 1 && !statements.contains(where: \.begins)
    }.map { found in
      let what = found.script.map { "`\($0.text)`" } ?? "its here-document"
      let edit = document.edit(line: found.line, replacing: "psql ", with: "psql -v ON_ERROR_STOP=1 ")
      return finding(
        at: found, "where a statement of \(what) fails, `psql` runs the rest all the same and exits 0",
        fix: Fix(title: "psql -v ON_ERROR_STOP=1 --single-transaction …", edits: edit.map { [$0] } ?? []))
    }
  }

  private static func stops(_ found: PlacedCommand) -> Bool {
    found.has("-1", "--single-transaction")
      || found.command.arguments.contains { $0.contains("ON_ERROR_STOP") || $0.hasPrefix("-1") }
      || found.command.assignments.contains { $0.name == "PSQLRC" }
  }
}
