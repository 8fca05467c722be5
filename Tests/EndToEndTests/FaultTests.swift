import Testing

@Suite("Faults of the call-SID world, its own runbook", .serialized, InFaultWorld())
struct FaultTests {
  @Test func theGoodWorldHasNone() async throws {
    let world = try FaultWorld.raised
    try await world.reset()
    try await world.expectGood(asking: true)
  }

  static let put = #"curl -X PUT "https://api.elevenlabs.io"#
  static let faults = [
    Fault(
      name: "target-commit-gone", step: "step-4/2", line: "git checkout <previous", code: "from-failed",
      names: "v1.0^{commit}"),
    Fault(name: "token-refused", step: "step-3/1", line: put, code: "credentials-refused", names: "401"),
    Fault(name: "hook-gone", step: "step-3/1", line: put, code: "target-missing", names: "wh_2f1"),
    Fault(
      name: "table-gone", step: "step-6/1", line: "SELECT count(*)", code: "table-missing", names: #""dev.calls""#),
    Fault(
      name: "column-gone", step: "step-6/7", line: "python migrations/001", code: "not-ready",
      names: "columns of dev.calls named call_sid: 0"),
    Fault(
      name: "column-gone", choose: ["step-6=option-2"], step: "step-6/3", line: "UPDATE", code: "column-missing",
      names: #"column "call_sid""#),
    Fault(
      name: "dependent-view", step: "step-6/7", line: "python migrations/001", code: "not-ready",
      names: "dev.calls_by_sid"),
    Fault(
      name: "no-right-to-alter", step: "step-6/4", line: "python migrations/004", code: "not-ready",
      names: "who owns dev.calls: postgres"),
    Fault(
      name: "database-down", step: "step-6/1", line: "SELECT", code: "database-unreachable", names: "Connection refused"
    ),
    Fault(
      name: "service-name-unknown", step: "step-4/6", line: "sudo systemctl restart", code: "not-observed",
      names: "Unit agy-backend.service not found"),
    Fault(name: "sed-no-match", step: "step-4/5", line: "sed -i", code: "no-op", names: ".env"),
    Fault(
      name: "untracked-in-the-way", step: "step-4/2", line: "git checkout <previous", code: "untracked-in-the-way",
      names: "agy_backend/conversations.py"),
    Fault(
      name: "variable-missing", step: "step-3/1", line: put, code: "variable-missing", names: "ELEVENLABS_API_KEY"),
    Fault(
      name: "variable-missing", argument: "DATABASE_URL", step: "step-6/1", line: "SELECT", code: "variable-missing",
      names: "DATABASE_URL"),
    Fault(name: "hole-unbound", step: "step-3/1", line: put, code: "hole-unbound", names: "{webhook_id}"),
    Fault(
      name: "remote-gone", choose: ["step-4=option-b"], step: "step-4/4", line: "git pull",
      code: "remote-unreachable", names: "remote.git"),
    Fault(name: "api-down", step: "step-3/1", line: put, code: "endpoint-unreachable", names: "no connection to 127.0"),
    Fault(name: "lock-held", step: "step-6/2", line: "DELETE", code: "lock-held", names: "nightly report"),
    Fault(name: "disk-full-to-keep", code: "disk-too-small", names: "BACKOUT_HOME"),
    Fault(
      name: "script-removed", step: "step-6/4", line: "python migrations/004", code: "script-removed",
      names: "carry: [migrations]"),
  ]

  @Test(arguments: faults)
  func isNamedBeforeAnythingIsChanged(_ fault: Fault) async throws {
    try await FaultWorld.raised.expectNamed([fault])
  }

  @Test func anotherRunInProgress() async throws {
    try await FaultWorld.raised.expectOneRunAtATime(of: "agy-backend")
  }

  @Test func aRunOfABlockedPlanChangesNothing() async throws {
    try await FaultWorld.raised.expectBlockedRun(by: "dependent-view", saying: "calls_by_sid")
  }
}

@Suite(
  "Faults of the call-SID world, seed 001 unchanged", .serialized, .enabled(if: CallSIDWorld.seed != nil),
  InFaultWorld(runbook: CallSIDWorld.seed))
struct FaultSeedTests {
  @Test func theGoodWorldHasNone() async throws {
    let world = try FaultWorld.raised
    try await world.reset()
    try await world.expectGood(asking: true)
  }

  static let faults = [
    Fault(
      name: "target-commit-gone", choose: ["step-4=option-a"], step: "step-4/2", line: "git checkout <previous",
      code: "from-failed",
      names: "v1.0^{commit}"),
    Fault(name: "token-refused", step: "step-3/1", line: FaultTests.put, code: "credentials-refused", names: "401"),
    Fault(name: "hook-gone", step: "step-3/1", line: FaultTests.put, code: "target-missing", names: "wh_2f1"),
    Fault(
      name: "table-gone", step: "step-1/1", line: "SELECT COUNT(*)", code: "table-missing", names: #""dev.calls""#),
    Fault(
      name: "column-gone", step: "step-6/7", line: "python migrations/001", code: "not-ready",
      names: "columns of dev.calls named call_sid: 0"),
    Fault(
      name: "dependent-view", step: "step-6/7", line: "python migrations/001", code: "not-ready",
      names: "dev.calls_by_sid"),
    Fault(
      name: "no-right-to-alter", step: "step-6/4", line: "python migrations/004", code: "not-ready",
      names: "who owns dev.calls: postgres"),
    Fault(
      name: "service-name-unknown", step: "step-4/6", line: "sudo systemctl restart", code: "not-observed",
      names: "Unit agy-backend.service not found"),
    Fault(
      name: "untracked-in-the-way", choose: ["step-4=option-a"], step: "step-4/2", line: "git checkout <previous",
      code: "untracked-in-the-way",
      names: "agy_backend/conversations.py"),
    Fault(
      name: "remote-gone", choose: ["step-4=option-b"], step: "step-4/4", line: "git pull",
      code: "remote-unreachable", names: "remote.git"),
    Fault(
      name: "script-removed", step: "step-6/4", line: "python migrations/004", code: "script-removed",
      names: "carry: [migrations]"),
  ]

  @Test(arguments: faults)
  func isNamedBeforeAnythingIsChanged(_ fault: Fault) async throws {
    try await FaultWorld.raised.expectNamed([fault])
  }
}
