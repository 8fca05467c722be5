import BackoutTestKit
import Foundation
import Layer
import Runbook
import SchemaLayer
import Testing

@Suite(.enabled(if: MigrationWorld.hasSqitch, "sqitch, DBD::Pg or PostgreSQL's server programs are not here"))
struct SqitchTests {
  let driver = SchemaDriver()

  private static let files = [
    "sqitch.conf": """
    [core]
    \tengine = pg
    [engine "pg"]
    \ttarget = db:pg://postgres@127.0.0.1:@PORT@/@NAME@
    [user]
    \tname = Tester
    \temail = tester@example.org

    """,
    "sqitch.plan": """
    %syntax-version=1.0.0
    %project=calls

    calls 2026-01-01T00:00:00Z Tester <tester@example.org> # calls
    sid 2026-01-02T00:00:00Z Tester <tester@example.org> # sid
    @v1 2026-01-02T00:00:01Z Tester <tester@example.org> # v1

    """,
    "deploy/calls.sql": "BEGIN; CREATE TABLE dev.calls (id int PRIMARY KEY, status text); COMMIT;\n",
    "revert/calls.sql": "BEGIN; DROP TABLE dev.calls; COMMIT;\n",
    "deploy/sid.sql": "BEGIN; ALTER TABLE dev.calls ADD COLUMN sid text; COMMIT;\n",
    "revert/sid.sql": "-- Revert\nBEGIN; ALTER TABLE dev.calls DROP COLUMN sid; COMMIT;\n",
  ]

  @Test func aRevertConforms() async throws {
    let world = try await MigrationWorld(Self.files)
    defer { world.end() }
    try await world.run("sqitch", "deploy")
    try await world.database.run("INSERT INTO dev.calls VALUES (1, 'a', 'CA1'), (2, 'b', NULL)")
    let report = try await exerciseDriver(
      driver,
      world.scenario(
        "revert", "sqitch revert -y --to @HEAD^", disturb: "DELETE FROM dev.calls WHERE id = 2",
        survives: "SELECT count(*) = 1 FROM dev.calls"))
    #expect(report.violations == [])
    #expect(try await world.database.run("SELECT sid FROM dev.calls WHERE id = 1") == "CA1")
  }

  @Test func everythingIsRevertedAndComesBack() async throws {
    let world = try await MigrationWorld(Self.files)
    defer { world.end() }
    try await world.run("sqitch", "deploy")
    try await world.database.run("INSERT INTO dev.calls VALUES (1, 'a', 'CA1')")
    let report = try await exerciseDriver(driver, world.scenario("revert all", "sqitch revert -y"))
    #expect(report.violations == [])
    #expect(try await world.database.run("SELECT sid FROM dev.calls") == "CA1")
  }
}

extension MigrationWorld {
  /// sqitch reaches PostgreSQL by a Perl module that its Debian package only suggests.
  fileprivate static let hasSqitch: Bool = {
    guard TestPostgres.isAvailable, FileManager.default.isExecutableFile(atPath: "/usr/bin/sqitch") else {
      return false
    }
    let perl = Process()
    perl.executableURL = URL(fileURLWithPath: "/usr/bin/perl")
    perl.arguments = ["-MDBD::Pg", "-e", "1"]
    perl.standardError = FileHandle.nullDevice
    guard (try? perl.run()) != nil else { return false }
    perl.waitUntilExit()
    return perl.terminationStatus == 0
  }()
}
