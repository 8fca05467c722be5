import Planning
import Runbook

/// What is to be done next.
public enum Directive: Hashable, Sendable {
  case skip(step: String, reason: String)
  /// Observe, then ask the guards.
  case observe(step: String)
  case keep(step: String)
  case act(step: String)
  case verify(step: String)
  /// Find out what became of an action whose end nobody saw.
  case probe(step: String)
  case ask([Ask])
  case pause(why: String)
  case end(RunEnd)
  case undo(step: String)
  case endUndo
  case nothing
}

/// The pure core: what a run's state calls for. Together with `RunState.apply` it is the whole engine; the executor
/// only gives it effects.
public enum Decider {
  public static func next(_ state: RunState) -> Directive {
    if state.status.isFinished || state.status == .planned { return .nothing }
    if let undo = state.undo { return nextUndo(undo, state) }
    guard let rule = state.current else {
      return .end(state.records.values.contains { $0.isGivenUp && $0.state == .skipped } ? .failed : .succeeded)
    }
    let record = state.record(rule.id)
    // A beat that may have changed something is finished first: what it came to must be known.
    let isOpenEnded =
      record.state == .acting || record.state == .verifying || record.state == .unknown && !record.isDecided
    if state.isAborting, !isOpenEnded { return .end(.aborted) }
    // Between steps, or while a person is asked: a beat that has begun is finished first.
    if let name = state.pauseRequestedBy, !isOpenEnded,
      record.state == .pending || record.state == .waiting || !state.waiting.isEmpty
    {
      return .pause(why: "paused by \(name)")
    }
    switch record.state {
    case .pending: return enter(rule, state)
    case .observing: return .observe(step: rule.id)
    case .guarded, .waiting, .keeping: return cross(rule, state)
    case .acting: return .probe(step: rule.id)
    case .verifying: return .verify(step: rule.id)
    case .unknown where !record.isDecided: return .probe(step: rule.id)
    case .refused, .failed, .unknown: return .ask([trouble(rule, record, state)])
    case .proven, .unproven, .skipped, .undone: return .nothing
    }
  }

  /// Whether a step runs at all: the plan's own reason, the option chosen, the optional ones.
  private static func enter(_ rule: StepRule, _ state: RunState) -> Directive {
    if let reason = rule.skip { return .skip(step: rule.id, reason: reason) }
    for gate in rule.gates where gate.id != rule.id {
      if let stop = stop(at: gate, rule, state) { return stop }
    }
    for ask in rule.entryAsks where state.answers[ask.key] == nil { return .ask([ask]) }
    if let choice = rule.choice {
      let key = Ask.key(.choice, choice.choice)
      if let answer = state.answers[key], answer.value != choice.option {
        return .skip(step: rule.id, reason: "\(answer.value) was chosen")
      }
    }
    for gate in rule.gates where gate.id == rule.id {
      if let stop = stop(at: gate, rule, state) { return stop }
    }
    if let confirmation = rule.confirmation {
      // What needs leave needs it where a person's hands do it too.
      let asks = missing(rule, state)
      if !asks.isEmpty { return .ask(asks) }
      return .ask(confirmations(from: rule, asking: confirmation, state))
    }
    return .observe(step: rule.id)
  }

  /// Nil: the answer was yes.
  private static func stop(at gate: Ask, _ rule: StepRule, _ state: RunState) -> Directive? {
    guard let answer = state.answers[gate.key] else { return .ask([gate]) }
    guard answer.value == "no" else { return nil }
    return .skip(step: rule.id, reason: answer.reason ?? "left out by \(answer.by)")
  }

  /// A stage's confirmations that follow one another are asked together; somebody's leave is asked by itself.
  private static func confirmations(from rule: StepRule, asking first: Ask, _ state: RunState) -> [Ask] {
    var asks = [first]
    guard first.kind == .confirmation, let start = state.rules.firstIndex(where: { $0.id == rule.id }) else {
      return asks
    }
    for next in state.rules[(start + 1)...] {
      guard next.stage == rule.stage, let ask = next.confirmation, ask.kind == .confirmation, next.entryAsks.isEmpty,
        next.choice == rule.choice,
        next.gates == rule.gates, next.skip == nil, missing(next, state).isEmpty
      else { break }
      // Answered before the ones above it.
      if state.record(next.id).state != .pending { continue }
      asks.append(ask)
    }
    return asks
  }

  /// Approvals and the like that nobody has given yet.
  private static func missing(_ rule: StepRule, _ state: RunState) -> [Ask] {
    rule.crossingAsks.filter { state.answers[$0.key]?.value != "yes" }
  }

  private static func cross(_ rule: StepRule, _ state: RunState) -> Directive {
    let asks = missing(rule, state)
    if !asks.isEmpty { return .ask(asks) }
    return rule.keeps && !state.record(rule.id).hasKept ? .keep(step: rule.id) : .act(step: rule.id)
  }

  /// What can be done about a step that failed, was refused or is unknown.
  static func trouble(_ rule: StepRule, _ record: StepRecord, _ state: RunState) -> Ask {
    var options = [
      AskOption(id: "retry", title: "try it again"),
      AskOption(id: "done", title: "I fixed it by hand, go on"),
      AskOption(id: "skip", title: "leave it out, with a reason"),
      AskOption(id: "abort", title: "stop the run here"),
    ]
    if record.state == .refused {
      for choice in state.waysOut(of: rule) {
        let asks = state.rules.flatMap(\.entryAsks)
        let title = asks.first { $0.id == choice.choice }?.options.first { $0.id == choice.option }?.title
        options.insert(
          AskOption(id: choice.option, title: "first do: \(title ?? choice.option)"), at: options.count - 3)
      }
    }
    let kind: Ask.Kind = record.state == .unknown ? .unknown : .failed
    return Ask(id: rule.id, kind: kind, question: record.note, options: options)
  }

  private static func nextUndo(_ undo: UndoStart, _ state: RunState) -> Directive {
    if state.isAborting { return .end(.aborted) }
    // What never acted has nothing to put back.
    guard let step = undo.steps.first(where: { state.record($0).hasActed && state.record($0).undone == nil }) else {
      return .endUndo
    }
    if let name = state.pauseRequestedBy { return .pause(why: "paused by \(name)") }
    if let why = state.record(step).undoTrouble {
      return .ask([
        Ask(
          id: step, kind: .failed, question: "undo: \(why)",
          options: [
            AskOption(id: "retry", title: "try it again"),
            AskOption(id: "done", title: "I put it back by hand, go on"),
            AskOption(id: "skip", title: "leave it as it is"),
            AskOption(id: "abort", title: "stop undoing"),
          ])
      ])
    }
    // Something newer is in the way, and nobody has said yet what is to become of it.
    if let ask = state.waiting.first(where: { $0.id == step }) { return .ask([ask]) }
    return .undo(step: step)
  }
}
