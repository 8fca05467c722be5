import Runbook

struct BackupFromNowhere: LintRule {
  let id = "backup-from-nowhere"
  let severity = Finding.Severity.note
  let summary = "A restore reads a file that nothing makes and no text speaks of."
  let explanation = """
    The restore names its backup, and the document does not say which job makes it, where it lies, or how to find the
    newest. Add a line with the place, and a step that lists what is there and looks into it before anything is overwritten.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npg_restore --clean -d shop last-good.dump\n```\n"
  let good = """
    # Rollback

    The nightly job writes last-good.dump to the operator's home.

    ## Rollback steps

    ```bash
    pg_restore --clean -d shop last-good.dump
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard let restore = found.restore, let file = restore.file, !file.contains(where: { "$<[{*".contains($0) }),
        let name = file.split(separator: "/").last.map(String.init), name.contains("."),
        !name.uppercased().holds(["YYYY", "TIMESTAMP", "DATE", "XXX", "BACKUP_FILE", "BACKUP-FILE", "LATEST"]),
        !HardCodedBackup.isDated(file)
      else { return nil }
      let parts = file.split(separator: "/")
      let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil
      let elsewhere = document.lines.enumerated().contains { index, line in
        index + 1 != found.line && (line.contains(name) || folder.map { line.contains($0) } ?? false)
      }
      guard !elsewhere else { return nil }
      return finding(
        at: found, "nothing here makes `\(file)` or says where it comes from",
        fix: Fix(title: "say which job makes it and where it lies, and list it in a step before"))
    }
  }
}
