import BackoutTestKit
import Foundation
import Runbook
import Testing

/// What goes by bytes says what the standard library says by characters.
@Suite struct TextTests {
  private static let pieces = [
    "a", "Z", "0", "_", " ", "  ", ",", "-", "\n", "\r\n", "\t", ".", "é", "e\u{301}", "\u{301}", "ß", "İ", "Σ", "Ⅳ",
    "—", "→", "🚀", "👩‍💻", "\u{FE0F}", "\u{200D}", "回", "滚", "\u{1100}\u{1161}", "가", "か\u{3099}", "\u{600}", "१",
    "😀🏽",
  ]

  private static func texts(_ count: Int) -> [String] {
    var random = SeededGenerator(seed: 7)
    return (0..<count).map { _ in
      (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
  }

  // MARK: The library's answers

  private static func lower(_ text: some StringProtocol) -> String { text.lowercased() }

  private static func parts<Text: Collection>(_ text: Text, _ separator: Character, _ most: Int, _ omits: Bool)
    -> [Text.SubSequence] where Text.Element == Character
  {
    text.split(separator: separator, maxSplits: most, omittingEmptySubsequences: omits)
  }

  // MARK: Tests

  @Test func lowerCaseOfEveryLetter() {
    for value in UInt32(0)...0x1FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = "é\(Character(scalar))B"
      guard text.lowercased() != Self.lower(text) else { continue }
      Issue.record("U+\(String(value, radix: 16)): \(text.lowercased()) is not \(Self.lower(text))")
      return
    }
  }

  @Test func lowerCaseOfTexts() {
    for text in Self.texts(2_000) { #expect(text.lowercased() == Self.lower(text)) }
  }

  @Test(arguments: [" ", ",", "-", "\n", ".", "é"] as [Character], [true, false])
  func splits(separator: Character, omits: Bool) {
    for text in Self.texts(1_000) {
      for most in [Int.max, 0, 1, 2] {
        let own = text.split(separator: separator, maxSplits: most, omittingEmptySubsequences: omits)
        #expect(own == Self.parts(text, separator, most, omits), "\(text.debugDescription)")
      }
    }
  }

  @Test func linesEndAtLineFeeds() {
    for text in Self.texts(1_000) {
      let bytes = text.utf8.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
      #expect(text.textLines.map { Array($0.utf8) } == bytes, "\(text.debugDescription)")
    }
  }

  @Test func severalTextsAreLookedForTogether() {
    let wanted = ["Z0", "—", "回滚", "a", "e\u{301}", "🚀-", "__"]
    for text in Self.texts(2_000) {
      for count in 1...wanted.count {
        let some = Array(wanted.suffix(count))
        #expect(text.holds(TextSet(some)) == text.holds(some), "\(text.debugDescription) \(some)")
      }
    }
    #expect(!"abc".holds([] as TextSet) && !"".holds(["a"] as TextSet))
  }
}
