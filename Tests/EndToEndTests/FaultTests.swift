import Foundation
import Testing

/// Something planted in the world, and the problem that must name it before anything is changed.
struct Fault: Sendable, CustomTestStringConvertible {
  var name: String
  var argument: String?
  /// What `plan` is told besides: a fault of one option shows as an error where that option is chosen.
  var choose: [String] = []
  var step: String?
  /// What the runbook's line begins with.
  var line: String?
  var code: String
  /// Must stand in the message.
  var names: String

  var testDescription: String { argument.map { "\(name) \($0)" } ?? name }
}

@Suite("Faults of the call-SID world, its own runbook", .serialized, InFaultWorld())
struct FaultTests {
  private func world() throws -> FaultWorld { try #require(InFaultWorld.world) }

  @Test func theGoodWorldHasNone() async throws {
    let world = try world()
    _ = try await world.plant(nil)
    try await expectGood(world)
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
    try await expectNamed(fault, in: try world())
  }

  @Test func anotherRunInProgress() async throws {
    let world = try world()
    _ = try await world.plant(nil)
    let run = try await world.backout(["run", world.runbook, "--procedure", "full", "-y", "--non-interactive"])
    #expect(run.status == 4, "\(run.all)")
    let (status, plan) = try await world.plan()
    let problem = try #require(plan.problems.first { $0.code == "run-in-progress" })
    #expect(status == 3 && plan.verdict == "blocked" && problem.severity == "error")
    #expect(problem.message.contains("agy-backend") && problem.message.contains("backout resume"))
    // Ends the session's host, too.
    _ = try await world.backout(["abort"])
  }

  @Test func aRunOfABlockedPlanChangesNothing() async throws {
    let world = try world()
    _ = try await world.plant("dependent-view")
    let before = try await world.state()
    let run = try await world.backout(["run", world.runbook, "--procedure", "full", "-y", "--non-interactive"])
    #expect(run.status == 3 && run.all.contains("calls_by_sid"), "\(run.all)")
    #expect(try await world.state() == before)
  }
}

@Suite(
  "Faults of the call-SID world, seed 001 unchanged", .serialized, .enabled(if: CallSIDWorld.seed != nil),
  InFaultWorld(runbook: CallSIDWorld.seed))
struct FaultSeedTests {
  private func world() throws -> FaultWorld { try #require(InFaultWorld.world) }

  @Test func theGoodWorldHasNone() async throws {
    let world = try world()
    _ = try await world.plant(nil)
    try await expectGood(world)
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
    try await expectNamed(fault, in: try world())
  }
}

private func expectGood(_ world: FaultWorld) async throws {
  let (status, plan) = try await world.plan()
  #expect(status == 0 && plan.verdict == "needs-answers")
  #expect(plan.problems.filter { $0.severity != "note" }.map { "\($0.step ?? ""):\($0.code) \($0.message)" } == [])
}

private func expectNamed(_ fault: Fault, in world: FaultWorld) async throws {
  guard try await world.plant(fault.name, fault.argument) else {
    print("\(fault.name) cannot be planted on this machine: skipped")
    return
  }
  let (status, plan) = try await world.plan(fault.choose.flatMap { ["--choose", $0] })
  #expect(status == 3)
  #expect(plan.verdict == "blocked")
  let shown = plan.problems.map { "\($0.severity) \($0.step ?? ""):\($0.code) \($0.message)" }.joined(separator: "\n")
  let problem = try #require(
    plan.problems.first { $0.severity == "error" && $0.step == fault.step && $0.code == fault.code }, "\(shown)")
  #expect(problem.message.contains(fault.names))
  #expect(!problem.message.contains("\n"))
  guard let wanted = fault.line else { return }
  let line = try world.line(try #require(problem.line))
  #expect(line.trimmingCharacters(in: .whitespaces).hasPrefix(wanted), "line \(problem.line ?? 0): \(line)")
}
