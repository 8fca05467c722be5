/// A set of bytes; membership is one look at a bit.
package struct ByteSet: Sendable {
  @usableFromInline package private(set) var bits = SIMD4<UInt64>()

  package static let digits = ByteSet("0123456789")
  package static let letters = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  package static let alphanumerics = letters.union(digits)
  package static let blanks = ByteSet(" \t\n\u{B}\u{C}\r")

  package init(_ characters: StaticString, controls: Bool = false) {
    characters.withUTF8Buffer { for byte in $0 { insert(byte) } }
    if controls { for byte in UInt8(0)..<32 { insert(byte) } }
  }

  /// The first bytes of `texts`.
  package init(first texts: some Sequence<String>) {
    self.init("")
    for text in texts { if let first = text.utf8.first { insert(first) } }
  }

  package mutating func insert(_ byte: UInt8) { bits[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

  @inlinable package func contains(_ byte: UInt8) -> Bool { bits[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

  package func union(_ other: ByteSet) -> ByteSet {
    var result = self
    result.bits |= other.bits
    return result
  }

  package func subtracting(_ other: ByteSet) -> ByteSet {
    var result = self
    result.bits &= ~other.bits
    return result
  }
}
