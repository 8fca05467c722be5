import Runbook

struct RestoreWithoutSafetyBackup: LintRule {
  let id = "restore-without-safety-backup"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "A restore overwrites the present data, and no backup of it is made before."
  let explanation = """
    What was written since the backup is gone once the restore runs, and where the backup turns out to be empty, old or
    broken, so is everything else. Dump the present state first, however bad it is: it is the way back, and the only
    source for what customers entered since.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npg_restore --clean -d shop /srv/backups/shop.dump\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    pg_dump -Fc -f /srv/backups/before-restore.dump shop
    pg_restore --clean -d shop /srv/backups/shop.dump
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.compactMap { index -> Finding? in
        guard let found = run[index].commands.first(where: { $0.restore?.overwrites ?? false }),
          let restore = found.restore, !run.before(index).contains(where: { $0.makesBackup || $0.makesRoom }),
          !run[index].commands.contains(where: \.makesBackup), !document.preparesBackup(before: found.line)
        else { return nil }
        let from = restore.file.map { " from `\($0)`" } ?? ""
        return finding(
          at: found, "`\(restore.tool)` puts old data\(from) over the present, which no step before it has kept",
          fix: Fix(title: "dump the present state first, to a file of its own"))
      }
    }.once
  }
}
