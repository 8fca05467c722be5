import Layer
import Runbook

/// Something that a person does. Nobody sees it, so it is never proven, kept or put back.
public struct ManualDriver: LayerDriver {
  public let id = "manual"

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .manual(let text) = action else { return nil }
    return Effect(
      driver: id, layer: .person, summary: Self.firstLine(of: text), directory: context.directory,
      parameters: .object(["text": .string(text)]), reversibility: .partial("done by a person"),
      isRepeatable: context.binding?.repeatable ?? false)
  }

  private static func firstLine(of text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.count > 100 ? line.prefix(99) + "…" : line
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    Observation(summary: "a person knows")
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    Forecast(from: "", to: "a person says when it is done")
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(driver: id, summary: "nothing: a person does it")
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    return .unproven("a person did it")
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    .undetermined("a person knows whether it was done")
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    Undone(notRestored: [effect.summary], summary: "a person did it: a person takes it back")
  }
}
