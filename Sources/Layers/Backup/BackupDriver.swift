import Foundation
import Layer
import Runbook

/// Whole databases and their dumps: what makes them, plays them back, makes and drops databases.
public struct BackupDriver: LayerDriver {
  public let id = "backup"
  public let tools = ["pg_dump": ["--version"], "pg_restore": ["--version"], "psql": ["--version"]]

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action,
      let parameters = BackupCommand(command: command, context: context).parameters,
      let encoded = try? JSONValue(encoding: parameters)
    else { return nil }
    let looks = parameters.verb == .look
    var effect = Effect(
      driver: id, layer: .backup, role: looks ? .observe : .change, summary: Self.summary(of: command),
      place: command.place, directory: context.directory,
      targets: looks ? [] : Self.targets(of: parameters, at: command.place, in: context), parameters: encoded,
      reversibility: Self.reversibility(of: parameters, in: command.context),
      isDestructive: parameters.verb == .drop || parameters.cleans,
      isRepeatable: context.binding?.repeatable ?? parameters.isRepeatable)
    if !looks, parameters.verb == .dump || parameters.verb == .dumpAll { effect.makesBackup = true }
    return effect
  }

  /// As written, without what may hold a password.
  private static func summary(of command: ParsedCommand) -> String {
    func shown(_ word: Word) -> String {
      let value = word.valueOrText
      let hides = ConnectionText.isOne(value) && ConnectionText.parse(value)?["password"] != nil
      return hides ? "…" : word.text
    }
    let fed = command.feed.map { $0.words.map(\.text).joined(separator: " ") + " | " } ?? ""
    let words = command.words.map(shown) + command.redirections.map { "\($0.operator)\($0.target.text)" }
    let text = fed + words.joined(separator: " ")
    return text.count > 200 ? text.prefix(199) + "…" : text
  }

  private static func targets(
    of parameters: BackupParameters, at place: Place, in context: ReadingContext
  ) -> [String] {
    if !parameters.changesDatabase { return [parameters.output.map { "file:\($0.path)" }].compactMap(\.self) }
    let known = parameters.connection.known(at: place, in: context)
    let name =
      parameters.database ?? known["dbname"] ?? known["user"] ?? (place.isHere ? context.variables["USER"] : nil) ?? "?"
    return ["postgres:\(parameters.connection.server(at: place, in: context))\(name)"]
  }

  private static func reversibility(
    of parameters: BackupParameters, in context: ParsedCommand.Context
  ) -> Reversibility {
    if context == .controlFlow { return .partial("inside control flow the effect is known only when it runs") }
    return switch parameters.verb {
    case .look, .create, .dump, .dumpAll: .exact
    case .drop, .restore, .load: .partial("rows written between keeping and acting are not kept")
    }
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let parameters = try BackupParameters(effect)
    do {
      switch parameters.verb {
      case .look: return Observation(summary: "it only looks")
      case .dump, .dumpAll:
        return try await DumpedFile(parameters: parameters, effect: effect, environment: environment).observation()
      case .create, .drop, .restore, .load:
        let view = try await BackupView(parameters, of: effect, in: environment)
        if let name = view.databases.first(where: { !$0.unreadable.isEmpty }) {
          return .notObserved("\(Wording.list(name.unreadable)) of \(name.name) may not be read by this user")
        }
        return view.observation
      }
    } catch let failure as DatabaseFailure {
      return .notObserved(failure.description)
    } catch let failure as CommandFailure {
      return .notObserved(failure.description)
    } catch let failure as FileFailure {
      return .notObserved(failure.description)
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let parameters = try BackupParameters(effect)
    let forecasting = BackupForecast(parameters: parameters, effect: effect, before: before, environment: environment)
    return try await forecasting.forecast()
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    let parameters = try BackupParameters(effect)
    switch parameters.verb {
    case .look: return BeforeImage(driver: id, summary: "nothing: it only looks")
    case .dump, .dumpAll:
      return try await DumpedFile(parameters: parameters, effect: effect, environment: environment).keep(by: id)
    case .create, .drop, .restore, .load: break
    }
    guard before.isObserved else {
      throw DatabaseFailure(kind: .unknown, description: "the database was \(before.summary)")
    }
    let server = try await DatabaseServer(parameters, of: effect, in: environment)
    let keeping = DatabaseKeeping(server: server, images: environment.images)
    var kept: [DatabaseKeeping.Kept] = []
    for target in before.states.keys.sorted() where before.states[target]?["exists"] == true {
      kept.append(try await keeping.keep(try server.database(of: target)))
    }
    let bytes = kept.reduce(0) { $0 + $1.dump.bytes }
    return BeforeImage(
      driver: id, blobs: kept.flatMap { [$0.dump, $0.properties] }, facts: try DatabaseUndo.facts(kept),
      summary: kept.isEmpty
        ? "nothing: the database is not there yet"
        : "\(kept.map(\.name).joined(separator: ", ")) as a dump, \(Wording.bytes(bytes))")
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let parameters = try? BackupParameters(effect) else { return .unproven("not an effect of this driver") }
    if parameters.verb == .look {
      guard let outcome else { return .unproven("the answer was not seen") }
      return outcome.succeeded ? .unproven("exit \(outcome.exitStatus ?? 0), it only looks") : .refuted(outcome.summary)
    }
    return BackupVerdict(parameters: parameters, before: before, after: after, outcome: outcome).verdict
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let parameters = try BackupParameters(effect)
    do {
      if !parameters.changesDatabase {
        return try await DumpedFile(parameters: parameters, effect: effect, environment: environment)
          .undo(image, before: before, after: after, answer: answer)
      }
      return try await DatabaseUndo(
        parameters: parameters, image: image, before: before, after: after, answer: answer,
        server: try await DatabaseServer(parameters, of: effect, in: environment), environment: environment
      ).undo()
    } catch let failure as DatabaseFailure {
      return Undone(notRestored: effect.targets, summary: "nothing put back: \(failure.description)")
    }
  }
}
