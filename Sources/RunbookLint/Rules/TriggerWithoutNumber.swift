import Runbook

struct TriggerWithoutNumber: LintRule {
  let id = "trigger-without-number"
  let severity = Finding.Severity.note
  let summary = "The triggers are a matter of taste: none has a number."
  let explanation = """
    "High error rate" is read as 2 % by one person and as 20 % by the next, and at night nobody wants to be the one who
    decides. Say what is measured, the bound, and for how long.
    """
  let bad = """
    # Rollback

    ## When to roll back

    - High error rate
    - Slow responses

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```
    """
  let good = """
    # Rollback

    ## When to roll back

    - Error rate over 5 % for 5 minutes
    - Slow responses

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```
    """

  private static let vague = [
    "high ", "higher", "slow", "degrad", "elevated", "spike", "increas", "significant", "excessive", "many ",
    "unacceptable",
    "poor ", "frequent", "abnormal", "unusual", "too ", "severe", "large ", "widespread", "persistent",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let runbook = document.runbook
    guard !runbook.triggers.contains(where: { $0.bound != nil || $0.text.contains(where: \.isNumber) }),
      !runbook.decisionMatrix.contains(where: { rule in
        [rule.issue, rule.severity, rule.action].compactMap { $0 }.contains { $0.contains("%") || $0.contains(">") }
      }),
      let first = runbook.triggers.first(where: {
        $0.text.lowercased().holds(Self.vague) && !$0.text.lowercased().contains("alert")
      })
    else { return [] }
    return [
      finding(
        line: first.line,
        "“\(first.text.firstLine)” is in the eye of the beholder, and no other trigger has a number either",
        fix: Fix(title: "write what is measured, the bound and for how long: “error rate over 5 % for 5 minutes”"))
    ]
  }
}
