import BackoutTestKit
import Foundation
import Layer
import Runbook
import SchemaLayer
import Testing

@Suite(.enabled(if: MigrationWorld.hasAlembic, "alembic or PostgreSQL's server programs are not here"))
struct AlembicTests {
  let driver = SchemaDriver()

  private func effect(_ command: String, _ world: MigrationWorld) throws -> Effect {
    try #require(driver.recognise(MigrationWorld.action(command), in: world.environment.context))
  }

  private func forecast(_ command: String, _ world: MigrationWorld) async throws -> Forecast {
    // It looks for itself: alembic is not started twice.
    try await driver.forecast(
      try effect(command, world), before: Observation(summary: "not looked at"), in: world.environment)
  }

  // MARK: Conformance

  /// Each look starts alembic: one scenario has a column, a table, changed rows and a constraint.
  @Test func whatADowngradeDropsComesBack() async throws {
    let world = try await MigrationWorld.alembic("004")
    defer { world.end() }
    // Not what the upgrade would fill in again.
    try await world.database.run(
      """
      UPDATE dev.calls SET status = 'MiXed', call_sid = 'own' WHERE id = 1;
      INSERT INTO dev.notes VALUES (7, 1, E'tab\\t back\\\\'), (9, 3, NULL)
      """)
    let report = try await exerciseDriver(
      driver,
      world.scenario(
        "downgrade to 001", "alembic downgrade -3", disturb: "UPDATE dev.calls SET status = 'mine' WHERE id = 2",
        survives: "SELECT status = 'mine' FROM dev.calls WHERE id = 2"))
    #expect(report.violations == [])
    #expect(
      try await world.database.run("SELECT string_agg(id || coalesce(text, '-'), ';' ORDER BY id) FROM dev.notes")
        == "7tab\t back\\;9-")
    #expect(try await world.database.run("SELECT status || call_sid FROM dev.calls WHERE id = 1") == "MiXedown")
  }

  @Test func readsAreNotKept() async throws {
    let world = try await MigrationWorld.alembic("001")
    defer { world.end() }
    let report = try await exerciseDriver(driver, world.scenario("current", "alembic current"))
    #expect(report.violations == [])
  }

  // MARK: What is in the way

  @Test func thePlanSaysWhatIsKept() async throws {
    let world = try await MigrationWorld.alembic("004")
    defer { world.end() }
    let two = try await forecast("alembic downgrade -3", world)
    #expect(two.problems == [])
    #expect(two.from == "revision 004 \"create notes, normalise status\"")
    #expect(two.to == "revision 001 \"create calls\"")
    let keeps = try #require(two.keeps)
    #expect(keeps.contains("call_sid") && keeps.contains("dev.notes: 0 rows"), "\(keeps)")
    #expect(two.reversibility == .partial("changes made in between are not kept"))
    let scripts = two.needs.map { $0.dropping(prefix: world.folder + "/") ?? $0 }
    #expect(
      scripts.count == 3 && scripts.allSatisfy { $0.contains("versions/") && $0.hasSuffix(".py") }, "\(two.needs)")
    let none = try await forecast("alembic downgrade 003", try await MigrationWorld.alembic("004", isBound: false))
    #expect(none.reversibility?.isPointOfNoReturn == true)
    #expect(none.problems.map(\.code) == ["not-kept"])
  }

  @Test func whatWouldFailIsSaidBeforehand() async throws {
    let world = try await MigrationWorld.alembic("006")
    defer { world.end() }
    let database = world.database
    func codes(_ command: String) async throws -> [String] { try await forecast(command, world).problems.map(\.code) }
    #expect(try await codes("alembic downgrade -1") == ["not-reversible"])
    #expect(try await codes("alembic downgrade 004") == ["not-reversible", "not-reversible"])
    #expect(try await codes("alembic downgrade 999") == ["target-unknown"])
    #expect(try await codes("alembic downgrade 006") == ["already-there"])
    #expect(try await codes("alembic upgrade head") == ["already-there"])
    try await world.run("alembic", "stamp", "003")
    #expect(try await codes("alembic downgrade -1") == [])
    try await database.run("UPDATE dev.calls SET conversation_id = NULL WHERE id = 2")
    let nulls = try await forecast("alembic downgrade -1", world)
    #expect(nulls.problems.map(\.code) == ["null-rows"])
    #expect(nulls.problems.first?.message.contains("1 row of dev.calls has no conversation_id") == true)
    #expect(nulls.cures["null-rows"] == ["postgres:default dev.calls"])
    try await world.run("alembic", "stamp", "002")
    try await database.run("CREATE VIEW dev.sids AS SELECT call_sid FROM dev.calls")
    #expect(try await codes("alembic downgrade -1") == ["dependent-object"])
    try await database.run("DROP VIEW dev.sids; UPDATE alembic_version SET version_num = '9f9f'")
    #expect(try await codes("alembic downgrade -1") == ["revision-unknown"])
  }

  @Test func anotherDatabaseAndNoDatabaseAreSaid() async throws {
    let world = try await MigrationWorld.alembic("002")
    let other = try await MigrationWorld.alembic("001")
    defer {
      world.end()
      other.end()
    }
    var mixed = world.environment
    mixed.secrets = FixedSecrets(["DATABASE_URL": other.database.url])
    let effect = try effect("alembic downgrade -1", world)
    let before = try await driver.observe(effect, in: mixed)
    let found = try await driver.forecast(effect, before: before, in: mixed)
    #expect(found.problems.contains { $0.code == "other-database" && $0.severity == .error })
    var gone = world.environment
    gone.context.variables["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    let blind = try await driver.observe(effect, in: gone)
    #expect(!blind.isObserved)
    #expect(try await driver.forecast(effect, before: blind, in: gone).problems.map(\.code) == ["not-observed"])
    var bare = world.environment
    bare.context.variables["PATH"] = "/nonexistent"
    let missing = try await driver.observe(effect, in: bare)
    #expect(try await driver.forecast(effect, before: missing, in: bare).problems.map(\.code) == ["tool-missing"])
  }

  // MARK: After a crash, and in another place

  @Test func theRevisionTellsWhatHappened() async throws {
    let world = try await MigrationWorld.alembic("002")
    defer { world.end() }
    let effect = try effect("alembic downgrade -1", world)
    let before = try await driver.observe(effect, in: world.environment)
    _ = try await driver.keep(effect, before: before, in: world.environment)
    let not = try await driver.probe(effect, before: before, marker: nil, in: world.environment)
    guard case .notHappened = not else { return #expect(Bool(false), "\(not)") }
    try await world.run("alembic", "downgrade", "001")
    let happened = try await driver.probe(effect, before: before, marker: nil, in: world.environment)
    guard case .happened = happened else { return #expect(Bool(false), "\(happened)") }
    try await world.run("alembic", "downgrade", "base")
    let nobody = try await driver.probe(effect, before: before, marker: nil, in: world.environment)
    guard case .undetermined = nobody else { return #expect(Bool(false), "\(nobody)") }
  }

  /// A container is a prefix of words: here one that runs them in a folder of its own. The rows go by the connection.
  @Test func itActsInItsPlace() async throws {
    let world = try await MigrationWorld.alembic("002")
    defer { world.end() }
    let docker = world.folder + "/docker"
    try "#!/bin/sh\ncd '\(world.folder)' && shift 3 && exec \"$@\"\n".write(
      toFile: docker, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: docker)
    var environment = world.environment
    environment.context.directory = "/tmp"
    let command = ParsedCommand(
      literal: ["alembic", "downgrade", "-1"],
      place: .container(name: "gateway", prefix: [docker, "exec", "-T", "gateway"]))
    let effect = try #require(driver.recognise(.command(command), in: environment.context))
    #expect(effect.targets == ["schema:alembic container:gateway"])
    let before = try await driver.observe(effect, in: environment)
    #expect(before.summary == "revision 002 \"add call_sid\"")
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.run(docker, "exec", "-T", "gateway", "alembic", "downgrade", "-1")
    let after = try await driver.observe(effect, in: environment)
    guard case .proven = driver.verify(effect, before: before, after: after, outcome: nil) else {
      return #expect(Bool(false), "\(after)")
    }
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.conflicts == [] && undone.notRestored == [], "\(undone)")
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
  }
}
