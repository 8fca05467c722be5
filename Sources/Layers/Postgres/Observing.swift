import Foundation
import Layer
import PostgresAccess
import Runbook

/// Reads the state that a request touches, in an open read-only transaction.
struct Observing {
  let connection: PostgresConnection
  let request: Request
  let environment: StepEnvironment
  /// Rows up to which a whole table is read for each look.
  private static let wholeLimit = 5_000_000.0

  func observation() async throws -> Observation {
    // Times and numbers read the same whoever asks.
    try await connection.query("SET LOCAL TimeZone = 'UTC'")
    var states: [String: JSONValue] = [:]
    var summary: [String] = []
    if request.changes.isEmpty {
      let answer = try await read()
      return Observation(states: ["answer": .string(answer.digest)], summary: answer.summary)
    }
    for name in request.relations {
      var state: [String: JSONValue] = [:]
      if let facts = try await TableFacts.load(name, by: connection) {
        state["exists"] = true
        try await rows(of: facts, name, into: &state, summary: &summary)
      } else {
        state["exists"] = false
        summary.append("no \(name.text)")
      }
      if request.changes.contains(where: { $0.kind == .definition && $0.relations.contains(name) }) {
        let pieces = try await DefinitionReading(connection).pieces(of: [name])
        state["definition"] = .object(
          Dictionary(pieces.map { ($0.id, .string($0.create)) }, uniquingKeysWith: { $1 }))
      }
      states[request.target(name, in: environment.context)] = .object(state)
    }
    for schema in request.changes.compactMap(\.schema) {
      let exists = try await connection.query("SELECT to_regnamespace($1) IS NOT NULL", [quoted(identifier: schema)])
      states["schema \(schema)"] = .bool(exists.scalar == "t")
      summary.append(exists.scalar == "t" ? "schema \(schema)" : "no schema \(schema)")
    }
    return Observation(
      states: states, summary: summary.isEmpty ? "nothing that is named" : summary.joined(separator: "; "))
  }

  /// What the statements that only look answer now.
  private func read() async throws -> (digest: String, summary: String) {
    var answers: [QueryAnswer] = []
    for statement in request.statements where statement.kind == .read {
      answers.append(try await connection.query(try await environment.reveal(statement.text)))
    }
    let outcome = Answers(answers, statements: request.statements.filter { $0.kind == .read })
      .outcome(redactor: environment.redactor)
    let rows = answers.map { answer in answer.rows.map { $0.map { $0 ?? "" } } }
    return (try Digest(canonical: rows).hex, outcome.summary)
  }

  private func rows(
    of facts: TableFacts, _ name: RelationName, into state: inout [String: JSONValue], summary: inout [String]
  ) async throws {
    let own = request.changes.filter { $0.relations.contains(name) }
    guard facts.hasRows, own.contains(where: { $0.kind.changesRows || $0.needsWholeTable }) else {
      summary.append(facts.relation.text)
      return
    }
    var matching: [Int] = []
    for statement in own {
      guard let rows = statement.rows else { continue }
      let revealed = try await revealed(rows)
      // A column that an earlier statement of the step makes is not there yet.
      guard let count = try await guarded({ try await self.count(revealed, facts) }) else { continue }
      matching.append(count)
      if let pending = revealed.pending,
        let left = try await guarded({ try await self.count(revealed, facts, where: pending) })
      {
        state["pending"] = .integer((state["pending"]?.integerValue ?? 0) + left)
      }
      if facts.isLarge, let digest = try await guarded({ try await self.digest(matching: revealed, facts) }) {
        state["matching rows"] = .string(digest)
      }
    }
    if !matching.isEmpty { state["matching"] = .integer(matching.reduce(0, +)) }
    if !facts.isLarge || (own.contains { $0.rows == nil } && facts.estimatedRows < Self.wholeLimit) {
      let whole = try await connection.query(
        "SELECT count(*)::text, coalesce(sum(hashtextextended(to_jsonb(t)::text, 0)), 0)::text FROM \(facts.sql) AS t")
      let count = Int(whole.rows.first?[0] ?? "") ?? 0
      state["rows"] = .integer(count)
      state["digest"] = .string(whole.rows.first?[1] ?? "")
    }
    let rows = state["rows"]?.integerValue
    if let matched = state["matching"]?.integerValue {
      let all = rows.map { $0 == matched ? "" : " \($0) in" } ?? ""
      summary.append("\(matched.counted("row")) of\(all) \(name.text)")
    } else {
      summary.append(rows.map { "\($0.counted("row")) of \(name.text)" } ?? name.text)
    }
  }

  func revealed(_ rows: Statement.Rows) async throws -> Statement.Rows {
    var result = rows
    result.with = try await environment.reveal(rows.with)
    if let from = rows.from { result.from = try await environment.reveal(from) }
    if let condition = rows.condition { result.condition = try await environment.reveal(condition) }
    if let assignments = rows.assignments {
      result.assignments = []
      for pair in assignments { result.assignments?.append([pair[0], try await environment.reveal(pair[1])]) }
    }
    return result
  }

  func count(_ rows: Statement.Rows, _ facts: TableFacts, where extra: String? = nil) async throws -> Int {
    var narrowed = rows
    if let extra { narrowed.condition = rows.condition.map { "(\($0)\n) AND (\(extra))" } ?? extra }
    let select = Capture.matching(narrowed, of: facts, select: "\(rows.alias).ctid")
    return Int(try await connection.query(Self.wrapped(select, "SELECT count(*)::text")).scalar ?? "") ?? 0
  }

  private func digest(matching rows: Statement.Rows, _ facts: TableFacts) async throws -> String {
    let select = Capture.matching(
      rows, of: facts, select: "hashtextextended(to_jsonb(\(rows.alias).*)::text, 0) AS hash")
    return try await connection.query(Self.wrapped(select, "SELECT coalesce(sum(hash), 0)::text")).scalar ?? ""
  }

  static func wrapped(_ select: String, _ outer: String) -> String { "\(outer) FROM (\(select)\n) AS backout_rows" }

  /// Nil where the statement's words do not fit the table as it is now.
  private func guarded<T: Sendable>(_ body: () async throws -> T) async throws -> T? {
    try await connection.query("SAVEPOINT backout_look")
    do {
      let value = try await body()
      try await connection.query("RELEASE SAVEPOINT backout_look")
      return value
    } catch let failure as PostgresFailure where !failure.isConnectionLost && failure.state?.hasPrefix("42") == true {
      try await connection.query("ROLLBACK TO SAVEPOINT backout_look")
      return nil
    }
  }
}
