import Foundation
import Runbook
import Testing

/// The peer: what `CanonicalJSON` was defined by.
enum FoundationJSON {
  static func data(of value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .secondsSince1970
    return try encoder.encode(value)
  }
}

/// `CanonicalJSON` encodes and decodes by itself: Foundation's encoder and decoder are the peers.
@Suite struct JSONCodingTests {
  enum Shape: Codable, Hashable {
    case none
    case circle(radius: Double)
    case named(String, count: Int?)
    indirect case pair(Shape, Shape)
  }

  struct Everything: Codable, Hashable {
    var text = "a\"b\\c/\u{1}é\u{2028}"
    var flag = true
    var small: Int8 = -8
    var middle: Int16 = 16
    var word: Int32 = -32
    var long: Int64 = .max
    var byte: UInt8 = 200
    var unsigned: UInt16 = 60_000
    var mask: UInt32 = .max
    var huge: UInt64 = .max
    var plain: UInt = 7
    var float: Float = 0.5
    var double = 1e-7
    var whole = 3.0
    var missing: Int?
    var present: Int? = 1
    var date = Date(timeIntervalSince1970: 1_700_000_000.25)
    var data = Data([0, 1, 254, 255])
    var url = URL(string: "https://example.org/a?b=c")
    var list = [1, 2, 3]
    var empty: [String] = []
    var dictionary = ["b": [1.5], "a": [], "/": [2]]
    var shapes: [Shape] = [.none, .circle(radius: 2), .named("x", count: nil), .pair(.none, .circle(radius: 0.1))]
    var json: JSONValue = ["k": [1, "two", .null, true, .number(2.5)], "e": [:]]
    var optionals: [Int?] = [1, nil, 3]
  }

  /// Containers that a synthesized type never asks for.
  struct ByHand: Codable, Hashable {
    enum Key: String, CodingKey { case inner, list, twice }
    var number = 4

    init() {}
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      let inner = try container.nestedContainer(keyedBy: Key.self, forKey: .inner)
      var list = try inner.nestedUnkeyedContainer(forKey: .list)
      #expect(try list.decodeNil())
      var deeper = try list.nestedUnkeyedContainer()
      number = try deeper.decode(Int.self)
      #expect(deeper.isAtEnd)
      #expect(try Int(from: container.superDecoder(forKey: .twice)) == 2)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      var inner = container.nestedContainer(keyedBy: Key.self, forKey: .inner)
      var list = inner.nestedUnkeyedContainer(forKey: .list)
      try list.encodeNil()
      var deeper = list.nestedUnkeyedContainer()
      try deeper.encode(number)
      try container.encode(1, forKey: .twice)
      try 2.encode(to: container.superEncoder(forKey: .twice))
    }
  }

  @Test func theBytesAreFoundations() throws {
    #expect(try CanonicalJSON.data(of: Everything()) == FoundationJSON.data(of: Everything()))
    #expect(try CanonicalJSON.data(of: ByHand()) == FoundationJSON.data(of: ByHand()))
    for value in ["", "x", "\u{0}"] { #expect(try CanonicalJSON.data(of: value) == FoundationJSON.data(of: value)) }
    #expect(try CanonicalJSON.text(of: [Int: String]()) == "{}")
    #expect(try CanonicalJSON.text(of: [1: "a"]) == "{\"1\":\"a\"}")
  }

  @Test func ofAKeyThatWasEncodedTwiceTheLastCounts() throws {
    #expect(try CanonicalJSON.text(of: ByHand()) == #"{"inner":{"list":[null,[4]]},"twice":2}"#)
    #expect(try JSONValue(encoding: ByHand())["twice"] == 2)
  }

  @Test func whatWasEncodedComesBack() throws {
    var everything = Everything()
    // Above 2⁵³ a `JSONValue` holds no unsigned number exactly.
    everything.huge = 1 << 62
    #expect(try CanonicalJSON.value(of: CanonicalJSON.data(of: everything)) == everything)
    #expect(try JSONValue(encoding: everything).decoded() == everything)
    #expect(try CanonicalJSON.value(of: CanonicalJSON.data(of: ByHand())) == ByHand())
  }

  @Test func whatDoesNotFitIsNamed() throws {
    func path(_ text: String) -> String {
      do {
        let _: [String: [Shape]] = try JSONValue(parsing: text).decoded()
        return "nothing"
      } catch let error as DecodingError {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
          .dataCorrupted(let found):
          context = found
        @unknown default: return "unknown"
        }
        return context.codingPath.map(\.stringValue).joined(separator: ".")
      } catch {
        return "\(error)"
      }
    }
    #expect(path(#"{"a":[{"circle":{"radius":"wide"}}]}"#) == "a.0.circle.radius")
    #expect(path(#"{"a":[{"none":{}},{"circle":{}}]}"#) == "a.1.circle")
    #expect(path(#"{"a":{"none":{}}}"#) == "a")
    #expect(throws: DecodingError.self) { try JSONValue.integer(300).decoded(as: UInt8.self) }
    #expect(throws: DecodingError.self) { try JSONValue.number(1.5).decoded(as: Int.self) }
    #expect(throws: EncodingError.self) { try CanonicalJSON.data(of: [Double.infinity]) }
  }
}
