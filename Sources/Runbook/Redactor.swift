import Foundation

/// Hides secrets in what is shown: raw, base64, URL-encoded, JSON-escaped, quoted for a shell and in hex.
public struct Redactor: Sendable {
  private let needles: ByteNeedles
  /// Base64 and hex, which tools break into groups and lines.
  private let spread: ByteNeedles
  private let secrets: [(name: String, value: String)]

  /// - Parameter secrets: name → value. Values shorter than four characters are too common to hide and are left out.
  public init(secrets: [String: String] = [:]) { self.init(pairs: secrets.map { ($0.key, $0.value) }) }

  /// The same, where one name has several values.
  public init(pairs secrets: [(name: String, value: String)]) {
    self.secrets = secrets
    var needles: [String: String] = [:]
    var spread: [String: String] = [:]
    for (name, value) in secrets where value.utf8.count >= 4 {
      for value in Self.parts(of: value) {
        for form in SecretForms.contiguous(of: value) { needles[form] = "‹\(name)›" }
        for form in SecretForms.encoded(of: value) {
          needles[form] = "‹\(name)›"
          if form.utf8.count >= 8 { spread[form] = "‹\(name)›" }
        }
      }
    }
    self.needles = ByteNeedles(needles)
    self.spread = ByteNeedles(spread)
  }

  /// The same with more secrets; nil where all of them are known.
  public func adding(_ more: [String: String]) -> Redactor? {
    let new = more.filter { entry in
      entry.value.utf8.count >= 4 && !secrets.contains { $0.value == entry.value }
    }
    return new.isEmpty ? nil : Redactor(pairs: secrets + new.map { (name: $0.key, value: $0.value) })
  }

  /// The value, and the lines of one that has several: what is printed may begin or end within it.
  private static func parts(of value: String) -> [String] {
    let lines = value.split(whereSeparator: \.isNewline).map(String.init)
    return [value] + (lines.count > 1 ? lines.filter { $0.count >= 12 } : [])
  }

  public var isEmpty: Bool { needles.isEmpty }

  /// `text` with each secret replaced by its name: `‹YOUR_API_KEY›`.
  public func redact(_ text: String) -> String {
    guard !needles.isEmpty else { return text }
    var copy = text
    return copy.withUTF8 { needles.replaced(in: $0) } ?? text
  }

  public func redact(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text): .string(redact(text))
    case .array(let items): .array(items.map(redact))
    case .object(let members):
      .object(Dictionary(members.map { (redact($0), redact($1)) }, uniquingKeysWith: { first, _ in first }))
    default: value
    }
  }

  /// What a command printed: known secrets, also where a tool broke their base64 or hex into groups or lines, and
  /// values that stand under a sensitive name and are known to nobody.
  public func redactOutput(_ text: String) -> String {
    let known = redact(text)
    return SensitiveText.masked(spread.isEmpty ? known : withoutSpread(known))
  }

  private func withoutSpread(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var dense: [UInt8] = []
    var places: [Int] = []
    dense.reserveCapacity(bytes.count)
    places.reserveCapacity(bytes.count)
    for (place, byte) in bytes.enumerated() where byte != 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x09 {
      dense.append(byte)
      places.append(place)
    }
    let found = dense.withUnsafeBufferPointer { spread.matches(in: $0) }
    guard !found.isEmpty else { return text }
    var result: [UInt8] = []
    var start = 0
    for match in found {
      result += bytes[start..<places[match.range.lowerBound]]
      result += match.mask
      start = places[match.range.upperBound - 1] + 1
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }
}

/// Many texts looked for at once, the longest first, so that a secret inside another leaves nothing behind.
private struct ByteNeedles: Sendable {
  struct Match {
    var range: Range<Int>
    var mask: [UInt8]
  }
  private var byStart: [UInt16: [(bytes: [UInt8], mask: [UInt8])]] = [:]
  /// Whether a needle begins with these two bytes.
  private var begins: [Bool] = []

  var isEmpty: Bool { byStart.isEmpty }

  init(_ needles: [String: String]) {
    let sorted = needles.map { (bytes: Array($0.key.utf8), mask: Array($0.value.utf8)) }
      .filter { $0.bytes.count >= 4 }
      .sorted {
        $0.bytes.count != $1.bytes.count
          ? $0.bytes.count > $1.bytes.count : $0.bytes.lexicographicallyPrecedes($1.bytes)
      }
    guard !sorted.isEmpty else { return }
    begins = [Bool](repeating: false, count: 1 << 16)
    for needle in sorted {
      let start = UInt16(needle.bytes[0]) << 8 | UInt16(needle.bytes[1])
      byStart[start, default: []].append(needle)
      begins[Int(start)] = true
    }
  }

  func matches(in bytes: UnsafeBufferPointer<UInt8>) -> [Match] {
    var found: [Match] = []
    guard !byStart.isEmpty, bytes.count >= 4 else { return found }
    var index = 0
    while index < bytes.count - 1 {
      let start = UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
      if begins[Int(start)],
        let hit = byStart[start]?.first(where: { needle in
          index + needle.bytes.count <= bytes.count
            && needle.bytes.indices.allSatisfy { bytes[index + $0] == needle.bytes[$0] }
        })
      {
        found.append(Match(range: index..<index + hit.bytes.count, mask: hit.mask))
        index += hit.bytes.count
      } else {
        index += 1
      }
    }
    return found
  }

  /// Nil: none was found.
  func replaced(in bytes: UnsafeBufferPointer<UInt8>) -> String? {
    let found = matches(in: bytes)
    guard !found.isEmpty else { return nil }
    var result: [UInt8] = []
    var start = 0
    for match in found {
      result += bytes[start..<match.range.lowerBound]
      result += match.mask
      start = match.range.upperBound
    }
    result += bytes[start...]
    return String(decoding: result, as: UTF8.self)
  }
}
