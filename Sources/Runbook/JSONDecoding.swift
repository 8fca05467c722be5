import Foundation

/// A `Decoder` over a `JSONValue`: what `JSONEncoding` made comes back, without a text between.
enum JSONDecoding {
  /// Throws `DecodingError`, with the path to what does not fit.
  static func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws -> Value {
    try decode(type, from: value, at: Path())
  }

  /// Where a value stands: built outwards, made only for what holds other values or does not fit.
  final class Path {
    private let parent: Path?
    private let key: (any CodingKey)?

    init() { (parent, key) = (nil, nil) }
    init(_ parent: Path, _ key: any CodingKey) { (self.parent, self.key) = (parent, key) }

    var keys: [any CodingKey] { (parent?.keys ?? []) + (key.map { [$0] } ?? []) }
  }

  struct Index: CodingKey {
    var intValue: Int?
    var stringValue: String { "\(intValue ?? 0)" }
    init(_ index: Int) { intValue = index }
    init?(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { nil }
  }

  static func mismatch(_ type: Any.Type, _ value: JSONValue?, at path: Path) -> DecodingError {
    let found =
      switch value {
      case .null, nil: "null"
      case .bool: "a truth value"
      case .integer, .number: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    let context = DecodingError.Context(
      codingPath: path.keys, debugDescription: "\(type) expected, \(found) found instead")
    return value == nil || value == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue, at path: @autoclosure () -> Path)
    throws -> Value
  {
    if let known = try known(type, value, at: path()) { return known }
    return try Value(from: TreeDecoder(value: value, path: path()))
  }

  /// What needs no decoder of its own. Types are compared before anything is cast: a cast costs more than all of them.
  private static func known<Value: Decodable>(_ type: Value.Type, _ value: JSONValue, at path: @autoclosure () -> Path)
    throws -> Value?
  {
    if type == String.self { return try string(value, at: path()) as? Value }
    if type == JSONValue.self { return value as? Value }
    if type == Int.self { return try integer(Int.self, value, at: path()) as? Value }
    if type == Date.self { return Date(timeIntervalSince1970: try number(value, at: path())) as? Value }
    if type == Data.self {
      guard let data = Data(base64Encoded: try string(value, at: path())) else {
        throw mismatch(type, value, at: path())
      }
      return data as? Value
    }
    if type == URL.self {
      guard let url = URL(string: try string(value, at: path())) else { throw mismatch(type, value, at: path()) }
      return url as? Value
    }
    return nil
  }

  static func string(_ value: JSONValue, at path: @autoclosure () -> Path) throws -> String {
    guard case .string(let text) = value else { throw mismatch(String.self, value, at: path()) }
    return text
  }

  static func bool(_ value: JSONValue, at path: @autoclosure () -> Path) throws -> Bool {
    guard case .bool(let bool) = value else { throw mismatch(Bool.self, value, at: path()) }
    return bool
  }

  static func number(_ value: JSONValue, at path: @autoclosure () -> Path) throws -> Double {
    switch value {
    case .number(let number): return number
    case .integer(let number): return Double(number)
    default: throw mismatch(Double.self, value, at: path())
    }
  }

  static func integer<Number: FixedWidthInteger>(
    _ type: Number.Type, _ value: JSONValue, at path: @autoclosure () -> Path
  ) throws
    -> Number
  {
    let result: Number? =
      switch value {
      case .integer(let number): Number(exactly: number)
      case .number(let number): Number(exactly: number)
      default: nil
      }
    guard let result else { throw mismatch(type, value, at: path()) }
    return result
  }
}

private struct TreeDecoder: Decoder {
  let value: JSONValue
  let path: JSONDecoding.Path
  var codingPath: [any CodingKey] { path.keys }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = value else { throw JSONDecoding.mismatch([String: Any].self, value, at: path) }
    return KeyedDecodingContainer(KeyedDecoding(members: members, path: path))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let items) = value else { throw JSONDecoding.mismatch([Any].self, value, at: path) }
    return UnkeyedDecoding(items: items, path: path)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { SingleDecoding(value: value, path: path) }
}

private struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let members: [String: JSONValue]
  let path: JSONDecoding.Path
  var codingPath: [any CodingKey] { path.keys }
  var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

  private func at(_ key: Key) -> JSONDecoding.Path { JSONDecoding.Path(path, key) }
  private func value(_ key: Key) throws -> JSONValue {
    guard let value = members[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key, DecodingError.Context(codingPath: path.keys, debugDescription: "no \"\(key.stringValue)\""))
    }
    return value
  }
  private func integer<Number: FixedWidthInteger>(_ type: Number.Type, _ key: Key) throws -> Number {
    try JSONDecoding.integer(type, value(key), at: at(key))
  }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try JSONDecoding.bool(value(key), at: at(key)) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try JSONDecoding.string(value(key), at: at(key))
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    try JSONDecoding.number(value(key), at: at(key))
  }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
    Float(try JSONDecoding.number(value(key), at: at(key)))
  }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(type, key) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(type, key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(type, key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(type, key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(type, key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(type, key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(type, key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(type, key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(type, key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(type, key) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try JSONDecoding.decode(type, from: value(key), at: at(key))
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try TreeDecoder(value: value(key), path: at(key)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try TreeDecoder(value: value(key), path: at(key)).unkeyedContainer()
  }
  func superDecoder() -> any Decoder { TreeDecoder(value: members["super"] ?? .null, path: path) }
  func superDecoder(forKey key: Key) -> any Decoder {
    TreeDecoder(value: members[key.stringValue] ?? .null, path: at(key))
  }
}

private struct UnkeyedDecoding: UnkeyedDecodingContainer {
  let items: [JSONValue]
  let path: JSONDecoding.Path
  private(set) var currentIndex = 0
  var codingPath: [any CodingKey] { path.keys }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  init(items: [JSONValue], path: JSONDecoding.Path) { (self.items, self.path) = (items, path) }

  private var here: JSONDecoding.Path { JSONDecoding.Path(path, JSONDecoding.Index(currentIndex)) }
  private func current(_ type: Any.Type) throws -> JSONValue {
    guard !isAtEnd else { throw JSONDecoding.mismatch(type, nil, at: here) }
    return items[currentIndex]
  }

  mutating func decodeNil() throws -> Bool {
    guard try current(Never.self) == .null else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let value = try JSONDecoding.decode(type, from: current(type), at: here)
    currentIndex += 1
    return value
  }
  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    let container = try TreeDecoder(value: current(type), path: here).container(keyedBy: type)
    currentIndex += 1
    return container
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try TreeDecoder(value: current([Any].self), path: here).unkeyedContainer()
    currentIndex += 1
    return container
  }
  mutating func superDecoder() throws -> any Decoder {
    let decoder = TreeDecoder(value: try current(Any.self), path: here)
    currentIndex += 1
    return decoder
  }
}

private struct SingleDecoding: SingleValueDecodingContainer {
  let value: JSONValue
  let path: JSONDecoding.Path
  var codingPath: [any CodingKey] { path.keys }

  func decodeNil() -> Bool { value == .null }
  func decode(_ type: Bool.Type) throws -> Bool { try JSONDecoding.bool(value, at: path) }
  func decode(_ type: String.Type) throws -> String { try JSONDecoding.string(value, at: path) }
  func decode(_ type: Double.Type) throws -> Double { try JSONDecoding.number(value, at: path) }
  func decode(_ type: Float.Type) throws -> Float { Float(try JSONDecoding.number(value, at: path)) }
  func decode(_ type: Int.Type) throws -> Int { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: Int8.Type) throws -> Int8 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: Int16.Type) throws -> Int16 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: Int32.Type) throws -> Int32 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: Int64.Type) throws -> Int64 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: UInt.Type) throws -> UInt { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try JSONDecoding.integer(type, value, at: path) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try JSONDecoding.integer(type, value, at: path) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoding.decode(type, from: value, at: path)
  }
}
