import BackoutTestKit
import BackupLayer
import Foundation
import Layer
import Runbook
import Testing

@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct BackupDriverTests {
  let driver = BackupDriver()

  // MARK: There and back

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// Before the first look; `$D` is the database.
    var prepare: String
    var command: String
    /// Somebody else, afterwards.
    var disturb: String
    /// Exits with 0 where that is still there.
    var survives: String
    var testDescription: String { name }
  }

  private static let newer = "psql -q -d $D -c \"INSERT INTO calls (user_id, note) VALUES (2, 'newer')\""
  private static let query = "psql -qAt -d $D -c"

  static let cases = [
    Case(
      name: "pg_restore --clean over newer rows", prepare: "pg_dump -Fc -f b.dump $D && \(newer)",
      command: "pg_restore -c --if-exists -d $D b.dump", disturb: "\(query) \"INSERT INTO log VALUES ('later')\"",
      survives: "[ \"$(\(query) \"SELECT count(*) FROM log WHERE line = 'later'\")\" = 1 ]"),
    Case(
      name: "psql < plain dump", prepare: "pg_dump -c --if-exists $D >b.sql && \(newer)",
      command: "psql -q -d $D <b.sql",
      disturb: "\(query) \"UPDATE calls SET note = 'later' WHERE id = 1\"",
      survives: "[ \"$(\(query) \"SELECT note FROM calls WHERE id = 1\")\" = later ]"),
    Case(
      name: "gunzip | psql", prepare: "pg_dump -c --if-exists $D | gzip >b.sql.gz && \(newer)",
      command: "gunzip -c b.sql.gz | psql -q -d $D", disturb: "\(query) 'DELETE FROM log'",
      survives: "[ \"$(\(query) 'SELECT count(*) FROM log')\" = 0 ]"),
    Case(
      name: "psql -f into a new database", prepare: "pg_dump $D >b.sql && dropdb $D && createdb $D",
      command: "psql -q -d $D -f b.sql", disturb: "\(query) \"INSERT INTO log VALUES ('later')\"",
      survives: "[ \"$(\(query) \"SELECT count(*) FROM log WHERE line = 'later'\")\" = 1 ]"),
    Case(
      name: "directory, made by --create", prepare: "pg_dump -Fd -f b $D && dropdb $D",
      command: "pg_restore -d postgres --create b", disturb: "\(query) 'CREATE TABLE later ()'",
      survives: "\(query) 'SELECT FROM later'"),
    Case(
      name: "dropdb", prepare: "psql -q -d $D -c \"ALTER DATABASE $D SET work_mem = '5MB'\"", command: "dropdb $D",
      disturb: "createdb $D", survives: "[ \"$(\(query) 'SELECT 1')\" = 1 ]"),
    Case(
      name: "createdb", prepare: "dropdb $D", command: "createdb $D", disturb: "\(query) 'CREATE TABLE later ()'",
      survives: "\(query) 'SELECT FROM later'"),
    Case(
      name: "pg_dump to a file", prepare: "echo old >b.dump", command: "pg_dump -Fc -f b.dump $D",
      disturb: "echo later >b.dump", survives: "[ \"$(cat b.dump)\" = later ]"),
    Case(
      name: "pg_dump > new file", prepare: "true", command: "pg_dump $D >b.sql", disturb: "echo later >>b.sql",
      survives: "tail -1 b.sql | grep -q later"),
    Case(
      name: "pg_dump to a folder", prepare: "true", command: "pg_dump -Fd -f b $D", disturb: "rm b/toc.dat",
      survives: "[ ! -e b/toc.dat ]"),
  ]

  @Test(arguments: cases) func conforms(_ scenario: Case) async throws {
    let world = try await BackupWorld()
    let text = { @Sendable (command: String) in command.replacingOccurrences(of: "$D", with: world.name) }
    try await world.shell(text(scenario.prepare))
    let first = try await Self.dump(world)
    let environment = world.fresh
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: scenario.name, action: try world.action(text(scenario.command)), statement: text(scenario.command),
        environment: environment, disturb: { try await world.shell(text(scenario.disturb)) },
        disturbanceSurvives: {
          try await world.run(text(scenario.survives)).succeeded
        },
        reset: {
          // The undo before it has put everything back, which is looked at by other means than the driver's.
          let now = try await Self.dump(world)
          #expect(now == first)
        }))
    #expect(report.violations == [])
    let others = try await world.ask(
      "SELECT count(*) FROM pg_database WHERE datname LIKE '\(world.name)\\_%'")
    #expect(others == "0", "databases of the driver's own are left")
    await world.remove()
  }

  /// The database and the files as they are, to the byte.
  private static func dump(_ world: BackupWorld) async throws -> String {
    let there = try await world.ask("SELECT count(*) FROM pg_database WHERE datname = '\(world.name)'")
    let files = try await world.shell("find . -type f -exec sha256sum {} + | sort")
    guard there == "1" else { return "no database\n\(files)" }
    let text = try await world.shell("pg_dump -C \(world.name) | grep -v -e '^--' -e '^.restrict' -e '^.unrestrict'")
    return "\(text)\n\(files)"
  }

  // MARK: Undo

  @Test func whatIsKeptIsPutBackOrExportedAsAnswered() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -Fc -f b.dump \(world.name)")
    try await world.database.run("INSERT INTO log VALUES ('kept')")
    let environment = world.fresh
    let command = "pg_restore -c --if-exists -d \(world.name) b.dump"
    let effect = try world.effect(command)
    #expect(effect.reversibility.label.hasPrefix("partial: rows written between"))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.shell(command)
    let after = try await driver.observe(effect, in: environment)
    try await world.database.run("INSERT INTO log VALUES ('newer')")

    let asked = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(
      asked.conflicts.map(\.target) == ["postgres:127.0.0.1:\(world.database.server.port)/\(world.name) public.log"])
    #expect(asked.conflicts.first.map { [$0.kept, $0.left, $0.now] } == ["3 rows", "2 rows", "3 rows"])

    let exported = try await driver.undo(
      image, of: effect, before: before, after: after, answer: .exportBoth, in: environment)
    let copy = try #require(exported.notRestored.first?.split(separator: " ").last.map(String.init))
    let rows = try await world.ask("SELECT string_agg(line, ',' ORDER BY line) FROM log", of: copy)
    #expect(rows == "a,a,kept")
    #expect(try await world.database.run("SELECT count(*) FROM log WHERE line = 'newer'") == "1")

    let back = try await driver.undo(
      image, of: effect, before: before, after: after, answer: .putBack, in: environment)
    #expect(back.notRestored == [])
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
    await world.remove()
  }

  @Test func nobodyIsThrownOutForAnUndo() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -Fc -f b.dump \(world.name)")
    try await world.database.run("INSERT INTO log VALUES ('kept')")
    let environment = world.fresh
    let command = "pg_restore -c --if-exists -d \(world.name) b.dump"
    let effect = try world.effect(command)
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.shell(command)
    let after = try await driver.observe(effect, in: environment)
    let open = try await world.connected()
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.restored == [])
    #expect(undone.notRestored.first?.contains("is connected: end that and undo again") == true)
    #expect(try await driver.observe(effect, in: environment).isSameState(as: after))
    try await world.disconnect(open)
    let again = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(again.notRestored == [])
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
    await world.remove()
  }

  // MARK: Verify

  @Test func aRestoreThatPrintedErrorsAndExitedWith0IsRefuted() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump \(world.name) >b.sql")
    // The rows are refused, since their keys are there; the table without a key gets them twice.
    try await world.database.run("DELETE FROM calls WHERE id = 3")
    let command = "psql -q -d \(world.name) <b.sql"
    let effect = try world.effect(command)
    let before = try await driver.observe(effect, in: world.environment)
    let problems = try await driver.forecast(effect, before: before, in: world.environment).problems
    #expect(problems.map(\.code) == ["not-empty"])
    let outcome = try await world.run(command)
    #expect(outcome.exitStatus == 0)
    let after = try await driver.observe(effect, in: world.environment)
    let verdict = driver.verify(effect, before: before, after: after, outcome: outcome)
    guard case .refuted(let why) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(
      why == "public.calls has 2 rows, the backup 3; public.log has 4 rows, the backup 2"
        || why.contains("public.log has 4 rows, the backup 2"))
    await world.remove()
  }

  @Test func aSequenceBehindAndAMissingKeyAreSeen() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -c --if-exists \(world.name) | grep -v setval >b.sql")
    let command = "psql -q -d \(world.name) <b.sql"
    let effect = try world.effect(command)
    let before = try await driver.observe(effect, in: world.environment)
    try await world.shell(command)
    try await world.database.run("ALTER TABLE calls DROP CONSTRAINT calls_user_id_fkey")
    let after = try await driver.observe(effect, in: world.environment)
    let text = driver.verify(effect, before: before, after: after, outcome: nil).text
    #expect(text.contains("FK CONSTRAINT public calls calls_user_id_fkey is missing"))
    #expect(text.contains("the sequence public.calls_id_seq is behind its column"))
    await world.remove()
  }

  @Test func anEmptyFileRestoresNothing() async throws {
    let world = try await BackupWorld()
    try await world.shell(": >b.sql; echo '-- nothing' >c.sql")
    for file in ["b.sql", "c.sql"] {
      let command = "psql -d \(world.name) <\(file)"
      #expect(try await world.problems(command).map(\.code) == ["no-op"])
      let effect = try world.effect(command)
      let before = try await driver.observe(effect, in: world.environment)
      let outcome = try await world.run(command)
      #expect(outcome.exitStatus == 0)
      let after = try await driver.observe(effect, in: world.environment)
      let verdict = driver.verify(effect, before: before, after: after, outcome: outcome)
      #expect(verdict == .refuted("the backup is empty: nothing was restored"))
    }
    await world.remove()
  }
}
