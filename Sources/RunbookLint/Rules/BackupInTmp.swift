import Runbook

struct BackupInTmp: LintRule {
  let id = "backup-in-tmp"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "A backup is kept in `/tmp`."
  let explanation = """
    `/tmp` is emptied at a reboot, by a timer, or with the container, and every user of the machine can look into it. A
    rollback that needs its backup a day later, or after a crash, finds nothing. Keep it where backups are kept.
    """
  let bad =
    "# Rollback\n\n## Rollback steps\n\n```bash\npg_dump shop > /tmp/shop-backup.sql\nalembic downgrade 8f2c1a7\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    pg_dump shop > /srv/backups/shop-backup.sql
    alembic downgrade 8f2c1a7
    ```
    """
  let references = ["https://www.freedesktop.org/software/systemd/man/latest/systemd-tmpfiles-clean.service.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard let file = found.backupFile, let path = Self.temporary(file.text) else { return nil }
      return finding(
        at: found, "the backup goes to `\(path)`, which a reboot or a cleaning timer empties",
        fix: Fix(title: "keep it where backups are kept"))
    }
  }

  private static func temporary(_ text: String) -> String? {
    let path = text.drop { $0 == "\"" || $0 == "'" }
    guard ["/tmp/", "/var/tmp/", "/private/tmp/"].contains(where: { path.hasPrefix($0) }) else { return nil }
    return String(path.prefix { $0 != "\"" && $0 != "'" })
  }
}
