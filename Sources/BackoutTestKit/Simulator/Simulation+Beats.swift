import Engine
import Journal
import Layer
import Planning
import Runbook

/// The six beats, as the modelled world answers them.
extension Simulation {
  func observe(_ step: String) throws {
    let record = state.record(step)
    self.record(.observing(step: step, attempt: record.state == .observing ? record.attempt : record.attempt + 1))
    try mayDie()
    if random.chance(4) { return self.record(.failed(step: step, why: "could not look")) }
    self.record(.observed(step: step, before: [world.observation(step)], effects: nil))
    if random.chance(8) { return self.record(.guardRefused(step: step, said: "not now")) }
    self.record(.guardPassed(step: step, said: []))
  }

  func keep(_ step: String) {
    if random.chance(5) { return record(.failed(step: step, why: "no room to keep it")) }
    if random.chance(5) { return record(.kept(step: step, images: [], without: "said so")) }
    let image = BeforeImage(driver: "model", facts: .integer(world.value(step)), summary: "kept")
    record(.kept(step: step, images: [image], without: nil))
  }

  func act(_ step: String) throws {
    if random.chance(2) { return record(.failed(step: step, why: "the session did not start")) }
    let attempt = state.record(step).attempt
    record(.acting(step: step, attempt: attempt, statement: random.chance(50) ? "\(step)#\(attempt)" : nil))
    if engine.flushesBeforeActing { try flush() }
    if random.chance(25) {
      record(.marked(step: step, marker: .integer(attempt)))
      if engine.flushesBeforeActing { try flush() }
    }
    for objection in watch.objectionsToActing(step) { violate(objection) }
    result.count(.acts)
    world.exits[step] = nil
    try mayDie()
    let outcome: Outcome
    switch random.below(100) {
    case ..<72:
      world.set(step, 1)
      outcome = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0")
    case ..<78: outcome = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0, and changed nothing")
    case ..<88: outcome = Outcome(exitStatus: 1, succeeded: false, summary: "exit 1")
    case ..<94:
      world.set(step, 2)
      outcome = Outcome(exitStatus: 1, succeeded: false, summary: "exit 1, half done")
    default:
      world.set(step, 1)
      outcome = Outcome(exitStatus: 1, succeeded: false, summary: "exit 1, and yet done")
    }
    if random.chance(60) { world.exits[step] = outcome }
    try mayDie()
    if random.chance(5) {
      result.count(.unknowns)
      return record(.outcomeUnknown(step: step, why: "the connection was lost"))
    }
    record(.acted(step: step, outcome: outcome))
  }

  func verify(_ step: String) {
    let after = world.observation(step)
    let verdict: Verdict =
      if random.chance(12) {
        .unproven("nobody could see")
      } else if world.value(step) == 1 {
        .proven("as wanted")
      } else {
        .refuted("value \(world.value(step))")
      }
    record(.verified(step: step, verdict: verdict, after: [after]))
  }

  func probe(_ step: String) throws {
    result.count(.probes)
    if let outcome = world.exits[step], random.chance(70) {
      record(.acted(step: step, outcome: outcome))
    } else if random.chance(20) {
      record(.probed(step: step, probe: .undetermined("could not look")))
    } else {
      let value = world.value(step)
      let before = state.record(step).before.first?.states[step]?.integerValue ?? 0
      let probe: Probe =
        if value == 1 {
          .happened("as wanted")
        } else if value == before {
          .notHappened("as before")
        } else {
          .undetermined("neither as before nor as wanted")
        }
      record(.probed(step: step, probe: probe))
    }
    try flush()
  }

  func undo(_ step: String) throws {
    record(.undoing(step: step))
    try flush()
    for objection in watch.objectionsToUndoing(step) { violate(objection) }
    let record = state.record(step)
    let ask = Ask(
      id: step, kind: .problem, question: "newer than what the step left",
      options: ["keep-newer", "put-back", "export-both"].map { AskOption(id: $0, title: $0) })
    let answer = state.answers[ask.key]?.value
    if random.chance(8) { return self.record(.undoFailed(step: step, why: "could not put it back")) }
    if world.value(step) >= 10, !["keep-newer", "put-back", "export-both"].contains(answer) {
      result.count(.conflicts)
      return self.record(.asked([ask]))
    }
    if answer != "keep-newer" { world.set(step, record.images.first?.facts.integerValue ?? 0) }
    try mayDie()
    self.record(.undone(step: step, result: Undone(restored: [step], summary: "put back")))
  }
}
