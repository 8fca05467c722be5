import Foundation

/// Reads JSON text into a `JSONValue`, strictly by RFC 8259 and with the values that `JSONDecoder` gives, in one pass:
/// a journal has thousands of events to read before a resumed run may act.
struct JSONReading {
  /// As deep as `JSONDecoder` goes.
  static let depthLimit = 512

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// Throws `DecodingError.dataCorrupted`, which names the byte.
  static func value(of text: String) throws -> JSONValue {
    var text = text
    return try text.withUTF8 { bytes in
      var reading = JSONReading(bytes: bytes)
      let value = try reading.value(depth: 0)
      reading.skipSpace()
      guard reading.position == bytes.count else { throw reading.error("there is more after its end") }
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// 0 at the end: no JSON token begins with it.
  private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private func error(_ what: String) -> DecodingError {
    .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "not JSON at byte \(position): \(what)"))
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth <= Self.depthLimit else { throw error("nested too deep") }
    skipSpace()
    switch current {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    for offset in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[offset] else { throw error("a value is wanted") }
      position += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    var members: [String: JSONValue] = [:]
    position += 1
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw error("a key is wanted") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("a colon is wanted") }
      // Of a key that stands twice the first counts, as for `JSONDecoder`.
      let value = try value(depth: depth + 1)
      if members[key] == nil { members[key] = value }
      skipSpace()
    } while take(",")
    guard take("}") else { throw error("a comma or the object's end is wanted") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> JSONValue {
    var items: [JSONValue] = []
    position += 1
    skipSpace()
    if take("]") { return .array(items) }
    repeat {
      items.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw error("a comma or the array's end is wanted") }
    return .array(items)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func string() throws -> String {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] >= 0x20 {
      if bytes[position] == UInt8(ascii: "\"") {
        defer { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
      }
      if bytes[position] == UInt8(ascii: "\\") { return try escapedString(from: start) }
      position += 1
    }
    throw error(position < bytes.count ? "a control character in a string" : "a string without an end")
  }

  /// The rest of a string that has an escape at the position.
  private mutating func escapedString(from start: Int) throws -> String {
    var result = Array(bytes[start..<position])
    while position < bytes.count, bytes[position] >= 0x20 {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      let escape = current
      position += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"): result.append(contentsOf: Array(String(Character(try escapedScalar())).utf8))
      default: throw error("an escape that JSON does not have")
      }
    }
    throw error(position < bytes.count ? "a control character in a string" : "a string without an end")
  }

  private mutating func escapedScalar() throws -> Unicode.Scalar {
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), take("\\"), take("u") else { throw error("half of a surrogate pair") }
    let second = try codeUnit()
    guard UTF16.isTrailSurrogate(second) else { throw error("half of a surrogate pair") }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  private mutating func codeUnit() throws -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(current)).hexDigitValue else {
        throw error("four hex digits are wanted")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    var isWhole = true
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") {
      isWhole = false
      try digits()
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw error("a number out of range") }
    return Int(exactly: value).map(JSONValue.integer) ?? .number(value)
  }

  private mutating func digits() throws {
    let start = position
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(current) { position += 1 }
    guard position > start else { throw error(start == bytes.count ? "it ends too early" : "a value is wanted") }
  }
}
