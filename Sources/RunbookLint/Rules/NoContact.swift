import Runbook

struct NoContact: LintRule {
  let id = "no-contact"
  let severity = Finding.Severity.note
  let summary = "Nobody is named to call when the rollback does not work."
  let explanation = """
    A rollback that stops half-way needs somebody who knows more, at once. Write who, in which order, and how to reach
    them: a rota, a channel, a number.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ngit revert --no-edit HEAD\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```

    ## Contacts

    - Database: rota `db-oncall` in the pager
    """

  private static let words = [
    "contact", "escalat", "on-call", "oncall", "on call", "pagerduty", "opsgenie", "slack", "#incident", "page ",
    "email",
    "e-mail", "phone", "call ", "notify", "notif", "team", "owner", "support", "ask ", "lead", "engineer",
    "issue tracker",
    "github.com", "contato", "contacto", "kontakt", "联系", "聯絡", "連絡", "연락", "liên hệ", "связ", "дежурн", "équipe",
    "equipo", "equipe", "@",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    guard document.runbook.contacts.isEmpty, !document.steps.isEmpty, !document.mentions(Self.words) else { return [] }
    return [
      finding(
        line: document.titleLine, "nobody is named to call when this rollback does not work",
        fix: Fix(title: "add “## Contacts”: who, in which order, and how to reach them"))
    ]
  }
}
