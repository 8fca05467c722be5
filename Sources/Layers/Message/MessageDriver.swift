import Layer
import Runbook

/// Mail: once it is accepted, nobody gets it back. A request to a chat's webhook is the HTTP driver's.
public struct MessageDriver: LayerDriver {
  public let id = "message"
  // Not every mailer takes `--version` for a question: some send.
  public let tools: [String: [String]] = [
    "mail": [], "mailx": [], "sendmail": [], "mutt": ["-v"], "msmtp": ["--version"], "swaks": ["--version"],
  ]

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action, let message = MailCommand(command, in: context),
      let encoded = try? JSONValue(encoding: message)
    else { return nil }
    var effect = Effect(
      driver: id, layer: .message, summary: message.summary, place: command.place, directory: context.directory,
      targets: message.recipients.map { "message:\($0)" }, parameters: encoded,
      reversibility: context.binding?.undo == nil
        ? .none("a message that is sent cannot be taken back") : .partial("by the declared undo command"),
      isRepeatable: context.binding?.repeatable ?? false)
    effect.isUnseen = true
    return effect
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    Observation(summary: "nothing is sent yet")
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let message: MailCommand = try effect.parameters.decoded()
    var forecast = Forecast(from: "", to: message.summary)
    forecast.problems = try await message.needs.problems(of: effect, in: environment)
    if message.recipients.isEmpty, !message.readsRecipients, message.isKnown {
      forecast.problems.append(
        Problem(code: "recipient-missing", message: "\(message.program) is told no recipient: nobody would get it"))
    }
    for address in message.recipients where MailCommand.isExample(address) {
      forecast.problems.append(
        Problem(
          code: "recipient-example", severity: .note,
          message:
            "\(address) looks like an address of an example. Map the command to yours under commands: in backout.yaml"
        ))
    }
    return forecast
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(driver: id, summary: "nothing: a message that is sent cannot be taken back")
  }

  /// Acceptance is all that a mailer tells, by its exit status; whether it arrived, nobody here sees.
  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let outcome else { return .unproven("whether it was sent is not known") }
    return outcome.succeeded
      ? .unproven("accepted by the mailer; nobody here sees it arrive") : .refuted("not accepted: \(outcome.summary)")
  }

  /// A mail leaves no trace to look for.
  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe { .undetermined("whether the message was sent cannot be seen") }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    Undone(notRestored: effect.targets, summary: "a message that is sent cannot be taken back")
  }
}
