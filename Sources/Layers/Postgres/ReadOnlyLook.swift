import Layer
import Runbook

extension Request {
  /// Looks in a read-only transaction, whatever the statements claim. Throws `PostgresFailure`; where a lock is in the
  /// way, it names who holds it.
  func readOnly<T: Sendable>(
    in environment: StepEnvironment, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    let connection = try await connection.connect(in: environment)
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
      let holders = try await lockHolders(by: connection)
      if !holders.isEmpty { failure.message = holders.joined(separator: "; ") }
      throw failure
    }
  }

  /// Who keeps even readers of the named relations waiting: one line each.
  private func lockHolders(by connection: PostgresConnection) async throws -> [String] {
    var result: [String] = []
    for name in mentioned {
      let holders = try await connection.query(
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
}
