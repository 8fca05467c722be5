import Testing

@testable import RunbookLint

/// What no rollback runs is read as well, and only noted.
struct AsideTests {
  private static let text = """
    # Rollback

    ## Rollback steps

    ```bash
    docker compose up -d
    docker compose logs -f web
    ```

    ## Troubleshooting

    1. Look at the locks:

       ```bash
       SELECT * FROM pg_locks;
       docker compose logs -f database
       docker compose logs -f web
       ```

    ```text
    tail -f nothing
    ```
    """

  @Test func itsFindingsAreNotesAtTheirOwnLines() throws {
    let found = try lint(Self.text, by: [BlocksAutomation(), SQLAsShell()])
    #expect(found.map(\.line) == [7, 15, 16], "\(found)")
    #expect(found.map(\.severity) == [.error, .note, .note])
    #expect(found.last?.message.hasSuffix("(where no rollback runs it)") == true)
  }

  @Test func aRuleThatNeedsTheProcedureDoesNotReadThem() throws {
    #expect(try lint(Self.text, by: [NoVerification(), UndefinedVariable()]).allSatisfy { $0.line < 10 })
  }

  @Test func aSuppressionHoldsThereToo() throws {
    let mark = "<!-- backout-lint: allow blocks-automation because a person reads it -->\n"
    #expect(try lint(mark + Self.text, by: [BlocksAutomation()]).isEmpty)
  }

  @Test func withoutThemThereIsNothingToRead() {
    let document = LintDocument(path: "R.md", text: "# R\n", runbook: .init(title: "R", source: "R.md"))
    #expect(document.asideText == nil)
  }
}
