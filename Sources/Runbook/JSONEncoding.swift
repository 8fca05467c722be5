import Foundation

/// An `Encoder` that makes a tree, for `CanonicalJSON`: Foundation's makes the same bytes in four times the time, and a
/// plan of a thousand steps is encoded for its hash, its record and its reader.
///
/// Dates are seconds since 1970, data is Base64.
enum JSONEncoding {
  /// A value on its way to text. Members stand in the order in which they came.
  enum Piece {
    case value(JSONValue)
    /// Above `Int.max`.
    case unsigned(UInt64)
    case items(List)
    case members(Object)
    /// Of a `superEncoder`: it becomes what is encoded later.
    case later(TreeEncoder)
  }

  final class List { var pieces: [Piece] = [] }

  final class Object {
    /// Of a key that was encoded twice the last counts: who reads them sees to that.
    var members: [(key: String, value: Piece)] = []

    func set(_ key: String, _ piece: Piece) { members.append((key, piece)) }
  }

  /// Throws `EncodingError`.
  static func piece(of value: some Encodable) throws -> Piece {
    if let known = known(value) { return known }
    let encoder = TreeEncoder()
    try value.encode(to: encoder)
    return encoder.piece
  }

  /// What needs no encoder of its own. Types are compared before anything is cast: a cast costs more than all of them.
  private static func known<Value: Encodable>(_ value: Value) -> Piece? {
    if Value.self == String.self { return (value as? String).map { .value(.string($0)) } }
    if Value.self == JSONValue.self { return (value as? JSONValue).map { .value($0) } }
    if Value.self == Int.self { return (value as? Int).map { .value(.integer($0)) } }
    if Value.self == Date.self { return (value as? Date).map { .value(.number($0.timeIntervalSince1970)) } }
    if Value.self == Data.self { return (value as? Data).map { .value(.string($0.base64EncodedString())) } }
    if Value.self == URL.self { return (value as? URL).map { .value(.string($0.absoluteString)) } }
    return nil
  }

  /// A tree as a value.
  static func value(_ piece: Piece) throws -> JSONValue {
    switch piece {
    case .value(let value): return value
    case .unsigned(let number): return .number(Double(number))
    case .items(let list): return .array(try list.pieces.map(value))
    case .members(let object):
      return .object(
        try Dictionary(object.members.map { ($0.key, try value($0.value)) }, uniquingKeysWith: { _, last in last }))
    case .later(let encoder): return try value(encoder.piece)
    }
  }

  static func integer(_ value: some BinaryInteger) -> Piece {
    Int(exactly: value).map { .value(.integer($0)) } ?? .unsigned(UInt64(clamping: value))
  }
}

/// One value's encoder: what it becomes is known when its container is asked for.
final class TreeEncoder: Encoder {
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  /// A value that encodes nothing is an empty object.
  var piece: JSONEncoding.Piece = .value(.object([:]))

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .members(let object) = piece { return KeyedEncodingContainer(KeyedEncoding(object: object)) }
    let object = JSONEncoding.Object()
    piece = .members(object)
    return KeyedEncodingContainer(KeyedEncoding(object: object))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    let list = JSONEncoding.List()
    piece = .items(list)
    return UnkeyedEncoding(list: list)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { SingleEncoding(encoder: self) }
}

private struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let object: JSONEncoding.Object
  var codingPath: [any CodingKey] { [] }

  private func set(_ key: Key, _ value: JSONValue) { object.set(key.stringValue, .value(value)) }

  func encodeNil(forKey key: Key) { set(key, .null) }
  func encode(_ value: Bool, forKey key: Key) { set(key, .bool(value)) }
  func encode(_ value: String, forKey key: Key) { set(key, .string(value)) }
  func encode(_ value: Double, forKey key: Key) { set(key, .number(value)) }
  func encode(_ value: Float, forKey key: Key) { set(key, .number(Double(value))) }
  func encode(_ value: Int, forKey key: Key) { set(key, .integer(value)) }
  func encode(_ value: Int8, forKey key: Key) { set(key, .integer(Int(value))) }
  func encode(_ value: Int16, forKey key: Key) { set(key, .integer(Int(value))) }
  func encode(_ value: Int32, forKey key: Key) { set(key, .integer(Int(value))) }
  func encode(_ value: Int64, forKey key: Key) { object.set(key.stringValue, JSONEncoding.integer(value)) }
  func encode(_ value: UInt, forKey key: Key) { object.set(key.stringValue, JSONEncoding.integer(value)) }
  func encode(_ value: UInt8, forKey key: Key) { set(key, .integer(Int(value))) }
  func encode(_ value: UInt16, forKey key: Key) { set(key, .integer(Int(value))) }
  func encode(_ value: UInt32, forKey key: Key) { set(key, .integer(Int(value))) }
  func encode(_ value: UInt64, forKey key: Key) { object.set(key.stringValue, JSONEncoding.integer(value)) }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    object.set(key.stringValue, try JSONEncoding.piece(of: value))
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    let nested = JSONEncoding.Object()
    object.set(key.stringValue, .members(nested))
    return KeyedEncodingContainer(KeyedEncoding<Nested>(object: nested))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    let list = JSONEncoding.List()
    object.set(key.stringValue, .items(list))
    return UnkeyedEncoding(list: list)
  }

  func superEncoder() -> any Encoder { later("super") }
  func superEncoder(forKey key: Key) -> any Encoder { later(key.stringValue) }

  private func later(_ key: String) -> TreeEncoder {
    let encoder = TreeEncoder()
    object.set(key, .later(encoder))
    return encoder
  }
}

private struct UnkeyedEncoding: UnkeyedEncodingContainer {
  let list: JSONEncoding.List
  var codingPath: [any CodingKey] { [] }
  var count: Int { list.pieces.count }

  func encodeNil() { list.pieces.append(.value(.null)) }
  func encode(_ value: String) { list.pieces.append(.value(.string(value))) }
  func encode(_ value: some Encodable) throws { list.pieces.append(try JSONEncoding.piece(of: value)) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    let nested = JSONEncoding.Object()
    list.pieces.append(.members(nested))
    return KeyedEncodingContainer(KeyedEncoding<Nested>(object: nested))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    let nested = JSONEncoding.List()
    list.pieces.append(.items(nested))
    return UnkeyedEncoding(list: nested)
  }

  func superEncoder() -> any Encoder {
    let encoder = TreeEncoder()
    list.pieces.append(.later(encoder))
    return encoder
  }
}

private struct SingleEncoding: SingleValueEncodingContainer {
  let encoder: TreeEncoder
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { encoder.piece = .value(.null) }
  func encode(_ value: Bool) { encoder.piece = .value(.bool(value)) }
  func encode(_ value: String) { encoder.piece = .value(.string(value)) }
  func encode(_ value: Double) { encoder.piece = .value(.number(value)) }
  func encode(_ value: Float) { encoder.piece = .value(.number(Double(value))) }
  func encode(_ value: Int) { encoder.piece = .value(.integer(value)) }
  func encode(_ value: Int8) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: Int16) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: Int32) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: Int64) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: UInt) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: UInt8) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: UInt16) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: UInt32) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: UInt64) { encoder.piece = JSONEncoding.integer(value) }
  func encode(_ value: some Encodable) throws { encoder.piece = try JSONEncoding.piece(of: value) }
}
