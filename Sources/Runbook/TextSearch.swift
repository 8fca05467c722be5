#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

// Reading and linting ask every line for hundreds of words. Foundation's search goes through NSString, the standard
// library's by characters: either takes a hundred times what the bytes do. What stands here has the same names and is
// preferred wherever `Runbook` is imported, so that no call can forget it.

extension String {
  package func contains(_ text: String) -> Bool { self[...].contains(text) }
  package func firstRange(of text: String) -> Range<Index>? { self[...].firstRange(of: text) }
  package func range(of text: String) -> Range<Index>? { self[...].firstRange(of: text) }
  /// Whether it holds one of `texts`.
  package func holds(_ texts: [String]) -> Bool { self[...].holds(texts) }
  package func holds(_ texts: TextSet) -> Bool { texts.isIn(self[...]) }
  /// Split at line feeds; after a last one there is an empty line.
  package var textLines: [Substring] { self[...].textLines }
}

extension Substring {
  package func contains(_ text: String) -> Bool { offset(of: text) != nil }
  package func range(of text: String) -> Range<Index>? { firstRange(of: text) }

  package func firstRange(of text: String) -> Range<Index>? {
    offset(of: text).map { offset in
      let start = utf8.index(startIndex, offsetBy: offset)
      return start..<utf8.index(start, offsetBy: text.utf8.count)
    }
  }

  package func holds(_ texts: [String]) -> Bool {
    var whole = self
    return whole.withUTF8 { bytes in
      texts.contains { text in
        var text = text
        return text.withUTF8 { Self.offset(of: $0, in: bytes) != nil }
      }
    }
  }

  package func holds(_ texts: TextSet) -> Bool { texts.isIn(self) }

  package var textLines: [Substring] {
    var whole = self
    let feeds = whole.withUTF8 { bytes in bytes.indices.filter { bytes[$0] == 10 } }
    var lines: [Substring] = []
    lines.reserveCapacity(feeds.count + 1)
    var start = startIndex
    for feed in feeds {
      let end = utf8.index(startIndex, offsetBy: feed)
      lines.append(self[start..<end])
      start = utf8.index(after: end)
    }
    lines.append(self[start...])
    return lines
  }

  private func offset(of text: String) -> Int? {
    // Both are native strings: neither is copied.
    var whole = self
    var text = text
    return whole.withUTF8 { bytes in text.withUTF8 { Self.offset(of: $0, in: bytes) } }
  }

  private static func offset(of wanted: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let first = wanted.baseAddress, !wanted.isEmpty else { return 0 }
    guard let base = bytes.baseAddress else { return nil }
    var start = 0
    while start + wanted.count <= bytes.count,
      let found = memchr(base + start, Int32(first.pointee), bytes.count - wanted.count - start + 1)
    {
      start = UnsafeRawPointer(base).distance(to: found)
      if memcmp(base + start, first, wanted.count) == 0 { return start }
      start += 1
    }
    return nil
  }
}

/// Texts that are looked for together, in one pass over the bytes: a rule asks every line for dozens. None is empty.
package struct TextSet: Sendable, ExpressibleByArrayLiteral {
  private struct Entry {
    var start: Int
    var count: Int
  }
  /// All of them, one behind the other, by their first byte.
  private let bytes: [UInt8]
  private let entries: [Entry]
  /// Where the entries of a first byte begin; one more, for the end.
  private let starts: [Int]
  private let firsts: ByteSet

  package init(arrayLiteral texts: String...) { self.init(texts) }

  package init(_ texts: [String]) {
    var bytes: [UInt8] = []
    var entries: [Entry] = []
    var starts: [Int] = []
    for first in UInt8.min...UInt8.max {
      starts.append(entries.count)
      for text in texts where text.utf8.first == first {
        entries.append(Entry(start: bytes.count, count: text.utf8.count))
        bytes += text.utf8
      }
    }
    self.bytes = bytes
    self.entries = entries
    self.starts = starts + [entries.count]
    firsts = ByteSet(first: texts)
  }

  /// Whether one of them stands in `text`.
  package func isIn(_ text: Substring) -> Bool {
    var text = text
    return text.withUTF8 { text in bytes.withUnsafeBufferPointer { isIn(text, wanted: $0) } }
  }

  private func isIn(_ text: UnsafeBufferPointer<UInt8>, wanted: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = text.baseAddress, let wanted = wanted.baseAddress else { return false }
    for index in text.indices where firsts.contains(text[index]) {
      let first = Int(text[index])
      for number in starts[first]..<starts[first + 1] {
        let entry = entries[number]
        if index + entry.count <= text.count, memcmp(base + index, wanted + entry.start, entry.count) == 0 {
          return true
        }
      }
    }
    return false
  }
}

// The tables of Unicode are asked only for what is not ASCII.
extension Character {
  private var ascii: UInt8? { utf8.count == 1 ? utf8.first : nil }
  private var first: Unicode.Scalar { unicodeScalars[unicodeScalars.startIndex] }

  package var isLetter: Bool {
    if let ascii { return ascii | 32 >= 97 && ascii | 32 <= 122 }
    return first.properties.isAlphabetic
  }
  package var isNumber: Bool {
    if let ascii { return ascii >= 48 && ascii <= 57 }
    return first.properties.numericType != nil
  }
  package var isWhitespace: Bool {
    if let ascii { return ascii == 32 || ascii >= 9 && ascii <= 13 }
    return first.properties.isWhitespace
  }
}
