import Foundation
import Layer
import Runbook

/// A command that nobody else recognises: it runs as written, its effect is unknown, and nothing of it is proven.
public struct ShellDriver: LayerDriver, CheckAnswering {
  public let id = "shell"

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action else { return nil }
    let looksOnly = ReadOnlyCommands.contains(command)
    let parameters = CommandNeeds(command, in: context)
    guard let encoded = try? JSONValue(encoding: parameters) else { return nil }
    return Effect(
      driver: id, layer: .unknown, role: looksOnly ? .observe : .change, summary: Self.summary(of: command),
      place: command.place, directory: context.directory, parameters: encoded,
      reversibility: looksOnly ? .exact : Self.reversibility(of: command, in: context),
      isDestructive: !looksOnly && Self.destroyers.contains(command.name ?? ""),
      isRepeatable: context.binding?.repeatable ?? looksOnly)
  }

  private static let destroyers: Set<String> = ["mkfs", "wipefs", "shred", "fdisk", "parted"]

  private static func reversibility(of command: ParsedCommand, in context: ReadingContext) -> Reversibility {
    if context.binding?.undo != nil { return .partial("by the declared undo command") }
    let name = command.name ?? ""
    if destroyers.contains(name) { return .none("what it overwrites is not kept") }
    return .partial("effect unknown: nothing is kept")
  }

  private static func summary(of command: ParsedCommand) -> String {
    let line = command.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.count > 100 || line.count < command.text.count ? line.prefix(99) + "…" : line
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    Observation(summary: effect.role == .observe ? "it only looks" : "nobody knows what it touches")
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    var forecast = Forecast(from: "", to: effect.role == .observe ? "it only looks" : "effect unknown")
    forecast.problems = try await effect.parameters.decoded(as: CommandNeeds.self)
      .problems(of: effect, in: environment)
    return forecast
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(driver: id, summary: "nothing: its effect is unknown")
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let outcome else { return .unproven("nothing was observed") }
    guard outcome.succeeded else { return .refuted(outcome.summary) }
    return .unproven("exit \(outcome.exitStatus ?? 0), nothing was observed")
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    effect.role == .observe ? .notHappened("it only looks") : .undetermined("nobody knows what it touches")
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    Undone(
      notRestored: [effect.summary],
      summary: "its effect is unknown: nothing was kept; give undo: for it under steps: in backout.yaml")
  }

  /// A `run:` check: read-only by declaration, in the session's folder. Throws `CommandFailure`.
  public func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    guard case .command(let text) = question else { return nil }
    let result = try await environment.runner.run(
      CommandRequest(
        words: ["bash", "--noprofile", "--norc", "-c", try await environment.reveal(text)],
        directory: environment.context.directory, variables: environment.context.variables,
        timeout: min(environment.settings.timeout, 300)))
    let shown = result.output.isEmpty && result.status != 0 ? result.errorText : result.text
    return Answer(text: environment.redactor.redactOutput(shown), exitStatus: result.status)
  }
}
