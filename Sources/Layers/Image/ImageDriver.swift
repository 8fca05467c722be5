import Layer
import Runbook

/// Container images and what runs them: `docker compose` and `docker`.
public struct ImageDriver: LayerDriver {
  public let id = "image"
  public let tools = [
    "docker": ["--version"], "docker compose": ["version", "--short"], "docker-compose": ["version", "--short"],
  ]

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action, let image = ImageCommand(command, in: context),
      let parameters = try? JSONValue(encoding: image)
    else { return nil }
    let text = command.words.map(\.valueOrText).joined(separator: " ")
    var effect = Effect(
      driver: id, layer: .image, role: image.verb == .look ? .observe : .change,
      summary: text.count > 100 ? text.prefix(99) + "…" : text, place: command.place, directory: context.directory,
      targets: image.targets(in: context), parameters: parameters, reversibility: image.reversibility,
      isDestructive: image.isDestructive, isRepeatable: context.binding?.repeatable ?? image.isRepeatable)
    // What a restart made take effect, another one must take back, once the rest is as before.
    if image.verb == .restart { effect.undoneLast = true }
    return effect
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let command = try effect.imageCommand()
    if let name = command.missing.first { return .notObserved("\(name) has no value yet") }
    do {
      return try await ImageLook(command, effect, in: environment).observation
    } catch let silence as NoAnswer {
      return .notObserved(silence.description)
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    try await ImageForecast(effect: effect, before: before, environment: environment).forecast()
  }

  public func pins(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> [String: JSONValue] {
    let engine = DockerEngine(command: try effect.imageCommand(), effect: effect, environment: environment)
    return [ImageForecast.enginePin: .string(try await engine.identity())]
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    try await ImageKeeping(effect: effect, before: before, environment: environment).keep()
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let command = try? effect.imageCommand() else {
      return .unproven("the effect's parameters cannot be read")
    }
    return ImageVerdict(command: command, before: before, after: after, outcome: outcome).verdict
  }

  public func quarantines(
    after changes: [QuarantineChange], in environment: StepEnvironment
  ) async throws -> [QuarantineOffer] {
    try await ImageQuarantine(driver: id, changes: changes, environment: environment).offers()
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    do {
      return try await ImageUndo(
        effect: effect, image: image, before: before, after: after, answer: answer, environment: environment
      ).undo()
    } catch let silence as NoAnswer {
      return Undone(notRestored: effect.targets, summary: silence.description)
    }
  }
}
