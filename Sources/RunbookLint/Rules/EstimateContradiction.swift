import Runbook

struct EstimateContradiction: LintRule {
  let id = "estimate-contradiction"
  let severity = Finding.Severity.warning
  let summary = "The parts take longer than the whole."
  let explanation = """
    The sum of the stages' shortest times is more than the longest time stated for the procedure. One of the two is a
    hope; the status page will carry the wrong one. Measure in a drill, and write what was measured.
    """
  let bad = """
    # Rollback

    ## Phase 1: back to the old release

    **Rollback time:** 5 minutes

    ### Step 1: stop the workers (5 minutes)

    ```bash
    systemctl stop worker
    ```

    ### Step 2: revert (10 minutes)

    ```bash
    git revert --no-edit HEAD
    ```
    """
  let good = """
    # Rollback

    ## Phase 1: back to the old release

    **Rollback time:** 15-20 minutes

    ### Step 1: stop the workers (5 minutes)

    ```bash
    systemctl stop worker
    ```

    ### Step 2: revert (10 minutes)

    ```bash
    git revert --no-edit HEAD
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    document.runbook.procedures.compactMap { procedure -> Finding? in
      let stages = procedure.stages.filter { $0.estimate != nil && !$0.optional && $0.line > procedure.line }
      guard let total = procedure.estimate, let most = total.maximum, stages.count > 1 else { return nil }
      let least = stages.compactMap { $0.estimate?.minimum ?? $0.estimate?.maximum }.reduce(0, +)
      guard least > most, !stages.contains(where: { $0.steps.contains { $0.choice != nil } && $0.steps.count < 2 })
      else {
        return nil
      }
      return finding(
        line: procedure.line,
        "“\(procedure.title)” is to take \(total.text), and its \(stages.count.counted("stage takes", "stages take")) "
          + "\((least / 60).counted("minute")) at the least",
        fix: Fix(title: "state the sum of the stages, as measured in a drill"))
    }.once
  }
}
