import Runbook

struct MigrationsAllTakenBack: LintRule {
  let id = "migrations-all-taken-back"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "A command takes back every migration, and all data with them."
  let explanation = """
    `alembic downgrade base`, `knex migrate:rollback --all`, `migrate down` without a number and their like go back to an
    empty database: each table that any migration ever made is dropped. A rollback wants the revision before the release.

    Name it: `alembic downgrade REVISION`, `knex migrate:down NAME`, `manage.py migrate APP 0041`.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade base\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade 8f2c1a7\n```\n"
  let references = [
    "https://alembic.sqlalchemy.org/en/latest/tutorial.html", "https://knexjs.org/guide/migrations.html",
    "https://docs.djangoproject.com/en/stable/ref/django-admin/", "https://laravel.com/docs/migrations",
    "https://pkg.go.dev/github.com/golang-migrate/migrate/v4/cmd/migrate", "https://github.com/sequelize/cli",
    "https://www.prisma.io/docs/cli/migrate/reset",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard let downgrade = found.downgrade, case .everything = downgrade.scope else { return nil }
      return finding(
        at: found,
        "`\(found.command.text.firstLine)` takes back every migration there ever was, and every table with them",
        fix: Fix(title: "name the revision before the release"))
    }
  }
}
