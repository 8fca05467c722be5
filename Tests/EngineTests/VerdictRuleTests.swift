import Layer
import Runbook
import Testing

@testable import Engine

@Suite struct VerdictRuleTests {
  @Test func aFailedCheckDoesNotHideThatTheCommandFailed() {
    let checks = [(holds: false, said: "0, expected 1")]
    let failed = Outcome(exitStatus: 3, succeeded: false, summary: "exit 3", output: "first\nno such table\n")
    #expect(
      VerdictRule.combine([], checks: checks, outcome: failed)
        == .refuted("0, expected 1; the command itself failed, exit 3: no such table"))
    let fine = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0", output: "done\n")
    #expect(VerdictRule.combine([], checks: checks, outcome: fine) == .refuted("0, expected 1"))
    #expect(
      VerdictRule.combine([], checks: [(holds: true, said: "1, as expected")], outcome: failed)
        == .proven("1, as expected"))
  }
}
