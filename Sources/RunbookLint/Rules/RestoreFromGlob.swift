import Runbook

struct RestoreFromGlob: LintRule {
  let id = "restore-from-glob"
  let severity = Finding.Severity.error
  let summary = "A restore reads from a pattern: with two backups in the folder it fails, or takes the wrong one."
  let explanation = """
    `< backup_*.sql` is an "ambiguous redirect" in bash as soon as two files match, and `cp backup_*.db shop.db` fails
    then, too. With one match it works, so a drill does not show it. Name the file, or compute the newest.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nmysql shop < /srv/backups/backup_*.sql\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    mysql shop < "$(ls -t /srv/backups/backup_*.sql | head -1)"
    ```
    """
  let references = ["https://www.gnu.org/software/bash/manual/html_node/Redirections.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      var words: [Word] = []
      if let input = found.command.input { words.append(input) }
      let call = found.call
      if ["pg_restore", "psql"].contains(call.first ?? "") || found.restore != nil {
        words += found.command.words.dropFirst()
      } else if ["cp", "mv"].contains(call.first ?? ""), found.command.words.count == 3,
        let target = found.command.words.last?.valueOrText, !target.hasSuffix("/"),
        target.split(separator: "/").last?.contains(".") ?? false, !target.hasSuffix("/.")
      {
        words += found.command.words.dropFirst().prefix(1)
      }
      guard
        let glob = words.first(where: {
          $0.hasGlob && $0.text.contains("*") && !$0.hasCommandSubstitution && BackupNames.matches($0.text)
        })
      else {
        return nil
      }
      return finding(
        at: found,
        "`\(glob.text)` is one file today: with two of them `\(call.first ?? "")` fails or takes the wrong one",
        fix: Fix(title: "name the file, or take the newest: \"$(ls -t \(glob.text) | head -1)\""))
    }
  }
}
