import Foundation
import Runbook
import Testing

/// Digests are taken of what is written: it must not change by a byte from what Foundation's encoder makes.
@Suite struct JSONWritingTests {
  private static let pieces = [
    "a", "B", "_", "0", "10", "é", "e\u{301}", "ß", "Ω", "\u{1F600}", "\"", "\\", "/", "\n", "\t", "\u{8}", "\u{c}",
    "\r", "\u{0}", "\u{1}", "\u{1f}", "\u{7f}", "\u{2028}", "\u{a0}", " ", "-",
  ]
  private static let numbers = [
    0.5, 1, -0.0, 1e20, 1e-7, 3.14159, 1e16, Double.leastNonzeroMagnitude, 1.7976931348623157e308, 100_000,
  ]

  private static func text(_ random: inout some RandomNumberGenerator) -> String {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  private static func value(_ random: inout some RandomNumberGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 3 ? 4 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer([0, -1, Int.max, Int.min, 42].randomElement(using: &random) ?? 0)
    case 3: return .number(numbers.randomElement(using: &random) ?? 0)
    case 4: return .string(text(&random))
    case 5: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(&random, depth: depth + 1) })
    default:
      let members = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        (text(&random), value(&random, depth: depth + 1))
      }
      return .object(Dictionary(members, uniquingKeysWith: { first, _ in first }))
    }
  }

  @Test func itWritesWhatTheEncoderWrites() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let value = Self.value(&random, depth: 0)
      let data = try FoundationJSON.data(of: value)
      // By bytes: equal strings may be written in two ways.
      #expect(try Data(value.canonicalJSON().utf8) == data)
      #expect(try CanonicalJSON.data(of: value) == data)
    }
  }

  @Test func aNumberThatJSONDoesNotHaveIsRefused() {
    #expect(throws: EncodingError.self) { try JSONValue.number(.nan).canonicalJSON() }
  }
}
