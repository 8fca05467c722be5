import Engine
import Layer
import Planning
import Runbook

/// An onlooker of the durable events who keeps the promises in his own words, without `RunState`: what he holds
/// against an effect at the moment in which it reaches the world.
struct Watch {
  private struct Seen {
    var guardPassed = false
    var lastObserved: [Observation]?
    var keptOf: [Observation]?
    var hasStarted = false
    var hasMarker = false
    /// Since the last start: what a probe said, and whether a person decided.
    var probe: Probe?
    var personDecided = false
    var needsPerson = false
    var isClosed = false
    var isSkipped = false
    var isUndone = false
    /// A person left it as it is.
    var isLeft = false
    var succeeded = true
    /// An intent is durable that has not reached the world; and what was known when it was written.
    var intent = false
    var isAgain = false
    var mayRepeat = false
  }

  private let rules: [StepRule]
  private var seen: [String: Seen] = [:]
  private var asked: [String: Ask] = [:]
  private var answers: [String: String] = [:]
  private var isAborting = false
  private var hasEnded = false
  private(set) var undoList: [String]?

  init(rules: [StepRule]) { self.rules = rules }

  func hasStarted(_ step: String) -> Bool { seen[step]?.hasStarted ?? false }
  func isUndone(_ step: String) -> Bool { seen[step]?.isUndone ?? false }

  /// Whether somebody asked it, and the value was offered.
  func isWelcome(_ answer: RunAnswer) -> Bool {
    asked[answer.key]?.options.contains { $0.id == answer.value } ?? false
  }

  // MARK: What became durable

  mutating func see(_ event: RunEvent) {
    switch event {
    case .resumed:
      asked = [:]
      for rule in rules { seen[rule.id]?.guardPassed = false }
    case .asked(let asks): asked = Dictionary(asks.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    case .answered(let answer): see(answer)
    case .observing(let step, _): seen[step, default: Seen()].guardPassed = false
    case .observed(let step, let before, _): seen[step, default: Seen()].lastObserved = before
    case .guardPassed(let step, _, _): seen[step, default: Seen()].guardPassed = true
    case .guardRefused(let step, _), .failed(let step, _):
      seen[step, default: Seen()].guardPassed = false
      seen[step, default: Seen()].needsPerson = true
    case .kept(let step, _, _): seen[step, default: Seen()].keptOf = seen[step]?.lastObserved
    case .acting(let step, _, _): intend(step)
    case .marked(let step, _): seen[step, default: Seen()].hasMarker = true
    case .acted(let step, let outcome): seen[step, default: Seen()].succeeded = outcome.succeeded
    case .verified(let step, let verdict, _):
      if case .refuted = verdict {
        seen[step, default: Seen()].needsPerson = true
      } else if seen[step]?.succeeded ?? true {
        seen[step, default: Seen()].isClosed = true
      } else {
        seen[step, default: Seen()].needsPerson = true
      }
    case .probed(let step, let probe):
      seen[step, default: Seen()].probe = probe
      seen[step, default: Seen()].succeeded = true
    case .skipped(let step, _):
      seen[step, default: Seen()].isClosed = true
      seen[step, default: Seen()].isSkipped = true
    case .abortRequested: isAborting = true
    case .ended: hasEnded = true
    case .undoStarted(let start):
      undoList = start.steps
      isAborting = false
      hasEnded = false
      asked = [:]
      for step in start.steps where seen[step]?.isLeft ?? false {
        seen[step]?.isUndone = false
        seen[step]?.isLeft = false
      }
    case .undone(let step, _): seen[step, default: Seen()].isUndone = true
    case .undoEnded: hasEnded = true
    case .started, .outcomeUnknown, .noted, .pauseRequested, .paused, .undoing, .undoFailed: break
    }
  }

  private mutating func intend(_ step: String) {
    var now = seen[step] ?? Seen()
    let isRepeatable = rules.first { $0.id == step }?.isRepeatable ?? false
    now.isAgain = now.hasStarted
    now.mayRepeat = now.personDecided
    if case .notHappened = now.probe, isRepeatable || now.hasMarker { now.mayRepeat = true }
    now.intent = true
    now.hasStarted = true
    now.hasMarker = false
    now.probe = nil
    now.personDecided = false
    now.succeeded = true
    seen[step] = now
  }

  private mutating func see(_ answer: RunAnswer) {
    guard isWelcome(answer), let ask = asked.removeValue(forKey: answer.key) else { return }
    switch ask.kind {
    case .failed, .unknown:
      if answer.value == "abort" { isAborting = true }
      if undoList != nil {
        if answer.value == "done" || answer.value == "skip" { seen[ask.id, default: Seen()].isUndone = true }
        if answer.value == "skip" { seen[ask.id, default: Seen()].isLeft = true }
        return
      }
      switch answer.value {
      case "abort": break
      case "done", "skip":
        seen[ask.id, default: Seen()].isClosed = true
        seen[ask.id, default: Seen()].isSkipped = answer.value == "skip"
      default:
        seen[ask.id, default: Seen()].personDecided = true
        seen[ask.id, default: Seen()].needsPerson = false
        if answer.value != "retry" { reopen(answer.value, for: ask.id) }
      }
    case .confirmation:
      if answer.value == "yes" { seen[ask.id, default: Seen()].isClosed = true }
    case .approval, .pointOfNoReturn, .problem, .choice, .optional:
      answers[answer.key] = answer.value
      if answer.value == "no", ask.kind != .optional { asked = [:] }
    }
  }

  /// A person reconsiders: what was left out for the other option may act.
  private mutating func reopen(_ option: String, for step: String) {
    let stage = rules.first { $0.id == step }?.stage
    for rule in rules where rule.stage == stage && rule.choice?.option == option {
      if let choice = rule.choice?.choice { answers["choice:\(choice)"] = option }
      guard let now = seen[rule.id], now.isSkipped, !now.hasStarted, rule.skip == nil else { continue }
      seen[rule.id]?.isClosed = false
      seen[rule.id]?.isSkipped = false
    }
  }

  // MARK: What reaches the world

  /// Why `step` must not act now; empty: it may.
  mutating func objectionsToActing(_ step: String) -> [String] {
    guard let index = rules.firstIndex(where: { $0.id == step }) else { return ["acts on no step of the plan"] }
    let rule = rules[index]
    let now = seen[step] ?? Seen()
    var no: [String] = []
    if !now.intent { no.append("acts before its intent is durable") }
    if !now.guardPassed { no.append("acts though its guard did not pass in this attempt") }
    for ask in rule.crossingAsks where answers[ask.key] != "yes" { no.append("acts without a yes to \(ask.key)") }
    for gate in rule.gates where answers[gate.key] != "yes" { no.append("acts without a yes to \(gate.key)") }
    if let choice = rule.choice, answers["choice:\(choice.choice)"] != choice.option {
      no.append("acts though another option was chosen, or none")
    }
    if rule.skip != nil { no.append("acts though the plan left it out") }
    if rule.confirmation != nil { no.append("acts though a person does it") }
    if rule.keeps, now.keptOf == nil { no.append("acts without a before-image") }
    if rule.keeps, !now.isAgain, now.keptOf != now.lastObserved { no.append("what was kept is not what is there") }
    if now.isClosed { no.append("acts though it is closed") }
    if now.needsPerson { no.append("acts though it failed or was refused, and nobody said to try again") }
    if now.isAgain, !now.mayRepeat { no.append("acts again without a probe or a decision") }
    if isAborting { no.append("acts after abort") }
    if hasEnded { no.append("acts after the run's end") }
    if undoList != nil { no.append("acts in an undo") }
    for earlier in rules[..<index] where !(seen[earlier.id]?.isClosed ?? false) {
      no.append("acts before \(earlier.id) is closed")
    }
    seen[step, default: Seen()].intent = false
    seen[step, default: Seen()].guardPassed = false
    return no.map { "\(step) \($0)" }
  }

  func objectionsToUndoing(_ step: String) -> [String] {
    guard let undoList, let index = undoList.firstIndex(of: step) else { return ["\(step) is undone unasked"] }
    var no: [String] = []
    if !hasStarted(step) { no.append("is undone though it never acted") }
    if isUndone(step) { no.append("is undone twice") }
    if isAborting || hasEnded { no.append("is undone after the end") }
    for earlier in undoList[..<index] where hasStarted(earlier) && !isUndone(earlier) {
      no.append("is undone before \(earlier)")
    }
    return no.map { "\(step) \($0)" }
  }

  /// Why a run must not say that it succeeded.
  func objectionsToSuccess() -> [String] {
    rules.filter { !(seen[$0.id]?.isClosed ?? false) }.map { "succeeded though \($0.id) is open" }
  }
}
