import Foundation
import Layer
import PostgresAccess
import Runbook

/// A lock at the target, held for a run's time: an advisory lock of the database, so that two machines do not roll back
/// one service at once. PostgreSQL gives it up when the connection ends, however it ends.
public struct PostgresTargetLock: Sendable {
  /// Somebody else holds it.
  public struct Held: Error, Hashable, Sendable, CustomStringConvertible {
    public var service: String
    /// What PostgreSQL knows of the holder: its process, application and address.
    public var holder: String
    public var description: String {
      "\(service) is being rolled back from elsewhere: \(holder) holds its lock in the database"
    }
  }

  private let connection: PostgresConnection
  // "bkot": tells this lock from other programs'.
  private static let space = "1651208052"

  /// - Parameters:
  ///   - name: in `connections`.
  ///   - service: what is locked.
  /// Throws `Held`, or `PostgresFailure` where the database does not answer.
  public static func acquire(
    connection name: String, service: String, in environment: StepEnvironment
  ) async throws -> PostgresTargetLock {
    let connection = try await ConnectionReference(name: name).connect(in: environment)
    let answer = try await connection.query("SELECT pg_try_advisory_lock(\(space), hashtext($1))", [service])
    guard answer.scalar == "t" else {
      let holder = try await connection.query(
        """
        SELECT format('process %s, %s, from %s', a.pid, coalesce(nullif(a.application_name, ''), 'unnamed'),
          coalesce(host(a.client_addr), 'a local socket'))
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.classid = \(space) AND l.granted
          AND l.objid::bigint = hashtext($1)::bigint & 4294967295 LIMIT 1
        """, [service])
      throw Held(service: service, holder: holder.scalar ?? "a session that has just ended")
    }
    return PostgresTargetLock(connection: connection)
  }

  /// Gives it up; so does the end of this value's connection.
  public func release() async {
    _ = try? await connection.query("SELECT pg_advisory_unlock_all()")
  }
}
