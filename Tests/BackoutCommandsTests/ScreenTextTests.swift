import Testing

@testable import BackoutCommands

@Suite("Text in columns")
struct ScreenTextTests {
  @Test(arguments: [("abc", 3), ("日本", 4), ("e\u{301}", 1), ("\u{1B}[1mab\u{1B}[0m", 2), ("", 0)])
  func width(text: String, columns: Int) {
    #expect(Text.width(text) == columns)
  }

  @Test func cutsWithAnEllipsisAndNeverWider() {
    #expect(Text.cut("git checkout main", 10) == "git check…")
    #expect(Text.cut("short", 10) == "short")
    for columns in 0..<12 { #expect(Text.width(Text.cut("日本語 text 日本語", columns)) <= columns) }
  }

  @Test func fitsToTheColumn() {
    #expect(Text.fit("ab", 4) == "ab  ")
    for text in ["日本語", "abcdef", ""] { #expect(Text.width(Text.fit(text, 5)) == 5) }
  }

  @Test func wrapsAtBlanksAndBreaksLongWords() {
    #expect(Text.wrap("one two three", 9) == ["one two", "three"])
    let url = "https://example.org/a/very/long/path/that/has/no/blank"
    let lines = Text.wrap("at \(url)", 20)
    #expect(lines.allSatisfy { Text.width($0) <= 20 })
    #expect(lines.joined().replacing(" ", with: "") == "at\(url)")
    #expect(Text.wrap("", 10) == [""])
  }

  @Test func putsTextAtBothEnds() {
    let line = Text.ends("a long title that must give way", "right", 20)
    #expect(Text.width(line.left + line.gap + "right") == 20)
  }

  @Test(arguments: [
    ("Step 3: Restart", "Restart"), ("Phase 2 - Data", "Data"), ("Restart", "Restart"),
    ("Step 3", "Step 3"), ("Note: this", "Note: this"), ("STEP 10. Go", "Go"),
  ])
  func titlesLoseTheirNumber(heading: String, title: String) {
    #expect(Wording.title(heading) == title)
  }

  @Test func idsAreShort() {
    #expect(Wording.short("step-6/4") == "6.4")
    #expect(Wording.short("plan") == "plan")
    #expect(Wording.span(["step-6/8", "step-6/9", "step-6/10"]) == "6.8-10")
    #expect(Wording.span(["step-6/8", "step-6/10"]) == "6.8, 6.10")
    #expect(Wording.span(["step-6/8", "step-7/9"]) == "6.8, 7.9")
  }

  @Test func commandsAsTheAuthorWroteThem() {
    #expect(
      Wording.command(#"python "$BACKOUT_CARRIED/migrations/004.py" downgrade"#) == "python migrations/004.py downgrade"
    )
    let sha = String(repeating: "a1", count: 20)
    #expect(Wording.command("git checkout \(sha)") == "git checkout a1a1a1a")
  }
}
