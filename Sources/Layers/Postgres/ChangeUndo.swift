import Foundation
import Layer
import PostgresAccess
import Runbook

/// Takes a committed change back, in one transaction.
struct ChangeUndo {
  var request: Request
  var environment: StepEnvironment
  var answer: ConflictAnswer?
  /// `postgres:default `
  var prefix: String

  /// Throws `PostgresFailure`; then nothing was put back.
  func run() async throws -> Undone {
    var last: PostgresFailure?
    for attempt in 0..<5 {
      let connection = try await request.connection.connect(in: environment)
      do {
        return try await self.attempt(by: connection)
      } catch let failure as PostgresFailure {
        _ = try? await connection.query("ROLLBACK")
        if failure.state?.hasPrefix("23") == true { return violation(failure) }
        guard failure.isRetryable else { throw failure }
        last = failure
        try await Task.sleep(for: .milliseconds(50 << attempt))
      }
    }
    throw last ?? PostgresFailure(state: nil, message: "the undo could not be made")
  }

  /// A constraint forbids what was kept: somebody else's newer rows stand in its way.
  private func violation(_ failure: PostgresFailure) -> Undone {
    let now = environment.redactor.redact(failure.description)
    return Undone(
      conflicts: request.relations.map {
        Conflict(target: prefix + $0.text, kept: "rows as they were", left: "rows as the step left them", now: now)
      },
      notRestored: answer == nil ? [] : request.relations.map { prefix + $0.text },
      summary: "nothing was put back: \(now)")
  }

  private func attempt(by connection: PostgresConnection) async throws -> Undone {
    guard let change = try await KeptChange.committed(in: environment.images, by: connection) else {
      return Undone(
        restored: request.relations.map { prefix + $0.text }, summary: "nothing to put back: the change was not made")
    }
    try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
    try await connection.query("SET LOCAL lock_timeout = '5s'")
    try await connection.query("SET LOCAL statement_timeout = '\(environment.settings.timeout)s'")
    try await connection.query("SET LOCAL DateStyle = 'ISO'")
    try await connection.query("SET LOCAL IntervalStyle = 'postgres'")
    try await connection.query("SET CONSTRAINTS ALL DEFERRED")
    var definitions = DefinitionUndo(
      connection: connection, environment: environment, answer: answer, prefix: prefix, change: change)
    try await definitions.prepare()
    var rows = RowUndo(connection: connection, environment: environment, answer: answer, prefix: prefix)
    try await rows.run(change.tables.filter { !definitions.taken.contains($0.facts.relation.text) })
    try await definitions.finish()
    let tag = try await connection.query("COMMIT").tag
    guard tag == "COMMIT" else { throw PostgresFailure(state: nil, message: "PostgreSQL rolled the undo back") }
    let conflicts = definitions.conflicts + rows.conflicts
    var parts: [String] = []
    if rows.rows > 0 { parts.append("\(rows.rows.counted("row")) put back") }
    if definitions.pieces > 0 {
      parts.append("\(definitions.pieces.counted("definition")) put back")
    }
    if !conflicts.isEmpty { parts.append("\(conflicts.count) left as newer") }
    let notRestored = definitions.notRestored + rows.notRestored
    if !notRestored.isEmpty { parts.append("not put back: \(notRestored.joined(separator: "; "))") }
    return Undone(
      restored: Array(Set(rows.restored + definitions.restored)).sorted(), conflicts: conflicts,
      notRestored: notRestored,
      summary: parts.isEmpty ? "everything is already as it was" : parts.joined(separator: ", "))
  }
}
