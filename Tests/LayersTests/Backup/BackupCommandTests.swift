import BackoutTestKit
import BackupLayer
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

/// What the words of a command say, without any database.
@Suite struct BackupCommandTests {
  let driver = BackupDriver()

  private func effect(_ text: String, variables: [String: String] = [:]) throws -> Effect? {
    let commands = ShellReader().statements(of: text, line: 1).flatMap(\.commands)
    let command = try #require(commands.last { $0.context != .substitution })
    return driver.recognise(.command(command), in: ReadingContext(directory: "/srv", variables: variables))
  }

  @Test(arguments: [
    ("pg_restore -h db -p 5433 -U app -d shop b.dump", "postgres:db:5433/shop"),
    ("pg_restore -hdb -Uapp --dbname=shop <b.dump", "postgres:db:5432/shop"),
    ("psql -U app shop <b.sql", "postgres:localhost:5432/shop"), ("dropdb -h db shop", "postgres:db:5432/shop"),
    ("psql 'host=db dbname=shop' <b.sql", "postgres:db:5432/shop"),
    ("cat b.sql | psql postgresql://app@db:5433/shop", "postgres:db:5433/shop"),
    (
      "cat backup_v0.4.0.sql | docker compose exec -T db psql -U postgres",
      "postgres:container:db:5432/postgres"
    ), ("PGDATABASE=shop psql <b.sql", "postgres:localhost:5432/shop"),
    ("pg_dump -Fc -f /backups/b.dump shop", "file:/backups/b.dump"), ("pg_dump shop >b.sql", "file:/srv/b.sql"),
    ("docker compose exec -T db pg_dump -U postgres shop >b.sql", "file:/srv/b.sql"),
    ("pg_dumpall -f all.sql", "file:/srv/all.sql"),
  ])
  func whatIsTouched(_ command: String, _ target: String) throws {
    #expect(try #require(try effect(command)).targets == [target])
  }

  @Test(arguments: ["pg_dump shop | gzip >b.gz", "pg_restore -l b.dump", "pg_restore -f - b.dump | psql shop"])
  func whatOnlyPrints(_ command: String) throws {
    let commands = ShellReader().statements(of: command, line: 1).flatMap(\.commands)
    let first = try #require(commands.first)
    let effect = try #require(driver.recognise(.command(first), in: ReadingContext(directory: "/srv")))
    #expect(effect.role == .observe && effect.targets.isEmpty)
  }

  @Test(arguments: [
    "psql -c 'SELECT 1'", "psql -f fix.sql", "echo 'SELECT 1' | psql shop", "psql shop", "psql -l", "dropdb",
    "psql shop <<EOF\nSELECT 1;\nEOF", "ls",
  ])
  func whatIsNotABackup(_ command: String) throws { #expect(try effect(command) == nil) }

  @Test func wherePartsLie() throws {
    let fed = try #require(try effect("cat b.sql | docker compose exec -T db psql -U postgres"))
    #expect(fed.place.label == "container:db")
    #expect(fed.parameters.member(at: "source.path") == "/srv/b.sql")
    #expect(fed.parameters.member(at: "source.place") == ["here": [:]])
    let inside = try #require(try effect("docker compose exec -T db psql -U postgres -f /backups/dump.sql"))
    #expect(inside.parameters.member(at: "source.place.container.name") == "db")
    let remote = try #require(try effect("ssh db1 'psql shop < b.sql'"))
    #expect(remote.parameters.member(at: "source.place.ssh.host") == "db1")
    let sent = try #require(try effect("ssh db1 psql shop < b.sql"))
    #expect(sent.parameters.member(at: "source.place") == ["here": [:]])
    let streamed = try #require(try effect("aws s3 cp s3://b/x.sql - | psql shop"))
    #expect(streamed.parameters["stream"] == "aws s3 cp s3://b/x.sql")
  }

  @Test func aPasswordNeverStandsInAnEffect() throws {
    let url = "postgresql://app:topsecret@db:5433/shop"
    let literal = try #require(try effect("pg_restore -d \(url) b.dump"))
    #expect(!literal.parameters.canonicalText.contains("topsecret") && !literal.summary.contains("topsecret"))
    #expect(literal.targets == ["postgres:db:5433/shop"])
    let expanded = try #require(try effect("pg_restore -d \(url) b.dump", variables: ["DATABASE_URL": url]))
    let written = try #require(try effect("pg_restore -d \"$DATABASE_URL\" b.dump", variables: ["DATABASE_URL": url]))
    #expect(written.targets == ["postgres:db:5433/shop"] && expanded.targets == written.targets)
    #expect(!(written.parameters.canonicalText + expanded.parameters.canonicalText).contains("topsecret"))
    let set = try #require(try effect("PGPASSWORD=topsecret psql shop <b.sql"))
    #expect(!set.parameters.canonicalText.contains("topsecret") && !set.summary.contains("topsecret"))
  }

  @Test func aRestoreWithoutADatabaseRestoresNothing() async throws {
    let effect = try #require(try effect("pg_restore b.dump"))
    let environment = StepEnvironment(
      label: "run/1", context: ReadingContext(directory: "/srv"), images: MemoryImageStore(), runner: ProcessRunner(),
      secrets: FixedSecrets())
    let forecast = try await driver.forecast(effect, before: .notObserved("not looked at"), in: environment)
    #expect(forecast.problems.map(\.code) == ["no-op"])
  }
}
