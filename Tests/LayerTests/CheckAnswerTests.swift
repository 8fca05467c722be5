import Runbook
import Testing

@testable import Layer

@Suite struct CheckAnswerTests {
  @Test(arguments: [
    (JSONValue.string("0"), JSONValue.integer(0), true), (.integer(0), .string("0"), true),
    (.number(1), .integer(1), true),
    (.string(" ok\n"), .string("ok"), true), (.bool(true), .string("true"), true), (.null, .integer(0), false),
    (.array([.integer(3)]), .integer(3), true), (.string("{\"a\":1}"), .object(["a": 1]), true),
    (.string("128"), .integer(0), false),
  ])
  func equalsAsPeopleWriteIt(_ value: JSONValue, _ wanted: JSONValue, _ holds: Bool) {
    let answer = Answer(value: value, text: "")
    #expect(Expectation(equals: wanted).judge(answer).holds == holds)
  }

  @Test func saysWhatWasExpected() {
    let judged = Expectation(equals: 0).judge(Answer(text: "128\n"))
    #expect(judged == (false, "128, expected 0"))
    #expect(Expectation(equals: 0).judge(Answer(text: "0\n")) == (true, "0, as expected"))
  }

  @Test func nothingExpectedIsSuccess() {
    #expect(Expectation().judge(Answer(text: "", exitStatus: 0)).holds)
    #expect(!Expectation().judge(Answer(text: "", exitStatus: 1)).holds)
    #expect(!Expectation().judge(Answer(text: "", httpStatus: 404)).holds)
    #expect(Expectation().judge(Answer(text: "", httpStatus: 204)).holds)
  }

  @Test func everyPartMustHold() {
    let expectation = Expectation(contains: ["up"], httpStatus: 200, json: ["a.b": "x", "$.n": 2])
    #expect(
      expectation.judge(Answer(value: ["a": ["b": "x"], "n": "2"], text: "up", httpStatus: 200)).holds)
    let judged = expectation.judge(Answer(value: ["a": ["b": "y"]], text: "down", httpStatus: 503))
    #expect(
      judged
        == (
          false,
          "status 503, expected 200; {\"a\":{\"b\":\"y\"}} does not contain up; n is not there, expected 2; a.b is y, expected x"
        ) || judged.said.contains("a.b is y, expected x"))
    #expect(!judged.holds)
  }

  @Test func comparesNumbers() {
    let under = Expectation(comparison: .less, bound: 5)
    #expect(under.judge(Answer(text: "4.5 %")).holds)
    #expect(under.judge(Answer(text: "7")) == (false, "7, expected < 5"))
    #expect(under.judge(Answer(text: "much")) == (false, "much is not a number, expected < 5"))
  }

  @Test func proseIsForAPerson() {
    let prose = Expectation(prose: "looks right")
    #expect(prose.isForPerson)
    #expect(!prose.judge(Answer(text: "anything", exitStatus: 0)).holds)
    #expect(Expectation(exitStatus: 0, prose: "looks right").judge(Answer(text: "", exitStatus: 0)).holds)
  }
}
