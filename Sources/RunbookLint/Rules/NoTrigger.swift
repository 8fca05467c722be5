import Runbook

struct NoTrigger: LintRule {
  let id = "no-trigger"
  let severity = Finding.Severity.note
  let summary = "Nothing says when to roll back."
  let explanation = """
    Without an agreed trigger, the first quarter of an hour of an incident goes into the question whether this is bad
    enough. Write what is measured, the bound, and for how long it must be crossed: "error rate over 5 % for 5 minutes".
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ngit revert --no-edit HEAD\n```\n"
  let good = """
    # Rollback

    ## When to roll back

    - Error rate over 5 % for 5 minutes

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```
    """

  /// "If a deployment fails" leaves open what counts as failed.
  private static let words = [
    "when to roll", "when to use", "use when", "use this when", "use this runbook when", "use this guide when",
    "use this procedure when", "used when", "roll back if", "rollback if",
    "rollback when", "roll back when", "roll back immediately if",
  ]
  private static let titles: TextSet = [
    "trigger", "criteria", "when", "condition", "decision", "should we", "should i", "경우", "언제", "場合", "いつ", "判断",
    "条件", "基準", "触发", "觸發", "何时", "何時", "什么时候", "wann", "cuándo", "cuando", "criterio", "critério", "quando",
    "quand", "когда", "khi nào", "kapan", "ne zaman",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let runbook = document.runbook
    guard runbook.triggers.isEmpty, runbook.decisionMatrix.isEmpty, !document.steps.isEmpty,
      !document.mentions(Self.words),
      !document.headings.contains(where: { heading in
        let title = heading.text.lowercased()
        return title.holds(Self.titles) || title.hasPrefix("if ")
      })
    else { return [] }
    let hasSymptoms = !runbook.procedures.allSatisfy(\.symptoms.isEmpty)
    let message =
      hasSymptoms
      ? "symptoms are named, but nothing says how bad it must be, and for how long, to roll back"
      : "nothing says when to roll back: whoever is on call has to decide that, too"
    return [
      finding(
        line: document.titleLine, message,
        fix: Fix(title: "add “## When to roll back”, with what is measured, the bound and for how long"))
    ]
  }
}
