import Foundation
import Runbook
import Testing

@testable import RunbookReading

@Suite struct BadInputTests {
  @Test func anyBytesAreRead() throws {
    var state: UInt64 = 42
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    for _ in 0..<40 {
      let bytes = (0..<2000).map { _ in UInt8(truncatingIfNeeded: next()) }
      _ = try RunbookReader().read(Data(bytes), named: "ROLLBACK.md")
    }
    // Bytes that mean something to a parser, in any order.
    let alphabet = Array("#`-|*[]<>(){}'\"$\\\n\n\n ab1.:;&=~ \t!".utf8)
    for _ in 0..<40 {
      let noise = (0..<1500).map { _ in alphabet[Int(next() % UInt64(alphabet.count))] }
      let text =
        "# Rollback\n\n## Steps\n\n```bash\n" + String(decoding: noise, as: UTF8.self) + "\n```\n"
        + String(decoding: noise, as: UTF8.self)
      let book = try RunbookReader().read(text, named: "ROLLBACK.md")
      #expect(try YAMLRunbook.runbook(from: YAMLRunbook.text(of: book), named: "r.yaml") == book)
    }
    _ = try RunbookReader().read(Data([0, 0xFF, 0xFE, 0]), named: "ROLLBACK.md")
    _ = try RunbookReader().read("", named: "ROLLBACK.md")
  }

  @Test func tenMegabytesTakeSeconds() throws {
    let prose = String(repeating: "Some words about a deployment and more of them. ", count: 200)
    let block = "## Step: text\n\n\(prose)\n\n- a point\n- another <x>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    let text = "# Rollback\n\n" + String(repeating: block, count: 10_000_000 / block.utf8.count)
    let time = try ContinuousClock().measure { _ = try RunbookReader().read(text, named: "ROLLBACK.md") }
    #expect(time < .seconds(120), "\(time)")
  }

  @Test func tenThousandFencesTakeSeconds() throws {
    var text = "# Rollback\n\n## Rollback Steps\n\n"
    for number in 0..<10_000 { text += "```bash\n# Step \(number)\ngit checkout <x> -- f\(number)\n```\n\n" }
    let time = try ContinuousClock().measure {
      let book = try RunbookReader().read(text, named: "ROLLBACK.md")
      #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).count == 10_000)
    }
    #expect(time < .seconds(120), "\(time)")
  }

  @Test func deepNestingIsBounded() throws {
    let texts = [
      String(repeating: ">", count: 200_000) + " a", String(repeating: "- ", count: 100_000) + "a",
      String(repeating: "[", count: 200_000), String(repeating: "*", count: 200_000),
      String(repeating: "`", count: 200_000),
      "```bash\n" + String(repeating: "$(", count: 50_000) + "\n```",
      "```bash\n" + String(repeating: "(", count: 50_000) + "\n```",
      "```bash\n" + String(repeating: "it's\n", count: 20_001) + "```",
      "```sql\n" + String(repeating: "SELECT '", count: 5_001) + "\n```",
      "```sql\nSELECT " + String(repeating: "(", count: 20_000) + "\n```",
      (0..<2000).map { String(repeating: " ", count: $0 * 2) + "- a" }.joined(separator: "\n"),
    ]
    for text in texts {
      let time = try ContinuousClock().measure {
        _ = try RunbookReader().read("# Rollback\n\n## Rollback\n\n" + text, named: "ROLLBACK.md")
      }
      #expect(time < .seconds(60), "\(text.prefix(20)) \(time)")
    }
  }

  @Test func yamlThatIsNoRunbookNamesItsLine() throws {
    func problem(_ text: String) -> ReadingError? {
      do {
        _ = try RunbookReader().read(text, named: "r.yaml")
        return nil
      } catch { return error as? ReadingError }
    }
    #expect(
      problem("title: a\nsource: b\nprocedurs: []\n")
        == .yaml(
          name: "r.yaml", line: 3, message: "Unknown key `procedurs` in the document. Did you mean `procedures`?"))
    #expect(problem("title: a\n") != nil)
    #expect(problem("title: a\nsource: b\nfacts:\n- line: x\n  kind: note\n  text: a\n") != nil)
    #expect(problem("title: a\nsource: b\nfacts:\n- line: 1\n  kind: nothing\n  text: a\n") != nil)
    #expect(problem("title: a\nsource: b\n") == nil)
  }
}
