import Foundation
import Layer
import Runbook

/// One action of one driver in one small real world, for `exerciseDriver`.
public struct DriverScenario: Sendable {
  public var name: String
  public var action: ParsedAction
  /// The statement that the session runs where the effect is not native.
  public var statement: String
  public var environment: StepEnvironment
  /// Somebody else changes, after the act, what the step left. Nil: nobody can (a read-only action).
  public var disturb: (@Sendable () async throws -> Void)?
  /// Whether that change is still there.
  public var disturbanceSurvives: @Sendable () async throws -> Bool
  /// Brings the world back to the state before, by means other than the driver's, for the second round.
  public var reset: @Sendable () async throws -> Void
  /// What verify must say; false for actions whose success nobody can see.
  public var isProvable: Bool

  public init(
    name: String, action: ParsedAction, statement: String, environment: StepEnvironment,
    disturb: (@Sendable () async throws -> Void)? = nil,
    disturbanceSurvives: @escaping @Sendable () async throws -> Bool = { true },
    reset: @escaping @Sendable () async throws -> Void = {}, isProvable: Bool = true
  ) {
    self.name = name
    self.action = action
    self.statement = statement
    self.environment = environment
    self.disturb = disturb
    self.disturbanceSurvives = disturbanceSurvives
    self.reset = reset
    self.isProvable = isProvable
  }
}

/// What the conformance suite found wrong; empty is good.
public struct DriverConformance: Sendable {
  public var scenario: String
  public var violations: [String] = []
}

/// The one conformance suite that every driver passes: observe → keep → act → verify → undo → the observed state equals
/// the first; keep and undo twice are harmless; a change made by somebody else after the act is a conflict and survives
/// the undo; a read-only action is never kept or undone; after a death before or after the act, a probe never says the
/// contrary of what happened.
public func exerciseDriver(_ driver: any LayerDriver, _ scenario: DriverScenario) async throws -> DriverConformance {
  var report = DriverConformance(scenario: scenario.name)
  func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
    if !condition { report.violations.append(rule()) }
  }
  let environment = scenario.environment
  guard let effect = driver.recognise(scenario.action, in: environment.context) else {
    report.violations.append("the driver does not recognise its own action")
    return report
  }
  let first = try await driver.observe(effect, in: environment)
  require(first.isObserved, "not observed before: \(first.summary)")
  let again = try await driver.observe(effect, in: environment)
  require(again.isSameState(as: first), "observing twice gives two states: \(first.states) and \(again.states)")
  _ = try await driver.forecast(effect, before: first, in: environment)
  let looked = try await driver.observe(effect, in: environment)
  require(looked.isSameState(as: first), "forecasting changed the state")

  /// What a resumed run asks where nobody saw the end of the act.
  func probe(_ happened: Bool, _ when: String) async throws {
    if effect.isNative { return }  // Its own marker decides, and it is the act itself that leaves it.
    // Where the wanted state was there already, or acting again does no harm, both answers end the same.
    let verdict = driver.verify(effect, before: first, after: first, outcome: nil)
    if case .proven = verdict { return }
    if happened, effect.isRepeatable { return }
    let found = try await driver.probe(effect, before: first, marker: nil, in: environment)
    switch found {
    case .happened(let why): require(happened, "\(when), the probe says that it happened: \(why)")
    case .notHappened(let why): require(!happened, "\(when), the probe says that it did not happen: \(why)")
    case .undetermined: break
    }
  }

  func act() async throws -> (image: BeforeImage, after: Observation, outcome: Outcome) {
    let image = try await driver.keep(effect, before: first, in: environment)
    let twice = try await driver.keep(effect, before: first, in: environment)
    require(image == twice, "keeping twice gives two images: \(image) and \(twice)")
    let kept = try await driver.observe(effect, in: environment)
    require(kept.isSameState(as: first), "keeping changed the state: \(kept.states) from \(first.states)")
    try await probe(false, "before the act")
    let outcome: Outcome
    if effect.isNative {
      outcome = try await driver.act(effect, before: first, in: environment)
    } else if let session = environment.session {
      outcome = try await session.run(scenario.statement, timeout: 60)
    } else {
      throw NotNative(driver: driver.id)
    }
    require(outcome.succeeded, "the action failed: \(outcome.summary) \(outcome.output)")
    try await probe(true, "after the act")
    return (image, try await driver.observe(effect, in: environment), outcome)
  }

  if effect.role == .observe {
    let outcome =
      effect.isNative
      ? try await driver.act(effect, before: first, in: environment)
      : try await environment.session?.run(scenario.statement, timeout: 60)
    require(outcome?.succeeded ?? false, "the observation failed: \(outcome?.summary ?? "no session")")
    let after = try await driver.observe(effect, in: environment)
    require(after.isSameState(as: first), "a read-only action changed the state")
    return report
  }

  // There and back.
  let (image, after, outcome) = try await act()
  if scenario.isProvable {
    let verdict = driver.verify(effect, before: first, after: after, outcome: outcome)
    if case .proven = verdict {} else { require(false, "not proven: \(verdict)") }
  }
  for round in ["undo", "undo twice"] {
    let undone = try await driver.undo(
      image, of: effect, before: first, after: after, answer: nil, in: environment)
    require(undone.conflicts.isEmpty, "\(round): conflicts where nobody changed anything: \(undone.conflicts)")
    let now = try await driver.observe(effect, in: environment)
    if effect.reversibility == .exact {
      require(now.isSameState(as: first), "\(round): the state is not the first: \(now.states) not \(first.states)")
    }
  }

  // Somebody else changed it in between.
  if let disturb = scenario.disturb {
    try await scenario.reset()
    let (image, after, _) = try await act()
    try await disturb()
    let undone = try await driver.undo(
      image, of: effect, before: first, after: after, answer: nil, in: environment)
    require(!undone.conflicts.isEmpty, "a change made by somebody else was not reported as a conflict")
    let survives = try await scenario.disturbanceSurvives()
    require(survives, "a change made by somebody else did not survive the undo")
    let kept = try await driver.undo(
      image, of: effect, before: first, after: after, answer: .keepNewer, in: environment)
    require(kept.notRestored.isEmpty || !kept.summary.isEmpty, "keeping the newer says nothing")
    let stillSurvives = try await scenario.disturbanceSurvives()
    require(stillSurvives, "a change made by somebody else did not survive keep-newer")
  }
  return report
}
