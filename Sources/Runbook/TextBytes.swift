#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

// The standard library takes text apart by characters, with Unicode's tables for each. Where all of a text is ASCII its
// bytes are its characters, CR LF apart, and what stands here goes by them; any other text goes the library's way. The
// names are the library's, and preferred wherever `Runbook` is imported.

extension String {
  package var isASCII: Bool { self[...].isASCII }

  package func split(
    separator: Character, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [Substring] {
    self[...].split(
      separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences)
  }

  /// The parts between white space.
  package var blankSeparated: [Substring] { self[...].blankSeparated }
  /// The words of its letters and digits, in lower case.
  package var plainWords: [String] { self[...].plainWords }

  package func lowercased() -> String {
    guard !isASCII else { return ASCIICase.hasCapital(self) ? ASCIICase.lowered(utf8) : self }
    // As the library does it, scalar by scalar; only those beyond ASCII are looked up.
    var text = self
    return text.withUTF8 { source in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(source.count)
      var start = 0
      while start < source.count {
        if source[start] < 0x80 {
          bytes.append(ASCIICase.lowered(source[start]))
          start += 1
          continue
        }
        var end = start + 1
        while end < source.count, source[end] & 0xC0 == 0x80 { end += 1 }
        let scalar = UTF8.decode(UTF8.EncodedScalar(source[start..<end]))
        if scalar.properties.changesWhenLowercased {
          bytes += scalar.properties.lowercaseMapping.utf8
        } else {
          bytes += source[start..<end]
        }
        start = end
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension Substring {
  package var isASCII: Bool {
    // Without a way out of the loop it runs over many bytes at once.
    utf8.withContiguousStorageIfAvailable { $0.reduce(0, |) < 0x80 } ?? utf8.allSatisfy { $0 < 0x80 }
  }

  package func split(
    separator: Character, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [Substring] {
    guard let byte = separator.asciiValue, byte != 10 && byte != 13 || !utf8.contains(13) else {
      return split(maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences) { $0 == separator }
    }
    var parts: [Substring] = []
    var start = startIndex
    var next = startIndex
    while parts.count < maxSplits, let found = utf8[next...].firstIndex(of: byte) {
      next = utf8.index(after: found)
      guard isWhole(found) else { continue }
      if start < found || !omittingEmptySubsequences { parts.append(self[start..<found]) }
      start = next
    }
    if start < endIndex || !omittingEmptySubsequences { parts.append(self[start...]) }
    return parts
  }

  /// Whether the ASCII byte at `index` is a character: what is beyond ASCII on either side may belong to it.
  private func isWhole(_ index: Index) -> Bool {
    let next = utf8.index(after: index)
    if next < endIndex, utf8[next] >= 0x80, self[index].utf8.count > 1 { return false }
    guard index > startIndex, utf8[utf8.index(before: index)] >= 0x80 else { return true }
    return self[..<next].last?.utf8.count == 1
  }

  package var blankSeparated: [Substring] {
    guard isASCII else { return split(whereSeparator: \.isWhitespace) }
    return utf8.split(whereSeparator: ByteSet.blanks.contains).map(Substring.init)
  }

  package var plainWords: [String] {
    guard isASCII else { return String(self).lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) }
    return utf8.split { !ByteSet.alphanumerics.contains($0) }.map { ASCIICase.lowered($0) }
  }

  package var firstPlainWord: String? {
    guard isASCII else { return plainWords.first }
    let word = utf8.drop { !ByteSet.alphanumerics.contains($0) }.prefix(while: ByteSet.alphanumerics.contains)
    return word.isEmpty ? nil : ASCIICase.lowered(word)
  }

  package func lowercased() -> String { String(self).lowercased() }

  package func hasPrefix(_ prefix: String) -> Bool {
    var own = utf8.makeIterator()
    for byte in prefix.utf8 {
      guard let next = own.next() else { return false }
      guard byte | next < 0x80 else { return starts(with: prefix) }
      guard byte == next else { return false }
    }
    // An accent or a line feed behind it may belong to its last character.
    guard let next = own.next(), next >= 0x80 || next == 10 else { return true }
    return starts(with: prefix)
  }
}

/// Letters of ASCII in lower case.
private enum ASCIICase {
  static func hasCapital(_ text: String) -> Bool {
    // Without a way out, as above.
    text.utf8.withContiguousStorageIfAvailable { $0.reduce(0) { $0 | ($1 &- 65 < 26 ? 1 : 0) } != 0 } ?? true
  }

  static func lowered(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 32 : byte }

  static func lowered(_ bytes: some Collection<UInt8>) -> String {
    let fast = bytes.withContiguousStorageIfAvailable { bytes in
      String(unsafeUninitializedCapacity: bytes.count) { buffer in
        for index in bytes.indices { buffer[index] = Self.lowered(bytes[index]) }
        return bytes.count
      }
    }
    return fast ?? String(decoding: bytes.map { Self.lowered($0) }, as: UTF8.self)
  }
}

extension String {
  /// Whether both are the same byte for byte, which equal texts need not be.
  package func hasBytes(of other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    var one = self
    var other = other
    return one.withUTF8 { one in
      other.withUTF8 { other in
        guard let first = one.baseAddress, let second = other.baseAddress else { return true }
        return memcmp(first, second, one.count) == 0
      }
    }
  }
}

// Where a byte stands in a text, by `memchr`.
extension String.UTF8View {
  package func contains(_ byte: UInt8) -> Bool { self[...].contains(byte) }
}

extension Substring.UTF8View {
  package func contains(_ byte: UInt8) -> Bool { offset(of: byte) != nil }
  package func firstIndex(of byte: UInt8) -> Index? { offset(of: byte).map { index(startIndex, offsetBy: $0) } }

  private func offset(of byte: UInt8) -> Int? {
    let found = withContiguousStorageIfAvailable { bytes -> Int in
      guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return -1 }
      return UnsafeRawPointer(base).distance(to: found)
    }
    guard let found else { return enumerated().first { $0.element == byte }?.offset }
    return found < 0 ? nil : found
  }
}

extension ByteSet {
  /// Whether one of its bytes is in `text`.
  package func isIn(_ text: String) -> Bool { isIn(text[...]) }

  package func isIn(_ text: Substring) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { $0.contains { contains($0) } } ?? text.utf8.contains { contains($0) }
  }
}
