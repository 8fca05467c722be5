import Runbook

struct DowngradeWithoutBackup: LintRule {
  let id = "downgrade-without-backup"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "Migrations are taken back, and no backup is made before."
  let explanation = """
    The way down drops the tables and columns that the way up made, with everything written to them since. No tool keeps
    a copy. Make a dump, or a copy of the tables concerned, in the same procedure and before it.
    """
  let bad =
    "# Rollback\n\nA nightly job makes a backup.\n\n## Rollback steps\n\n```bash\nalembic downgrade 8f2c1a7\nalembic current\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    pg_dump -Fc -f /srv/backups/before-downgrade.dump shop
    alembic downgrade 8f2c1a7
    alembic current
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    return document.runs.compactMap { run -> Finding? in
      let index = run.indices.first { index in
        run[index].commands.contains { $0.downgrade != nil }
          && !run.before(index).contains { $0.makesBackup || $0.words.holds(BackupNames.words) }
      }
      guard let index, let found = run[index].commands.first(where: { $0.downgrade != nil }),
        !run[index].commands.contains(where: \.makesBackup), !document.preparesBackup(before: found.line)
      else { return nil }
      return finding(
        at: found,
        "`\(found.command.text.firstLine)` drops what the migration made, and no step before it makes a backup",
        fix: Fix(title: "dump the database, or copy the tables concerned, before it"))
    }.once
  }
}
