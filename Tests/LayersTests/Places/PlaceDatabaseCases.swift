import BackoutTestKit
import BackupLayer
import Foundation
import Layer
import Runbook
import SchemaLayer
import Testing

extension PlaceConformanceTests {
  static let databases: [PlaceCase] =
    TestPostgres.isAvailable ? backup + [declaredMigration] + (MigrationWorld.hasAlembic ? [alembic] : []) : []

  // MARK: Backup

  /// Elsewhere nothing of the session's PGHOST and PGPASSWORD is known, so that the words say all; the password lies in a
  /// file.
  private static let backup: [PlaceCase] = [
    ("pg_restore -c --if-exists -d 'CONNECTION' FOLDER/b.dump", ""), ("psql -q -d 'CONNECTION' -f FOLDER/dump.sql", ""),
    ("psql -q -d 'CONNECTION'", " <FOLDER/dump.sql"), ("pg_dump -Fc -f FOLDER/new.dump -d 'CONNECTION'", ""),
  ].map { command, tail in
    PlaceCase("backup: \(command)\(tail)") { kind in
      let world = try await BackupWorld()
      let server = world.database.server
      let words =
        "host=127.0.0.1 port=\(server.port) user=postgres dbname=\(world.name) passfile=\(world.path("pass"))"
      func filled(_ text: String) -> String {
        text.replacingOccurrences(of: "CONNECTION", with: words)
          .replacingOccurrences(of: "FOLDER", with: world.folder.path)
      }
      try await world.shell(
        """
        umask 077; echo '*:*:*:*:\(server.password)' >pass
        pg_dump -c --if-exists \(world.name) >dump.sql; pg_dump -Fc -f b.dump \(world.name)
        """)
      try await world.database.run("INSERT INTO log VALUES ('newer')")
      var environment = world.fresh
      for name in ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"] { environment.context.variables[name] = nil }
      let isDump = command.hasPrefix("pg_dump")
      try await TestPlace.run(kind, folders: [world.folder.path]) { [environment] place in
        try await place.exercise(
          BackupDriver(), filled(command), options: kind == .container && !tail.isEmpty ? "-i " : "",
          tail: filled(tail), from: environment,
          disturb: {
            if isDump {
              try await world.shell("echo later >new.dump")
            } else {
              try await world.ask("INSERT INTO log VALUES ('later')", of: world.name)
            }
          },
          survives: {
            isDump
              ? try await world.shell("cat new.dump") == "later\n"
              : try await world.ask("SELECT count(*) FROM log WHERE line = 'later'", of: world.name) == "1"
          },
          reset: {
            // The undo before it has put everything back, which is looked at by other means than the driver's.
            let rows = try await world.ask("SELECT string_agg(line, ',' ORDER BY line) FROM log", of: world.name)
            #expect(rows == "a,a,newer" && !FileManager.default.fileExists(atPath: world.path("new.dump")))
          })
      }
      await world.remove()
    }
  }

  // MARK: Schema

  private static let declaredMigration = PlaceCase("schema: a declared migration") { kind in
    let world = try await MigrationWorld(
      [
        "sql/001_start.up.sql": "SELECT 1;", "sql/001_start.down.sql": "SELECT 1;",
        "sql/002_change.up.sql": "SELECT 1;",
        "sql/002_change.down.sql": "DELETE FROM dev.calls WHERE status = 'new';",
      ], sql: DeclaredMigrationTests.start)
    defer { world.end() }
    // The variables of the session are not there.
    let tool = DeclaredMigrationTests.tool.replacingOccurrences(
      of: "#!/bin/sh\n", with: "#!/bin/sh\ncd \(world.folder)\nDATABASE_URL='\(world.database.url)'\n")
    try tool.write(toFile: world.folder + "/tool", atomically: true, encoding: .utf8)
    try await world.run("chmod", "+x", "tool")
    let path = world.folder + "/tool"
    var environment = world.environment
    environment.context.layers = [
      "calls": DeclaredLayer(
        match: "", observe: "",
        migrations: DeclaredMigrations(
          current: "\(path) current", list: "\(path) list", down: "\(path) down {revision}",
          up: "\(path) up {revision}", sql: "\(path) sql {revision}", tables: []))
    ]
    try await TestPlace.run(kind, folders: [world.folder]) { [environment] place in
      try await place.exercise(
        SchemaDriver(), "\(path) down 002_change", from: environment,
        disturb: { try await world.database.run("INSERT INTO dev.calls VALUES (1, 'mine', 0)") },
        survives: { try await world.database.run("SELECT status = 'mine' FROM dev.calls WHERE id = 1") == "t" })
    }
  }

  private static let alembic = PlaceCase("schema: alembic downgrade") { kind in
    let world = try await MigrationWorld.alembic("004")
    defer { world.end() }
    // As there, where the variables of the session are not: the settings lie beside the migrations.
    try await world.run("sed", "-i", "s|os.environ..DATABASE_URL..|'\(world.database.url)'|", "migrations/env.py")
    try await world.run("sed", "-i", "s|= migrations|= %(here)s/migrations|", "alembic.ini")
    let alembic = "alembic -c \(world.folder)/alembic.ini"
    try await TestPlace.run(kind, folders: [world.folder]) { place in
      try await place.exercise(
        SchemaDriver(), "\(alembic) downgrade -1", from: world.environment,
        disturb: { try await world.database.run("UPDATE dev.calls SET status = 'mine' WHERE id = 2") },
        survives: { try await world.database.run("SELECT status = 'mine' FROM dev.calls WHERE id = 2") == "t" })
      try await place.exercise(SchemaDriver(), "\(alembic) current", from: world.environment, isRead: true)
    }
  }
}
