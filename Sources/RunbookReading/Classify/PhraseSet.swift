/// Phrases by their first word: a long document asks for hundreds of them, thousands of times.
struct PhraseSet: Sendable {
  private var byFirst: [String: [[String]]] = [:]
  /// Those whose first word may go on ("trigger*"), by its first byte.
  private var open: [UInt8: [[String]]] = [:]
  private var wide: [[UInt8]] = []

  init(_ phrases: [String]) {
    for phrase in phrases {
      if phrase.unicodeScalars.contains(where: { $0.value >= 0x2E80 }) {
        wide.append(Array(phrase.utf8))
        continue
      }
      let parts = phrase.split(separator: " ").map(String.init)
      guard let first = parts.first else { continue }
      if first.hasSuffix("*") {
        open[first.utf8.first ?? 0, default: []].append(parts)
      } else {
        byFirst[first, default: []].append(parts)
      }
    }
  }

  func isIn(_ list: WordList) -> Bool {
    for (index, word) in list.words.enumerated() {
      if let found = byFirst[word], found.contains(where: { Self.matches($0, list.words, at: index) }) { return true }
      if let found = open[word.utf8.first ?? 0], found.contains(where: { Self.matches($0, list.words, at: index) }) {
        return true
      }
    }
    return hasWide(in: list)
  }

  /// Only the phrases of languages that put no blanks between words.
  func hasWide(in list: WordList) -> Bool { !list.wide.isEmpty && wide.contains(where: list.wideContains) }

  func begins(_ list: WordList) -> Bool {
    if let word = list.words.first {
      if let found = byFirst[word], found.contains(where: { Self.matches($0, list.words, at: 0) }) { return true }
      if let found = open[word.utf8.first ?? 0], found.contains(where: { Self.matches($0, list.words, at: 0) }) {
        return true
      }
    }
    if wide.isEmpty || list.wide.isEmpty { return false }
    let text = list.wide.drop { $0 <= 32 }
    return wide.contains { text.starts(with: $0) }
  }

  private static func matches(_ parts: [String], _ words: [String], at start: Int) -> Bool {
    guard start + parts.count <= words.count else { return false }
    for (offset, part) in parts.enumerated() {
      let word = words[start + offset]
      if part.utf8.last == UInt8(ascii: "*") {
        guard word.utf8.starts(with: part.utf8.dropLast()) else { return false }
      } else if word != part {
        return false
      }
    }
    return true
  }
}
