import Runbook

struct MigrationOnlyMarked: LintRule {
  let id = "migration-only-marked"
  let severity = Finding.Severity.warning
  let summary = "A migration is only marked as taken back: its tables and columns stay."
  let explanation = """
    `alembic stamp`, `manage.py migrate --fake` and golang-migrate's `migrate force` write the tool's own table, and run no
    migration. Taken for a rollback, they leave the new schema under the old code, and the next deploy fails on tables that
    exist already. They are right only after the schema was changed by other means.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic stamp 8f2c1a7\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade 8f2c1a7\n```\n"
  let references = [
    "https://alembic.sqlalchemy.org/en/latest/api/commands.html",
    "https://docs.djangoproject.com/en/stable/ref/django-admin/",
    "https://pkg.go.dev/github.com/golang-migrate/migrate/v4/cmd/migrate",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.compactMap { index -> Finding? in
        guard let found = run[index].commands.first(where: Self.marks),
          !run.before(index).contains(where: { $0.changesData || $0.commands.contains { $0.script != nil } })
        else { return nil }
        return finding(
          at: found, "`\(found.command.text.firstLine)` only writes down a version: the schema stays as it is",
          fix: Fix(title: "take the migration back, or change the schema before this"))
      }
    }.once
  }

  private static func marks(_ found: PlacedCommand) -> Bool {
    let call = found.call
    switch call.first {
    case "alembic": return call.contains("stamp")
    case "manage.py", "django-admin": return call.contains("migrate") && call.contains("--fake")
    case "migrate":
      return call.contains("force") && call.contains { $0.hasPrefix("-database") || $0.hasPrefix("-path") }
    default: return false
    }
  }
}
