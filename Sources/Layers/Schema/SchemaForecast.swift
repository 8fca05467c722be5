import Foundation
import Layer
import PostgresAccess
import Runbook

/// What a command would come to, and what is in its way.
struct SchemaForecast {
  /// What a plan pins the revision as.
  static let revisionPin = "schema revision"

  let look: SchemaLook
  let before: Observation
  private var environment: StepEnvironment { look.environment }
  private var effect: Effect { look.effect }

  init(look: SchemaLook, before: Observation) {
    self.look = look
    self.before = before
  }

  func forecast() async throws -> Forecast {
    var result = Forecast(from: before.summary, to: effect.summary)
    guard look.request.changes else {
      result.to = result.from
      if !before.isObserved { result.problems = try await asking() }
      return result
    }
    // The scripts that go back are in the container that runs now.
    if effect.place != .here { result.needs = [effect.place.label] }
    guard let locate = look.tool.locate, look.tool.wayBack != nil else {
      result.note = "\(look.request.tool): what it drops is not kept; take a backup first"
      return result
    }
    let change: SchemaChange
    do {
      var runner = look.runner
      runner.isForecast = true
      let position = try await locate(runner)
      result.pins[Self.revisionPin] = .array(position.current.map(JSONValue.string))
      result.from = "revision \(position.chain.text(position.current))"
      if position.route != nil { result.problems += position.problems }
      change = try await look.change(from: position, problems: &result.problems, isForecast: true)
      result.to = "revision \(change.toText)"
      // Or they stand in the working tree, which an earlier step may take back to code that does not know them.
      if effect.place == .here {
        result.needs = change.route.steps.compactMap(\.path).map {
          $0.hasPrefix("/") ? $0 : "\(effect.directory)/\($0)"
        }
      }
      try await examine(change, position, into: &result)
    } catch let none as MigrationChain.NoRoute {
      result.problems.append(none.problem)
    } catch let failure as ToolFailure {
      let known = failure.code == "not-observed" ? await unknownRevision() : nil
      result.problems.append(known ?? Problem(code: failure.code, message: failure.description))
    }
    return result
  }

  /// A revision that the scripts do not have is why a tool may say nothing at all: its own table tells.
  private func unknownRevision() async -> Problem? {
    guard let locate = look.tool.locate, let ledger = look.tool.ledger, let connection = look.connection,
      let there = try? await connection.readOnly(in: environment, { try await $0.column(ledger.sql) })
    else { return nil }
    var request = look.request
    request.verb = .list
    let runner = ToolRunner(request: request, effect: effect, environment: environment)
    guard let chain = try? await locate(runner).chain, let unknown = there.first(where: { chain.find($0) == nil })
    else {
      return nil
    }
    return MigrationChain.unknown(unknown).problem
  }

  /// Why the tool does not answer.
  private func asking() async throws -> [Problem] {
    do {
      _ = try await look.observation()
      return []
    } catch let failure as ToolFailure {
      return [Problem(code: failure.code, severity: .warning, message: failure.description)]
    } catch let failure as PostgresFailure {
      return [problem(of: failure, severity: .warning)]
    }
  }

  private func problem(of failure: PostgresFailure, severity: Problem.Severity = .error) -> Problem {
    var problem = failure.problem(
      of: look.request.connection ?? "default", subject: nil, changes: true, redactor: environment.redactor)
    problem.severity = severity
    return problem
  }

  private func examine(
    _ found: SchemaChange, _ position: MigrationTool.Position, into result: inout Forecast
  ) async throws {
    var change = found
    var notes = [change.route.steps.count.counted("migration")]
    defer { result.note = notes.joined(separator: "; ") }
    guard let connection = look.connection else {
      if change.destroysRows {
        let why = "no PostgreSQL connection is bound, so what it drops is not kept"
        result.reversibility = .none(why)
        result.problems.append(
          Problem(
            code: "not-kept", severity: .warning,
            message: why + ": add to backout.yaml `connections: { default: { postgres: env:DATABASE_URL } }`"))
      }
      return
    }
    do {
      try await connection.readOnly(in: environment, naming: change.relations) { connection in
        try await look.complete(&change, by: connection)
        result.pins[PostgresConnection.identityPin] = .string(try await connection.identity())
        try await compare(position, by: connection, into: &result)
        try await obstacles(change, by: connection, into: &result)
        try await estimate(change, by: connection, into: &result)
      }
    } catch let failure as PostgresFailure {
      result.problems.append(problem(of: failure))
      return
    }
    if let why = change.whyUnknown { notes.append("whole tables are kept: \(why)") }
    let keyless = change.losses.filter { $0.facts.key.isEmpty && $0.kind != .table }.map(\.facts.relation.text)
    if !keyless.isEmpty {
      result.reversibility = .partial(
        "changes made in between are not kept; \(keyless.joined(separator: ", ")) has no key: its rows are kept and not"
          + " put back")
    } else if !change.losses.isEmpty {
      result.reversibility = .partial("changes made in between are not kept")
    }
  }

  /// Whether the tool and the connection mean one database.
  private func compare(
    _ position: MigrationTool.Position, by connection: PostgresConnection, into result: inout Forecast
  ) async throws {
    guard let ledger = look.tool.ledger, let known = position.ledger else { return }
    let name = look.request.connection ?? "default"
    guard try await TableFacts.load(ledger.table, by: connection) != nil else {
      if !known.isEmpty {
        result.problems.append(
          Problem(
            code: "other-database", severity: .warning,
            message: "the database of connection \"\(name)\" has no \(ledger.table.text): is it the one that"
              + " \(look.request.tool) changes?"))
      }
      return
    }
    let there = Set(try await connection.column(ledger.sql))
    guard there != known else { return }
    result.problems.append(
      Problem(
        code: "other-database",
        message: "\(look.request.tool) and the connection \"\(name)\" mean two databases: one is at"
          + " \(known.sorted().last ?? "base"), the other at \(there.sorted().last ?? "base")"))
  }

  private func obstacles(
    _ change: SchemaChange, by connection: PostgresConnection, into result: inout Forecast
  ) async throws {
    let changes = change.statements.filter(\.kind.isChange)
    for (index, statement) in changes.enumerated()
    where look.tool.ledger.map({ ledger in
      !statement.relations.contains { $0.name == ledger.table.name }
    }) ?? true {
      for name in statement.relations {
        guard let facts = try await TableFacts.load(name, by: connection) else { continue }
        let own = Obstacles(
          connection: connection, statement: statement, facts: facts, earlier: Array(changes[..<index]))
        for problem in try await own.problems() where !result.problems.contains(problem) {
          result.problems.append(problem)
          // Only rows can be put right by a step before; the schema's own target would be any other migration.
          if problem.code == "null-rows" { result.cures[problem.code, default: []].append(look.target(of: name)) }
        }
      }
    }
  }

  private func estimate(
    _ change: SchemaChange, by connection: PostgresConnection, into result: inout Forecast
  ) async throws {
    var keeps: [String] = []
    for loss in change.losses {
      let rows: Int
      var bytes: Int
      if loss.facts.isLarge {
        let width = try await connection.query(
          "SELECT coalesce(sum(avg_width), 0)::text, count(*)::text FROM pg_stats WHERE schemaname = $1 AND tablename = $2"
            + " AND attname = ANY (SELECT jsonb_array_elements_text($3::jsonb))",
          [loss.facts.schema, loss.facts.name, JSONValue.array(loss.kept.map(JSONValue.string)).canonicalText])
        rows = Int(max(0, loss.facts.estimatedRows))
        bytes = (Int(width.rows.first?[0] ?? "") ?? 0) * rows + rows * loss.kept.count
        if width.rows.first?[1] == "0" { bytes = loss.facts.bytes }
      } else {
        let text = loss.kept.isEmpty ? "''" : "ROW(\(loss.facts.list(loss.kept, of: "t")))::text"
        let answer = try await connection.query(
          "SELECT count(*)::text, coalesce(sum(octet_length(\(text))), 0)::text FROM \(loss.facts.sql) AS t")
        rows = Int(answer.rows.first?[0] ?? "") ?? 0
        bytes = Int(answer.rows.first?[1] ?? "") ?? 0
      }
      result.bytes += bytes
      if change.whyUnknown == nil || change.losses.count <= 4 {
        keeps.append("\(loss.text): \(loss.facts.isLarge ? "some " : "")\(rows.counted("row"))")
      }
    }
    if change.whyUnknown != nil, change.losses.count > 4 { keeps = ["all \(change.losses.count.counted("table"))"] }
    if !keeps.isEmpty { result.keeps = keeps.joined(separator: ", ") }
  }
}
