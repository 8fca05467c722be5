import Runbook

/// How one kind of state is observed, kept, changed, verified and put back: the six beats of a step.
///
/// A driver has no state of its own: everything it needs comes in, everything it knows goes out as values.
public protocol LayerDriver: Sendable {
  /// A stable name: `git`, `postgres`.
  var id: String { get }
  /// Tools that its commands need, for `doctor`: name of the program → arguments that print its version; none: it is only
  /// looked for, since asking it would start or send something. `docker compose`: a program's own command.
  var tools: [String: [String]] { get }

  /// What `action` would touch, or nil where this driver does not know it. Called for the plan with the text, and again
  /// before acting with the words that the session's shell really expanded. Touches nothing.
  func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect?
  /// The state that `effect` touches, now. Read-only. Idempotent. Acts in the effect's own place.
  func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation
  /// What acting would come to, and what is in the way. Read-only.
  func forecast(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Forecast
  /// What `forecast` pins, as it is now: `before` is newer than the plan. A driver whose forecast is dear says it without.
  func pins(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> [String: JSONValue]
  /// Keeps what `effect` will change or destroy. Idempotent: called twice, it keeps once.
  func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage
  /// Makes the change where `effect.isNative`. Otherwise the engine runs the command as written through the session.
  func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome
  /// proven, refuted or unproven: decided from observations, never from an exit status alone.
  func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict
  /// After a crash while acting: did it happen? `marker` is the last one made durable by `StepEnvironment.mark`.
  func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe
  /// Puts a before-image back, where the state is still what the step left (`after`). Where it is newer: with no
  /// `answer` it is left and reported as a conflict, else as answered. Idempotent.
  func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone
  /// What would bring the bad version back after `changes`, of all steps and drivers, in order: offered only where it is
  /// certain, with a statement that one of the drivers keeps, proves and undoes. Read-only.
  func quarantines(
    after changes: [QuarantineChange], in environment: StepEnvironment
  ) async throws -> [QuarantineOffer]
}

extension LayerDriver {
  public var tools: [String: [String]] { [:] }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    Forecast(from: before.summary, to: effect.summary)
  }

  public func pins(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> [String: JSONValue] {
    try await forecast(effect, before: before, in: environment).pins
  }

  public func quarantines(
    after changes: [QuarantineChange], in environment: StepEnvironment
  ) async throws -> [QuarantineOffer] { [] }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    throw NotNative(driver: id)
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    try await probeByLooking(effect, before: before, in: environment)
  }

  /// The wanted state proves that it happened, the before-state that it did not.
  public func probeByLooking(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Probe {
    let now = try await observe(effect, in: environment)
    if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) { return .happened(why) }
    if now.isSameState(as: before) { return .notHappened("the state is as it was before") }
    return .undetermined("neither the state before nor the wanted one: \(now.summary)")
  }
}

/// `act` was called on a driver whose effect runs as written.
public struct NotNative: Error, Sendable {
  public var driver: String
  public init(driver: String) { self.driver = driver }
}

/// The drivers of this build, in the order in which they are asked. There is one list, in `Drivers.swift`.
public struct DriverList: Sendable {
  public let drivers: [any LayerDriver]

  public init(_ drivers: [any LayerDriver]) { self.drivers = drivers }

  public subscript(id: String) -> (any LayerDriver)? { drivers.first { $0.id == id } }

  /// The effect of the first driver that knows `action`.
  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    for driver in drivers {
      if let effect = driver.recognise(action, in: context) { return effect }
    }
    return nil
  }
}

/// The connection to the target was lost at the one moment when nobody can tell from here whether the change was made.
/// The engine marks the step `unknown`; `LayerDriver.probe` finds out.
public struct OutcomeUnknown: Error, Hashable, Sendable, CustomStringConvertible {
  public var why: String
  public init(why: String) { self.why = why }
  public var description: String { why }
}
