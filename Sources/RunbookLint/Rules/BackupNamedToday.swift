import Runbook

struct BackupNamedToday: LintRule {
  let id = "backup-named-today"
  let severity = Finding.Severity.warning
  let summary = "A backup is restored by today's date: it is there only if it was made today."
  let explanation = """
    `backup_$(date +%Y%m%d).sql` names today's file. Rolled back after midnight, or with last night's backup, the step
    finds nothing. Take the newest that is there, and look at its age: `ls -t backup_*.sql | head -1`.
    """
  let bad = Example.shell("psql shop -f backup_$(date +%Y%m%d).sql")
  let good = Example.shell("LATEST=$(ls -t backup_*.sql | head -1)\npsql shop -f \"$LATEST\"")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard let stem = read(by: found) else { return nil }
      let isMade = document.commands(before: index).contains { DatedName.stems(in: $0).contains(stem) }
      guard !isMade else { return nil }
      let isPrecise = DatedName.hasTime(stem)
      return finding(
        at: found,
        isPrecise
          ? "`\(Shown.text(stem))` is named after the moment at which this runs: no such file was ever made"
          : "`\(Shown.text(stem))` is there only if it was made today",
        fix: Fix(title: "LATEST=$(ls -t … | head -1), or the file's name as a parameter")
      ).as(isPrecise ? .error : .warning)
    }
  }

  private func read(by found: PlacedCommand) -> String? {
    let words = Array(found.words.dropFirst())
    if let file = found.command.redirections.first(where: { $0.operator == "<" }),
      let stem = DatedName.stem(of: file.target.text)
    {
      return stem
    }
    func stem(of words: [Word]) -> String? { words.compactMap { DatedName.stem(of: $0.text) }.first }
    switch found.name {
    case "cp", "mv", "rsync", "scp": return stem(of: words.filter { !$0.text.hasPrefix("-") }.dropLast())
    case "pg_restore", "mongorestore", "gunzip", "zcat", "unzip", "cat", "source": return stem(of: words)
    case "tar": return found.has(short: "x") || found.operands.first?.contains("x") ?? false ? stem(of: words) : nil
    case "psql":
      guard let option = words.firstIndex(where: { $0.text == "-f" || $0.text == "--file" }), option + 1 < words.count
      else { return nil }
      return DatedName.stem(of: words[option + 1].text)
    default: return (found.words.first?.valueOrText.contains("restore") ?? false) ? stem(of: words) : nil
    }
  }

  private func stem(of words: ArraySlice<Word>) -> String? { words.compactMap { DatedName.stem(of: $0.text) }.first }
}
