import Runbook

struct AlternativesInOneBlock: LintRule {
  let id = "alternatives-in-one-block"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "Alternatives that exclude each other stand in one block: copied as a whole, they all run."
  let explanation = """
    A comment `# Or …` is for a reader; a shell runs every line of the block. Whoever copies it as a whole rolls back
    twice, or reverts and then resets.

    Give each alternative a block of its own, under a heading "Option A", "Option B" that says when it is the right one.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ```bash
    # Option 1: revert
    git revert --no-edit HEAD
    # Option 2: reset
    git reset --hard HEAD~1
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    ### Option 1: revert

    ```bash
    git revert --no-edit HEAD
    ```

    ### Option 2: reset

    ```bash
    git reset --hard HEAD~1
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    let fences = document.fences.filter { $0.isShell || ["sql", "powershell", "ps1"].contains($0.language) }
    return fences.flatMap { fence -> [Finding] in
      let inside = document.steps.filter { placed in
        fence.holds(placed.step.line) && placed.step.choice != nil && placed.step.kind != .manual
          && placed.step.role == .change
      }
      let choices = Set(inside.compactMap { $0.step.choice?.choice })
      return choices.sorted().compactMap { choice -> Finding? in
        let steps = inside.filter { $0.step.choice?.choice == choice }
        var options: [String] = []
        var firsts: [PlacedStep] = []
        for placed in steps where !options.contains(placed.step.choice?.option ?? "") {
          options.append(placed.step.choice?.option ?? "")
          firsts.append(placed)
        }
        guard firsts.count > 1, let first = firsts.first, let last = steps.last else { return nil }
        let list = firsts.map { "`\($0.step.text.firstLine)` (line \($0.step.line))" }.joined(separator: " or ")
        return Finding(
          rule: id, line: first.step.line, endLine: last.step.endLine, severity: severity,
          message: "\(list): one or the other, but in one block a copy of it runs them all",
          fix: Fix(title: "give each alternative its own block under a heading “Option A: when …”"))
      }
    }
  }
}
