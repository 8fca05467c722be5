import Runbook

/// Phrases by their first word: a long document asks for hundreds of them, thousands of times.
struct PhraseSet: Sendable {
  private var byFirst: [String: [[String]]] = [:]
  /// Those whose first word may go on ("trigger*"), by its first byte.
  private var open: [UInt8: [[String]]] = [:]
  private var wide: [[UInt8]] = []
  /// One look at a bit rules out most words of a text.
  private var hashes: [UInt64] = Array(repeating: 0, count: 1 << 6)
  private var openBytes = ByteSet("")

  init(_ phrases: [String]) {
    for phrase in phrases {
      if phrase.unicodeScalars.contains(where: { $0.value >= 0x2E80 }) {
        wide.append(Array(phrase.utf8))
        continue
      }
      let parts = phrase.split(separator: " ").map(String.init)
      guard let first = parts.first else { continue }
      let mark = WordMark(first)
      if first.hasSuffix("*") {
        open[mark.first, default: []].append(parts)
        openBytes.insert(mark.first)
      } else {
        byFirst[first, default: []].append(parts)
        if let hash = mark.hash { hashes[Int(hash >> 6 & 63)] |= 1 << UInt64(hash & 63) }
      }
    }
  }

  func isIn(_ list: WordList) -> Bool { list.words.indices.contains { begins(list, at: $0) } || hasWide(in: list) }

  /// Only the phrases of languages that put no blanks between words.
  func hasWide(in list: WordList) -> Bool { !list.wide.isEmpty && wide.contains(where: list.wideContains) }

  func begins(_ list: WordList) -> Bool {
    if !list.words.isEmpty, begins(list, at: 0) { return true }
    if wide.isEmpty || list.wide.isEmpty { return false }
    let text = list.wide.drop { $0 <= 32 }
    return wide.contains { text.starts(with: $0) }
  }

  private func begins(_ list: WordList, at index: Int) -> Bool {
    let mark = list.marks[index]
    if mayBegin(mark), let found = byFirst[list.words[index]],
      found.contains(where: { Self.matches($0, list.words, at: index) })
    {
      return true
    }
    guard openBytes.contains(mark.first), let found = open[mark.first] else { return false }
    return found.contains { Self.matches($0, list.words, at: index) }
  }

  private func mayBegin(_ mark: WordMark) -> Bool {
    mark.hash.map { hashes[Int($0 >> 6 & 63)] >> UInt64($0 & 63) & 1 == 1 } ?? true
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
