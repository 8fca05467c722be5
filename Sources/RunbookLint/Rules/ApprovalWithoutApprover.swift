import Runbook

struct ApprovalWithoutApprover: LintRule {
  let id = "approval-without-approver"
  let severity = Finding.Severity.warning
  let summary = "An approval is demanded of a role that no contact names."
  let explanation = """
    The decision table says who must allow the rollback, and the document does not say who that is or how to reach them.
    Write the role among the contacts, or waive the approval for the severities where minutes count.
    """
  let bad = """
    # Rollback

    ## Decision matrix

    | Severity | Action | Approval |
    | --- | --- | --- |
    | P1 | Roll back | Platform director |

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```

    ## Contacts

    - **On-call engineer:** rota `shop-oncall`
    """
  let good = """
    # Rollback

    ## Decision matrix

    | Severity | Action | Approval |
    | --- | --- | --- |
    | P1 | Roll back | On-call engineer |

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```

    ## Contacts

    - **On-call engineer:** rota `shop-oncall`
    """

  private static let noRole: Set<String> = [
    "approval", "approve", "approves", "approved", "automatic", "auto", "none", "no", "not", "yes", "required",
    "needed",
    "optional", "any", "team", "decision", "discussion", "notify", "stakeholders", "a", "an", "the", "by", "of", "or",
    "and",
    "from", "with", "n", "immediate", "rollback", "self", "developer", "needs", "must", "sign", "off", "consult",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let contacts = document.runbook.contacts
    let known = Set(contacts.flatMap { ($0.role + " " + ($0.detail ?? "")).plainWords })
    return document.runbook.decisionMatrix.compactMap { rule -> Finding? in
      let words = rule.approval?.plainWords.filter { !Self.noRole.contains($0) && Int($0) == nil } ?? []
      guard let approval = rule.approval, !words.isEmpty, known.isDisjoint(with: words) else { return nil }
      return finding(
        line: rule.line, "“\(approval)” must allow this, and no contact says who that is",
        fix: Fix(title: "add that role to the contacts, with how to reach it"))
    }
  }
}
