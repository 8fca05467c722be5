import Runbook

struct ContactPlaceholder: LintRule {
  let id = "contact-placeholder"
  let severity = Finding.Severity.warning
  let summary = "A contact was never filled in."
  let explanation = """
    A template's `[Name]` or `TBD` stands where the person to call should. At 3 a.m. that is found out at the worst
    moment. Name a rota rather than a person: it stays true.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```

    ## Contacts

    - **Database lead:** [Name]
    - **Manager:** TBD
    """
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    git revert --no-edit HEAD
    ```

    ## Contacts

    - **Database lead:** rota `db-oncall`
    """

  func findings(in document: LintDocument) -> [Finding] {
    let empty = document.runbook.contacts.filter { contact in
      [contact.role, contact.detail ?? ""].contains(where: Self.isPlaceholder)
    }
    guard let first = empty.first, let last = empty.last else { return [] }
    let names = empty.prefix(3).map { "“\($0.role)”" }.joined(separator: ", ")
    let more = empty.count > 3 ? " and \(empty.count - 3) more" : ""
    let spelling = Self.spelling(in: "\(first.detail ?? "") \(first.role)")
    return [
      Finding(
        rule: id, line: first.line, endLine: last.line, severity: severity,
        message: "nobody can be reached: \(names)\(more) \(empty.count == 1 ? "is" : "are") still \(spelling)",
        fix: Fix(title: "name the rota, the channel or the number"))
    ]
  }

  private static func isPlaceholder(_ text: String) -> Bool { !spelling(in: text).isEmpty }

  /// The hole, as it stands: `[Name]`, `<phone>`, `TBD`, `XXX-XXXX`, an address at a host that nobody has.
  private static func spelling(in text: String) -> String {
    let lower = text.lowercased()
    for (open, close) in [("[", "]"), ("<", ">"), ("{", "}")] {
      guard let start = text.firstIndex(of: Character(open)),
        let end = text[start...].firstIndex(of: Character(close))
      else { continue }
      let inner = text[text.index(after: start)..<end]
      let isLink =
        text[text.index(after: end)...].hasPrefix("(") || inner.contains("@") || inner.contains("#")
        || inner.contains("://")
      let isBox = inner == " " || inner == "x" || inner.isEmpty
      if !isLink, !isBox, inner.contains(where: \.isLetter) { return "`\(open)\(inner)\(close)`" }
    }
    let words = Set(lower.plainWords)
    for hole in ["tbd", "todo", "xxx", "xxxx", "placeholder"] where words.contains(hole) {
      return "`\(hole.uppercased())`"
    }
    for hole in ["@example.com", "@company.com", "@yourcompany", "@your-company", "@yourdomain", "@your-domain"]
    where lower.contains(hole) {
      return "an address at `\(hole.dropFirst())`"
    }
    return ""
  }
}
