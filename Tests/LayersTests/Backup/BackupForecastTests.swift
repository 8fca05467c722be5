import BackoutTestKit
import BackupLayer
import Foundation
import Layer
import Runbook
import Testing

@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct BackupForecastTests {
  let driver = BackupDriver()

  @Test func aGoodBackupIntoANewDatabaseHasNoProblem() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -Fc -f b.dump \(world.name) && pg_dump \(world.name) >b.sql")
    try await world.shell("dropdb \(world.name) && createdb \(world.name)")
    for command in [
      "pg_restore -d \(world.name) b.dump", "psql -d \(world.name) <b.sql", "cat b.sql | psql \(world.name)",
    ] {
      #expect(try await world.problems(command) == [])
    }
    let effect = try world.effect("pg_restore -d \(world.name) b.dump")
    let before = try await driver.observe(effect, in: world.environment)
    let forecast = try await driver.forecast(effect, before: before, in: world.environment)
    #expect(forecast.to.contains("b.dump: custom,") && forecast.to.hasSuffix("3 tables, 7 rows"))
    #expect(forecast.note?.hasPrefix("b.dump was written ") == true && forecast.note?.hasSuffix(" ago") == true)
    #expect(before.states["backup"]?["origin"] == .string(world.name))
    await world.remove()
  }

  @Test func aMissingOrTruncatedBackup() async throws {
    let world = try await BackupWorld()
    try await world.shell(
      """
      pg_dump -Fc -f b.dump \(world.name); pg_dump \(world.name) >b.sql; gzip -k b.sql
      for f in b.dump b.sql.gz; do head -c $(($(stat -c %s $f) * 7 / 10)) $f >cut-$f; done
      sed '/^COPY public.calls/q' b.sql >cut-b.sql; echo "1	1	x	1" >>cut-b.sql
      dropdb \(world.name); createdb \(world.name)
      """)
    let commands = [
      "pg_restore -d \(world.name) none.dump": "backup-missing", "psql \(world.name) <none.sql": "backup-missing",
      "gunzip -c none.gz | psql \(world.name)": "backup-missing",
      "pg_restore -d \(world.name) cut-b.dump": "backup-truncated", "psql \(world.name) <cut-b.sql": "backup-truncated",
      "gunzip -c cut-b.sql.gz | psql \(world.name)": "backup-truncated",
    ]
    for (command, code) in commands { #expect(try await world.problems(command).map(\.code) == [code], "\(command)") }
    let cut = try await world.problems("psql \(world.name) <cut-b.sql")
    #expect(cut.first?.message.contains("it ends in the rows of public.calls") == true)
    await world.remove()
  }

  @Test func aBackupForAnotherTool() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -Fc -f b.dump \(world.name); pg_dump \(world.name) >b.sql; gzip -k b.sql")
    try FileManager.default.createDirectory(atPath: world.path("none"), withIntermediateDirectories: true)
    #expect(try await world.problems("pg_restore -d \(world.name) none").map(\.code) == ["backup-wrong-format"])
    let wrong = [
      "pg_restore -d \(world.name) b.sql": "psql -d \(world.name) -f \(world.path("b.sql"))",
      "psql \(world.name) <b.dump": "pg_restore -d \(world.name) \(world.path("b.dump"))",
      "psql -d \(world.name) <b.sql.gz": "gunzip -c \(world.path("b.sql.gz")) | psql -d \(world.name)",
    ]
    for (command, right) in wrong {
      let problems = try await world.problems(command)
      #expect(problems.map(\.code) == ["backup-wrong-format"])
      #expect(problems.first?.message.hasSuffix(right) == true, "\(problems)")
    }
    await world.remove()
  }

  /// As a seed has it: the day stands in the name, and the archive is called SQL.
  @Test func theDayInAName() async throws {
    let world = try await BackupWorld()
    let command = "pg_restore -d \(world.name) \"backup_$(date +%Y%m%d).sql\""
    #expect(try await world.problems(command).map(\.code) == ["backup-missing"])
    try await world.shell("pg_dump -Fc -f \"backup_$(date +%Y%m%d).sql\" \(world.name)")
    #expect(try await world.problems(command).map(\.code) == ["not-empty"])
    await world.remove()
  }

  @Test func aBackupThatIsOlderOrOfAnotherDatabase() async throws {
    let world = try await BackupWorld()
    let other = try await BackupWorld("CREATE TABLE songs (id integer); INSERT INTO songs VALUES (1)")
    try await world.shell("pg_dump -Fc -f b.dump \(world.name); pg_dump -Fc -f songs.dump \(other.name)")
    try await world.database.run("INSERT INTO log SELECT 'x' FROM generate_series(1, 5)")
    let older = try await world.problems("pg_restore -c -d \(world.name) b.dump")
    #expect(older.map(\.code) == ["backup-older"])
    #expect(older.first?.message.hasPrefix("the backup predates at least 5 writes: ") == true)
    #expect(older.first?.severity == .question)
    try await world.database.run("CREATE TABLE extra AS SELECT 1 AS id; TRUNCATE log")
    let partial = try await world.problems("pg_restore -c -d \(world.name) b.dump")
    #expect(partial.map(\.code) == ["backup-partial"] && partial.first?.severity == .question)
    #expect(partial.first?.message.contains("does not have public.extra of \(world.name)") == true)
    #expect(try await world.problems("pg_restore -c -t log -d \(world.name) b.dump") == [])
    let songs = try await world.problems("pg_restore -c -d \(world.name) songs.dump")
    #expect(songs.map(\.code) == ["backup-other-database"] && songs.first?.severity == .error)
    await world.remove()
    await other.remove()
  }

  @Test func databasesInTheWay() async throws {
    let world = try await BackupWorld()
    #expect(try await world.problems("createdb \(world.name)").map(\.code) == ["exists"])
    #expect(try await world.problems("dropdb \(world.name)_none").map(\.code) == ["database-missing"])
    #expect(try await world.problems("dropdb --if-exists \(world.name)_none").map(\.code) == ["no-op"])
    #expect(try await world.problems("pg_dump -f x.sql \(world.name)_none").map(\.code) == ["database-missing"])
    try await world.shell("pg_dump -Fc -f b.dump \(world.name)")
    #expect(try await world.problems("pg_restore -d \(world.name)_none b.dump").map(\.code) == ["database-missing"])
    let open = try await world.connected()
    let drop = try await world.problems("dropdb \(world.name)")
    #expect(drop.map(\.code) == ["connections-open"] && drop.first?.severity == .error)
    #expect(try await world.problems("dropdb -f \(world.name)") == [])
    try await world.disconnect(open)
    try await world.shell("pg_dump -Fc -C -f c.dump \(world.name)")
    #expect(try await world.problems("pg_restore -C -d postgres c.dump").map(\.code) == ["exists"])
    await world.remove()
  }

  @Test func aServerThatDoesNotAnswer() async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -Fc -f b.dump \(world.name)")
    for command in ["pg_restore -h 127.0.0.1 -p 1 -d x b.dump", "dropdb -h 127.0.0.1 -p 1 x", "pg_dump -p 1 -f y x"] {
      #expect(try await world.problems(command).map(\.code) == ["database-unreachable"])
    }
    let effect = try world.effect("dropdb -h 127.0.0.1 -p 1 x")
    let before = try await driver.observe(effect, in: world.environment)
    #expect(!before.isObserved)
    await #expect(throws: (any Error).self, "what is not seen is not kept") {
      try await driver.keep(effect, before: before, in: world.environment)
    }
    await world.remove()
  }

  @Test(arguments: ["wrong", nil]) func credentialsThatAreRefused(password: String?) async throws {
    let world = try await BackupWorld()
    try await world.shell("pg_dump -Fc -f b.dump \(world.name); pg_dump \(world.name) >b.sql")
    var other = world.environment
    other.context.variables["PGPASSWORD"] = password
    for command in [
      "pg_restore -d \(world.name) b.dump", "psql \(world.name) <b.sql", "dropdb \(world.name)",
      "pg_dump -f x.sql \(world.name)",
    ] {
      let problems = try await world.problems(command, other)
      #expect(problems.map(\.code) == ["credentials-refused"], "\(command): \(problems)")
    }
    await world.remove()
  }

  @Test func rightsThatAreMissing() async throws {
    let world = try await BackupWorld()
    let role = "r_\(world.name)"
    try await world.ask("CREATE ROLE \(role) LOGIN PASSWORD '\(world.database.server.password)'")
    try await world.database.run("GRANT SELECT ON users TO \(role)")
    var weak = world.environment
    weak.context.variables["PGUSER"] = role
    try await world.shell("pg_dump -Fc -f b.dump \(world.name)")
    let dump = try await world.problems("pg_dump -f x.sql \(world.name)", weak)
    #expect(dump.map(\.code) == ["no-privilege"])
    #expect(dump.first?.message.contains("public.calls, public.log") == true)
    let create = try await world.problems("createdb \(world.name)_new", weak)
    #expect(create.map(\.code) == ["no-privilege"])
    try await world.database.run(
      "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role); GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO \(role)"
    )
    let effect = try world.effect("pg_restore -d \(world.name) b.dump", weak)
    let before = try await driver.observe(effect, in: weak)
    let forecast = try await driver.forecast(effect, before: before, in: weak)
    #expect(forecast.reversibility?.isPointOfNoReturn == true)
    try await world.database.run("DROP OWNED BY \(role)")
    try await world.ask("DROP ROLE \(role)")
    await world.remove()
  }
}
