import Runbook

struct DowngradeByCount: LintRule {
  let id = "downgrade-by-count"
  let severity = Finding.Severity.note
  let summary = "Whatever migration is the newest is taken back: one too few, or one too many at a second try."
  let explanation = """
    `alembic downgrade -1`, `rails db:rollback`, `typeorm migration:revert` take back the newest migration; `php artisan
    migrate:rollback` and `knex migrate:rollback` the newest batch. A release with two migrations is half undone, and a
    command repeated after a lost connection goes one further. A named revision says where to arrive, and can be repeated.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade -1\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade 8f2c1a7\n```\n"
  let references = [
    "https://alembic.sqlalchemy.org/en/latest/tutorial.html", "https://laravel.com/docs/migrations",
    "https://typeorm.io/docs/migrations/reverting", "https://knexjs.org/guide/migrations.html",
    "https://guides.rubyonrails.org/active_record_migrations.html",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard let downgrade = found.downgrade, case .last = downgrade.scope else { return nil }
      let isBatch = ["php artisan migrate:rollback", "knex migrate:rollback"].contains(downgrade.tool)
      return finding(
        at: found,
        "`\(found.command.text.firstLine)` takes back the newest \(isBatch ? "batch" : "migration"), whichever that is: "
          + "repeated, it goes one further",
        fix: Fix(title: "name the revision to arrive at, and look with the tool's status command before and after"))
    }
  }
}
