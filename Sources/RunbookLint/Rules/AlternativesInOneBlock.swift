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
      let inside = document.steps.filter {
        fence.holds($0.step.line) && $0.step.kind != .manual && $0.step.role == .change
      }
      let choices = Set(inside.compactMap { $0.step.choice?.choice }).sorted()
      let found = choices.compactMap { choice -> Finding? in
        let steps = inside.filter { $0.step.choice?.choice == choice }
        var options: [String] = []
        var firsts: [PlacedStep] = []
        for placed in steps where !options.contains(placed.step.choice?.option ?? "") {
          options.append(placed.step.choice?.option ?? "")
          firsts.append(placed)
        }
        return steps.last.flatMap { finding(firsts, to: $0) }
      }
      return found.isEmpty ? inComments(of: fence, inside, in: document) : found
    }
  }

  private func finding(_ firsts: [PlacedStep], to last: PlacedStep) -> Finding? {
    guard firsts.count > 1, let first = firsts.first,
      // What may fail is tried in addition, not instead.
      !firsts.dropFirst().allSatisfy({ $0.step.text.hasSuffix("|| true") })
    else { return nil }
    let list = firsts.map { "`\($0.step.text.firstLine)` (line \($0.step.line))" }.joined(separator: " or ")
    return Finding(
      rule: id, line: first.step.line, endLine: last.step.endLine, severity: severity,
      message: "\(list): one or the other, but in one block a copy of it runs them all",
      fix: Fix(title: "give each alternative its own block under a heading “Option A: when …”"))
  }

  private static let openers: Set<String> = ["or", "alternatively", "alternative", "oder", "veya"]

  /// `# Or …` within one option of a larger choice.
  private func inComments(of fence: Fence, _ inside: [PlacedStep], in document: LintDocument) -> [Finding] {
    guard !inside.isEmpty else { return [] }
    for number in fence.line + 1..<max(fence.line + 1, fence.endLine) {
      let line = document.line(number).drop { $0.isWhitespace }
      guard line.hasPrefix("#") || line.hasPrefix("--"), Self.openers.contains(line.firstPlainWord ?? ""),
        // The commands next to it, not those of another step of the block.
        let before = inside.last(where: { $0.step.line < number }),
        let after = inside.first(where: { $0.step.line > number }),
        before.step.choice == after.step.choice, number - before.step.endLine < 4, after.step.line - number < 4,
        !before.makesBackup
      else { continue }
      return finding([before, after], to: after).map { [$0] } ?? []
    }
    return []
  }
}
