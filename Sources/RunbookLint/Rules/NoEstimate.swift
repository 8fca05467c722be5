import Runbook

struct NoEstimate: LintRule {
  let id = "no-estimate"
  let severity = Finding.Severity.note
  let summary = "Nothing says how long the rollback takes."
  let explanation = """
    Whether to roll back or to mend forward depends on how long each takes, and so does what the status page says. A
    range is enough ("10-15 minutes"), at the procedure or at each stage.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ngit revert --no-edit HEAD\n```\n"
  let good = """
    # Rollback

    **Rollback time:** 5-10 minutes

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```
    """

  private static let about: TextSet = [
    "time", "duration", "takes", "take ", "rto", "sla", "within", "estimate", "eta", "less than", "under", "<", "~",
    "≈",
    "(", "immediate", "instant", "tiempo", "tempo", "durée", "dauer", "время", "thời gian", "时间", "時間", "시간", "|",
    "in ", "after", "wait", "goal", "target", "speed", "recovery", "süre", "소요",
  ]
  private static let units: Set<String> = [
    "min", "mins", "minute", "minutes", "minuto", "minutos", "minuten", "minuti", "hour", "hours", "h", "hr", "hrs",
    "sec",
    "secs", "second", "seconds", "segundos", "s", "m", "stunden", "horas", "heures", "phút", "分", "分钟", "分鐘", "分間",
    "小时", "小時", "時間", "秒", "분", "초", "시간", "dakika", "saat", "минут", "мин", "menit",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let runbook = document.runbook
    let estimates = runbook.procedures.contains { procedure in
      procedure.estimate != nil || procedure.stages.contains { $0.estimate != nil }
    }
    guard !document.steps.isEmpty, !estimates, !runbook.facts.contains(where: { $0.kind == .estimate }),
      !document.lowerLines.contains(where: Self.isEstimate)
    else { return [] }
    return [
      finding(
        line: document.titleLine, "nothing says how long this rollback takes",
        fix: Fix(title: "add “**Rollback time:** 10-15 minutes” under the heading of each procedure"))
    ]
  }

  /// A number of minutes in prose that may be one.
  private static func isEstimate(_ lower: Substring) -> Bool {
    // Numbers of other scripts count too.
    guard !lower.isASCII || ByteSet.digits.isIn(lower), !lower.hasPrefix("#!"),
      lower.holds(about)
    else { return false }
    var digits = false
    for word in lower.plainWords {
      if digits, units.contains(word) { return true }
      digits = word.first?.isNumber ?? false
      if digits, let unit = word.firstIndex(where: \.isLetter), units.contains(String(word[unit...])) { return true }
    }
    return false
  }
}
