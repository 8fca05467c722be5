import Glibc
import Runbook
import Testing

@testable import RunbookReading

/// What script/fuzz and script/bench-sizes found, made small.
@Suite struct FuzzFindingTests {
  /// Each took time that grew with the square of the document's size, or faster: minutes for these.
  @Test func oneConstructOverAndOverTakesSeconds() throws {
    let texts = [
      "bold words": String(repeating: "**a** ", count: 60_000),
      "options of one name": String(repeating: "### Option A: b\n\n```bash\ngit checkout x\n```\n\n", count: 1_500),
      "statements in a line": "```bash\n" + String(repeating: "a; ", count: 20_000) + "\n```\n",
      "a chain of commands": "```bash\n" + String(repeating: "a && ", count: 40_000) + "a\n```\n",
      "a sum": "```bash\necho $((" + String(repeating: "1+", count: 100_000) + "1))\n```\n",
      "nested ifs": "```bash\n" + String(repeating: "if a; then\n", count: 5_000) + "b\n"
        + String(repeating: "fi\n", count: 5_000) + "```\n",
      "a long if": "```bash\nif a; then b\n" + String(repeating: "elif a; then b\n", count: 5_000) + "fi\n```\n",
      "SQL comments that nothing closes": "```sql\n" + String(repeating: "SELECT /* ;\n\n", count: 20_000) + "```\n",
      "SQL without a semicolon": "```sql\n" + String(repeating: "SELECT 1\n\n", count: 20_000) + "```\n",
    ]
    for (name, text) in texts {
      // Of the processor: a busy machine is no finding.
      let began = clock()
      _ = try RunbookReader().read("# Rollback\n\n## Rollback Steps\n\n" + text, named: "ROLLBACK.md")
      let seconds = (clock() - began) / 1_000_000
      #expect(seconds < 60, "\(name): \(seconds) s")
    }
  }

  @Test func optionsOfOneNameAreNumbered() throws {
    let option = "### Option A: b\n\n```bash\ngit checkout x\n```\n\n"
    let book = try RunbookReader().read(
      "# Rollback\n\n## Rollback Steps\n\n" + option + option + option, named: "ROLLBACK.md")
    let options = book.procedures.flatMap(\.stages).flatMap(\.choices).flatMap(\.options).map(\.id)
    #expect(options == ["option-a", "option-a-2", "option-a-3"])
  }

  @Test func aFenceThatNothingClosesEndsWithTheDocument() throws {
    #expect(MarkdownDocument("a\n\n```bash\nb\nc").blocks.last?.endLine == 5)
    #expect(MarkdownDocument("a\n\n```bash\nb\nc\n```\nd").blocks[1].endLine == 6)
  }

  /// cmark-gfm tells no lines of the paragraph, and calls its first line the table's.
  @Test func textThatRunsIntoATableHasLines() throws {
    let blocks = MarkdownDocument("# A\n\nSome **text**\nhere:\n| a | b |\n|---|---|\n| x | y |\n| z | `z` |\n\nb")
      .blocks
    #expect(blocks.map(\.line) == [1, 3, 5, 10] && blocks.map(\.endLine) == [1, 4, 8, 10])
    guard case .paragraph(let text) = blocks[1].content, case .table(let table) = blocks[2].content else {
      Issue.record("\(blocks)")
      return
    }
    #expect(text.firstLine == 3 && text.text == "Some text\nhere:")
    #expect(table.header == ["a", "b"] && table.rows.map(\.line) == [7, 8])
    let alone = MarkdownDocument("- item\n  more\n  | a |\n  |---|\n").blocks
    guard case .list(_, let items) = alone.first?.content else { return }
    #expect(items.flatMap(\.blocks).map(\.line) == [1, 3] && items.flatMap(\.blocks).map(\.endLine) == [2, 4])
  }

  /// The YAML parser takes one byte order mark off every text.
  @Test func aByteOrderMarkBeforeAWordStays() throws {
    let book = try RunbookReader().read(
      "# Rollback\n\n## Rollback Steps\n\n```bash\ngit checkout \u{FEFF}\u{FEFF}a \u{FEFF}b\n```\n",
      named: "ROLLBACK.md")
    #expect(try YAMLRunbook.runbook(from: YAMLRunbook.text(of: book), named: "a.yaml") == book)
  }

  /// A carriage return before a line end that is both ends a line of its own.
  @Test(arguments: ["\r\r\n", "\n\r", "\r\r", "\r\n\n", "\r\n\r\n", "\n\u{301}\n", "\r\u{301}\r"])
  func everyLineEndIsCounted(ends: String) throws {
    let book = try RunbookReader().read(
      "# Rollback\(ends)## Rollback Steps\(ends)```bash\(ends)git checkout x\n```\n", named: "ROLLBACK.md")
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).last?.line == 7)
  }

  /// Brackets in text are no nesting, in quotes as in lines of their own; those of a flow collection are.
  @Test func bracketsInTextAreNoNesting() throws {
    let many = String(repeating: "{", count: 3_000)
    for text in [
      "- Watch `\(many)`\n", "```bash\necho \(many)\n\(many)\n```\n", "```bash\na: '\(many)\n\(many)\n```\n",
    ] {
      let book = try RunbookReader().read("# Rollback\n\n## Rollback Steps\n\n" + text, named: "ROLLBACK.md")
      #expect(try YAMLRunbook.runbook(from: YAMLRunbook.text(of: book), named: "a.yaml") == book)
    }
    let flows = [
      "a: {n}", "- {n}", "a b: {n}", "a: |\n  b\n{n}", "a: |\n    \n  b\n {n}", "a: 'b\n  c: ',{n}'", "--- {n}",
      "a: &b {n}",
      "a: b\r{n}", "a: |\n  b\u{2028}{n}", "? {n}", "a: \t{n}", "a: ! {n}", "['a\n: ',{n}'", "\"a\" : {n}", "'a': {n}",
    ]
    for flow in flows {
      let text = flow.replacing("{n}", with: String(repeating: "[", count: 3_000))
      #expect(
        throws: YAMLProblem(
          line: 1 + text.count { $0 == "\n" }, message: "The document is nested deeper than 64 levels.")
      ) {
        try YAMLBounds.check(text)
      }
    }
  }

  /// A tree that speaks of more source than there is.
  @Test func anOperatorBehindTheEndIsNoCrash() throws {
    let json =
      #"{"Stmts":[{"Cmd":{"Type":"BinaryCmd","OpPos":{"Offset":9},"X":{"Cmd":{"Type":"CallExpr"}}}}]}"#
    let tree = try SyntaxNodeParser.parse(Array(json.utf8))
    let walk = SyntaxWalk(source: [], firstLine: 1, reader: ShellReader(tool: "/nowhere/shfmt"))
    #expect(tree.all("Stmts").flatMap(walk.commands).count == 1)
  }

  @Test func anAccentBehindABlankIsKept() {
    #expect(" \u{308}a\n ".trimmed.unicodeScalars.map(\.value) == [0x308, 0x61])
    let pieces = SQLReader.pieces(of: "-- \u{308}a", line: 1)
    guard case .comment(_, let text)? = pieces.first else { return #expect(Bool(false), "\(pieces)") }
    #expect(text == "\u{308}a")
  }

  /// Unicode's line separator is a word to a shell, as is a vertical tab.
  @Test(arguments: ["\u{2028}", "\u{0B}"]) func whatIsNoBlankToAShellIsAWord(_ word: String) {
    #expect(ShellReader().statements(of: "\(word) # ; a", line: 1).map(\.text) == [word])
  }

  /// The statements of a window are known at once; each still ends where it did alone.
  @Test func statementsOfOneWindowEndWhereTheyDid() {
    let text =
      "SELECT 1; SELECT ';'; -- it's one\nUPDATE a\nSET b = $x$;$x$;\n\n# don't\n"
      + ";;DELETE FROM a;\n\\dt\nSELECT 2"
    let found = SQLReader.pieces(of: text, line: 1).map { piece in
      switch piece {
      case .blank(let line): "\(line)"
      case .comment(let line, let text): "\(line) -- \(text)"
      case .statement(let one):
        "\(one.line)-\(one.endLine) \(one.text)" + (one.trailingComment.map { " -- \($0)" } ?? "")
      }
    }
    #expect(
      found == [
        "1-1 SELECT 1;", "1-1 SELECT ';'; -- it's one", "2-3 UPDATE a\nSET b = $x$;$x$;", "4", "5 -- don't",
        "6-6 ;;DELETE FROM a;", "7-7 \\dt", "8-8 SELECT 2",
      ])
  }
}
