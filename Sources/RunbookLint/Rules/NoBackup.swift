import Runbook

struct NoBackup: LintRule {
  let id = "no-backup"
  let severity = Finding.Severity.warning
  let summary = "The document does not speak of a backup anywhere; a warning where it changes data."
  let explanation = """
    A migration taken back drops columns with what was written to them, and SQL that changes rows keeps no copy. If the
    rollback itself goes wrong, a backup made just before it is the only way back.

    Write the dump as the step before the first change of data, and where its file goes.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade 8f2c1a7\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    pg_dump -Fc -f /srv/backups/before-rollback.dump shop
    alembic downgrade 8f2c1a7
    ```
    """

  /// What says that there is something to lose.
  private static let stores = [
    "database", "sql", "migrat", "redis", "mongo", "dynamodb", "reset --hard", "push --force", "push -f", "rm -rf",
    "git clean", "persistent volume", "veritaban", "base de datos", "banco de dados", "datenbank", "数据库", "データベース",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    guard !document.steps.isEmpty, !document.lowerText.holds(BackupNames.mentions) else { return [] }
    let fix = Fix(title: "say what is kept before the first change, and where: `pg_dump -Fc -f FILE DATABASE`")
    let first = document.steps.first { placed in
      placed.sql.contains { $0.isChange && $0.words.first != "CREATE" }
        || placed.commands.contains { $0.downgrade != nil || DataLoss.of($0) != nil }
    }
    if let first {
      return [
        finding(
          line: document.titleLine,
          "the runbook speaks of no backup anywhere, and `\(first.step.text.firstLine)` (line \(first.step.line)) "
            + "changes data", fix: fix)
      ]
    }
    guard document.mentions(Self.stores) else { return [] }
    return [
      finding(
        line: document.titleLine,
        "the runbook speaks of no backup anywhere: nothing says what is kept before something is overwritten", fix: fix
      ).as(.note)
    ]
  }
}

/// Commands that take stored data away and are not SQL.
enum DataLoss {
  /// What is lost.
  static func of(_ found: PlacedCommand) -> String? {
    let call = found.call
    guard let tool = call.first else { return nil }
    let words = call.dropFirst().filter { !$0.hasPrefix("-") }
    switch tool {
    case "dropdb": return "the database"
    case "docker", "docker-compose":
      if words.starts(with: ["volume", "rm"]) || words.starts(with: ["volume", "prune"]) {
        return "the volume's data"
      }
      guard words.contains("down"), found.has("-v", "--volumes") else { return nil }
      return "the volumes' data"
    case "kubectl":
      guard words.first == "delete", let kind = words.dropFirst().first?.lowercased() else { return nil }
      let stores = ["pvc", "pv", "persistentvolumeclaim", "namespace", "ns", "statefulset"]
      return stores.contains { kind == $0 || kind.hasPrefix("\($0)/") || kind == "\($0)s" } ? "what it stores" : nil
    default: return nil
    }
  }
}
