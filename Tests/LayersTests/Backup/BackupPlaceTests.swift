import BackoutTestKit
import BackupLayer
import Foundation
import Layer
import Runbook
import Testing

/// The dump lies here, and the database is in a container: a `docker` that runs what follows `exec` in another folder,
/// with variables of its own.
@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct BackupPlaceTests {
  let driver = BackupDriver()

  private func contained(_ world: BackupWorld) throws -> StepEnvironment {
    let script = """
      #!/bin/sh
      [ "$1 $2 $3 $4" = "compose exec -T db" ] || exit 64
      shift 4
      cd \(world.path("inside")) || exit 65
      exec env -i PATH="$PATH" PGHOST=127.0.0.1 PGPORT=\(world.database.server.port) \
        PGPASSWORD='\(world.database.server.password)' "$@"
      """
    try FileManager.default.createDirectory(atPath: world.path("bin"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: world.path("inside"), withIntermediateDirectories: true)
    try script.write(toFile: world.path("bin/docker"), atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: world.path("bin/docker"))
    var environment = world.fresh
    var variables = environment.context.variables
    for name in ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"] { variables[name] = nil }
    variables["PATH"] = "\(world.path("bin")):\(variables["PATH"] ?? "")"
    environment.context.variables = variables
    environment.session = PlainShell(directory: world.folder.path, variables: variables)
    return environment
  }

  @Test(arguments: [
    "cat b.sql | docker compose exec -T db psql -q", "docker compose exec -T db pg_restore -c --if-exists <b.dump",
  ])
  func aDumpHereGoesIntoAContainer(_ command: String) async throws {
    let world = try await BackupWorld()
    let environment = try contained(world)
    try await world.shell("pg_dump -c --if-exists \(world.name) >b.sql; pg_dump -Fc -f b.dump \(world.name)")
    try await world.database.run("INSERT INTO log VALUES ('newer')")
    let parts = command.split(separator: "<", maxSplits: 1).map(String.init)
    let text = "\(parts[0]) -U postgres -d \(world.name)" + (parts.count > 1 ? " <\(parts[1])" : "")
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: command, action: try world.action(text), statement: text, environment: environment,
        disturb: { try await world.ask("INSERT INTO log VALUES ('later')", of: world.name) },
        disturbanceSurvives: {
          try await world.ask("SELECT count(*) FROM log WHERE line = 'later'", of: world.name) == "1"
        },
        reset: {
          let rows = try await world.ask("SELECT string_agg(line, ',' ORDER BY line) FROM log", of: world.name)
          #expect(rows == "a,a,newer")
        }))
    #expect(report.violations == [])
    let problems = try await world.problems(text, environment)
    #expect(problems.map(\.code) == ["backup-older"] || problems.map(\.code) == [])
    await world.remove()
  }

  @Test func whatIsInsideIsLookedAtInside() async throws {
    let world = try await BackupWorld()
    let environment = try contained(world)
    try await world.shell("pg_dump -Fc -f b.dump \(world.name)")
    let command = "docker compose exec -T db pg_restore -c -U postgres -d \(world.name) b.dump"
    #expect(try await world.problems(command, environment).map(\.code) == ["backup-missing"])
    try await world.shell("mv b.dump inside/")
    #expect(try await world.problems(command, environment) == [])
    let dump = "docker compose exec -T db pg_dump -U postgres \(world.name) >out.sql"
    let effect = try world.effect(dump, environment)
    let before = try await driver.observe(effect, in: environment)
    _ = try await environment.session?.run(dump, timeout: 60)
    let after = try await driver.observe(effect, in: environment)
    let verdict = driver.verify(effect, before: before, after: after, outcome: nil)
    #expect(verdict == .proven("the dump can be read to its end: 3 tables, 7 rows"))
    #expect(FileManager.default.fileExists(atPath: world.path("out.sql")))
    await world.remove()
  }

  @Test func aContainerThatDoesNotRun() async throws {
    let world = try await BackupWorld()
    let environment = try contained(world)
    try await world.shell("pg_dump \(world.name) >b.sql; rmdir inside")
    let text = "cat b.sql | docker compose exec -T db psql -U postgres"
    let problems = try await world.problems(text, environment)
    #expect(problems.map(\.code) == ["not-observed"] && problems.first?.severity == .error)
    await world.remove()
  }
}
