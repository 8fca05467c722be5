import Runbook

struct CommentOnlyBlock: LintRule {
  let id = "comment-only-block"
  let severity = Finding.Severity.note
  let readsAsides = true
  let summary = "A shell block holds comments only: nothing in it runs."
  let explanation = """
    Instructions for a person, written as shell comments, look like commands at a glance and cannot be ticked off. Write
    them as a list, or as checkboxes; write the command where there is one.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ```bash
    # Open the dashboard
    # Select the previous release and promote it
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    1. Open the dashboard
    2. Select the previous release and promote it
    """

  func findings(in document: LintDocument) -> [Finding] {
    document.fences.filter(\.isShell).compactMap { fence -> Finding? in
      guard fence.endLine - fence.line > 1, fence.endLine <= document.lines.count else { return nil }
      let body = document.lines[fence.line..<fence.endLine - 1].map { $0.drop(while: \.isWhitespace) }
      let written = body.filter { !$0.isEmpty }
      guard !written.isEmpty, written.allSatisfy({ $0.hasPrefix("#") && !$0.hasPrefix("#!") }),
        document.steps.contains(where: { fence.holds($0.step.line) })
      else { return nil }
      let first = written.first.map { String($0.drop { $0 == "#" || $0 == " " }) } ?? ""
      return Finding(
        rule: id, line: fence.line, endLine: fence.endLine, severity: severity,
        message: "this block holds comments only, so nothing runs: “\(first.firstLine)” …",
        fix: Fix(title: "write it as a list or as checkboxes, or write the command"))
    }
  }
}
