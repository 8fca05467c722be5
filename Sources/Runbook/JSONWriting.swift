/// Writes the one form that digests are taken of: sorted keys, no white space, unescaped slashes.
struct JSONWriting {
  private(set) var bytes: [UInt8] = []

  /// Throws `EncodingError` for a number that JSON does not have.
  static func bytes(of piece: JSONEncoding.Piece) throws -> [UInt8] {
    var writing = JSONWriting()
    writing.bytes.reserveCapacity(1024)
    try writing.add(piece)
    return writing.bytes
  }

  /// Throws `EncodingError` for a number that JSON does not have.
  static func text(of value: JSONValue) throws -> String {
    var writing = JSONWriting()
    writing.bytes.reserveCapacity(256)
    try writing.add(value)
    return String(decoding: writing.bytes, as: UTF8.self)
  }

  private mutating func add(_ piece: JSONEncoding.Piece) throws {
    switch piece {
    case .value(let value): try add(value)
    case .unsigned(let number): add(String(number))
    case .later(let encoder): try add(encoder.piece)
    case .items(let list): try addItems(list.pieces) { writing, item in try writing.add(item) }
    case .members(let object): try addMembers(object.members) { writing, item in try writing.add(item) }
    }
  }

  private mutating func addItems<Item>(_ items: [Item], add: (inout JSONWriting, Item) throws -> Void) rethrows {
    bytes.append(UInt8(ascii: "["))
    for (index, item) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      try add(&self, item)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func addMembers<Item>(
    _ members: [(key: String, value: Item)], add: (inout JSONWriting, Item) throws -> Void
  ) rethrows {
    bytes.append(UInt8(ascii: "{"))
    // The sort is stable: of equal keys the last one encoded comes last.
    let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    var isFirst = true
    for (index, member) in sorted.enumerated() where index + 1 == sorted.count || sorted[index + 1].key != member.key {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      addQuoted(member.key)
      bytes.append(UInt8(ascii: ":"))
      try add(&self, member.value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func add(_ value: JSONValue) throws {
    switch value {
    case .null: add("null")
    case .bool(let value): add(value ? "true" : "false")
    case .integer(let value): add(String(value))
    case .number(let value): try add(value)
    case .string(let value): addQuoted(value)
    case .array(let items): try addItems(items) { writing, item in try writing.add(item) }
    case .object(let members): try addMembers(Array(members)) { writing, item in try writing.add(item) }
    }
  }

  private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func add(_ number: Double) throws {
    guard number.isFinite else {
      throw EncodingError.invalidValue(
        number, EncodingError.Context(codingPath: [], debugDescription: "JSON has no \(number)"))
    }
    let text = number.description
    add(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  private mutating func addQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): add("\\\"")
      case UInt8(ascii: "\\"): add("\\\\")
      case 0x08: add("\\b")
      case 0x0C: add("\\f")
      case 0x0A: add("\\n")
      case 0x0D: add("\\r")
      case 0x09: add("\\t")
      case 0..<0x20:
        add("\\u00")
        for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
