import BackoutTestKit
import BackupLayer
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

/// A database of calls, a backup of it, and rows that came after.
struct BackupWorld {
  let database: TestDatabase
  let folder: URL
  let environment: StepEnvironment
  let images = MemoryImageStore()
  let driver = BackupDriver()

  static let schema = """
    CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE calls (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users, note text, cost float8);
    CREATE TABLE log (line text);
    CREATE INDEX calls_by_user ON calls (user_id);
    CREATE VIEW dear AS SELECT id FROM calls WHERE cost > 1;
    INSERT INTO users VALUES (1, 'Ada'), (2, E'Bob\\tthe\\nbuilder');
    INSERT INTO calls (user_id, note, cost) VALUES (1, '\\.', 0.1), (1, NULL, 1e300), (2, 'three', 2);
    INSERT INTO log VALUES ('a'), ('a');
    """

  init(_ sql: String = schema) async throws {
    database = try await TestPostgres.shared.database(sql)
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("backout-backup-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let own = ProcessInfo.processInfo.environment
    var variables = [
      "PATH": own["PATH"] ?? "", "PGHOST": "127.0.0.1", "PGPORT": String(database.server.port), "PGUSER": "postgres",
      "PGPASSWORD": database.server.password, "LANG": "C",
    ]
    variables["HOME"] = folder.path
    environment = StepEnvironment(
      label: "run/1", context: ReadingContext(directory: folder.path, variables: variables), images: images,
      runner: ProcessRunner(), session: PlainShell(directory: folder.path, variables: variables),
      secrets: FixedSecrets())
  }

  var name: String { database.name }

  func path(_ file: String) -> String { folder.appendingPathComponent(file).path }

  /// With a store of its own, as each step has.
  var fresh: StepEnvironment {
    var other = environment
    other.images = MemoryImageStore()
    return other
  }

  @discardableResult
  func shell(_ text: String) async throws -> String {
    let result = try await run(text)
    try #require(result.succeeded, "\(text): \(result.output)")
    return result.output
  }

  /// A command as the session runs it, whatever it comes to.
  @discardableResult
  func run(_ text: String) async throws -> Outcome {
    let session = try #require(environment.session)
    return try await session.run(text, timeout: 300)
  }

  /// Asks a database by other means than the driver's.
  @discardableResult
  func ask(_ sql: String, of name: String = "postgres") async throws -> String {
    let result = try await environment.runner.run(
      CommandRequest(
        words: ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", name, "-f", "-"], directory: folder.path,
        variables: environment.context.variables, input: Data(sql.utf8)))
    try #require(result.status == 0, "\(sql): \(result.errorText)")
    return result.trimmed
  }

  /// The last command of `text`, as the reader has it.
  func action(_ text: String) throws -> ParsedAction {
    let commands = ShellReader().statements(of: text, line: 1).flatMap(\.commands)
    return .command(try #require(commands.last { $0.context != .substitution }))
  }

  func effect(_ text: String, _ environment: StepEnvironment? = nil) throws -> Effect {
    try #require(driver.recognise(try action(text), in: (environment ?? self.environment).context), "\(text)")
  }

  func problems(_ text: String, _ environment: StepEnvironment? = nil) async throws -> [Problem] {
    let environment = environment ?? self.environment
    let effect = try effect(text, environment)
    let before = try await driver.observe(effect, in: environment)
    return try await driver.forecast(effect, before: before, in: environment).problems
  }

  /// Somebody else, connected until `disconnect`.
  func connected() async throws -> Task<Void, Never> {
    let open = Task {
      _ = try? await environment.runner.run(
        CommandRequest(
          words: ["psql", "-X", "-d", name, "-c", "SELECT pg_sleep(900)"], directory: folder.path,
          variables: environment.context.variables, timeout: 900))
    }
    try await waitForConnections(1)
    return open
  }

  func disconnect(_ open: Task<Void, Never>) async throws {
    try await ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'")
    await open.value
    try await waitForConnections(0)
  }

  private func waitForConnections(_ wanted: Int) async throws {
    for _ in 0..<300 {
      let count = try await ask(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(name)' AND backend_type = 'client backend'")
      if count == String(wanted) { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("never \(wanted) connections")
  }

  func remove() async {
    try? FileManager.default.removeItem(at: folder)
    let names = try? await ask("SELECT datname FROM pg_database WHERE datname LIKE '\(name)%'")
    for name in names?.split(separator: "\n") ?? [] {
      _ = try? await ask("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
    }
  }
}
