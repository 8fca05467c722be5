/// A run's id: 26 characters that sort by time, as in ULID (48 bits of milliseconds, 80 random bits, Crockford base 32).
public struct RunIdentifier: Hashable, Sendable, Codable, CustomStringConvertible {
  public let text: String

  public init(text: String) { self.text = text }

  /// - Parameters:
  ///   - milliseconds: since 1970.
  ///   - random: 80 bits.
  public init(milliseconds: UInt64, random: (UInt64, UInt16)) {
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    var time = milliseconds
    var high: [Character] = []
    for _ in 0..<10 {
      high.append(alphabet[Int(time & 31)])
      time >>= 5
    }
    var bits = random.0
    var low: [Character] = []
    for _ in 0..<12 {
      low.append(alphabet[Int(bits & 31)])
      bits >>= 5
    }
    var rest = UInt32(random.1) << 4 | UInt32(bits)
    for _ in 0..<4 {
      low.append(alphabet[Int(rest & 31)])
      rest >>= 5
    }
    text = String(high.reversed() + low)
  }

  public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  /// Enough to type: a prefix.
  public var short: String { String(text.prefix(14)) }
  public var description: String { text }
}
