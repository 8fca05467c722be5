import Foundation
import Runbook
import Testing

/// The seed document, unchanged, in the call-SID world: planned, refused by its guard, run to the end, undone.
@Suite(.serialized) struct SeedRunTests {
  static let confirmations = [
    "step-1/*=yes", "step-2=no", "step-3/*=yes", "step-4/*=yes", "step-5/1=yes", "step-5/*=yes", "step-6/*=yes",
    "step-7/*=yes", "step-8/*=yes",
  ].flatMap { ["--answer", $0] }

  @Test(.enabled(if: CallSIDWorld.seed != nil, "there is no ../shared/seeds/001_* beside this checkout"))
  func runsAndUndoes() throws {
    let world = try CallSIDWorld(runbook: CallSIDWorld.seed)
    defer { world.down() }
    let before = try world.state()
    try world.confirm()
    try plan(world)
    try refuse(world, before)
    try finish(world, before)
    try undo(world, before)
  }

  private func plan(_ world: CallSIDWorld) throws {
    let plan = try world.backout("plan", world.runbook, "full", "--json").json
    #expect(plan["verdict"] == "needs-answers")
    let problems = plan["problems"]?.elements ?? []
    #expect(problems.allSatisfy { $0["severity"] != "error" })
    let carried = problems.filter { $0["code"] == "script-carried" }
    #expect(carried.compactMap { $0["step"]?.stringValue } == (4...7).map { "step-6/\($0)" })
    for problem in carried {
      #expect(problem["severity"] == "note")
      #expect(problem["message"]?.stringValue?.hasPrefix("step-4/2 removes migrations/00") == true)
    }
    #expect(plan["carried"]?.elements.count == 4)
    // What the undo leaves out, the plan says.
    let steps = plan["steps"]?.elements ?? []
    let beyond = steps.filter { $0["undo"]?.stringValue?.hasPrefix("none") == true }
    #expect(beyond.compactMap { $0["id"]?.stringValue } == ["step-5/1"])
  }

  private func refuse(_ world: CallSIDWorld, _ before: JSONValue) throws {
    let first = try world.backout(
      ["run", world.runbook, "full", "-y", "--non-interactive", "--events", "--choose", "step-4=option-a"]
        + Self.confirmations)
    #expect(first.status == 4)
    let acted = JSONValue.steps("acting", in: try first.events)
    #expect(acted == ["step-1/1", "step-3/1", "step-4/1", "step-4/2", "step-4/6", "step-5/1"])
    for answer in ["yes", "none"] {
      #expect(try world.backout("answer", "step-6", answer).status == 0)
      let ended = try world.backout("resume", "--non-interactive", "--events")
      #expect(ended.status == (answer == "yes" ? 4 : 3))
    }
    let status = try world.backout("status", "--json").json
    #expect(status["state"] == "paused")
    let waiting = try #require(status["waiting"]?.elements.first)
    #expect(waiting["id"] == "step-6/4" && waiting["question"] == "128, expected 0")
    let now = try world.state()
    for name in ["migrations", "schema"] { #expect(now[name] == before[name]) }
    #expect(now[path: "calls", "null_conversation_id"] == 128 && now[path: "calls", "rollback_prefixed"] == 0)
  }

  private func finish(_ world: CallSIDWorld, _ before: JSONValue) throws {
    #expect(try world.backout("answer", "step-6/4", "option-2").status == 0)
    let ended = try world.backout("resume", "--non-interactive", "--events")
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(JSONValue.steps("acting", in: try ended.events) == (3...7).map { "step-6/\($0)" })
    #expect(try world.backout("journal", "verify").status == 0)

    // Release 1.0, put together from what 1.0 is, not from what the run did.
    let now = try world.state()
    #expect(now["release"] == "1.0" && now["migrations"] == ["000"] && now["dirty"] == [])
    #expect(now["service"] == ["running": true, "health": 200])
    let columns = now[path: "schema", "columns"]?.elements ?? []
    #expect(columns.compactMap { $0["name"]?.stringValue } == ["id", "conversation_id", "status", "started_at"])
    #expect(columns.allSatisfy { $0["nullable"] == false })
    let indexes = now[path: "schema", "indexes"]?.elements ?? []
    #expect(indexes.allSatisfy { $0["definition"]?.stringValue?.contains("(call_sid)") == false })
    #expect(now[path: "calls", "rollback_prefixed"] == 128 && now[path: "calls", "null_conversation_id"] == 0)
    // The test message's call, and nothing else, is new.
    #expect(now[path: "calls", "total"] == 169)
    let payload = now[path: "webhook", "payload"]?.members ?? [:]
    #expect(Set(payload.keys) == ["conversation_id", "speaker", "message", "timestamp"])
    for name in ["retries", "secret", "events"] { #expect(now[path: "webhook", name] == before[path: "webhook", name]) }
  }

  private func undo(_ world: CallSIDWorld, _ before: JSONValue) throws {
    let plan = try world.backout("undo", "--dry-run", "--json").json
    #expect(
      plan["undo"]?.elements.compactMap { $0["id"]?.stringValue } == [
        "step-6/7", "step-6/6", "step-6/5", "step-6/4", "step-6/3", "step-4/2", "step-3/1",
        // The restart last: it makes what was put back take effect.
        "step-4/6",
      ])
    #expect(plan["left"]?.elements.compactMap { $0["id"]?.stringValue } == ["step-5/1"])
    let ended = try world.backout("undo", "-y", "--non-interactive")
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")

    let now = try world.state()
    let different = Set(before.members.keys.filter { before[$0] != now[$0] })
    // One call and one line of it: the POST, which the plan called a point of no return.
    #expect(different == ["calls", "rows_digest", "transcriptions"])
    #expect(now["release"] == "2.0" && now["branch"] == "main")
    #expect(try world.sql("SELECT count(*) FROM dev.calls WHERE conversation_id = 'test_conv_123'") == "1")
    _ = try world.sql(
      """
      DELETE FROM dev.transcriptions WHERE call_id IN (SELECT id FROM dev.calls WHERE conversation_id = 'test_conv_123');
      DELETE FROM dev.calls WHERE conversation_id = 'test_conv_123'
      """)
    let without = try world.state()
    for name in before.members.keys.sorted() { #expect(without[name] == before[name], "\(name)") }
  }
}
