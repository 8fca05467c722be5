import Runbook

/// Phrases by their first word: a long document asks for hundreds of them, thousands of times.
struct PhraseSet: Sendable {
  /// A word of a phrase; an open one may go on ("trigger*").
  private struct Part: Sendable {
    var bytes: [UInt8]
    var isOpen: Bool

    init(_ word: Substring) {
      isOpen = word.utf8.last == UInt8(ascii: "*")
      bytes = Array(isOpen ? word.utf8.dropLast() : word.utf8[...])
    }
  }

  /// By the hash of their first word.
  private var closed: [UInt32: [[Part]]] = [:]
  /// Those whose first word is open, by its first byte.
  private var open: [UInt8: [[Part]]] = [:]
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
      let parts = phrase.split(separator: " ").map(Part.init)
      guard let first = parts.first, let byte = first.bytes.first else { continue }
      if first.isOpen {
        open[byte, default: []].append(parts)
        openBytes.insert(byte)
      } else {
        let hash = WordMark.hash(of: first.bytes)
        closed[hash, default: []].append(parts)
        hashes[Int(hash >> 6 & 63)] |= 1 << UInt64(hash & 63)
      }
    }
  }

  func isIn(_ list: WordList) -> Bool { list.marks.indices.contains { begins(list, at: $0) } || hasWide(in: list) }

  /// Only the phrases of languages that put no blanks between words.
  func hasWide(in list: WordList) -> Bool { list.isWide && wide.contains(where: list.wideContains) }

  func begins(_ list: WordList) -> Bool {
    if !list.isEmpty, begins(list, at: 0) { return true }
    if wide.isEmpty || !list.isWide { return false }
    let text = list.bytes.drop { $0 <= 32 }
    return wide.contains { text.starts(with: $0) }
  }

  private func begins(_ list: WordList, at index: Int) -> Bool {
    let mark = list.marks[index]
    if hashes[Int(mark.hash >> 6 & 63)] >> UInt64(mark.hash & 63) & 1 == 1, let found = closed[mark.hash],
      found.contains(where: { Self.matches($0, list, at: index) })
    {
      return true
    }
    guard openBytes.contains(mark.first), let found = open[mark.first] else { return false }
    return found.contains { Self.matches($0, list, at: index) }
  }

  private static func matches(_ parts: [Part], _ list: WordList, at start: Int) -> Bool {
    guard start + parts.count <= list.count else { return false }
    for (offset, part) in parts.enumerated() {
      let word = list.bytes[list.marks[start + offset].range]
      guard part.isOpen ? word.starts(with: part.bytes) : word.elementsEqual(part.bytes) else { return false }
    }
    return true
  }
}
