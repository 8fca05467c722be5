import Foundation
import Layer
import PostgresAccess
import Runbook

/// Migrations: the tool acts as written, and what it drops is kept beforehand and put back by key.
public struct SchemaDriver: LayerDriver {
  public let id = "schema"
  public let tools = [
    "alembic": ["--version"], "sqitch": ["--version"], "django-admin": ["--version"],
  ]

  public init() {}

  // MARK: Recognise

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action else { return nil }
    let known = command.knownWords(in: context)
    guard var request = declared(known, in: context) ?? tool(known, in: context) else { return nil }
    for assignment in command.assignments {
      guard let word = assignment.value.known(in: context).value.flatMap({ ToolWord($0, in: context) }) else {
        request.unknown = request.unknown ?? "the value of \(assignment.name) is not known before the run"
        continue
      }
      request.variables[assignment.name] = word
    }
    for case .unknown(let text, let missing) in known where request.unknown == nil {
      request.unknown = "\(missing.first.map { "$\($0)" } ?? text) has no value yet"
    }
    if let target = request.target, target.contains("<") { request.unknown = "\(target) is not filled in" }
    let name = context.binding?.connection ?? "default"
    switch context.connections[name] {
    case .postgres, .postgresLiteral: request.connection = name
    case .sqlite, nil: break
    }
    return effect(of: request, command, text: known.map(\.valueOrText), in: context)
  }

  private func tool(_ known: [KnownWord], in context: ReadingContext) -> SchemaRequest? {
    guard let words = CommandWords(known.map(\.valueOrText)) else { return nil }
    for tool in MigrationTool.all {
      guard let reading = tool.read(words) else { continue }
      var request = SchemaRequest(tool: tool.id, verb: reading.verb)
      request.target = reading.target
      request.application = reading.application
      for word in reading.launcher {
        guard let safe = ToolWord(word, in: context) else { return hidden(request) }
        request.launcher.append(safe)
      }
      for word in reading.options {
        guard let safe = ToolWord(word, in: context) else { return hidden(request) }
        request.options.append(safe)
      }
      return request
    }
    return nil
  }

  private func hidden(_ request: SchemaRequest) -> SchemaRequest {
    var request = request
    request.unknown = "a password stands in its words: put it into a variable, so that it can be asked"
    return request
  }

  private func declared(_ known: [KnownWord], in context: ReadingContext) -> SchemaRequest? {
    let words = known.map(\.valueOrText)
    for (name, layer) in context.layers.sorted(by: { $0.key < $1.key }) {
      guard let migrations = layer.migrations else { continue }
      for (template, verb) in [(migrations.down, SchemaRequest.Verb.down), (migrations.up, .up)] {
        guard let found = MatchPattern(template).match(words) else { continue }
        var request = SchemaRequest(tool: MigrationTool.declared.id, verb: verb)
        request.declared = DeclaredCommand(name: name, migrations: migrations, captures: found.captures)
        request.target = found.captures["target"] ?? (verb == .down ? "-1" : "+1")
        return request
      }
    }
    return nil
  }

  private func effect(
    of request: SchemaRequest, _ command: ParsedCommand, text: [String], in context: ReadingContext
  ) -> Effect {
    let place = command.place == .here ? context.directory : command.place.label
    let target = "schema:\(request.tool) \(request.declared?.name ?? place)"
    let shown = text.enumerated().map { index, word in
      ToolWord(word, in: context).map { if case .variable(let name) = $0 { "$\(name)" } else { word } } ?? "(password)"
    }
    return Effect(
      driver: id, layer: .schema, role: request.changes ? .change : .observe,
      summary: shown.joined(separator: " "), place: command.place, directory: context.directory, targets: [target],
      parameters: (try? JSONValue(encoding: request)) ?? .null, reversibility: reversibility(of: request),
      isDestructive: request.verb == .down || request.tool == MigrationTool.django.id && request.changes,
      // The revision tells whether it was done: what is done already is not done again.
      isRepeatable: MigrationTool.named(request.tool)?.script != nil)
  }

  private func reversibility(of request: SchemaRequest) -> Reversibility {
    guard request.changes else { return .exact }
    guard MigrationTool.named(request.tool)?.wayBack != nil else {
      return .none("what \(request.tool) changes is not kept, and it is not known how to go back")
    }
    return .exact
  }

  // MARK: Observe

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    do {
      return try await SchemaLook(effect, in: environment).observation()
    } catch let failure as ToolFailure {
      return .notObserved(failure.description)
    } catch let failure as PostgresFailure {
      return .notObserved(environment.redactor.redact(failure.description))
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    try await SchemaForecast(look: SchemaLook(effect, in: environment), before: before).forecast()
  }

  public func pins(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> [String: JSONValue] {
    let look = try SchemaLook(effect, in: environment)
    var pins: [String: JSONValue] = [:]
    pins[SchemaForecast.revisionPin] = before.states[look.target]?["revision"]
    guard look.tool.script != nil, let connection = look.connection else { return pins }
    pins[PostgresConnection.identityPin] = .string(
      try await connection.readOnly(in: environment) { try await $0.identity() })
    return pins
  }

  // MARK: Keep

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    let look = try SchemaLook(effect, in: environment)
    if let kept = try await KeptSchema.load(from: environment.images) {
      return kept.image(try await kept.save(in: environment.images), driver: id)
    }
    guard let locate = look.tool.locate, look.tool.wayBack != nil else {
      return BeforeImage(driver: id, summary: "nothing: \(effect.reversibility.label)")
    }
    let position = try await locate(look.runner)
    guard before.states[look.target]?["revision"] == .array(position.current.map(JSONValue.string)) else {
      throw ToolFailure(
        description:
          "the database is at \(position.chain.text(position.current)) and not at \(before.summary) any more:"
          + " nothing was kept and nothing was changed")
    }
    var ignored: [Problem] = []
    var change = try await look.change(from: position, problems: &ignored)
    var kept = KeptSchema(change: change, chain: position.chain, tables: [], pieces: [])
    if let connection = look.connection {
      kept = try await connection.readOnly(in: environment) { connection in
        try await look.complete(&change, by: connection)
        var kept = KeptSchema(change: change, chain: position.chain, tables: [], pieces: [])
        kept.pieces = try await DefinitionReading(connection).pieces(of: change.relations)
        for (index, loss) in change.losses.enumerated() {
          kept.tables.append(
            KeptSchema.Table(
              loss: loss,
              rows: try await SavedRows.save(
                loss.kept, of: loss.facts, as: "schema-rows-\(index)", by: connection, in: environment.images)))
        }
        return kept
      }
    }
    return kept.image(try await kept.save(in: environment.images), driver: id)
  }

  // MARK: Verify

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let request = try? SchemaRequest(effect) else { return .unproven("the effect cannot be read") }
    return SchemaVerdict(
      request: request, target: effect.targets.first ?? "", before: before, after: after, outcome: outcome
    ).verdict()
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    guard effect.role == .change else { return .notHappened("it only looks") }
    let target = effect.targets.first ?? ""
    let now = try await observe(effect, in: environment)
    guard now.isObserved, let revision = now.states[target]?["revision"] else { return .undetermined(now.summary) }
    if let to = before.states[target]?["to"], revision == to {
      // Most tools write the revision down in the migration's own transaction; the catalog says where one does not.
      switch verify(effect, before: before, after: now, outcome: nil) {
      case .proven(let why), .unproven(let why): return .happened(why)
      case .refuted(let why): return .undetermined(why)
      }
    }
    return now.isSameState(as: before)
      ? .notHappened("\(now.summary), as before") : .undetermined("the database is at \(now.summary)")
  }

  // MARK: Undo

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let look = try SchemaLook(effect, in: environment)
    guard let kept = try await KeptSchema.load(from: environment.images) else {
      return Undone(notRestored: effect.targets, summary: "nothing was kept: \(effect.reversibility.label)")
    }
    do {
      return try await SchemaUndo(look: look, kept: kept, answer: answer).run()
    } catch let failure as ToolFailure {
      return Undone(notRestored: effect.targets, summary: "nothing was put back: \(failure.description)")
    } catch let failure as PostgresFailure {
      return Undone(
        notRestored: effect.targets,
        summary: "not put back: \(environment.redactor.redact(failure.description)); what is kept stays kept")
    }
  }
}
