import BackoutTestKit
import Foundation
import Testing

@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct DatabaseLuckTests {
  private func scene(_ sql: String, _ database: TestDatabase) async throws -> Scene {
    let runbook = "# R\n\n## Rollback Steps\n\n### Step 1: Data\n\n```sql\n\(sql)\n```\n"
    let scene = try await Scene(
      runbook: runbook,
      bindings: "runbooks: { ROLLBACK.md: { connections: { default: { postgres: env:DATABASE_URL } } } }\n",
      variables: ["DATABASE_URL": database.url])
    try await scene.confirm()
    return scene
  }

  private func database() async throws -> TestDatabase {
    try await TestPostgres.shared.database(
      "CREATE TABLE calls (id int PRIMARY KEY, note text); INSERT INTO calls SELECT i, 'n' || i FROM generate_series(1, 20) i"
    )
  }

  /// The backup that the run took stays when it is undone; what it replaced comes back.
  @Test func anUndoTakesNoBackupAway() async throws {
    let database = try await database()
    let runbook = "pg_dump \"$DATABASE_URL\" > new.sql\npg_dump \"$DATABASE_URL\" > old.sql\necho 2 > a.txt"
    let scene = try await Scene(
      runbook: Scene.runbook(runbook), files: ["a.txt": "1\n", "old.sql": "kept\n"],
      variables: ["DATABASE_URL": database.url])
    try await scene.confirm()
    let plan = try await scene.backout("plan")
    #expect(plan.says("undo leaves it") && plan.says("1 left as a backup"), "\(plan.all)")
    let ran = try await scene.run()
    #expect(ran.status == 0, "\(ran.all)")
    let dry = try await scene.backout("undo", "--dry-run")
    #expect(dry.says("stays: the run's own backups") && dry.says("2 steps to put back"), "\(dry.all)")
    let undo = try await scene.backout("undo", "-y")
    #expect(undo.status == 0 && undo.says("✓ undone"), "\(undo.all)")
    #expect(scene.read("new.sql")?.contains("COPY public.calls") == true)
    #expect(scene.read("old.sql") == "kept\n" && scene.read("a.txt") == "1\n")
  }

  private static func revision(_ id: String, after: String) -> String {
    """
    from alembic import op

    revision = "\(id)"
    down_revision = \(after)


    def upgrade():
        op.execute("CREATE TABLE t_\(id) (id int)")


    def downgrade():
        op.execute("DROP TABLE t_\(id)")

    """
  }

  /// The release before does not have the migration that the schema is at.
  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/alembic"), "alembic is not here"),
    arguments: [true, false])
  func theWayBackOfASchemaIsOnlyInTheNewerCode(codeIsFirst: Bool) async throws {
    let database = try await database()
    let lines = ["git checkout -q v1", "alembic downgrade 001"]
    let scene = try await Scene(
      runbook: Scene.runbook((codeIsFirst ? lines : lines.reversed()).joined(separator: "\n")),
      bindings: "runbooks: { ROLLBACK.md: { connections: { default: { postgres: env:DATABASE_URL } } } }\n",
      files: [
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "env.py": """
        import os
        from alembic import context
        from sqlalchemy import create_engine

        if context.is_offline_mode():
            context.configure(url=os.environ["DATABASE_URL"])
            with context.begin_transaction():
                context.run_migrations()
        else:
            with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
                context.configure(connection=connection)
                with context.begin_transaction():
                    context.run_migrations()

        """,
        "001.py": Self.revision("001", after: "None"), "002.py": Self.revision("002", after: "'001'"),
      ], variables: ["DATABASE_URL": database.url])
    try await scene.shell(
      """
      mkdir -p migrations/versions && git mv env.py migrations/
      git mv 001.py migrations/versions/ && mv 002.py .. && git rm -q --cached 002.py && git commit -qm v1 && git tag v1
      mv ../002.py migrations/versions/ && git add -A && git commit -qm v2 && alembic upgrade head
      rm -rf migrations/__pycache__ migrations/versions/__pycache__
      """)
    try await scene.confirm()
    let plan = try await scene.backout("plan", "ROLLBACK.md", "--json")
    #expect(plan.all.contains("wrong-order") == codeIsFirst, "\(plan.all)")
    if codeIsFirst { #expect(plan.says("replaces \(scene.path("migrations/versions/002.py"))"), "\(plan.all)") }
  }

  private static let bound = "runbooks: { ROLLBACK.md: { connections: { default: { postgres: env:DATABASE_URL } } } }\n"

  /// After a step of the shell the session's own words are looked at: the bound connection's value is that connection, and
  /// another database is another, though the variable's name is the same.
  @Test(arguments: [true, false]) func aConnectionIsKnownByItsValue(withPassword: Bool) async throws {
    let one = try await database()
    let two = try await database()
    func url(_ database: TestDatabase) -> String {
      withPassword ? database.url : database.url.replacingOccurrences(of: ":\(database.server.password)@", with: "@")
    }
    let scene = try await Scene(
      runbook: Scene.runbook(
        """
        true
        psql "$DATABASE_URL" -c "DELETE FROM calls WHERE id = 1"
        export DATABASE_URL=$OTHER_URL
        psql "$DATABASE_URL" -c "DELETE FROM calls WHERE id = 2"
        """), bindings: Self.bound,
      variables: ["DATABASE_URL": url(one), "OTHER_URL": url(two), "PGPASSWORD": one.server.password])
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 0, "\(ran.all)")
    func kept(_ database: TestDatabase) async throws -> String {
      try await scene.shell("psql '\(database.url)' -Atc 'SELECT min(id), count(*) FROM calls WHERE id <> 20'").out
    }
    #expect(try await [kept(one), kept(two)] == ["2|18\n", "1|18\n"])
    let undone = try await scene.backout("undo", "-y", "--non-interactive")
    #expect(undone.status == 0, "\(undone.all)")
    #expect(try await [kept(one), kept(two)] == ["1|19\n", "1|19\n"])
  }

  /// The session ends with the run, and what its steps exported with it.
  @Test func anUndoLooksWhereTheRunsSessionDid() async throws {
    let database = try await database()
    let scene = try await Scene(
      runbook: Scene.runbook(
        """
        export PGHOST=127.0.0.1 PGUSER=postgres
        export PGPORT=\(database.server.port) PGDATABASE=\(database.name)
        psql -c "DELETE FROM calls WHERE id < 3"
        python3 -c 'pass'
        """), variables: ["PGPASSWORD": database.server.password])
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 0, "\(ran.all)")
    let undone = try await scene.backout("undo", "-y", "--non-interactive")
    #expect(undone.status == 0 && undone.all.contains("! undone in part"), "\(undone.all)")
    #expect(undone.all.contains("1 not put back"), "\(undone.all)")
    let count = try await scene.shell("psql '\(database.url)' -Atc 'SELECT count(*) FROM calls'").out
    #expect(count == "20\n")
  }

  @Test func aDatabaseThatGoesAwayInMidStatement() async throws {
    let database = try await database()
    // The change itself sleeps; what only looks does not.
    try await database.run(
      """
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION slow()
      """)
    let scene = try await scene("UPDATE calls SET note = 'gone' WHERE id <= 5;", database)
    let running = try scene.begin(["run", "ROLLBACK.md", "-y", "--non-interactive"])
    let cut = try await eventually {
      try await database.run(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'"
      ) != "0"
    }
    #expect(cut)
    let ran = await running.end()
    #expect(ran.status == 1 && ran.says("nothing was changed"), "\(ran.status) \(ran.all)")
    #expect(!ran.all.contains(database.server.password))
    #expect(try await database.run("SELECT count(*) FROM calls WHERE note = 'gone'") == "0")
    #expect(try await scene.backout("answer", "step-1/1", "skip", "--reason", "the database went away").status == 0)
    #expect(try await scene.backout("resume", "--non-interactive").status == 1)
  }

  @Test func aRowChangedByACustomerBetweenRunAndUndo() async throws {
    let database = try await database()
    let scene = try await scene(
      "DELETE FROM calls WHERE id <= 3;\nUPDATE calls SET note = 'old' WHERE id BETWEEN 4 AND 8;", database)
    let ran = try await scene.run()
    #expect(ran.status == 0, "\(ran.all)")
    try await database.run("UPDATE calls SET note = 'customer' WHERE id = 5; INSERT INTO calls VALUES (2, 'customer')")
    let undo = try await scene.backout("undo", "-y", "--non-interactive")
    #expect(undo.status == 4 && undo.says("changed by somebody after this run"), "\(undo.status) \(undo.all)")
    #expect(
      try await database.run("SELECT id, note FROM calls WHERE note = 'customer' ORDER BY id")
        == "2|customer\n5|customer")
    for _ in 0..<2 {
      let object = try await scene.backout("status", "--json").json()
      guard let waiting = (object["waiting"] as? [[String: Any]])?.first, let id = waiting["id"] as? String else {
        break
      }
      let options = try #require(waiting["options"] as? [[String: Any]]).compactMap { $0["id"] as? String }
      let keep = try #require(options.first)
      #expect(try await scene.backout("answer", id, keep).status == 0)
      _ = try await scene.backout("undo", "--non-interactive")
    }
    #expect(try await scene.status().state == "undone")
    #expect(
      try await database.run("SELECT id, note FROM calls WHERE id <= 8 ORDER BY id")
        == "1|n1\n2|customer\n3|n3\n4|n4\n5|customer\n6|n6\n7|n7\n8|n8")
  }
}
