import Layer
import Runbook

extension ConnectionReference {
  /// Looks in a read-only transaction, whatever is run in it. Throws `PostgresFailure`; where a lock is in the way, it
  /// names who holds one of `relations`.
  package func readOnly<T: Sendable>(
    in environment: StepEnvironment, naming relations: [RelationName] = [],
    _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    let connection = try await connect(in: environment)
    try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try await connection.query("SET LOCAL lock_timeout = '\(environment.isPlanning ? "500ms" : "5s")'")
    let seconds = environment.isPlanning ? min(60, environment.settings.timeout) : environment.settings.timeout
    try await connection.query("SET LOCAL statement_timeout = '\(seconds)s'")
    do {
      let result = try await body(connection)
      try await connection.query("ROLLBACK")
      return result
    } catch var failure as PostgresFailure where failure.isLockHeld {
      try await connection.query("ROLLBACK")
      let holders = try await connection.lockHolders(of: relations)
      if !holders.isEmpty { failure.message = holders.joined(separator: "; ") }
      throw failure
    }
  }
}

extension PostgresConnection {
  /// Who keeps even readers of `relations` waiting: one line each.
  fileprivate func lockHolders(of relations: [RelationName]) async throws -> [String] {
    var result: [String] = []
    for name in relations {
      let holders = try await query(
        """
        SELECT DISTINCT l.pid::text, coalesce(nullif(a.application_name, ''), 'an unnamed program') FROM pg_locks l
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.relation = to_regclass($1) AND l.granted AND l.pid <> pg_backend_pid() AND l.mode = 'AccessExclusiveLock'
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 5
        """, [name.sql])
      result += holders.rows.map {
        "\(name.text) is locked by process \($0[0] ?? "?"), \($0[1] ?? "") (AccessExclusiveLock)"
      }
    }
    return result
  }

  /// What a plan pins `identity` as.
  package static let identityPin = "target identity"

  /// Which database of which server this is: what a plan pins, so that a run does not change another one.
  package func identity() async throws -> String {
    let database = try await query("SELECT current_database()").scalar ?? ""
    let mayAsk = try await query("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')").scalar
    let server =
      mayAsk == "t"
      ? try await query("SELECT system_identifier::text FROM pg_control_system()").scalar
      : try await query("SELECT concat_ws(':', inet_server_addr(), inet_server_port())").scalar
    return "\(database)@\(server ?? "local")"
  }
}
