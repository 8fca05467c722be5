import Foundation
import Layer
import PostgresAccess
import Runbook

/// Looks at where the database is, and at what a command would come to. Read-only.
struct SchemaLook {
  let request: SchemaRequest
  let tool: MigrationTool
  let effect: Effect
  let environment: StepEnvironment

  init(_ effect: Effect, in environment: StepEnvironment) throws {
    request = try SchemaRequest(effect)
    guard let tool = MigrationTool.named(request.tool) else {
      throw ToolFailure(description: "this build does not know \(request.tool)")
    }
    self.tool = tool
    self.effect = effect
    self.environment = environment
  }

  var runner: ToolRunner { ToolRunner(request: request, effect: effect, environment: environment) }

  func runner(knowing kept: KeptSchema?) -> ToolRunner {
    var runner = runner
    runner.chain = kept?.chain
    return runner
  }

  var connection: ConnectionReference? { request.connection.map { ConnectionReference(name: $0) } }
  /// What stands for the whole in states: `schema:alembic /srv/app`.
  var target: String { effect.targets.first ?? "schema:\(request.tool)" }

  /// `postgres:default dev.calls`
  func target(of relation: RelationName) -> String { "postgres:\(request.connection ?? "default") \(relation.text)" }

  /// Throws `ToolFailure`, `PostgresFailure`, and `NoRoute` where the command leads nowhere.
  func change(
    from position: MigrationTool.Position, problems: inout [Problem], isForecast: Bool = false
  ) async throws -> SchemaChange {
    let route = try MigrationTool.route(request, position)
    let isDown =
      request.verb == .down || route.steps.first.map { step in position.ledger?.contains(step.id) ?? false } ?? false
    var change = SchemaChange(
      route: route, isDown: isDown, fromText: position.chain.text(route.from), toText: position.chain.text(route.to),
      statements: [])
    var runner = runner
    runner.isForecast = isForecast
    if request.verb != .stamp, let script = try await tool.script?(runner, route) {
      problems += script.problems
      change.whyUnknown = script.why
      if let sql = script.sql {
        switch StatementReader.read(sql) {
        case .success(let statements): change.statements = statements
        case .failure(let problem): change.whyUnknown = "its SQL is not all PostgreSQL's: \(problem.message)"
        }
      }
    }
    return change
  }

  /// Fills in what the catalog knows of `change`. Throws `PostgresFailure`.
  func complete(_ change: inout SchemaChange, by connection: PostgresConnection) async throws {
    try await LossReading.complete(
      &change, by: connection, bookkeeping: tool.ledger.map { [$0.table.name] } ?? [],
      tables: (request.declared?.migrations.tables ?? []).map(Self.relation))
  }

  /// `dev.calls` as a team writes it.
  static func relation(_ text: String) -> RelationName {
    let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    return parts.count == 2 ? RelationName(schema: parts[0], name: parts[1]) : RelationName(name: text)
  }

  // MARK: Observing

  func observation() async throws -> Observation {
    guard let locate = tool.locate else {
      return Observation(summary: "\(request.tool) is not asked where the database is")
    }
    let kept = request.changes ? try await KeptSchema.load(from: environment.images) : nil
    let position = try await locate(runner(knowing: kept))
    if request.verb == .list {
      let heads = position.chain.revisions.last?.text ?? "none"
      return Observation(
        states: [target: .array(position.chain.revisions.map { .string($0.id) })],
        summary: "\(position.chain.revisions.count.counted("migration")), the last \(heads)")
    }
    let at = position.chain.text(position.current)
    var state: [String: JSONValue] = ["revision": .array(position.current.map(JSONValue.string))]
    guard request.changes, tool.script != nil else {
      return Observation(states: [target: .object(state)], summary: "revision \(at)")
    }
    var ignored: [Problem] = []
    var change: SchemaChange
    do {
      // What was worked out before the step stays: afterwards the same words may mean another migration.
      change = try await found(kept?.change) { try await self.change(from: position, problems: &ignored) }
    } catch is MigrationChain.NoRoute {
      return Observation(states: [target: .object(state)], summary: "revision \(at)")
    }
    state["to"] = .array(change.route.to.map(JSONValue.string))
    var states: [String: JSONValue] = [:]
    if let connection {
      let isLeft = position.current == change.route.to && change.route.to != change.route.from
      try await connection.readOnly(in: environment, naming: change.relations) { connection in
        if !change.isLookedAt { try await complete(&change, by: connection) }
        states = try await catalog(change, by: connection)
        if isLeft, let kept { try await AfterImage.save(of: kept, by: connection, in: environment.images) }
      }
    }
    state["wants"] = try JSONValue(encoding: change.wants)
    states[target] = .object(state)
    return Observation(states: states, summary: "revision \(at)")
  }

  private func found(_ known: SchemaChange?, _ work: () async throws -> SchemaChange) async throws -> SchemaChange {
    if let known { return known }
    return try await work()
  }

  /// The relations that the change names, and the values that it takes away, as they are now.
  func catalog(_ change: SchemaChange, by connection: PostgresConnection) async throws -> [String: JSONValue] {
    var states: [String: JSONValue] = [:]
    try await connection.query("SET LOCAL TimeZone = 'UTC'")
    for relation in change.relations {
      let pieces = try await DefinitionReading(connection).pieces(of: [relation])
      states[target(of: relation)] = .object([
        "exists": .bool(!pieces.isEmpty),
        "definition": .object(Dictionary(pieces.map { ($0.id, .string($0.create)) }, uniquingKeysWith: { $1 })),
      ])
    }
    for loss in change.losses where !loss.facts.isLarge {
      guard let now = try await TableFacts.load(loss.facts.relation, by: connection),
        Set(loss.kept).isSubset(of: now.columns), !loss.kept.isEmpty
      else { continue }
      let answer = try await connection.query(
        "SELECT count(*)::text, coalesce(sum(hashtextextended(ROW(\(loss.facts.list(loss.kept, of: "t")))::text, 0)), 0)::text"
          + " FROM \(now.sql) AS t")
      states["rows of \(target(of: loss.facts.relation))"] = .object([
        "count": .string(answer.rows.first?[0] ?? ""), "digest": .string(answer.rows.first?[1] ?? ""),
      ])
    }
    return states
  }
}
