import Foundation
import Runbook
import Testing

/// The example's own runbook, from the confirmation to the undo.
@Suite struct OwnRunbookTests {
  @Test func runsAndUndoes() throws {
    let world = try CallSIDWorld()
    defer { world.down() }
    let before = try world.state()
    try world.confirm()
    let stages = (1...8).flatMap { ["--answer", "step-\($0)/*=yes"] }
    let run = try world.backout(
      ["run", "ROLLBACK.md", "full", "-y", "--non-interactive", "--choose", "step-4=option-a", "--choose"]
        + ["step-6=option-2", "--answer", "step-2=no", "--answer", "step-6=yes", "--answer", "step-5/1=yes"]
        + ["--answer", "step-7/3=no", "--answer", "step-8/1=yes"] + stages)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    let rolledBack = try world.state()
    #expect(rolledBack["release"] == "1.0" && rolledBack["migrations"] == ["000"] && rolledBack["mail"] == 1)
    #expect(rolledBack[path: "calls", "rollback_prefixed"] == 128)
    #expect(rolledBack[path: "webhook", "retries"] == before[path: "webhook", "retries"])

    let undo = try world.backout("undo", "-y", "--non-interactive")
    #expect(undo.status == 0, "\(undo.output)\(undo.errors)")
    let now = try world.state()
    // The mail is out, and what the check of step 5 stored is stored: the plan called both points of no return.
    let different = Set(before.members.keys.filter { before[$0] != now[$0] })
    #expect(different == ["calls", "mail", "rows_digest", "transcriptions"])
    #expect(now["release"] == "2.0" && now["head"] == before["head"])
  }
}
