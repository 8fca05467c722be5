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
    "when to", "trigger", "symptom", "use when", "use this", "use if", "used when", "use it when", "use only",
    "roll back if",
    "rollback if", "rollback when", "roll back when", "in case of", "in case ", "in the event", "should be used",
    "criteria",
    "conditions", "threshold", "needs to be reverted", "need to revert", "need to roll", "needs to roll", "decision",
    "if something goes wrong", "if issues", "if problems", "goes wrong", "is broken", "failure scenario", "scenario",
    "if critical", "usa esta", "issues arise", "problems arise", "issues are found", "presenta problemas",
    "problemas críticos",
    "경우", "wann ", "cuándo", "cuando", "quando", "quand ", "когда", "khi nào", "触发", "觸發", "何时", "何時", "什么时候", "場合",
    "언제", "kapan",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let runbook = document.runbook
    guard runbook.triggers.isEmpty, runbook.decisionMatrix.isEmpty, !document.steps.isEmpty,
      runbook.procedures.allSatisfy(\.symptoms.isEmpty), !document.mentions(Self.words)
    else { return [] }
    return [
      finding(
        line: document.titleLine, "nothing says when to roll back: whoever is on call has to decide that, too",
        fix: Fix(title: "add “## When to roll back”, with what is measured, the bound and for how long"))
    ]
  }
}
