import BackoutTestKit
import Foundation
import Layer
import PostgresLayer
import Runbook
import RunbookReading
import Synchronization
import Testing

@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct PostgresDriverTests {
  let driver = PostgresDriver()

  private func effect(_ sql: String, _ world: CallsWorld) throws -> Effect {
    try #require(driver.recognise(world.sql(sql), in: world.environment.context))
  }

  private func psql(_ words: String..., variables: [String: String] = [:], place: Place = .here) -> Effect? {
    driver.recognise(
      .command(ParsedCommand(literal: ["psql"] + words, place: place)),
      in: ReadingContext(
        directory: "/tmp", variables: variables, connections: ["default": .postgres(.environment("DATABASE_URL"))]))
  }

  // MARK: Recognise

  @Test func psqlIsUnderstoodByItsArguments() throws {
    let read = try #require(
      psql("-h", "127.0.0.1", "-p", "54322", "-U", "postgres", "-d", "postgres", "-tAc", "SELECT 1"))
    #expect(read.role == .observe && read.isNative)
    let change = try #require(
      psql(
        "-h127.0.0.1", "-p", "54322", "--dbname=x", "-v", "ON_ERROR_STOP=1", "-c", "DELETE FROM a.b", "-c",
        "DELETE FROM c"))
    #expect(change.targets == ["postgres:127.0.0.1:54322/x a.b", "postgres:127.0.0.1:54322/x c"])
    #expect(change.isDestructive && change.isNative)
    #expect(psql() == nil)
    #expect(psql("-d", "x") == nil)
    #expect(psql("-c", "\\dt")?.isNative == false)
    #expect(psql("-c", "DELETE FROM a", place: .ssh(host: "db", options: []))?.isNative == false)
  }

  @Test func aHereDocumentIsItsSQL() throws {
    func read(_ text: String) throws -> Effect? {
      let command = try #require(ShellReader().statements(of: text, line: 1).first?.commands.first)
      return driver.recognise(.command(command), in: ReadingContext(directory: "/tmp"))
    }
    for text in [
      "psql -d x <<'SQL'\nBEGIN;\nDELETE FROM a WHERE id = '$1';\nCOMMIT;\nSQL", "psql -d x <<SQL\nDELETE FROM a\nSQL",
      "psql -d x -f - <<-SQL\n\tDELETE FROM a\n\tSQL", "psql -d x <<<'DELETE FROM a'",
    ] {
      let effect = try #require(try read(text), "\(text)")
      #expect(effect.isNative && effect.isDestructive && effect.reversibility == .exact, "\(text)")
      #expect(effect.targets.count == 1 && effect.targets[0].hasSuffix("/x a"), "\(effect.targets)")
    }
    // The shell fills it in, or psql's own words stand in it.
    #expect(try read("psql -d x <<SQL\nDELETE FROM $TABLE\nSQL") == nil)
    #expect(try read("psql -d x <<'SQL'\n\\dt\nSQL")?.isNative == false)
    #expect(try read("psql -d x <dump.sql") == nil)
    #expect(try read("psql -d x <<'SQL' >out.txt\nSELECT 1\nSQL") == nil)
  }

  @Test func aPasswordNeverStandsInAnEffect() throws {
    let url = "postgresql://agy:topsecret@db.example:5433/agy"
    let expanded = try #require(psql(url, "-c", "DELETE FROM a", variables: ["DATABASE_URL": url]))
    #expect(!expanded.parameters.canonicalText.contains("topsecret"))
    #expect(expanded.targets == ["postgres:default a"] || expanded.targets == ["postgres:db.example:5433/agy a"])
    #expect(expanded.isNative)
    let written = ParsedCommand(words: [
      Word(literal: "psql"), Word(text: "\"$DATABASE_URL\"", value: nil, variables: ["DATABASE_URL"]),
      Word(literal: "-c"), Word(literal: "DELETE FROM a"),
    ])
    let planned = try #require(
      driver.recognise(
        .command(written),
        in: ReadingContext(
          directory: "/", variables: ["DATABASE_URL": url],
          connections: ["default": .postgres(.environment("DATABASE_URL"))])))
    #expect(planned.targets == ["postgres:default a"])
    #expect(planned == expanded || planned.targets == expanded.targets)
    let literal = try #require(psql(url, "-c", "DELETE FROM a"))
    #expect(!literal.parameters.canonicalText.contains("topsecret") && !literal.isNative)
  }

  @Test(arguments: [
    ("VACUUM", false), ("SELECT 1", true), ("CREATE DATABASE x", false), ("DROP TYPE t", false),
    ("UPDATE t SET a = 1", true), ("DROP SCHEMA s CASCADE", false), ("SHOW work_mem", true),
  ])
  func whatCannotBeTakenBackSaysSo(_ sql: String, _ exact: Bool) throws {
    let effect = try #require(driver.recognise(.sql(SQLText(text: sql)), in: ReadingContext(directory: "/")))
    #expect((effect.reversibility == .exact) == exact || effect.role == .observe, "\(effect.reversibility)")
  }

  // MARK: Reading

  @Test func aCountIsANumber() async throws {
    let world = try await CallsWorld()
    let read = try effect("SELECT count(*) FROM dev.calls WHERE conversation_id IS NULL;", world)
    let before = try await driver.observe(read, in: world.environment)
    #expect(before.summary == "10")
    let outcome = try await driver.act(read, before: before, in: world.environment)
    #expect(outcome.value == .integer(10))
    let rows = try effect("SELECT id, status FROM dev.calls ORDER BY id LIMIT 2", world)
    let answer = try await driver.act(rows, before: before, in: world.environment)
    #expect(answer.value?.member(at: "1.id") == .integer(2))
  }

  @Test func aReadThatWritesIsRefused() async throws {
    let world = try await CallsWorld(
      "CREATE FUNCTION dev.sneaky() RETURNS int LANGUAGE sql AS 'DELETE FROM dev.notes RETURNING id';")
    for sql in ["SELECT dev.sneaky()", "SELECT nextval('dev.calls_id_seq')", "EXPLAIN ANALYZE DELETE FROM dev.notes"] {
      let read = try effect(sql, world)
      #expect(read.role == .observe)
      let outcome = try await driver.act(read, before: .notObserved(""), in: world.environment)
      #expect(!outcome.succeeded)
      #expect(outcome.value == .object(["sqlstate": "25006"]))
    }
    #expect(try await world.database.run("SELECT count(*) FROM dev.notes") == "40")
  }

  // MARK: Forecast

  @Test(arguments: [
    ("DELETE FROM dev.nothing", "table-missing"), ("UPDATE dev.calls SET nothing = 1 WHERE id = 1", "column-missing"),
    ("UPDATE dev.calls SET cost = 1", "no-where"), ("DELET FROM x", "sql-syntax"),
    ("ALTER TABLE dev.calls ALTER COLUMN conversation_id SET NOT NULL", "null-rows"),
    ("ALTER TABLE dev.calls DROP COLUMN nothing", "column-missing"), ("DROP TABLE dev.calls", "dependent-object"),
    ("ALTER TABLE dev.calls DROP COLUMN call_sid", "dependent-object"),
  ])
  func problemsAreFoundByLooking(_ sql: String, _ code: String) async throws {
    let world = try await CallsWorld("CREATE VIEW dev.sids AS SELECT call_sid FROM dev.calls;")
    let effect = try effect(sql, world)
    let before = try await driver.observe(effect, in: world.environment)
    let forecast = try await driver.forecast(effect, before: before, in: world.environment)
    #expect(forecast.problems.map(\.code).contains(code), "\(forecast.problems)")
  }

  @Test func theForecastCountsWhatIsKept() async throws {
    let world = try await CallsWorld()
    let effect = try effect("DELETE FROM dev.calls WHERE conversation_id IS NULL", world)
    let before = try await driver.observe(effect, in: world.environment)
    let forecast = try await driver.forecast(effect, before: before, in: world.environment)
    #expect(forecast.problems == [])
    #expect(forecast.keeps == "10 rows of dev.calls")
    #expect(forecast.bytes > 100)
    #expect(forecast.note?.contains("dev.transcriptions go along") == true)
    #expect(forecast.pins["target identity"] != nil)
  }

  @Test func aDatabaseThatDoesNotAnswerIsAProblem() async throws {
    let url = "postgresql://u:topsecret@127.0.0.1:1/x"
    let environment = StepEnvironment(
      label: "r", context: ReadingContext(directory: "/", connections: ["default": .postgres(.environment("U"))]),
      images: MemoryImageStore(), runner: ProcessRunner(), secrets: FixedSecrets(["U": url]))
    let effect = try #require(driver.recognise(.sql(SQLText(text: "DELETE FROM a")), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    #expect(!before.isObserved && before.summary.contains("127.0.0.1"))
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.problems.map(\.code) == ["database-unreachable"])
    #expect(!"\(forecast)\(before)".contains("topsecret"))
    let outcome = try await driver.act(effect, before: before, in: environment)
    #expect(!outcome.succeeded)
    let unbound = try #require(
      driver.recognise(.sql(SQLText(text: "DELETE FROM a")), in: ReadingContext(directory: "/")))
    #expect(
      try await driver.forecast(unbound, before: before, in: environment).problems.map(\.code) == ["connection-unbound"]
    )
  }

  @Test func missingRightsAndLocksAreFoundBeforehand() async throws {
    let role = "r_" + UUID().uuidString.prefix(8).lowercased()
    let world = try await CallsWorld()
    try await world.database.run(
      "CREATE ROLE \(role) LOGIN PASSWORD '\(world.database.server.password)'; GRANT USAGE ON SCHEMA dev TO \(role);"
        + "GRANT SELECT ON dev.calls TO \(role)")
    var database = world.database
    database.user = role
    let environment = CallsWorld.environment(database)
    for sql in ["DELETE FROM dev.calls WHERE id = 1", "ALTER TABLE dev.calls DROP COLUMN cost", "TRUNCATE dev.calls"] {
      let effect = try effect(sql, world)
      let before = try await driver.observe(effect, in: environment)
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      #expect(forecast.problems.map(\.code).contains("no-privilege"), "\(sql): \(forecast.problems)")
      #expect(try await driver.act(effect, before: before, in: environment).succeeded == false)
    }
  }

  // MARK: One transaction

  /// Dies where the process would: after the image is on disk and before COMMIT.
  struct Killed: Error {}

  @Test func aCrashBeforeCommitChangesNothingAndTheNextAttemptIsTheOneUndone() async throws {
    let world = try await CallsWorld()
    let effect = try effect("UPDATE dev.calls SET cost = cost + 1 WHERE id <= 3", world)
    let before = try await driver.observe(effect, in: world.environment)
    let marker = Mutex<JSONValue?>(nil)
    var crashing = world.environment
    crashing.mark = { value in
      marker.withLock { $0 = value }
      throw Killed()
    }
    let failed = try await driver.act(effect, before: before, in: crashing)
    #expect(!failed.succeeded)
    #expect(try await driver.observe(effect, in: world.environment).isSameState(as: before))
    let probe = try await driver.probe(
      effect, before: before, marker: marker.withLock { $0 }, in: world.environment)
    guard case .notHappened = probe else { return #expect(Bool(false), "\(probe)") }

    try await world.database.run("UPDATE dev.calls SET cost = 100 WHERE id = 1")
    let second = try await driver.observe(effect, in: world.environment)
    var marking = world.environment
    marking.mark = { value in marker.withLock { $0 = value } }
    let image = try await driver.keep(effect, before: second, in: marking)
    #expect(try await driver.act(effect, before: second, in: marking).succeeded)
    guard
      case .happened = try await driver.probe(
        effect, before: second, marker: marker.withLock { $0 }, in: world.environment)
    else { return #expect(Bool(false), "not happened") }
    let after = try await driver.observe(effect, in: marking)
    let undone = try await driver.undo(image, of: effect, before: second, after: after, answer: nil, in: marking)
    #expect(undone.conflicts.isEmpty)
    #expect(try await world.database.run("SELECT cost FROM dev.calls WHERE id = 1") == "100.00")
    #expect(try await driver.observe(effect, in: marking).isSameState(as: second))
  }

  @Test func aStoreWithoutRoomLeavesTheRowsAlone() async throws {
    struct Full: ImageStore {
      struct NoRoom: Error {}
      func save(_ name: String, chunks next: () async throws -> Data?) async throws -> BlobReference { throw NoRoom() }
      func load(_ blob: BlobReference, each chunk: (Data) async throws -> Void) async throws {}
      func kept(_ name: String) async throws -> BlobReference? { nil }
    }
    let world = try await CallsWorld()
    var environment = world.environment
    environment.images = Full()
    let effect = try effect("DELETE FROM dev.calls", world)
    let before = try await driver.observe(effect, in: environment)
    #expect(try await driver.act(effect, before: before, in: environment).succeeded == false)
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
  }

  @Test func aTriggersRowsAreKeptAsWell() async throws {
    let world = try await CallsWorld(
      """
      CREATE TABLE dev.totals (status text PRIMARY KEY, n int);
      INSERT INTO dev.totals SELECT status, count(*) FROM dev.calls GROUP BY 1;
      CREATE FUNCTION dev.counted() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE dev.totals SET n = n - 1 WHERE status = OLD.status; RETURN OLD; END $$;
      CREATE TRIGGER counted AFTER DELETE ON dev.calls FOR EACH ROW EXECUTE FUNCTION dev.counted();
      """)
    let effect = try effect("DELETE FROM dev.calls WHERE id <= 5", world)
    let before = try await driver.observe(effect, in: world.environment)
    let image = try await driver.keep(effect, before: before, in: world.environment)
    #expect(try await driver.act(effect, before: before, in: world.environment).succeeded)
    #expect(try await world.database.run("SELECT n FROM dev.totals") == "35")
    let after = try await driver.observe(effect, in: world.environment)
    let undone = try await driver.undo(
      image, of: effect, before: before, after: after, answer: nil, in: world.environment)
    #expect(undone.conflicts.isEmpty)
    #expect(try await world.database.run("SELECT n FROM dev.totals") == "40")
    #expect(try await world.database.run("SELECT count(*), count(DISTINCT call_id) FROM dev.transcriptions") == "40|40")
    #expect(try await world.database.run("SELECT count(call_id) FROM dev.notes") == "40")
  }

  @Test func conflictsAreAnsweredAsAsked() async throws {
    for (answer, expected) in [(ConflictAnswer.putBack, ""), (.keepNewer, "customer"), (.exportBoth, "customer")] {
      let world = try await CallsWorld()
      let effect = try effect("UPDATE dev.calls SET conversation_id = 'r' || id WHERE conversation_id IS NULL", world)
      let before = try await driver.observe(effect, in: world.environment)
      let image = try await driver.keep(effect, before: before, in: world.environment)
      _ = try await driver.act(effect, before: before, in: world.environment)
      let after = try await driver.observe(effect, in: world.environment)
      try await world.database.run("UPDATE dev.calls SET conversation_id = 'customer' WHERE id = 4")
      let first = try await driver.undo(
        image, of: effect, before: before, after: after, answer: nil, in: world.environment)
      #expect(first.conflicts.count == 1)
      #expect(first.conflicts.first?.now == "conversation_id = customer")
      let undone = try await driver.undo(
        image, of: effect, before: before, after: after, answer: answer, in: world.environment)
      #expect(undone.conflicts.isEmpty)
      #expect(try await world.database.run("SELECT conversation_id FROM dev.calls WHERE id = 4") == expected)
      #expect(
        try await world.database.run("SELECT count(*) FROM dev.calls WHERE conversation_id IS NULL")
          == (answer == .putBack ? "10" : "9"))
      if answer == .exportBoth {
        #expect(try await world.database.run("SELECT id FROM dev.calls_backout_kept") == "4")
      }
    }
  }

  @Test func aConnectionThatIsCutIsAFailureAndNotACrash() async throws {
    let world = try await CallsWorld()
    let effect = try effect("UPDATE dev.calls SET cost = 1 FROM pg_sleep(20) WHERE id = 1", world)
    let before = Observation(summary: "")
    let environment = world.environment
    let database = world.database
    async let cut: Void = {
      for _ in 0..<100 {
        let ended = try await database.run(
          "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'backout run/%' AND datname = current_database() AND query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()"
        )
        if ended != "0" { return }
        try await Task.sleep(for: .milliseconds(100))
      }
    }()
    let outcome = try await driver.act(effect, before: before, in: environment)
    try await cut
    #expect(!outcome.succeeded && outcome.summary.contains("nothing was changed"), "\(outcome)")
    #expect(try await world.database.run("SELECT cost FROM dev.calls WHERE id = 1") == "1.10")
  }
}
