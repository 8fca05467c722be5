import BackoutTestKit
import Foundation
import Layer
import Runbook

/// A project of one migration tool in a folder, with a database of its own.
struct MigrationWorld: Sendable {
  struct Failed: Error, CustomStringConvertible { var description: String }

  let database: TestDatabase
  let folder: String
  let environment: StepEnvironment

  /// - Parameters:
  ///   - files: path in the folder → text; `@URL@` and `@PORT@` stand for the database's.
  ///   - isBound: whether the database is a connection of the bindings.
  init(
    _ files: [String: String], sql: String = "", layers: [String: DeclaredLayer] = [:], isBound: Bool = true
  ) async throws {
    database = try await TestPostgres.shared.database("CREATE SCHEMA dev; " + sql)
    folder = NSTemporaryDirectory() + "backout-schema-\(UUID().uuidString)"
    let manager = FileManager.default
    for (name, text) in files {
      let path = folder + "/" + name
      try manager.createDirectory(
        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
      let filled = text.replacingOccurrences(of: "@NAME@", with: database.name)
        .replacingOccurrences(of: "@PORT@", with: String(database.server.port))
      try filled.write(toFile: path, atomically: true, encoding: .utf8)
      if text.hasPrefix("#!") { try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path) }
    }
    let variables = [
      "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder, "DATABASE_URL": database.url,
      "PGPASSWORD": database.server.password,
    ]
    environment = StepEnvironment(
      label: "run/step-1/1",
      context: ReadingContext(
        directory: folder, variables: variables,
        connections: isBound ? ["default": .postgres(.environment("DATABASE_URL"))] : [:], layers: layers),
      images: MemoryImageStore(), runner: ProcessRunner(),
      session: PlainShell(directory: folder, variables: variables),
      secrets: FixedSecrets(["DATABASE_URL": database.url]), settings: Settings(timeout: 120))
  }

  func end() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs a command in the folder, by other means than the driver's. Throws where it fails.
  @discardableResult
  func run(_ words: String...) async throws -> String {
    let result = try await ProcessRunner().run(
      CommandRequest(words: words, directory: folder, variables: environment.context.variables))
    guard result.status == 0 else {
      throw Failed(description: "\(words): \(result.trimmed) \(result.errorText)")
    }
    return result.trimmed
  }

  func scenario(
    _ name: String, _ command: String, disturb: String? = nil, survives: String = "SELECT true",
    isProvable: Bool = true
  ) -> DriverScenario {
    let database = database
    return DriverScenario(
      name: name, action: Self.action(command), statement: command, environment: environment,
      disturb: disturb.map { disturb in { @Sendable () async throws -> Void in try await database.run(disturb) } },
      disturbanceSurvives: { try await database.run(survives) == "t" }, isProvable: isProvable)
  }

  static func action(_ command: String) -> ParsedAction {
    .command(ParsedCommand(literal: command.split(separator: " ").map(String.init)))
  }
}

extension MigrationWorld {
  static let hasAlembic =
    TestPostgres.isAvailable && FileManager.default.isExecutableFile(atPath: "/usr/bin/alembic")

  /// A real alembic project at revision `head`, with three calls.
  static func alembic(_ head: String, isBound: Bool = true) async throws -> MigrationWorld {
    let world = try await MigrationWorld(alembicFiles, isBound: isBound)
    try await world.run("alembic", "upgrade", "001")
    try await world.database.run(
      "INSERT INTO dev.calls VALUES (1, 'conv_1', 'Done'), (2, 'conv_2', 'open'), (3, 'conv_3', NULL)")
    if head != "001" { try await world.run("alembic", "upgrade", head) }
    return world
  }

  private static func migration(_ id: String, after: String?, _ title: String, up: String, down: String) -> String {
    """
    "\(title)"
    import sqlalchemy as sa
    from alembic import op

    revision = "\(id)"
    down_revision = \(after.map { "\"\($0)\"" } ?? "None")


    def upgrade():
        \(up)


    def downgrade():
        \(down)

    """
  }

  /// 001 to 004 can be taken back; 005 cannot, and 006 does nothing then.
  static let alembicFiles: [String: String] = [
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": """
    import os
    from alembic import context
    from sqlalchemy import create_engine

    url = os.environ["DATABASE_URL"]
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
    else:
        print("env.py says something of its own")
        with create_engine(url).connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()

    """,
    "migrations/versions/001.py": migration(
      "001", after: nil, "create calls",
      up: """
        op.create_table('calls', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('conversation_id', sa.Text, nullable=False), sa.Column('status', sa.Text), schema='dev')
        """, down: "op.drop_table('calls', schema='dev')"),
    "migrations/versions/002.py": migration(
      "002", after: "001", "add call_sid",
      up: """
        op.add_column('calls', sa.Column('call_sid', sa.Text), schema='dev')
            op.execute("UPDATE dev.calls SET call_sid = 'CA' || id")
            op.create_index('calls_call_sid', 'calls', ['call_sid'], schema='dev')
        """,
      down: """
        op.drop_index('calls_call_sid', 'calls', schema='dev')
            op.drop_column('calls', 'call_sid', schema='dev')
        """),
    "migrations/versions/003.py": migration(
      "003", after: "002", "conversation_id may be NULL",
      up: "op.alter_column('calls', 'conversation_id', nullable=True, schema='dev')",
      down: "op.alter_column('calls', 'conversation_id', nullable=False, schema='dev')"),
    "migrations/versions/004.py": migration(
      "004", after: "003", "create notes, normalise status",
      up: """
        op.create_table('notes', sa.Column('id', sa.Integer, primary_key=True),
                sa.Column('call_id', sa.Integer, sa.ForeignKey('dev.calls.id')), sa.Column('text', sa.Text), schema='dev')
            op.execute("UPDATE dev.calls SET status = lower(status)")
        """,
      down: """
        op.execute("UPDATE dev.calls SET status = upper(status)")
            op.drop_table('notes', schema='dev')
        """),
    "migrations/versions/005.py": migration(
      "005", after: "004", "cannot be taken back", up: "op.execute(\"COMMENT ON TABLE dev.calls IS 'calls'\")",
      down: "raise NotImplementedError('there is no way back')"),
    "migrations/versions/006.py": migration(
      "006", after: "005", "forgets to go back", up: "op.execute(\"COMMENT ON TABLE dev.calls IS NULL\")",
      down: "pass"),
  ]
}
