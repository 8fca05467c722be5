import Runbook

struct SQLiteCopiedLive: LintRule {
  let id = "sqlite-copied-live"
  let severity = Finding.Severity.warning
  let summary = "An SQLite file is copied while its service may be writing."
  let explanation = """
    A copy made in the middle of a transaction is torn, and a file put back under a running process, or beside the `-wal`
    of the one before, is read as corrupt. Stop the service first and take `-wal` and `-shm` away, or use
    `sqlite3 FILE ".backup COPY"`, which waits for the right moment.
    """
  let bad =
    "# Rollback\n\n## Rollback steps\n\n```bash\ncp /srv/backups/shop.backup.db /srv/shop.db\nsystemctl restart shop\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    systemctl stop shop
    rm -f /srv/shop.db-wal /srv/shop.db-shm
    cp /srv/backups/shop.backup.db /srv/shop.db
    systemctl start shop
    ```
    """
  let references = ["https://www.sqlite.org/howtocorrupt.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.compactMap { index -> Finding? in
        guard let found = run[index].commands.first(where: Self.copies),
          !(run.before(index) + [run[index]]).contains(where: StoppedService.isStop),
          !(max(1, found.line - 5)...found.line).contains(where: { number in
            document.lowerLine(number).holds(["downtime", "stopped", "stop the", "offline"])
          })
        else { return nil }
        return finding(
          at: found, "`\(found.command.text.firstLine)`: nothing before it stops the service that writes to this file",
          fix: Fix(title: "stop the service first, or use sqlite3 FILE \".backup COPY\""))
      }
    }.once
  }

  private static func copies(_ found: PlacedCommand) -> Bool {
    let call = found.call
    guard ["cp", "mv"].contains(call.first ?? "") else { return false }
    return call.dropFirst().contains { SQLiteFiles.isOne($0) }
  }
}

/// A step that keeps a service from writing.
enum StoppedService {
  private static let words = [
    "stop", "scale", "maintenance", "pause", "suspend", "drain", "quiesce", "shut", "offline", "disable", "detener",
    "parar",
    "arrêt", "anhalten", "stopp", "останов", "停止", "dừng", "read-only", "block writes", "prevent writes",
  ]
  static func isStop(_ placed: PlacedStep) -> Bool {
    if !placed.words.isEmpty { return placed.words.holds(words) }
    if placed.step.title.lowercased().holds(["stop ", "stopped", "prevent new writes", "prevent writes"]) {
      return true
    }
    return placed.commands.contains { found in
      let call = found.call.map { $0.lowercased() }
      return call.contains { word in
        [
          "stop", "down", "kill", "pkill", "killall", "pause", "scale", "suspend", "maintenance:on", "ps:scale",
          "drain",
        ]
        .contains(word) || word.holds(["maintenance", "replicas=0", "stop"])
      }
    }
  }
}
