import Runbook

struct PgRestorePlainDump: LintRule {
  let id = "pg-restore-plain-dump"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "`pg_restore` refuses a plain SQL dump."
  let explanation = """
    `pg_restore` reads the archives of `pg_dump -Fc`, `-Fd` and `-Ft`. A `.sql` file is plain text: it answers "input file
    appears to be a text format dump. Please use psql." and restores nothing.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npg_restore --clean -d shop /srv/backups/shop.sql\n```\n"
  let good =
    "# Rollback\n\n## Rollback steps\n\n```bash\npsql -v ON_ERROR_STOP=1 -d shop -f /srv/backups/shop.sql\n```\n"
  let references = ["https://www.postgresql.org/docs/current/app-pgrestore.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard found.call.first == "pg_restore",
        let file = (found.command.arguments + [found.command.input?.valueOrText ?? ""]).first(where: {
          $0.hasSuffix(".sql") || $0.hasSuffix(".sql.gz")
        }), !found.has("-f", "--file")
      else { return nil }
      return finding(
        at: found, "`pg_restore` refuses `\(file)`: a plain SQL dump is for `psql`",
        fix: Fix(title: "psql -v ON_ERROR_STOP=1 -d DATABASE -f \(file)"))
    }
  }
}
