import Runbook

struct ExpectationNotChecked: LintRule {
  let id = "expectation-not-checked"
  let severity = Finding.Severity.warning
  let summary = "The text expects a status that the `curl` beside it does not show."
  let explanation = """
    `curl URL` prints the body and exits 0 for a 200 as for a 503. Where the runbook says "should return 503", the reader
    sees a page and has to guess. `-i` shows the status; `-o /dev/null -w '%{http_code}\\n'` prints nothing else.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ```bash
    heroku rollback v42
    curl https://shop.acme.io/health
    # Expected: status 503
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    heroku rollback v42
    curl -sS -o /dev/null -w '%{http_code}\\n' https://shop.acme.io/health
    # Expected: 503
    ```
    """
  let references = ["https://curl.se/docs/manpage.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.steps.compactMap { placed -> Finding? in
      guard let status = placed.step.expectations.lazy.compactMap(Self.status).first,
        let found = placed.commands.first(where: { $0.name == "curl" }), !Self.shows(found, status),
        placed.commands.filter({ $0.command.context == .pipeline }).isEmpty,
        // What `curl-cannot-fail` says of it is the same.
        status >= 400 || CurlCannotFail.isLookedAt(found)
      else { return nil }
      let edit = document.edit(line: found.line, replacing: "curl ", with: "curl -i ")
      return finding(
        at: found,
        "the text expects \(status), and `curl` prints the body only: a \(status == 200 ? 500 : 200) looks alike",
        fix: Fix(title: "curl -i …, or curl -sS -o /dev/null -w '%{http_code}\\n' …", edits: edit.map { [$0] } ?? []))
    }
  }

  private static func status(of check: Check) -> Int? {
    if let status = check.expectation.httpStatus { return status }
    guard let prose = check.expectation.prose?.plainWords else { return nil }
    let named = prose.contains { ["http", "status", "returns", "return", "ok", "response", "code"].contains($0) }
    return named ? prose.compactMap { Int($0) }.first { (200...599).contains($0) } : nil
  }

  private static func shows(_ found: PlacedCommand, _ status: Int) -> Bool {
    let long = found.has(
      "--include", "--head", "--verbose", "--write-out", "--fail", "--fail-with-body", "--dump-header", "--trace")
    if long { return true }
    return found.command.arguments.contains { argument in
      argument.hasPrefix("-") && !argument.hasPrefix("--")
        && argument.dropFirst().prefix { $0.isLetter }.contains { "iIvwfD".contains($0) }
    }
  }
}
