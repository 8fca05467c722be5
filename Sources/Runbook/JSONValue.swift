import Foundation

/// Any JSON value; numbers keep whether they were written as whole numbers.
///
/// The canonical encoding (sorted keys, no white space) is what digests are taken of.
public enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
}

extension JSONValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension JSONValue {
  /// Reads one JSON document. Throws `DecodingError` where `text` is not JSON.
  public init(parsing text: String) throws {
    self = try JSONReading.value(of: text)
  }

  /// The value of `key`, where this is an object that has it.
  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// The member at a dotted path such as `payload.conversation_id` or `items.0.id`.
  public func member(at path: String) -> JSONValue? {
    path.split(separator: ".").reduce(Optional(self)) { value, part in
      switch value {
      case .object(let members): members[String(part)]
      case .array(let items): Int(part).flatMap { items.indices.contains($0) ? items[$0] : nil }
      default: nil
      }
    }
  }

  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  public var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var objectValue: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

  /// A scalar as a person would write it; anything else as canonical JSON.
  public var plainText: String {
    switch self {
    case .string(let value): value
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .bool(let value): String(value)
    case .null: "null"
    case .array, .object: canonicalText
    }
  }

  /// Sorted keys, no white space: equal values have equal text.
  public var canonicalText: String { (try? canonicalJSON()) ?? "null" }

  /// What `CanonicalJSON.text(of:)` gives. Throws `EncodingError` for a number that JSON does not have.
  package func canonicalJSON() throws -> String { try JSONWriting.text(of: self) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}

/// The one encoding that digests are taken of.
public enum CanonicalJSON {
  /// UTF-8 JSON with sorted keys, no white space and unescaped slashes; dates are seconds since 1970, data is Base64.
  /// Throws `EncodingError`.
  public static func data(of value: some Encodable) throws -> Data { Data(try bytes(of: value)) }

  public static func text(of value: some Encodable) throws -> String {
    String(decoding: try bytes(of: value), as: UTF8.self)
  }

  static func bytes(of value: some Encodable) throws -> [UInt8] {
    try JSONWriting.bytes(of: JSONEncoding.piece(of: value))
  }

  /// The value that `data` is the canonical encoding of. Throws `DecodingError`.
  public static func value<Value: Decodable>(_ type: Value.Type = Value.self, of data: Data) throws -> Value {
    try JSONValue(parsing: String(decoding: data, as: UTF8.self)).decoded()
  }
}

extension JSONValue {
  /// `value` as JSON. Throws `EncodingError`.
  public init(encoding value: some Encodable) throws { self = try JSONEncoding.value(JSONEncoding.piece(of: value)) }

  /// The value that this JSON is the encoding of. Throws `DecodingError`.
  public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoding.decode(type, from: self)
  }
}
