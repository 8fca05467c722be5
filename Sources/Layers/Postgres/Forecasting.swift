import Layer
import PostgresAccess
import Runbook

/// What a request would come to, and what is in its way, found by looking in a read-only transaction.
struct Forecasting {
  let request: Request
  let effect: Effect
  let before: Observation
  let environment: StepEnvironment

  func forecast() async throws -> Forecast {
    var result = Forecast(from: before.summary, to: effect.summary)
    if let name = request.unbound {
      result.problems.append(
        Problem(
          code: "connection-unbound",
          message: "the SQL needs the connection \"\(name)\": add to backout.yaml"
            + " `connections: { \(name): { postgres: env:DATABASE_URL } }`"))
      return result
    }
    if let syntax = request.syntax {
      result.problems.append(
        Problem(code: "sql-syntax", message: "\(syntax.message), at character \(syntax.position) of \(effect.summary)"))
      return result
    }
    if let why = request.needsPsql {
      result.problems.append(
        Problem(code: "not-kept", severity: .warning, message: "psql runs it as written, since \(why): nothing is kept")
      )
      return result
    }
    do {
      let bare = result
      result = try await request.readOnly(in: environment) { connection in
        var result = bare
        try await look(by: connection, into: &result)
        return result
      }
    } catch let failure as PostgresFailure {
      result.problems.append(problem(of: failure, statement: nil))
    }
    return result
  }

  private func problem(of failure: PostgresFailure, statement: Statement?) -> Problem {
    failure.problem(
      of: request.connection.label(in: environment.context), subject: statement?.summary,
      changes: effect.role == .change, redactor: environment.redactor)
  }

  // MARK: Looking

  private func look(by connection: PostgresConnection, into result: inout Forecast) async throws {
    result.pins[PostgresConnection.identityPin] = .string(try await connection.identity())
    if request.changes.isEmpty {
      try await explain(request.statements.filter { $0.kind == .read }, by: connection, into: &result)
      result.to = result.from
      return
    }
    let state = try await connection.query(
      "SELECT pg_is_in_recovery(), has_database_privilege(current_database(), 'TEMP')")
    if state.rows.first?[0] == "t" {
      result.problems.append(Problem(code: "read-only", message: "the server is a standby: it takes no change"))
    }
    if state.rows.first?[1] == "f", request.changes.contains(where: { $0.kind != .other }) {
      result.problems.append(
        Problem(
          code: "no-privilege",
          message: "rows are kept by way of temporary tables: GRANT TEMPORARY ON DATABASE is missing for this user"))
    }
    var made: Set<RelationName> = []
    var isFirstDefinition = true
    var keeps: [String] = []
    var to: [String] = []
    var notes = ["waits 5 s at most for a lock"]
    for statement in request.changes {
      if statement.kind.changesRows, statement.kind != .block, statement.kind != .truncate, isFirstDefinition {
        try await explain([statement], by: connection, into: &result)
      }
      for name in statement.relations {
        guard let facts = try await TableFacts.load(name, by: connection) else {
          let isNew =
            statement.creates || made.contains(name) || (statement.inverse != nil && name != statement.relations[0])
          let isNamed = result.problems.contains { $0.code == "table-missing" }
          if !isNew, !statement.isConditional, !isNamed,
            statement.kind != .definition || !statement.summary.uppercased().hasPrefix("CREATE ")
          {
            result.problems.append(
              Problem(code: "table-missing", message: "\(statement.summary): there is no \(name.text)"))
          }
          made.insert(name)
          continue
        }
        let inWay = Obstacles(connection: connection, statement: statement, facts: facts)
        result.problems += try await inWay.problems()
        notes += try await inWay.notes()
        if let kept = try await kept(statement, facts, by: connection) {
          keeps.append(kept.text)
          to.append(kept.to)
          result.bytes += kept.bytes
        }
      }
      if statement.kind == .definition { isFirstDefinition = false }
      if statement.rows != nil, statement.rows?.condition == nil, statement.rows?.from == nil {
        result.problems.append(
          Problem(
            code: "no-where", severity: .warning, message: "\(statement.summary) has no WHERE: it touches every row"))
      }
    }
    if !keeps.isEmpty { result.keeps = keeps.joined(separator: ", ") }
    if !to.isEmpty { result.to = to.joined(separator: "; ") }
    result.note = notes.joined(separator: "; ")
  }

  private func explain(
    _ statements: [Statement], by connection: PostgresConnection, into result: inout Forecast
  ) async throws {
    for statement in statements
    where ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"]
      .contains(where: { statement.text.uppercased().hasPrefix($0) })
    {
      try await connection.query("SAVEPOINT backout_explain")
      do {
        try await connection.query("EXPLAIN " + (try await environment.reveal(statement.text)))
      } catch let failure as PostgresFailure where !failure.isConnectionLost && !failure.isLockHeld {
        result.problems.append(problem(of: failure, statement: statement))
      }
      try await connection.query("ROLLBACK TO SAVEPOINT backout_explain")
    }
  }

  private func kept(
    _ statement: Statement, _ facts: TableFacts, by connection: PostgresConnection
  ) async throws -> (text: String, to: String, bytes: Int)? {
    let name = facts.relation.text
    if let rows = statement.rows, facts.hasRows {
      let observing = Observing(connection: connection, request: request, environment: environment)
      let select = Capture.matching(
        try await observing.revealed(rows), of: facts, select: "pg_column_size(\(rows.alias).*) AS size")
      try await connection.query("SAVEPOINT backout_count")
      do {
        let answer = try await connection.query(
          Observing.wrapped(select, "SELECT count(*)::text, coalesce(sum(size), 0)::text"))
        let count = Int(answer.rows.first?[0] ?? "") ?? 0
        let bytes = Int(answer.rows.first?[1] ?? "") ?? 0
        let shown = "\(count.counted("row")) of \(name)"
        return (shown, "\(shown) \(statement.kind == .delete ? "deleted" : "changed")", bytes)
      } catch let failure as PostgresFailure where !failure.isConnectionLost && !failure.isLockHeld {
        // EXPLAIN has said already what is wrong with its words.
        try await connection.query("ROLLBACK TO SAVEPOINT backout_count")
        return nil
      }
    }
    if statement.destroysData || statement.needsWholeTable, facts.hasRows {
      let about = facts.estimatedRows < 0 ? "all rows" : "some \(Int(facts.estimatedRows)) rows"
      return ("\(about) of \(name)", statement.summary, facts.bytes)
    }
    return statement.kind == .definition ? ("the definition of \(name)", statement.summary, 0) : nil
  }
}
