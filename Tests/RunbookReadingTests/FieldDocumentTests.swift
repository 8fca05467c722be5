import Runbook
import Testing

@testable import RunbookReading

@Suite struct FieldDocumentTests {
  private static let json = """
    { "phase" : "10%", "on":true,
    \t"weights": {"a": 1.50, "b": [0, {"c": null}]}, "quoted": "a \\"b\\" \\u00e9" , "umlaut": "ä", "z": -3 }
    """

  @Test func readsTheScalarsUnderAField() throws {
    let document = try FieldDocument(Self.json, isJSON: true)
    #expect(
      document.leaves(of: ["phase", "weights", "absent"])
        == ["phase": "10%", "weights.a": .number(1.5), "weights.b.0": 0, "weights.b.1.c": .null])
  }

  @Test(arguments: [
    ("phase", #""manual_only""#), ("on", "false"), ("weights.a", "2"), ("weights.b.0", "99"),
    ("weights.b.1.c", #""x, \"y\"}""#), ("quoted", #""z""#), ("z", "1e3"),
  ])
  func replacesOneScalarAndNothingElse(_ path: String, _ raw: String) throws {
    let document = try FieldDocument(Self.json, isJSON: true)
    var last = raw
    for key in path.split(separator: ".").reversed() {
      last = Int(key).map { "[" + String(repeating: "0, ", count: $0) + last + "]" } ?? "{\"\(key)\": \(last)}"
    }
    let other = try FieldDocument(last, isJSON: true)
    let result = try #require(document.replacing(path, from: other))
    #expect(result.value.member(at: path) == other.value.member(at: path))
    let back = try #require(result.replacing(path, from: document))
    #expect(back.text == Self.json)
  }

  @Test func yamlKeepsItsCommentsQuotesAndOrder() throws {
    let text =
      "# top\r\nb: 'it''s' # why\r\nshares:\r\n- {to: old, percent: 90}\r\n- to: new\r\n  percent: 10 # soon\r\n"
    let document = try FieldDocument(text, isJSON: false)
    let other = try FieldDocument("b: \"plain\"\nshares: [{percent: 0}, {percent: 100}]", isJSON: false)
    let result = try #require(
      document.replacing("b", from: other)?.replacing("shares.0.percent", from: other)?
        .replacing("shares.1.percent", from: other))
    #expect(
      result.text
        == "# top\r\nb: \"plain\" # why\r\nshares:\r\n- {to: old, percent: 0}\r\n- to: new\r\n  percent: 100 # soon\r\n"
    )
  }

  /// Where it is not certain that only the one value changes, nothing is replaced.
  @Test func whatCannotBeReplacedAloneIsRefused() throws {
    let other = try FieldDocument("a: 1\nb: |\n  x\n  y\nc: {d: 1}\ne: 2", isJSON: false)
    func refused(_ text: String, _ path: String) throws -> Bool {
      try FieldDocument(text, isJSON: false).replacing(path, from: other) == nil
    }
    #expect(try refused("x: 1", "a"), "not there")
    #expect(try refused("b: 1", "b"), "a block of text")
    #expect(try refused("c: 1", "c"), "not a scalar")
    #expect(try refused("a: &n 5\ne: *n", "a"), "another value refers to it")
    #expect(throws: FieldDocument.Unreadable.self) { try FieldDocument("{", isJSON: true) }
    #expect(throws: FieldDocument.Unreadable.self) { try FieldDocument("a: [", isJSON: false) }
  }
}
