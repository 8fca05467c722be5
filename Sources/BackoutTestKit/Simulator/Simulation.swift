import Engine
import Journal
import Layer
import Planning
import Runbook

/// One seed's run: the executor's contract, over a modelled world, until the run ends or waits for good.
///
/// Events are buffered and become durable in one commit: before an effect, a question and an end. What was not yet
/// durable when the process dies is forgotten, and the next process has nothing but the durable events.
final class Simulation {
  /// The process died here.
  struct Death: Error {}

  let seed: UInt64
  let engine: SimulatedEngine
  let plan: SimulatedPlan
  var random: SeededGenerator
  var world = SimulatedWorld()
  var watch: Watch
  var state: RunState
  var result = SimulationResult()
  let traces: Bool

  /// Round trips through the journal's form are slow in a debug build: some seeds do all, the others none.
  private let roundTrips: Bool
  private var durable: [RunEvent] = []
  /// Nil where this seed does not compare it: a copy at each commit is slow.
  private var durableState: RunState?
  /// What was done in this life since somebody answered or a probe found something out: to do it again is to go round.
  private var done: Set<Directive> = []
  private var buffered: [RunEvent] = []
  private var budget: Int
  private var now = Instant(wall: 1_000_000, monotonic: 0, boot: "boot-0")
  private var lastCommit: Instant?
  /// How often a process dies, in a thousand commits and effects.
  let mortality: Int

  init(seed: UInt64, engine: SimulatedEngine, traces: Bool) {
    self.seed = seed
    self.engine = engine
    self.traces = traces
    random = SeededGenerator(seed: seed)
    plan = SimulatedPlan(&random)
    watch = Watch(rules: plan.rules)
    state = RunState(rules: plan.rules)
    mortality = [0, 5, 20, 80][random.below(4)]
    budget = 400 + plan.rules.count * 60
    roundTrips = seed % 40 == 0
    if seed % 8 == 0 { durableState = state }
    result.seeds = 1
  }

  // MARK: The life of a run

  func run() -> SimulationResult {
    var begin: () throws -> Void = { [self] in
      record(
        .started(
          RunStart(
            planHash: Digest(hex: "plan"), planDigest: Digest(hex: "plan"), operatorName: "ann", host: "here",
            steps: plan.rules.count)))
      try flush()
    }
    var undos = 0
    life: while budget > 0 {
      do {
        try begin()
        try loop()
      } catch {
        die()
        // The process that writes the first event died before it: there is no run yet.
        if durable.isEmpty { continue }
      }
      checkReplay()
      if state.status.isFinished {
        if engine.decide(state) != .nothing { violate("a finished run goes on") }
        undos += 1
        if undos > 2 || !random.chance(60) { break life }
        begin = { [self] in try beginUndo() }
        continue
      }
      if budget > 0, state.status == .paused, random.chance(2) { break life }
      if random.chance(4), undos < 2, state.undo == nil {
        undos += 1
        begin = { [self] in try beginUndo() }
      } else {
        begin = { [self] in try beginResume() }
      }
      pass()
    }
    if budget <= 0 { violate("does not come to an end, at \(engine.decide(state))") }
    close()
    return result
  }

  private func close() {
    switch state.status {
    case .succeeded: result.count(.succeeded)
    case .failed: result.count(.failed)
    case .aborted: result.count(.aborted)
    case .undone: result.count(.undone)
    case .paused: result.count(.waiting)
    case .planned, .running: violate("is left \(state.status.rawValue)")
    }
    result.counts[.events, default: 0] += durable.count
  }

  private func beginResume() throws {
    result.count(.resumes)
    record(.resumed(by: "bob"))
    try flush()
  }

  private func beginUndo() throws {
    if state.undo != nil, !state.status.isFinished { return try beginResume() }
    result.count(.undos)
    var steps =
      plan.rules.map(\.id).filter { watch.hasStarted($0) && state.record($0).state != .undone }.reversed() as [String]
    if random.chance(10), let other = plan.rules.randomElement(using: &random)?.id, !steps.contains(other) {
      steps.append(other)
    }
    record(.undoStarted(UndoStart(hash: Digest(hex: "undo"), steps: steps, by: "ann")))
    try flush()
  }

  /// Time between two processes: clocks jump, machines start anew, others change the world.
  private func pass() {
    if random.chance(30) {
      result.count(.clockJumps)
      now.wall += Int64(random.below(2_000_000)) - 1_000_000
    }
    if random.chance(15) {
      now.boot = "boot-\(random.below(1000))"
      now.monotonic = Int64(random.below(10_000))
      lastCommit = lastCommit.map { Instant(wall: $0.wall, monotonic: $0.monotonic, boot: $0.boot + "-before") }
    }
    if random.chance(10), let rule = plan.rules.randomElement(using: &random) { world.meddle(rule.id) }
  }

  private func die() {
    result.count(.crashes)
    note("✝ the process dies; \(buffered.count) events are lost")
    buffered = []
    state = replayed()
    if let durableState, state != durableState { violate("replay gives another state than the run had") }
    pass()
  }

  private func replayed() -> RunState {
    var state = RunState(rules: plan.rules)
    for event in durable { engine.apply(&state, event) }
    return state
  }

  private func checkReplay() {
    guard buffered.isEmpty, random.chance(20) else { return }
    if replayed() != state { violate("replay gives another state than the run has") }
  }

  // MARK: The loop

  private func loop() throws {
    done = []
    while true {
      budget -= 1
      if budget <= 0 { return }
      result.count(.directives)
      if random.rarely(8) { interfere() }
      let directive = engine.decide(state)
      note("→ \(directive)")
      if case .ask = directive {
      } else if !done.insert(directive).inserted {
        violate("goes round: \(directive) again, though nothing came between")
      }
      switch directive {
      case .skip(let step, let reason): record(.skipped(step: step, reason: reason))
      case .observe(let step): try observe(step)
      case .keep(let step): keep(step)
      case .act(let step): try act(step)
      case .verify(let step): verify(step)
      case .probe(let step): try probe(step)
      case .ask(let asks): if try !ask(asks) { return }
      case .pause(let why):
        result.count(.pauses)
        record(.paused(why: why))
        try flush()
        return
      case .end(let end):
        if end == .succeeded { for objection in pendingWatch().objectionsToSuccess() { violate(objection) } }
        record(.ended(end))
        try flush()
        if !state.status.isFinished { violate("ended, but is \(state.status.rawValue)") }
        return
      case .undo(let step): try undo(step)
      case .endUndo:
        record(.undoEnded(by: "ann"))
        try flush()
        return
      case .nothing:
        try flush()
        if !state.status.isFinished { violate("neither goes on nor waits, and is \(state.status.rawValue)") }
        return
      }
      // The executor may write earlier than it must.
      if random.chance(20) { try flush() }
      try mayDie()
    }
  }

  private func pendingWatch() -> Watch {
    var watch = watch
    for event in buffered { watch.see(event) }
    return watch
  }

  // MARK: Events

  func record(_ event: RunEvent) {
    note("  \(event)")
    let step = Self.beatStep(of: event)
    let ids = step.map { [$0] } ?? (Self.movesAnyStep(event) ? plan.rules.map(\.id) : [])
    let states = ids.map { state.record($0).state }
    let status = state.status
    let wasUndo = if case .answered = event { state.undo != nil } else { false }
    buffered.append(event)
    engine.apply(&state, event)
    switch event {
    case .answered, .probed: done = []
    default: break
    }
    let name = Self.name(of: event) + (wasUndo ? " in undo" : "")
    if status != state.status {
      result.runTransitions.insert(.init(from: status.rawValue, event: name, to: state.status.rawValue))
    }
    for (id, before) in zip(ids, states) {
      let after = state.record(id).state
      if before != after {
        result.stepTransitions.insert(.init(from: before.rawValue, event: name, to: after.rawValue))
      }
    }
  }

  /// Makes what is buffered durable, all or nothing.
  func flush() throws {
    guard !buffered.isEmpty else { return }
    try mayDie()
    now.wall += 3
    now.monotonic += 3
    if let lastCommit, now.milliseconds(since: lastCommit) < 0 { violate("time runs backwards") }
    lastCommit = now
    for event in buffered {
      watch.see(event)
      durable.append(roundTrips ? roundTrip(event) : event)
    }
    buffered = []
    if durableState != nil { durableState = state }
    try mayDie()
  }

  func mayDie() throws { if random.rarely(mortality) { throw Death() } }

  private func roundTrip(_ event: RunEvent) -> RunEvent {
    result.count(.roundTrips)
    guard let read = try? RunEvent(entry: event.entry()) else {
      violate("cannot be read back: \(event)")
      return event
    }
    if read != event { violate("is read back as something else: \(event) as \(read)") }
    return read
  }

  func violate(_ what: String) {
    note("✗ \(what)")
    if result.violations.count < 10 { result.violations.append(.init(seed: seed, what: what)) }
  }

  func note(_ line: @autoclosure () -> String) { if traces { result.trace.append(line()) } }

  // MARK: What the machines do

  private static func movesAnyStep(_ event: RunEvent) -> Bool {
    switch event {
    case .answered, .asked, .resumed, .undoStarted: true
    default: false
    }
  }

  /// The event's name as `docs/state-machine.md` writes it; an answer's with its value.
  private static func name(of event: RunEvent) -> String {
    switch event {
    case .started: "started"
    case .resumed: "resumed"
    case .asked: "asked"
    case .answered(let answer): "answered \(answer.value.hasPrefix("option-") ? "option" : answer.value)"
    case .observing: "observing"
    case .observed: "observed"
    case .guardPassed: "guardPassed"
    case .guardRefused: "guardRefused"
    case .kept: "kept"
    case .acting: "acting"
    case .marked: "marked"
    case .acted: "acted"
    case .verified: "verified"
    case .outcomeUnknown: "outcomeUnknown"
    case .probed: "probed"
    case .failed: "failed"
    case .skipped: "skipped"
    case .noted: "noted"
    case .pauseRequested: "pauseRequested"
    case .abortRequested: "abortRequested"
    case .paused: "paused"
    case .ended(let end): "ended \(end.rawValue)"
    case .undoStarted: "undoStarted"
    case .undoing: "undoing"
    case .undone: "undone"
    case .undoFailed: "undoFailed"
    case .undoEnded: "undoEnded"
    }
  }

  private static func beatStep(of event: RunEvent) -> String? {
    switch event {
    case .observing(let step, _), .observed(let step, _, _), .guardPassed(let step, _, _), .guardRefused(let step, _),
      .kept(let step, _, _), .acting(let step, _, _), .marked(let step, _), .acted(let step, _),
      .verified(let step, _, _), .outcomeUnknown(let step, _), .probed(let step, _), .failed(let step, _),
      .skipped(let step, _), .undoing(let step), .undone(let step, _), .undoFailed(let step, _, _):
      step
    case .started, .resumed, .asked, .answered, .noted, .pauseRequested, .abortRequested, .paused, .ended,
      .undoStarted, .undoEnded:
      nil
    }
  }
}
