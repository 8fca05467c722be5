import BackoutTestKit
import Foundation
import Layer
import Runbook
import SchemaLayer
import Testing

/// Migrations of any tool, by a declaration: here a shell script of forty lines.
@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct DeclaredMigrationTests {
  let driver = SchemaDriver()

  static let tool = """
    #!/bin/sh
    db() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$DATABASE_URL" "$@"; }
    case "$1" in
      current) db -c 'SELECT max(version) FROM dev.ledger' ;;
      list) ls sql | sed -n 's/[.]up[.]sql$//p' ;;
      sql) cat "sql/$2.down.sql" ;;
      down) { echo 'BEGIN;'; cat "sql/$2.down.sql"; echo "DELETE FROM dev.ledger WHERE version = '$2'; COMMIT;"; } | db -f - ;;
      up) { echo 'BEGIN;'; cat "sql/$2.up.sql"; echo "INSERT INTO dev.ledger VALUES ('$2'); COMMIT;"; } | db -f - ;;
      *) exit 64 ;;
    esac
    """

  static let start = """
    CREATE TABLE dev.ledger (version text PRIMARY KEY);
    CREATE TABLE dev.calls (id int PRIMARY KEY, status text, amount numeric(10, 2));
    CREATE TABLE dev.lines (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      call_id int REFERENCES dev.calls ON DELETE CASCADE, text text);
    INSERT INTO dev.calls VALUES (1, 'new', 1.25), (2, 'old', 2.75), (3, NULL, NULL);
    INSERT INTO dev.lines (call_id, text) VALUES (1, 'a'), (1, E'b\\tc'), (2, NULL);
    CREATE VIEW dev.texts AS SELECT text FROM dev.lines;
    INSERT INTO dev.ledger VALUES ('001_start'), ('002_change');
    """

  /// One migration, and what somebody else may do after it was taken back.
  struct Change: Sendable, CustomTestStringConvertible {
    var name: String
    var down: String
    var up: String
    var disturb: String
    var survives: String
    var testDescription: String { name }
  }

  static let changes = [
    Change(
      name: "rows are deleted", down: "DELETE FROM dev.calls WHERE status = 'new';", up: "SELECT 1;",
      disturb: "INSERT INTO dev.calls VALUES (1, 'mine', 0)",
      survives: "SELECT status = 'mine' FROM dev.calls WHERE id = 1"),
    Change(
      name: "rows are changed", down: "UPDATE dev.calls SET status = 'gone';",
      up: "UPDATE dev.calls SET status = 'back';",
      disturb: "UPDATE dev.calls SET status = 'mine' WHERE id = 2",
      survives: "SELECT status = 'mine' FROM dev.calls WHERE id = 2"),
    Change(
      name: "rows are inserted", down: "INSERT INTO dev.calls SELECT n, 'made', n FROM generate_series(10, 12) n;",
      up: "SELECT 1;", disturb: "DELETE FROM dev.calls WHERE id = 3",
      survives: "SELECT count(*) = 0 FROM dev.calls WHERE id = 3"),
    Change(
      name: "a type changes", down: "ALTER TABLE dev.calls ALTER COLUMN amount TYPE int;",
      up: "ALTER TABLE dev.calls ALTER COLUMN amount TYPE numeric(10, 2);",
      disturb: "DELETE FROM dev.calls WHERE id = 3", survives: "SELECT count(*) = 0 FROM dev.calls WHERE id = 3"),
    Change(
      name: "a table goes, and a view with it", down: "DROP TABLE dev.lines CASCADE;",
      up: """
        CREATE TABLE dev.lines (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          call_id int REFERENCES dev.calls ON DELETE CASCADE, text text);
        """,
      disturb: "INSERT INTO dev.ledger VALUES ('003_other')",
      survives: "SELECT max(version) = '003_other' FROM dev.ledger"),
  ]

  private func world(_ change: Change, sql: String?, tables: [String] = []) async throws -> MigrationWorld {
    let layer = DeclaredLayer(
      match: "", observe: "",
      migrations: DeclaredMigrations(
        current: "./tool current", list: "./tool list", down: "./tool down {revision}", up: "./tool up {revision}",
        sql: sql, tables: tables))
    return try await MigrationWorld(
      [
        "tool": Self.tool, "sql/001_start.up.sql": "SELECT 1;", "sql/001_start.down.sql": "SELECT 1;",
        "sql/002_change.up.sql": change.up, "sql/002_change.down.sql": change.down, "sql/003_other.up.sql": "SELECT 1;",
        "sql/003_other.down.sql": "SELECT 1;",
      ], sql: Self.start, layers: ["calls": layer])
  }

  @Test(arguments: changes) func conforms(_ change: Change) async throws {
    let world = try await world(change, sql: "./tool sql {revision}")
    defer { world.end() }
    let report = try await exerciseDriver(
      driver,
      world.scenario(change.name, "./tool down 002_change", disturb: change.disturb, survives: change.survives))
    #expect(report.violations == [])
  }

  /// Where nobody knows what it touches, all tables are kept.
  @Test(arguments: [changes[0], changes[1]]) func conformsWithoutItsSQL(_ change: Change) async throws {
    let world = try await world(change, sql: nil)
    defer { world.end() }
    let report = try await exerciseDriver(
      driver,
      world.scenario(change.name, "./tool down 002_change", disturb: change.disturb, survives: change.survives))
    #expect(report.violations == [])
    let effect = try #require(
      driver.recognise(MigrationWorld.action("./tool down 002_change"), in: world.environment.context))
    let before = try await driver.observe(effect, in: world.environment)
    let found = try await driver.forecast(effect, before: before, in: world.environment)
    #expect(found.note?.contains("whole tables are kept") == true)
  }

  /// An upgrade is a change like any other: going back must not take what was written into its column since.
  @Test func anUpgradeGoesBackUnlessSomebodyFilledIt() async throws {
    let world = try await world(
      Change(
        name: "up", down: "ALTER TABLE dev.calls DROP COLUMN sid;",
        up: "ALTER TABLE dev.calls ADD COLUMN sid text; UPDATE dev.calls SET status = 'up';", disturb: "", survives: ""),
      sql: nil, tables: ["dev.calls"])
    defer { world.end() }
    try await world.database.run("DELETE FROM dev.ledger WHERE version = '002_change'")
    let report = try await exerciseDriver(
      driver,
      world.scenario(
        "up", "./tool up 002_change", disturb: "UPDATE dev.calls SET sid = 'mine' WHERE id = 2",
        survives: "SELECT sid = 'mine' FROM dev.calls WHERE id = 2"))
    #expect(report.violations == [])
  }

  @Test func theOrderIsSeenBeforehand() async throws {
    let world = try await world(Self.changes[0], sql: "./tool sql {revision}", tables: ["dev.calls"])
    defer { world.end() }
    func codes(_ command: String) async throws -> [String] {
      let effect = try #require(driver.recognise(MigrationWorld.action(command), in: world.environment.context))
      let before = try await driver.observe(effect, in: world.environment)
      return try await driver.forecast(effect, before: before, in: world.environment).problems.map(\.code)
    }
    #expect(try await codes("./tool down 002_change") == [])
    #expect(try await codes("./tool down 001_start") == ["wrong-order"])
    #expect(try await codes("./tool down 003_other") == ["already-there"])
    #expect(try await codes("./tool down 009") == ["target-unknown"])
    #expect(driver.recognise(MigrationWorld.action("./tool list"), in: world.environment.context) == nil)
  }

  @Test func conflictsAreAnsweredAsAsked() async throws {
    for (answer, expected) in [
      (ConflictAnswer.keepNewer, "new,mine,NULL"), (.putBack, "new,old,NULL"), (.exportBoth, "new,mine,NULL"),
    ] {
      let world = try await world(Self.changes[1], sql: "./tool sql {revision}")
      defer { world.end() }
      let environment = world.environment
      let effect = try #require(
        driver.recognise(MigrationWorld.action("./tool down 002_change"), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      let image = try await driver.keep(effect, before: before, in: environment)
      try await world.run("./tool", "down", "002_change")
      let after = try await driver.observe(effect, in: environment)
      try await world.database.run(
        "UPDATE dev.calls SET status = 'mine' WHERE id = 2; INSERT INTO dev.calls VALUES (4, 'meanwhile', 4)")
      let asked = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(asked.conflicts.count == 1 && asked.conflicts.first?.target == "postgres:default dev.calls")
      let done = try await driver.undo(image, of: effect, before: before, after: after, answer: answer, in: environment)
      #expect(done.conflicts == [])
      #expect((done.notRestored == []) == (answer == .putBack), "\(answer): \(done.notRestored)")
      let rows = try await world.database.run(
        "SELECT string_agg(coalesce(status, 'NULL'), ',' ORDER BY id) FROM dev.calls WHERE id < 4")
      #expect(rows == expected, "\(answer)")
      // What is new altogether is the tool's to bring along.
      #expect(try await world.database.run("SELECT status FROM dev.calls WHERE id = 4") == "back")
      if answer == .exportBoth {
        #expect(try await world.database.run("SELECT status FROM dev.calls_backout_kept WHERE id = 2") == "old")
      }
    }
  }

  /// Killed between the tool's way up and the rows: the next undo goes on.
  @Test func anUndoGoesOnWhereItWasKilled() async throws {
    let world = try await world(Self.changes[1], sql: "./tool sql {revision}")
    defer { world.end() }
    let environment = world.environment
    let effect = try #require(
      driver.recognise(MigrationWorld.action("./tool down 002_change"), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.run("./tool", "down", "002_change")
    let after = try await driver.observe(effect, in: environment)
    // A role that may only look stops it after the schema and before the rows: the tool has another.
    let reader = world.database.name + "_reader"
    try await world.database.run(
      "CREATE ROLE \(reader) LOGIN PASSWORD '\(world.database.server.password)';"
        + " GRANT USAGE ON SCHEMA dev TO \(reader); GRANT SELECT ON ALL TABLES IN SCHEMA dev TO \(reader)")
    var looking = world.database
    looking.user = reader
    var half = environment
    half.secrets = FixedSecrets(["DATABASE_URL": looking.url])
    let stopped = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: half)
    #expect(!stopped.notRestored.isEmpty)
    #expect(try await world.run("./tool", "current") == "002_change")
    #expect(try await world.database.run("SELECT count(*) FROM dev.calls WHERE status = 'back'") == "3")
    let done = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(done.notRestored == [] && done.conflicts == [])
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
  }

  @Test func whatSomebodyBroughtBackAlreadyIsAsked() async throws {
    let world = try await world(Self.changes[1], sql: "./tool sql {revision}")
    defer { world.end() }
    let environment = world.environment
    let effect = try #require(
      driver.recognise(MigrationWorld.action("./tool down 002_change"), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.run("./tool", "down", "002_change")
    let after = try await driver.observe(effect, in: environment)
    try await world.run("./tool", "up", "002_change")
    let asked = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(asked.conflicts.count == 1 && asked.restored == [])
    #expect(try await world.database.run("SELECT count(*) FROM dev.calls WHERE status = 'back'") == "3")
    _ = try await driver.undo(image, of: effect, before: before, after: after, answer: .putBack, in: environment)
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
  }
}
