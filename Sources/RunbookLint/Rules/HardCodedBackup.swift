import Runbook

struct HardCodedBackup: LintRule {
  let id = "hard-coded-backup"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "A restore names the backup of one particular day."
  let explanation = """
    The file name was right on the day the runbook was written. Since then it is old, or rotated away: the restore fails,
    or puts back data that is months out of date. Compute the newest (`ls -t … | head -1`), or leave a placeholder and
    list the candidates in the step before.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ncp /srv/backups/shop_20240115.db /srv/shop.db\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    ls -t /srv/backups
    cp "$(ls -t /srv/backups/shop_*.db | head -1)" /srv/shop.db
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    var told: Set<String> = []
    return document.commands.compactMap { found -> Finding? in
      let isRestore = found.restore != nil
      let isCopy = ["cp", "mv", "tar", "rsync", "gunzip", "zcat", "git", "install"].contains(
        found.call.first ?? "")
      let options = Self.named(found)
      guard isRestore || isCopy || !options.isEmpty, !found.makesBackup || found.call.first == "tar" else {
        return nil
      }
      var sources = options
      if isRestore || isCopy {
        sources += found.command.words.dropFirst().filter { !$0.text.hasPrefix("-") }
        if isCopy, !isRestore { sources = Array(sources.prefix(max(1, sources.count - 1))) }
        if let input = found.command.input { sources.append(input) }
      }
      for word in sources {
        guard !word.hasCommandSubstitution, let (name, date) = Self.dated(word.valueOrText) else { continue }
        let isBackup = BackupNames.matches(word.valueOrText) || word.valueOrText.lowercased().contains("/backups")
        guard isBackup || options.contains(word),
          !word.valueOrText.lowercased().contains("migration"), told.insert(name).inserted,
          !Self.isMade(name, before: found, in: document)
        else { continue }
        // A document written around one backup means that one.
        guard document.lines.filter({ $0.contains(name) }).count < 4 else { continue }
        return finding(
          at: found, "`\(name)` is the backup of \(date): on any other day it is old or gone",
          fix: Fix(title: "compute the newest, such as `$(ls -t DIRECTORY/* | head -1)`, or leave a placeholder"))
      }
      return nil
    }
  }

  /// What an option or a variable that is named for a backup holds: `--backup-file F`, `BACKUP_DIR=D`.
  private static func named(_ found: PlacedCommand) -> [Word] {
    let words = found.command.words
    let options = words.indices.compactMap { index -> Word? in
      guard words[index].text.hasPrefix("--"), words[index].text.lowercased().contains("backup") else { return nil }
      return words[index].text.contains("=") || index + 1 == words.count ? words[index] : words[index + 1]
    }
    return options + found.command.assignments.filter { $0.name.lowercased().contains("backup") }.map(\.value)
  }

  /// A command of this document writes it.
  private static func isMade(_ name: String, before found: PlacedCommand, in document: LintDocument) -> Bool {
    document.commands.contains { other in
      other.line < found.line && other.makesBackup && (other.backupFile?.text.contains(name) ?? false)
    }
  }

  static func isDated(_ path: String) -> Bool { dated(path) != nil }

  /// The last part of a path that holds `20240115` or `2024-01-15`, and that date.
  private static func dated(_ path: String) -> (name: String, date: String)? {
    // `20`, a month and a day.
    guard path.utf8.lazy.filter(ByteSet.digits.contains).count >= 6 else { return nil }
    for part in path.split(separator: "/").reversed() {
      let characters = Array(part)
      for start in characters.indices where start == 0 || !characters[start - 1].isNumber {
        let digits = characters[start...].prefix { $0.isNumber || $0 == "-" || $0 == "_" }.filter(\.isNumber)
        let text = String(digits.prefix(8))
        guard text.count == 8, text.hasPrefix("20"), let month = Int(text.dropFirst(4).prefix(2)),
          let day = Int(text.suffix(2)), (1...12).contains(month), (1...31).contains(day)
        else { continue }
        let name = part.hasPrefix("--") ? part.drop { $0 != "=" }.dropFirst() : part
        return (String(name), "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))")
      }
    }
    return nil
  }
}
