import BackoutTestKit
import Foundation
import Layer
import Runbook
import SchemaLayer
import Testing

@Suite struct OtherToolTests {
  let driver = SchemaDriver()

  private func effect(_ command: String, _ variables: [String: String] = [:]) -> Effect? {
    driver.recognise(MigrationWorld.action(command), in: ReadingContext(directory: "/srv/app", variables: variables))
  }

  @Test(arguments: [
    "alembic downgrade -1", "alembic -c x.ini -x tenant=a --name db downgrade base", "python -m alembic downgrade 91ab",
    "python3 -m alembic upgrade head", "uv run alembic downgrade -1", "poetry run alembic upgrade +1",
    "/srv/app/.venv/bin/alembic downgrade ae10-2", "alembic stamp head", "python manage.py migrate shop 0003",
    "python3 manage.py migrate shop zero --settings=a.b", "./manage.py migrate", "django-admin migrate shop 0001",
    "uv run python manage.py migrate shop 0001", "sqitch revert -y --to @HEAD^", "sqitch revert db:pg:app users -y",
    "sqitch deploy --to users", "rails db:rollback STEP=2", "bundle exec rails db:rollback",
    "bin/rails db:migrate:down VERSION=3",
    "rake db:rollback", "npx prisma migrate deploy", "npx prisma migrate resolve --rolled-back 2023_x",
    "flyway undo", "flyway -url=jdbc:x migrate", "migrate -path db -database x down 1", "dbmate rollback",
    "dbmate --url x down", "goose postgres dsn down", "goose -dir m down-to 3",
  ])
  func aChangeIsRecognised(_ command: String) throws {
    let found = try #require(effect(command))
    #expect(found.layer == .schema && found.role == .change && !found.isNative)
  }

  @Test(arguments: [
    "alembic current", "alembic history -v", "alembic heads", "alembic show head", "alembic check",
    "alembic downgrade a:b --sql", "python manage.py showmigrations", "python manage.py migrate --plan",
    "sqitch status",
    "rails db:version", "npx prisma migrate status", "flyway info", "migrate -path db -database x version",
    "dbmate status", "goose postgres dsn status",
  ])
  func aLookIsRecognised(_ command: String) throws {
    #expect(try #require(effect(command)).role == .observe)
  }

  @Test(arguments: [
    "alembic", "alembic revision -m x", "alembic downgrade", "python alembic.py downgrade -1",
    "python manage.py runserver",
    "rails server", "sqitch add x", "migrate", "npx create-react-app x", "python migrations/003.py downgrade",
  ])
  func whatIsNoneIsLeft(_ command: String) { #expect(effect(command) == nil) }

  @Test func whatCannotBeKeptSaysSo() throws {
    for command in ["rails db:rollback", "npx prisma migrate reset", "flyway clean", "goose postgres dsn down"] {
      #expect(try #require(effect(command)).reversibility.isPointOfNoReturn, "\(command)")
    }
    #expect(effect("alembic downgrade -1")?.reversibility == .exact)
  }

  @Test func aPasswordNeverStandsInAnEffect() throws {
    let url = "postgresql://agy:topsecret@db/agy"
    for command in ["goose postgres \(url) down", "alembic -x url=\(url) downgrade -1", "dbmate --url \(url) down"] {
      let found = try #require(effect(command))
      #expect(
        !found.parameters.canonicalText.contains("topsecret") && !found.summary.contains("topsecret"), "\(command)")
      let known = try #require(effect("dbmate --url \(url) down", ["DSN": url]))
      #expect(known.summary == "dbmate --url $DSN down")
      #expect(!known.parameters.canonicalText.contains("topsecret"))
    }
  }

  @Test func whatATooLPrintsIsItsRevision() async throws {
    let folder = NSTemporaryDirectory() + "backout-tools-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, said) in [
      ("rails", "Current version: 20260101"), ("goose", "goose: version 7"), ("migrate", "12"),
      ("dbmate", "[X] 001_a.sql\n[X] 002_b.sql\n[ ] 003_c.sql"), ("flyway", #"{"schemaVersion": "3.1"}"#),
    ] {
      try "#!/bin/sh\ncat <<'.'\n\(said)\n.\n".write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
    }
    let context = ReadingContext(directory: folder, variables: ["PATH": folder + ":/usr/bin:/bin"])
    let environment = StepEnvironment(
      label: "run/step-1/1", context: context, images: MemoryImageStore(), runner: ProcessRunner(),
      secrets: FixedSecrets(), settings: Settings(timeout: 30))
    for (command, revision) in [
      ("rails db:rollback", "20260101"), ("goose postgres dsn down", "7"), ("migrate -path a -database b down 1", "12"),
      ("dbmate rollback", "002_b.sql"), ("flyway undo", "3.1"),
    ] {
      let effect = try #require(driver.recognise(MigrationWorld.action(command), in: context))
      let seen = try await driver.observe(effect, in: environment)
      #expect(seen.isObserved && seen.summary == "revision \(revision)", "\(command): \(seen.summary)")
      let kept = try await driver.keep(effect, before: seen, in: environment)
      #expect(kept.blobs == [])
    }
  }
}
