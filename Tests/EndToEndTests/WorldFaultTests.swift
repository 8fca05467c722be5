import BackoutTestKit
import Testing

/// What goes wrong in the other worlds, each planted, named by the plan before anything is changed, and gone from the plan
/// with the fault.
@Suite("Faults of the Gong world", .serialized, InFaultWorld(example: .gong))
struct GongFaultTests {
  @Test func theGoodWorldHasNone() async throws {
    let world = try FaultWorld.raised
    try await world.reset()
    // The server and the branch come with the run.
    try await world.expectGood(asking: true, except: ["endpoint-unreachable", "target-unknown", "no-op"])
  }

  private static let whole = ["step-3=option-a"]
  private static let checkout = "git checkout -b rollback/gong-api <last"

  static let faults = [
    Fault(
      name: "commit-gone", choose: whole, step: "step-3/1", line: checkout, code: "from-failed",
      names: "--diff-filter=D -- gong/client.py` printed nothing"),
    Fault(
      choose: whole, options: ["--set", "last-commit-with-gong=0123456789abcdef"], step: "step-3/1", line: checkout,
      code: "target-unknown", names: "0123456789abcdef is not a commit"),
    Fault(
      name: "commit-elsewhere", choose: whole, step: "step-3/1", line: checkout, code: "not-an-ancestor",
      severity: "question", names: "is not an ancestor of what is checked out"),
    Fault(
      name: "variable-missing", step: "step-2/1", line: "GONG_API_KEY", code: "variable-missing",
      names: "GONG_ACCESS_KEY"
    ),
    Fault(
      name: "key-refused", step: "step-2/1", line: "GONG_API_KEY", code: "not-ready",
      names: "the kept credentials at Gong: not valid: 401"),
    Fault(
      name: "gong-down", step: "step-2/1", line: "GONG_API_KEY", code: "not-ready",
      names: "the kept credentials at Gong: not valid: 000"),
    Fault(
      name: "branch-taken", choose: whole, step: "step-3/1", line: checkout, code: "exists",
      names: "rollback/gong-api is there already"),
    Fault(
      name: "untracked-in-the-way", choose: whole, step: "step-3/1", line: checkout, code: "untracked-in-the-way",
      names: "gong/client.py"),
    Fault(
      name: "remote-gone", step: "step-6/1", line: "git push", code: "remote-unreachable", names: "remote.git"),
    Fault(
      name: "wheel-gone", step: "step-4/1", line: "uv pip install", code: "not-ready",
      names: "is the package to be had: exit 1, expected 0: "),
  ]

  @Test(arguments: faults)
  func isNamedBeforeAnythingIsChanged(_ fault: Fault) async throws {
    try await FaultWorld.raised.expectNamed([fault], thenGood: true)
  }

  @Test func anotherRunInProgress() async throws {
    try await FaultWorld.raised.expectOneRunAtATime(of: "call-insights")
  }

  /// What an option or an answer could not be wrong about is asked before the first change, too.
  @Test func aRunWithAFaultChangesNothing() async throws {
    try await FaultWorld.raised.expectBlockedRun(by: "key-refused", saying: "not valid: 401")
  }
}

@Suite("Faults of the cutover world", .serialized, InFaultWorld(example: .cutover))
struct CutoverFaultTests {
  @Test func theGoodWorldHasNone() async throws {
    let world = try FaultWorld.raised
    try await world.reset()
    try await world.expectGood(asking: false)
  }

  static let faults = [
    Fault(
      name: "script-gone", step: "step-1/1", line: "python scripts/dlt_traffic_cuttover.py", code: "script-missing",
      names: "scripts/dlt_traffic_cuttover.py is not there"),
    Fault(
      name: "config-gone", step: "step-1/1", line: "python scripts/dlt_traffic_cuttover.py", code: "not-observed",
      names: "traffic_cutover_config.json"),
    Fault(
      name: "cron-entry-gone", step: "step-3/1", line: "crontab -l | sed", code: "not-ready",
      names: "does not contain collect_manual"),
    Fault(
      name: "crontab-gone", step: "step-3/1", line: "crontab -l | sed", code: "not-ready", names: "no crontab"),
    Fault(
      name: "client-refused", step: "step-4/2", line: "python scripts/collect_manual.py", code: "not-ready",
      names: "not known: 401"),
    Fault(
      name: "reddit-down", step: "step-4/2", line: "python scripts/collect_manual.py", code: "not-ready",
      names: "not known: 000"),
    Fault(name: "table-gone", step: "step-5/2", line: "psql", code: "table-missing", names: #""opportunity_analysis""#),
    Fault(
      name: "database-down", step: "step-5/1", line: "psql", code: "database-unreachable", names: "Connection refused"),
  ]

  @Test(arguments: faults)
  func isNamedBeforeAnythingIsChanged(_ fault: Fault) async throws {
    try await FaultWorld.raised.expectNamed([fault], thenGood: true)
  }
}

@Suite(
  "Faults of the eleven phases", .serialized, .enabled(if: TestDocker.isAvailable, "needs a container engine"),
  InFaultWorld(example: .phases))
struct PhaseFaultTests {
  @Test func theGoodWorldHasNone() async throws {
    let world = try FaultWorld.raised
    try await world.reset()
    try await world.expectGood("phase-7", asking: true, except: ["backup-older"])
  }

  private static func backup(_ name: String, _ code: String, _ names: String, severity: String = "error") -> Fault {
    Fault(
      name: name, broken: "phase-7", procedure: "phase-7", step: "phase-7/4", line: "pg_restore", code: code,
      severity: severity, names: names)
  }

  private static func access(_ name: String, _ names: String) -> Fault {
    Fault(
      name: name, broken: "phase-7", procedure: "phase-7", step: "phase-7/1", line: "psql -d",
      code: "credentials-refused", names: names)
  }

  static let faults = [
    backup("backup-missing", "backup-missing", ".sql is not there"),
    backup("backup-plain", "backup-wrong-format", "psql -d reddit_harbor -f "),
    backup("backup-truncated", "backup-truncated", "cannot be read to its end"),
    backup("backup-of-another", "backup-other-database", "made of invoices, has none of the tables of reddit_harbor"),
    backup("backup-in-part", "backup-partial", "public.opportunities_unified", severity: "question"),
    backup("backup-old", "backup-older", "56 writes", severity: "question"),
    backup("database-down", "database-unreachable", "Connection refused"),
    access("variable-missing", "no password supplied"),
    access("password-refused", "password authentication failed for user"),
    Fault(
      name: "committed", broken: "phase-7", procedure: "phase-7", step: "phase-7/2", line: "git checkout HEAD",
      code: "no-op", names: "name the commit before it"),
    Fault(
      name: "disk-full-to-keep", broken: "phase-7", procedure: "phase-7", code: "disk-too-small", names: "BACKOUT_HOME"),
    Fault(
      name: "archive-missing", broken: "phase-11", procedure: "phase-11", step: "phase-11/3",
      line: "cp scripts/archive",
      code: "no-match", names: "scripts/archive/monoliths_20251118/*.py matches nothing"),
    Fault(
      name: "process-unnamed", broken: "phase-11", procedure: "phase-11", step: "phase-11/2", line: "killall -9",
      code: "no-op", names: "no process is named run_unified_pipeline.py; "),
    Fault(
      name: "process-gone", broken: "phase-11", procedure: "phase-11", step: "phase-11/2", line: "pkill -x",
      code: "no-op", severity: "question", names: "no process is named harbord"),
  ]

  @Test(arguments: faults)
  func isNamedBeforeAnythingIsChanged(_ fault: Fault) async throws {
    try await FaultWorld.raised.expectNamed([fault], thenGood: true)
  }
}

@Suite(
  "Faults of the gateway", .serialized, .enabled(if: TestDocker.isAvailable, "needs a container engine"),
  InFaultWorld(example: .gateway))
struct GatewayFaultTests {
  private static func backup(_ name: String, _ code: String, _ names: String, severity: String = "error") -> Fault {
    Fault(
      name: name, procedure: "scenario-d", step: "scenario-d/2", line: "cat backup", code: code, severity: severity,
      names: names)
  }

  private static func schema(_ name: String, _ code: String, _ names: String, severity: String = "error") -> Fault {
    Fault(
      name: name, procedure: "scenario-c", step: "scenario-c/1", line: "docker compose exec", code: code,
      severity: severity, names: names)
  }

  /// Together where one plan can name them all: compose and alembic take their time.
  static let faults = [
    [
      backup("backup-truncated", "backup-truncated", "ends in the rows of public.deliveries"),
      Fault(
        name: "tag-missing", procedure: "scenario-d", step: "scenario-d/3", line: "git checkout v0.4.0",
        code: "target-unknown", names: "v0.4.0 is not a commit"),
    ],
    [backup("backup-of-another", "backup-other-database", "which has none of its tables", severity: "question")],
    [
      schema("migration-irreversible", "not-reversible", "its downgrade() raises an error"),
      Fault(
        name: "image-missing", procedure: "scenario-c", step: "scenario-c/3", line: "docker compose up",
        code: "image-missing", severity: "question", names: "gateway:0.4.0"),
      Fault(
        name: "variable-missing", procedure: "scenario-c", step: "scenario-c/3", line: "docker compose up",
        code: "variable-missing", names: "$POSTGRES_PASSWORD is not set"),
    ],
    [schema("null-rows", "null-rows", "rows of public.deliveries have no checksum: SET NOT NULL would fail")],
    [
      Fault(
        name: "wrong-order", procedure: "scenario-c", step: "scenario-c/3", line: "docker compose exec",
        code: "wrong-order", severity: "question", names: "It belongs before scenario-c/2")
    ],
    [schema("database-down", "not-observed", "could not translate host name \"db\"")],
    [schema("gateway-down", "place-not-reachable", "container:gateway cannot be reached")],
  ]

  @Test(arguments: faults)
  func areNamedBeforeAnythingIsChanged(_ faults: [Fault]) async throws {
    try await FaultWorld.raised.expectNamed(faults)
  }

  @Test func withoutThemThePlansAreGood() async throws {
    let world = try FaultWorld.raised
    try await world.reset()
    try await world.expectGood("scenario-c", asking: false, except: ["not-observed"])
  }
}
