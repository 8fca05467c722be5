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

  private static let words = [
    "when to roll", "when to use", "use when", "use this", "use it when", "use only", "used when", "roll back if",
    "rollback if", "rollback when", "roll back when", "if critical", "issues arise", "problems arise",
    "needs to be reverted", "need to revert", "need to roll", "needs to roll", "in case of", "in the event",
    "should be used", "if something goes wrong", "goes wrong", "if a deploy", "if the deploy", "when a deploy",
    "if deployment", "causes issues", "caused issues", "symptom", "if the release", "is broken", "if issues",
    "if problems", "threshold", "presenta problemas", "usa esta", "경우", "wann ", "cuándo", "cuando", "quando", "quand ",
    "когда", "khi nào", "触发", "觸發", "何时", "何時", "什么时候", "場合", "언제", "kapan", "acil durum",
  ]
  private static let titles = [
    "trigger", "criteria", "when", "condition", "decision", "scenario", "if ", "case", "fails", "failure", "broken",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let runbook = document.runbook
    guard runbook.triggers.isEmpty, runbook.decisionMatrix.isEmpty, !document.steps.isEmpty,
      runbook.procedures.allSatisfy(\.symptoms.isEmpty), !document.mentions(Self.words),
      !document.headings.contains(where: { $0.text.lowercased().holds(Self.titles) })
    else { return [] }
    return [
      finding(
        line: document.titleLine, "nothing says when to roll back: whoever is on call has to decide that, too",
        fix: Fix(title: "add “## When to roll back”, with what is measured, the bound and for how long"))
    ]
  }
}
