import Runbook

struct DestructiveWithoutWarning: LintRule {
  let id = "destructive-without-warning"
  let severity = Finding.Severity.warning
  let summary = "A step takes stored data away, with no warning, no question and no backup before it."
  let explanation = """
    What `DROP`, `TRUNCATE` or `docker volume rm` takes away does not come back. A reader who goes from block to block
    needs to see that before it, not in the post-mortem. Say what is lost, keep it first, and let a person confirm.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ndocker volume rm shop_uploads\ndocker compose up -d\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    **WARNING:** this deletes every upload since the release.

    ```bash
    docker volume rm shop_uploads
    docker compose up -d
    ```
    """

  private static let warnings = [
    "warn", "danger", "destr", "caution", "careful", "critical", "irrevers", "cannot be undone", "can't be undone",
    "data loss",
    "lose ", "lost", "loses", "⚠", "🚨", "❌", "delete all", "deletes", "wipe", "permanent", "last resort", "only if",
    "only when", "confirm", "[!", "nuclear", "cuidado", "atención", "atenção", "advertencia", "achtung", "vorsicht",
    "attention", "внимание", "опасно", "注意", "警告", "危险", "cảnh báo", "lưu ý", "perda", "pérdida", "verlust",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.compactMap { index -> Finding? in
        let placed = run[index]
        guard let loss = Self.loss(of: placed), placed.stage.warnings.isEmpty, !placed.step.optional,
          (placed.stage.risk ?? .low) < .high, (placed.procedure.risk ?? .low) < .high,
          !run.before(index).contains(where: { $0.makesBackup || $0.words.holds(BackupNames.words) }),
          !Self.isWarned(at: placed.step.line, in: document)
        else { return nil }
        return finding(
          at: placed,
          "`\(placed.step.text.firstLine)` takes \(loss) away: no warning, no question and no backup before it",
          fix: Fix(title: "say what is lost, and make a backup in the step before"))
      }
    }.once
  }

  private static func loss(of placed: PlacedStep) -> String? {
    if let statement = placed.sql.first(where: \.destroys) {
      guard !statement.words.contains(where: { $0.hasSuffix("BACKUP") || $0.hasPrefix("TMP") || $0.hasPrefix("TEMP") })
      else {
        return nil
      }
      // It fills again.
      guard !statement.words.contains(where: { $0.hasSuffix("_CACHE") || $0.hasPrefix("CACHE_") || $0 == "CACHE" })
      else { return nil }
      switch statement.words.first {
      case "DELETE": return "rows"
      case "ALTER": return "a column"
      default: return "the table"
      }
    }
    let others = placed.commands.filter { !$0.call.contains("down") }  // `compose-down-volumes` speaks of it
    return others.lazy.compactMap(DataLoss.of).first
  }

  /// Within its section, above it: a heading further up speaks of another step.
  private static func isWarned(at line: Int, in document: LintDocument) -> Bool {
    let heading = document.headings.last { $0.line <= line }?.line ?? 1
    let first = max(heading, line - 25)
    return (first...max(first, line + 1)).contains { document.lowerLine($0).holds(warnings) }
  }
}
