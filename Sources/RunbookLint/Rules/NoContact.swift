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

  /// "The team" and "the lead engineer" are nobody at night.
  private static let words = [
    "contact", "escalat", "on-call", "oncall", "on call", "pagerduty", "opsgenie", "slack", "#incident", "phone",
    "mailto:", "hotline", "page the", "whatsapp", "contato", "contacto", "kontakt", "联系", "聯絡", "連絡", "연락", "liên hệ",
    "дежурн", "связаться", "iletişim",
  ]

  /// `name@example.org`, or `@name` at a word's beginning.
  private static func hasAddress(_ line: String) -> Bool {
    line.split(whereSeparator: { $0.isWhitespace || "()<>`*|,".contains($0) }).contains { word in
      guard let mark = word.firstIndex(of: "@") else { return false }
      let name = word[..<mark]
      let host = word[word.index(after: mark)...]
      guard name != "git", !word.contains("/"), !word.contains(":"), host.first?.isLetter ?? false else { return false }
      return name.isEmpty || host.contains(".")
    }
  }

  func findings(in document: LintDocument) -> [Finding] {
    let fences = document.fences
    guard document.runbook.contacts.isEmpty, !document.steps.isEmpty, !document.mentions(Self.words),
      !document.lines.enumerated().contains(where: { index, line in
        line.utf8.contains(UInt8(ascii: "@")) && Self.hasAddress(line) && !fences.contains { $0.holds(index + 1) }
      })
    else { return [] }
    return [
      finding(
        line: document.titleLine, "nobody is named to call when this rollback does not work",
        fix: Fix(title: "add “## Contacts”: who, in which order, and how to reach them"))
    ]
  }
}
