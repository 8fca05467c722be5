import BackoutTestKit
import Foundation
import Layer
import Runbook
import SQLiteLayer
import Testing

struct SQLiteDriverTests {
  let driver = SQLiteDriver()

  struct World {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("backout-\(UUID().uuidString).sqlite").path
    let environment: StepEnvironment

    init() async throws {
      environment = StepEnvironment(
        label: "run/1", context: ReadingContext(directory: "/tmp", connections: ["default": .sqlite(path)]),
        images: MemoryImageStore(), runner: ProcessRunner(), secrets: FixedSecrets())
      try await run(
        """
        CREATE TABLE calls (id INTEGER PRIMARY KEY, conversation TEXT, cost REAL, data BLOB);
        CREATE INDEX by_conversation ON calls (conversation);
        CREATE TABLE heap (name TEXT);
        CREATE TABLE pair (a TEXT, b INTEGER, note TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
        CREATE VIEW open_calls AS SELECT id FROM calls;
        INSERT INTO calls VALUES (1, NULL, 0.1, x'00ff'), (2, 'it''s, two', 1e300, NULL), (3, NULL, -0.5, NULL);
        INSERT INTO heap VALUES ('a'), ('a'), ('b');
        INSERT INTO pair VALUES ('x', 1, 'one'), ('x', 2, 'two');
        """)
    }

    @discardableResult
    func run(_ sql: String) async throws -> String {
      let result = try await ProcessRunner().run(
        CommandRequest(words: ["sqlite3", "-bail", path, sql], directory: "/tmp"))
      try #require(result.status == 0, "\(result.errorText)")
      return result.trimmed
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
  }

  static let cases: [(name: String, sql: String, disturb: String?, survives: String)] = [
    ("select", "SELECT count(*) FROM calls WHERE conversation IS NULL", nil, "SELECT 1"),
    (
      "delete", "DELETE FROM calls WHERE conversation IS NULL",
      "INSERT INTO calls (id, conversation) VALUES (1, 'newer')",
      "SELECT conversation = 'newer' FROM calls WHERE id = 1"
    ),
    (
      "update", "UPDATE calls SET conversation = 'ROLLBACK_' || id WHERE conversation IS NULL",
      "UPDATE calls SET cost = 7 WHERE id = 3", "SELECT cost = 7 FROM calls WHERE id = 3"
    ),
    (
      "insert", "INSERT INTO calls (conversation) VALUES ('new')",
      "UPDATE calls SET cost = 7 WHERE conversation = 'new'",
      "SELECT cost = 7 FROM calls WHERE conversation = 'new'"
    ),
    (
      "composite key", "UPDATE pair SET note = 'three' WHERE b = 2", "DELETE FROM pair WHERE b = 2",
      "SELECT count(*) = 1 FROM pair"
    ),
    ("no key", "DELETE FROM heap WHERE name = 'a'", nil, "SELECT 1"),
    ("add column", "ALTER TABLE calls ADD COLUMN extra TEXT", nil, "SELECT 1"),
    ("drop table", "DROP TABLE calls", "CREATE TABLE calls (other)", "SELECT count(*) = 0 FROM calls"),
    (
      "create table", "CREATE TABLE made (id INTEGER PRIMARY KEY); INSERT INTO made VALUES (1)",
      "INSERT INTO made VALUES (2)",
      "SELECT count(*) = 2 FROM made"
    ),
    ("drop index", "DROP INDEX by_conversation", nil, "SELECT 1"),
    ("rename column", "ALTER TABLE pair RENAME COLUMN note TO title", nil, "SELECT 1"),
  ]

  @Test(arguments: cases.indices)
  func conforms(_ index: Int) async throws {
    let item = Self.cases[index]
    let world = try await World()
    defer { world.remove() }
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: item.name, action: .sql(SQLText(text: item.sql)), statement: "", environment: world.environment,
        disturb: item.disturb.map { sql in { @Sendable () async throws -> Void in try await world.run(sql) } },
        disturbanceSurvives: { try await world.run(item.survives) == "1" }))
    #expect(report.violations == [], "\(item.name)")
  }

  @Test func theProgramItselfIsUnderstood() async throws {
    let world = try await World()
    defer { world.remove() }
    let context = world.environment.context
    func effect(_ words: String...) -> Effect? {
      driver.recognise(.command(ParsedCommand(literal: ["sqlite3"] + words)), in: context)
    }
    let change = try #require(effect(world.path, "DELETE FROM heap"))
    #expect(change.isNative && change.role == .change && change.isDestructive)
    #expect(change.targets == ["sqlite:\(world.path)"])
    #expect(effect(world.path, "WITH x AS (SELECT 1) SELECT * FROM x")?.role == .observe)
    #expect(effect(world.path, ".tables")?.isNative == false)
    #expect(effect(world.path) == nil)
    let read = try #require(effect(world.path, "SELECT count(*) FROM heap"))
    let before = try await driver.observe(read, in: world.environment)
    #expect(try await driver.act(read, before: before, in: world.environment).value == .integer(3))
  }

  @Test func aReadThatWritesIsRefusedAndAFailureChangesNothing() async throws {
    let world = try await World()
    defer { world.remove() }
    let effect = try #require(
      driver.recognise(
        .sql(SQLText(text: "DELETE FROM heap; INSERT INTO calls (id) VALUES (1)")), in: world.environment.context))
    let before = try await driver.observe(effect, in: world.environment)
    let outcome = try await driver.act(effect, before: before, in: world.environment)
    #expect(!outcome.succeeded)
    #expect(try await driver.observe(effect, in: world.environment).isSameState(as: before))
  }
}
