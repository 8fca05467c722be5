import Foundation
import Journal
import Layer
import Planning
import Runbook
import SessionHost

/// The six beats of a step, as effects.
extension Executor {
  func planned(_ step: String) throws -> PlannedStep {
    guard let planned = steps[step] else { throw EngineError.unknownStep(step) }
    return planned
  }

  /// What a driver may reach for this step, with the session's real folder and variables.
  func environment(for step: PlannedStep, acting: Bool = false) async throws -> StepEnvironment {
    var directory = step.directory
    var variables = context.variables
    if let now = try await sessionState() {
      directory = now.directory
      variables = now.variables
      learn(variables)
    }
    let run = context.run
    let id = step.id
    return StepEnvironment(
      label: "\(run.short)/\(id)",
      context: ReadingContext(
        directory: directory, variables: variables, operatorVariables: context.variables,
        connections: context.plan.bindings.connections,
        endpoints: context.plan.bindings.endpoints, layers: context.plan.layers, binding: step.binding,
        configFile: context.plan.bindings.configFile),
      images: context.images(imageStore(of: id)),
      runner: context.runner, session: openedSession, secrets: context.secrets,
      redactor: redactor, settings: context.plan.settings,
      mark: { [weak self] marker in try await self?.mark(id, marker) })
  }

  private func imageStore(of step: String) -> String {
    let record = state.record(step)
    return "\(step)@\(max(1, record.keptAttempt ?? record.attempt))"
  }

  /// What one of the step's effects may reach: two commands of one driver must not take each other's before-images for
  /// their own, nor each other's names in the target system.
  func environment(_ shared: StepEnvironment, of step: String, effect index: Int) -> StepEnvironment {
    guard index > 0 else { return shared }
    var own = shared
    own.label += "+\(index + 1)"
    own.images = context.images("\(imageStore(of: step))+\(index + 1)")
    return own
  }

  private func mark(_ step: String, _ marker: JSONValue) async throws {
    record(.marked(step: step, marker: marker))
    try await flush()
  }

  // MARK: Observe, guard

  func observe(_ step: String) async throws {
    do {
      try await observe(step, whereLost: nil)
    } catch is SessionLost {
      // Looking changes nothing: a new host takes over what the dead one kept, and it is looked at again, once.
      dropSession()
      try await observe(step, whereLost: "its session was lost twice")
    }
  }

  /// - Parameter whereLost: what is said where the session's host dies while looking; nil: `SessionLost` is thrown.
  private func observe(_ step: String, whereLost: String?) async throws {
    let plan = try planned(step)
    let record = state.record(step)
    self.record(.observing(step: step, attempt: record.state == .observing ? record.attempt : record.attempt + 1))
    do {
      if plan.needsSession { _ = try await openSession() }
      let environment = try await environment(for: plan)
      let effects = try await RealWords(context: context).effects(of: plan, in: environment, session: openedSession)
      if let wider = effects.wider { return self.record(.failed(step: step, why: wider)) }
      var before: [Observation] = []
      for (index, effect) in effects.effects.enumerated() {
        let own = self.environment(environment, of: step, effect: index)
        before.append(try await driver(of: effect).observe(effect, in: own))
      }
      if let moved = try await movedPin(plan, effects.effects, before, environment) {
        return self.record(.failed(step: step, why: moved))
      }
      self.record(
        .observed(step: step, before: before, effects: effects.effects == plan.effects ? nil : effects.effects))
      var said: [String] = []
      for check in plan.guards where !check.expectation.isForPerson {
        let judged = try await judge(check, in: environment)
        guard judged.holds else { return self.record(.guardRefused(step: step, said: judged.said)) }
        said.append(judged.said)
      }
      var proofHeld: Bool?
      if proofIsAsked(of: plan, effects.effects) {
        proofHeld = try await holdsNow(plan.verifications, in: environment)
      }
      self.record(.guardPassed(step: step, said: said, proofHeld: proofHeld))
    } catch let lost as SessionLost {
      guard let whereLost else { throw lost }
      self.record(.failed(step: step, why: "could not look, nothing was changed: \(whereLost)"))
    } catch let error where !(error is JournalError) {
      self.record(.failed(step: step, why: "could not look, nothing was changed: \(describe(error))"))
    }
  }

  /// Whether, after a kill, only the step's checks may be able to say that it happened. What can be looked at, or done
  /// again, needs them less: they are not asked twice for it.
  private func proofIsAsked(of plan: PlannedStep, _ effects: [Effect]) -> Bool {
    plan.verifications.contains { !$0.expectation.isForPerson }
      && effects.contains { $0.role == .change && ($0.isOpaque || !$0.isRepeatable) }
  }

  /// One look, and no waiting: what cannot be answered does not hold.
  private func holdsNow(_ checks: [Check], in environment: StepEnvironment) async throws -> Bool {
    for check in checks where !check.expectation.isForPerson {
      do {
        guard try await judge(check, in: environment).holds else { return false }
      } catch let error where !(error is JournalError) && !(error is SessionLost) {
        return false
      }
    }
    return true
  }

  /// A fact that the plan pinned and that no step of this run has changed since must still hold.
  private func movedPin(
    _ plan: PlannedStep, _ effects: [Effect], _ before: [Observation], _ environment: StepEnvironment
  ) async throws -> String? {
    guard !plan.pins.isEmpty, state.record(plan.id).hasActed == false else { return nil }
    let touched = Set(
      context.plan.steps.filter { state.record($0.id).hasActed && $0.id != plan.id }.flatMap(\.effects)
        .filter { $0.role == .change }.flatMap(\.targets))
    for (index, (effect, before)) in zip(effects, before).enumerated()
    where effect.role == .change && touched.isDisjoint(with: effect.targets) {
      let own = self.environment(environment, of: plan.id, effect: index)
      let now = try await driver(of: effect).pins(effect, before: before, in: own)
      for (name, value) in now {
        guard let pinned = plan.pins[name], pinned != value else { continue }
        return
          "\(name) was \(pinned.plainText) in the plan and is \(value.plainText) now: nothing was changed; make a new plan"
      }
    }
    return nil
  }

  func judge(_ check: Check, in environment: StepEnvironment, outcome: Outcome? = nil) async throws -> (
    holds: Bool, said: String
  ) {
    if case .output = check.question {
      return outcome.map { check.expectation.judge(Answer($0)) } ?? (false, "there was no output to judge")
    }
    guard let answer = try await context.checks.answer(check.question, in: environment) else {
      return (false, "nobody here can answer this check")
    }
    return check.expectation.judge(answer)
  }

  func driver(of effect: Effect) throws -> any LayerDriver {
    guard let driver = context.drivers[effect.driver] else { throw EngineError.unknownDriver(effect.driver) }
    return driver
  }

  func effects(of step: PlannedStep) -> [Effect] { state.record(step.id).effects ?? step.effects }

  // MARK: Keep, act

  func keep(_ step: String) async throws {
    let plan = try planned(step)
    if let reason = context.withoutKeep[step] {
      return record(.kept(step: step, images: [], without: reason))
    }
    do {
      let environment = try await environment(for: plan)
      var images: [BeforeImage] = []
      for (index, (effect, before)) in zip(effects(of: plan), state.record(step).before).enumerated()
      where effect.role == .change {
        let own = self.environment(environment, of: step, effect: index)
        images.append(try await driver(of: effect).keep(effect, before: before, in: own))
      }
      record(.kept(step: step, images: images, without: nil))
    } catch let error where !(error is JournalError) {
      record(
        .failed(step: step, why: "could not keep what it would destroy, so nothing was changed: \(describe(error))"))
    }
  }

  func act(_ step: String) async throws {
    let plan = try planned(step)
    let attempt = state.record(step).attempt
    let effects = effects(of: plan)
    let native = effects.count == 1 ? effects.first.flatMap { $0.isNative ? $0 : nil } : nil
    let statement = native == nil ? "\(step)#\(attempt)" : nil
    do {
      if native == nil { _ = try await openSession() }
    } catch let error where !(error is JournalError) {
      return record(.failed(step: step, why: "the session did not start, nothing was changed: \(describe(error))"))
    }
    record(.acting(step: step, attempt: attempt, statement: statement))
    try await flush()
    do {
      let outcome: Outcome
      if let native {
        context.faults.reach(.nativeActing)
        let before = state.record(step).before.first ?? .notObserved("not looked at")
        outcome = try await driver(of: native).act(native, before: before, in: try await environment(for: plan))
      } else {
        let session = try await openSession()
        outcome = try await session.run(
          StatementOrder(
            id: statement ?? step, text: Self.revealed(plan.command, context), timeout: plan.timeout,
            interactive: plan.interactive),
          onOutput: outputSink(step))
      }
      record(.acted(step: step, outcome: shown(Self.asExpected(outcome, of: plan))))
    } catch let error as SessionLost {
      dropSession()
      record(.outcomeUnknown(step: step, why: error.why))
    } catch let error as SessionError {
      // A refusal: the statement was not started.
      record(.failed(step: step, why: describe(error)))
    } catch let error where !(error is JournalError) {
      record(.outcomeUnknown(step: step, why: describe(error)))
    }
  }

  /// A refusal that the runbook expects ("should return 503") is no failure.
  private static func asExpected(_ outcome: Outcome, of plan: PlannedStep) -> Outcome {
    guard let status = outcome.httpStatus, plan.verifications.contains(where: { $0.expectation.httpStatus == status })
    else { return outcome }
    var outcome = outcome
    outcome.succeeded = true
    return outcome
  }

  private static func revealed(_ command: String, _ context: RunContext) -> String {
    // Secrets reach a shell command as variables; a token that is left in the text is a name only.
    SecretToken.replace(in: command) { "${BACKOUT_SECRET_\($0)}" }
  }

  private func outputSink(_ step: String) -> @Sendable (Data) -> Void {
    let context = context
    let redactor = redactor
    // Whole lines: a secret that comes in two pieces is recognised in neither.
    let lines = OutputLines()
    return { data in
      if let text = lines.take(data) { context.output(step, redactor.redactOutput(text)) }
    }
  }

  private func shown(_ outcome: Outcome) -> Outcome {
    var outcome = outcome
    outcome.summary = redactor.redact(outcome.summary)
    outcome.output = redactor.redactOutput(outcome.output)
    outcome.value = outcome.value.map { redactor.redact($0.withoutSensitiveMembers) }
    return outcome
  }

  // MARK: Verify, probe

  func verify(_ step: String) async throws {
    let plan = try planned(step)
    let effects = effects(of: plan)
    let outcome = state.record(step).outcome
    let before = state.record(step).before
    do {
      // A resumed run has none open: what lives in the session would be looked for outside it.
      if plan.needsSession { _ = try await openSession() }
      var environment = try await environment(for: plan)
      environment.isVerifying = true
      environment.leftInBackground = Set(outcome?.background ?? [])
      var after: [Observation] = []
      var verdicts: [(role: Step.Role, verdict: Verdict)] = []
      for (index, effect) in effects.enumerated() {
        let driver = try driver(of: effect)
        let earlier = before.indices.contains(index) ? before[index] : .notObserved("not looked at")
        let now = try await driver.observe(effect, in: self.environment(environment, of: step, effect: index))
        after.append(now)
        verdicts.append((effect.role, driver.verify(effect, before: earlier, after: now, outcome: outcome)))
      }
      let checks = try await judgeVerifications(of: plan, in: environment, outcome: outcome)
      record(
        .verified(step: step, verdict: VerdictRule.combine(verdicts, checks: checks, outcome: outcome), after: after))
    } catch let error where !(error is JournalError) {
      record(
        .verified(
          step: step, verdict: .unproven("nobody could see what it came to: \(describe(error))"), after: []))
    }
  }

  /// A service needs a moment: a bound check that does not hold yet is asked again, for a bounded time. It is read-only.
  private func judgeVerifications(
    of plan: PlannedStep, in environment: StepEnvironment, outcome: Outcome?
  ) async throws -> [(holds: Bool, said: String)] {
    var results: [(holds: Bool, said: String)] = []
    for check in plan.verifications where !check.expectation.isForPerson {
      var judged: (holds: Bool, said: String) = (false, "")
      let begun = context.clock.now()
      while true {
        do {
          judged = try await judge(check, in: environment, outcome: outcome)
        } catch let error where !(error is JournalError) {
          judged = (false, describe(error))
        }
        if judged.holds || !check.mayNeedTime || !(outcome?.succeeded ?? true) { break }
        if context.clock.now().milliseconds(since: begun) >= 10_000 { break }
        try await Task.sleep(for: .milliseconds(200))
      }
      results.append(judged)
    }
    return results
  }

  func probe(_ step: String) async throws {
    let plan = try planned(step)
    let record = state.record(step)
    do {
      if let statement = record.statement {
        switch try await trace(statement, plan) {
        case .ended(let outcome): return self.record(.acted(step: step, outcome: shown(outcome)))
        case .lost(let alive) where !alive.isEmpty:
          let names = alive.map(String.init).joined(separator: ", ")
          return self.record(
            .probed(
              step: step,
              probe: .undetermined(
                "processes of this step still live (pid \(names)): nothing is repeated while they do")))
        case .neverStarted:
          // As sure as a marker: the host writes its record before it starts anything.
          self.record(.marked(step: step, marker: "never started"))
          return self.record(
            .probed(step: step, probe: Self.bounded(.notHappened("the statement was never started"), record)))
        case .lost, .running: break
        }
      }
      if plan.needsSession { _ = try await openSession() }
      let environment = try await environment(for: plan)
      self.record(.probed(step: step, probe: Self.bounded(try await probe(plan, record, environment), record)))
    } catch let error where !(error is JournalError) {
      self.record(.probed(step: step, probe: .undetermined("could not look: \(describe(error))")))
    }
    try await flush()
  }

  /// What is lost three times in a row is not tried a fourth time by itself: a person looks.
  private static func bounded(_ probe: Probe, _ record: StepRecord) -> Probe {
    guard case .notHappened(let why) = probe, record.attempt >= 3 else { return probe }
    return .undetermined("tried \(record.attempt) times, and its end was never seen: \(why)")
  }

  /// What became of a statement; one that still runs is waited for, and processes of one whose host died are given
  /// a moment to end.
  private func trace(_ statement: String, _ plan: PlannedStep) async throws -> StatementTrace {
    let begun = context.clock.now()
    while true {
      let trace = try await context.sessions.trace(of: statement)
      switch trace {
      case .running:
        let session = try await openSession()
        return .ended(try await session.wait(for: statement, onOutput: outputSink(plan.id)))
      case .lost(let alive)
      where !alive.isEmpty && context.clock.now().milliseconds(since: begun) < Int64(min(plan.timeout, 30)) * 1000:
        try await Task.sleep(for: .milliseconds(100))
      default: return trace
      }
    }
  }

  private func probe(_ plan: PlannedStep, _ record: StepRecord, _ environment: StepEnvironment) async throws -> Probe {
    if plan.role == .observe, !plan.changes { return .notHappened("it only looks: it can be done again") }
    let checks = try await judgeVerifications(of: plan, in: environment, outcome: nil)
    let failed = checks.filter { !$0.holds }
    let said = { (checks: [(holds: Bool, said: String)]) in checks.map(\.said).joined(separator: "; ") }
    // What held before it already says nothing of it.
    let allHold = !checks.isEmpty && failed.isEmpty && !record.proofHeld
    var probes: [Probe] = []
    for (index, effect) in effects(of: plan).enumerated() where effect.role == .change {
      if effect.isOpaque {
        if allHold { continue }
        if !failed.isEmpty {
          probes.append(.notHappened(said(failed)))
          continue
        }
        if plan.binding?.repeatable == true {
          // Nothing could be looked at, and a person has said that it does no harm.
          probes.append(.notHappened("nobody knows what it touches; the bindings call it repeatable"))
          continue
        }
        if !checks.isEmpty {
          probes.append(.undetermined("what is to prove it held before it too: \(said(checks))"))
          continue
        }
      }
      let before = record.before.indices.contains(index) ? record.before[index] : .notObserved("not looked at")
      do {
        var probe = try await driver(of: effect).probe(
          effect, before: before, marker: record.marker,
          in: self.environment(environment, of: plan.id, effect: index))
        if case .undetermined = probe, plan.isRepeatable, let first = failed.first {
          // What it was to bring about is not there, and the bindings say that doing it again does no harm.
          probe = .notHappened(first.said)
        }
        probes.append(probe)
      } catch {
        // What cannot be looked at takes nothing from checks that hold.
        guard allHold else { throw error }
      }
    }
    let combined = VerdictRule.combine(probes)
    guard allHold else { return combined }
    // A check that holds while all is as it was held before the step too, and says nothing of it.
    if case .notHappened = combined { return combined }
    return .happened(said(checks))
  }

  func describe(_ error: any Error) -> String { redactor.redact(String(describing: error)) }
}

public enum EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownStep(String)
  case unknownDriver(String)

  public var description: String {
    switch self {
    case .unknownStep(let id): "the plan has no step \(id)"
    case .unknownDriver(let id): "this build has no driver named \(id)"
    }
  }
}

extension Check {
  /// A service or a command may need a moment until it holds; a database's answer and the step's own output do not.
  var mayNeedTime: Bool {
    switch question {
    case .http, .command: true
    case .confirmation, .sql, .output: false
    }
  }
}
