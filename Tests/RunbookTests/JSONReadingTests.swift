import Foundation
import Testing

@testable import Runbook

/// `JSONReading` gives what `JSONDecoder` gives, and refuses what it refuses.
@Suite struct JSONReadingTests {
  private func decoded(_ text: String) -> JSONValue? {
    try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }
  private func read(_ text: String) -> JSONValue? { try? JSONReading.value(of: text) }

  @Test(arguments: [
    "null", "true", "false", "0", "-0", "1", "-12", "1.0", "1.5", "1e2", "1E+2", "15e-1", "-2.50",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "123456789012345678901234567890", "1e308",
    "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00fc\\u20AC\"", "\"\\ud83d\\ude00!\"", "\"ü⟦x⟧😀\"",
    "\"\\u0000\"", "[]", "[ ]", "[1, 2 ,3]", "[[],[[]]]", "{}", "{ }", "{\"a\":1}",
    " { \"a\" : [ { } , null ] } \n\t\r",
    "{\"a\":1,\"a\":2}", "{\"\":\"\"}", "{\"a\\nb\":{\"c\":[true,false]}}", "\"\u{7F}\"",
  ]) func readsAsTheDecoderDoes(_ text: String) throws {
    let expected = try #require(decoded(text))
    #expect(read(text) == expected)
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "tru", "True", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "1e999", "NaN",
    "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ude00\"",
    "\"\\ud83d\\u0041\"", "\"a\nb\"", "\"\u{1}\"", "[", "[1", "[1,", "[,]", "[1 2]", "]", "{", "{\"a\"",
    "{\"a\":", "{\"a\":1", "{\"a\":1,", "{a:1}", "{\"a\" 1}", "{1:2}", "}", "1 2", "{} {}", "'a'",
    "// c\n1",
    "\u{FEFF}x", "\0", "null\0",
  ]) func refusesAsTheDecoderDoes(_ text: String) {
    #expect(decoded(text) == nil, "the decoder reads it")
    #expect(read(text) == nil)
  }

  /// The decoder of swift-foundation reads these.
  @Test(arguments: ["[1,]", "{\"a\":1,}"]) func refusesACommaTooMany(_ text: String) { #expect(read(text) == nil) }

  @Test func deepNestingEndsInAnError() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(read(nested(500)) != nil)
    #expect(read(nested(600)) == nil)
    #expect(read(nested(1_000_000)) == nil)
    #expect(read(String(repeating: "{\"a\":", count: 1_000_000)) == nil)
  }

  @Test func whatIsWrittenComesBack() throws {
    var generator = SystemRandomNumberGenerator()
    func value(_ depth: Int) -> JSONValue {
      switch Int.random(in: 0..<(depth > 4 ? 5 : 7), using: &generator) {
      case 0: .null
      case 1: .bool(.random())
      case 2: .integer(.random(in: .min ... .max))
      case 3: .number(Double.random(in: -1e9...1e9) + 0.123)
      case 4:
        .string(
          String(
            (0..<Int.random(in: 0..<8)).compactMap { _ in
              Unicode.Scalar(UInt32.random(in: 0..<0x20_000)).map(Character.init)
            }))
      case 5: .array((0..<Int.random(in: 0..<5)).map { _ in value(depth + 1) })
      default:
        .object(Dictionary((0..<Int.random(in: 0..<5)).map { ("k\($0)", value(depth + 1)) }) { first, _ in first })
      }
    }
    for _ in 0..<500 {
      let original = value(0)
      #expect(try JSONReading.value(of: try CanonicalJSON.text(of: original)) == original)
    }
  }
}
