import Runbook

struct GuardNotExecutable: LintRule {
  let id = "guard-not-executable"
  let severity = Finding.Severity.note
  let summary = "A sentence says when a step must not run, and no command asks."
  let explanation = """
    "This fails if there are rows with …" is the most valuable sentence of a runbook, and the easiest to read over at
    night. A query that answers it, as the step before, makes it a guard: nothing is changed where it does not hold.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    **WARNING:** the downgrade will FAIL if any call has no conversation.

    ```bash
    alembic downgrade 8f2c1a7
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    **WARNING:** the downgrade will FAIL if any call has no conversation.

    ```sql
    SELECT count(*) FROM calls WHERE conversation_id IS NULL;
    ```

    ```bash
    alembic downgrade 8f2c1a7
    ```
    """

  private static let conditions = [
    "will fail", "fails if", "fail if", "fails when", "fails unless", "check that no", "make sure no", "ensure no",
    "ensure that no", "only if no", "must not", "must be empty", "before you",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.runbook.procedures.flatMap(\.stages).flatMap { stage -> [Finding] in
      stage.guardCandidates.compactMap { candidate -> Finding? in
        let asks = stage.steps.contains { $0.role == .observe && $0.kind != .manual }
        guard !asks, candidate.text.lowercased().holds(Self.conditions),
          let step = stage.steps.first(where: { $0.line > candidate.line && $0.role == .change }),
          step.kind != .manual, !BackupNames.matches(step.text)
        else { return nil }
        return finding(
          line: candidate.line, "“\(candidate.text.firstLine)”: nothing asks before `\(step.text.firstLine)` runs",
          fix: Fix(title: "add the query or command that answers it, as the step before"))
      }
    }.once
  }
}
