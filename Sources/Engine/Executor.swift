import Foundation
import Journal
import Layer
import Planning
import Runbook
import SessionHost

/// Gives the pure engine its effects: asks `Decider` what is next, does it, and makes what happened durable.
///
/// Events are buffered and written in one commit: before an effect, before a question, and where a step closes and the
/// next opens. What was not yet written when the process dies was read-only or idempotent.
public actor Executor {
  let context: RunContext
  var state: RunState
  private var buffered: [RunEvent] = []
  private var consumed: [Int] = []
  /// What the journal had of this run, until `reveal()`.
  private var recorded: [Event]
  private var session: (any RunSession)?
  private var pauseRequest: String?
  private let started: Instant
  /// The plan's steps by their ids: each is asked for at every beat.
  let steps: [String: PlannedStep]
  /// The context's, and what the session was seen to hold under sensitive names.
  private(set) var redactor: Redactor

  /// - Parameters:
  ///   - events: what the journal has of this run; empty for a new one.
  ///   - replayed: what they come to, where that is known already.
  public init(context: RunContext, events: [Event] = [], replayed: RunState? = nil) throws {
    self.context = context
    redactor = context.redactor
    steps = Dictionary(context.plan.steps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var state = replayed ?? RunState(plan: context.plan)
    if replayed == nil { for event in events { state.apply(try RunEvent(entry: event.entry)) } }
    self.state = state
    recorded = events
    started = events.first?.instant ?? context.clock.now()
  }

  /// Begins a new run. Throws `JournalError` where the journal cannot be written: then nothing was done.
  public func start(planDigest: Digest, presets: [Message] = []) async throws -> RunResult {
    record(
      .started(
        RunStart(
          planHash: context.planHash, planDigest: planDigest, operatorName: context.operatorName,
          host: context.hostName, steps: state.rules.count)))
    try await flush()
    return try await go(presets: presets)
  }

  /// Takes a run up again where it stopped.
  public func resume(presets: [Message] = []) async throws -> RunResult {
    try await reveal()
    record(.resumed(by: context.operatorName))
    try await flush()
    return try await go(presets: presets)
  }

  /// Undoes what the run changed, last step first.
  public func undo(_ undo: UndoPlan, presets: [Message] = []) async throws -> RunResult {
    try await reveal()
    if state.undo == nil || state.status.isFinished {
      // What was said before was said of the run, or of another undo.
      consumed += try await context.journal.inbox(of: context.run).filter { $0.message.isReply }.map(\.id)
      record(.undoStarted(UndoStart(hash: undo.hash, steps: undo.steps.map(\.id), by: context.operatorName)))
    } else {
      record(.resumed(by: context.operatorName))
    }
    try await flush()
    return try await go(presets: presets)
  }

  /// Pauses after the current step: a signal arrived.
  public func requestPause(by name: String) { pauseRequest = name }

  // MARK: The loop

  private func go(presets: [Message]) async throws -> RunResult {
    for preset in presets { try await context.journal.send(preset, to: context.run) }
    do {
      let result = try await loop()
      await closeSession(finished: result.state.status.isFinished)
      return result
    } catch {
      await closeSession(finished: false)
      throw error
    }
  }

  private func loop() async throws -> RunResult {
    while true {
      // What was done is looked at first, whatever a message says.
      if state.current.map({ state.record($0.id).state }) != .verifying { try await readInbox() }
      switch Decider.next(state) {
      case .skip(let step, let reason): record(.skipped(step: step, reason: reason))
      case .observe(let step): try await observe(step)
      case .keep(let step): try await keep(step)
      case .act(let step): try await act(step)
      case .verify(let step): try await verify(step)
      case .probe(let step): try await probe(step)
      case .ask(let asks):
        if let result = try await ask(asks) { return result }
      case .pause(let why):
        record(.paused(why: why))
        try await flush()
        return RunResult(state: state, waiting: [])
      case .end(let end):
        record(.ended(end))
        try await flush()
        return RunResult(state: state, waiting: [])
      case .undo(let step): try await undoStep(step)
      case .endUndo:
        record(.undoEnded(by: context.operatorName))
        try await flush()
        return RunResult(state: state, waiting: [])
      case .nothing:
        try await flush()
        return RunResult(state: state, waiting: state.waiting)
      }
    }
  }

  // MARK: Events

  func record(_ event: RunEvent) {
    buffered.append(event)
    state.apply(event)
  }

  /// Makes the buffered events durable, then reports them.
  func flush() async throws {
    guard !buffered.isEmpty else { return }
    let events = buffered
    let shown = redactor.isEmpty ? events : events.map { $0.redacted(by: redactor) }
    var entries: [Entry] = []
    for (event, shown) in zip(events, shown) {
      var entry = try shown.entry()
      if shown != event, event.holdsState { try await seal(event, into: &entry) }
      entries.append(entry)
    }
    let taken = consumed
    try await context.journal.append(entries, to: context.run, summary: summary(), consuming: taken)
    buffered.removeFirst(events.count)
    consumed.removeAll { taken.contains($0) }
    for event in shown { context.report(event, state) }
  }

  private func summary() -> RunSummary {
    RunSummary(
      run: context.run, service: context.plan.service, title: context.plan.runbook.title,
      runbook: context.plan.runbook.source, procedure: context.plan.procedure, environment: context.plan.environment,
      planHash: context.planHash, operatorName: context.operatorName, state: state.status.rawValue,
      isFinished: state.status.isFinished, proven: state.count(.proven), unproven: state.count(.unproven),
      steps: state.rules.count, started: started, changed: context.clock.now(),
      note: redactor.redact(state.waiting.first?.question ?? state.note))
  }

  /// Hides what the session holds under sensitive names, too, and passwords in URLs: a step may have fetched a secret, or
  /// named a proxy.
  func learn(_ variables: [String: String]) {
    var new: [String: String] = [:]
    for (name, value) in variables where context.variables[name] != value {
      if SensitiveNames.matches(name) {
        new[name] = value
      } else if value.contains("://"), value.contains("@"), let password = URLComponents(string: value)?.password {
        new["\(name) password"] = password
      }
    }
    guard let wider = redactor.adding(new) else { return }
    redactor = wider
    context.learned(wider)
  }

  // MARK: Sealed events

  /// Of an entry: under which name the event lies sealed as it was.
  private static let sealedKey = "sealed"
  private var sealedEvents: any ImageStore { context.images("events") }

  /// The journal hides secrets, and a path or a target may hold one: what a resumed run or an undo goes by lies sealed
  /// beside the before-images.
  private func seal(_ event: RunEvent, into entry: inout Entry) async throws {
    guard case .object(var members) = entry.body else { return }
    let name = UUID().uuidString
    _ = try await sealedEvents.save(name, data: CanonicalJSON.data(of: event))
    members[Self.sealedKey] = .string(name)
    entry.body = .object(members)
  }

  /// Puts the real states in the place of those that the journal has with their secrets hidden.
  private func reveal() async throws {
    defer { recorded = [] }
    guard recorded.contains(where: { $0.entry.body[Self.sealedKey] != nil }) else { return }
    var revealed = RunState(plan: context.plan)
    for event in recorded {
      if let name = event.entry.body[Self.sealedKey]?.stringValue, let blob = try await sealedEvents.kept(name) {
        revealed.apply(try CanonicalJSON.value(of: try await sealedEvents.load(blob)))
      } else {
        revealed.apply(try RunEvent(entry: event.entry))
      }
    }
    state = revealed
  }

  // MARK: Questions

  private func readInbox() async throws {
    if let name = pauseRequest {
      pauseRequest = nil
      record(.pauseRequested(by: name))
    }
    for received in try await context.journal.inbox(of: context.run) where !consumed.contains(received.id) {
      let message = received.message
      switch message.kind {
      case .note: record(.noted(text: message.value, by: message.sender))
      case .pause: record(.pauseRequested(by: message.sender))
      case .abort: record(.abortRequested(by: message.sender))
      case .answer, .approve, .reject: continue
      }
      consumed.append(received.id)
    }
  }

  /// Nil: somebody answered, go on. Otherwise the run waits.
  private func ask(_ asks: [Ask]) async throws -> RunResult? {
    if state.waiting != asks {
      record(.asked(asks))
      try await flush()
    }
    var answered = false
    for received in try await context.journal.inbox(of: context.run) where !consumed.contains(received.id) {
      let answers = AnswerMatching.answers(received.message, to: state.waiting, of: asks)
      guard !answers.isEmpty else {
        if AnswerMatching.isVoid(received.message) {
          let verb = received.message.kind == .approve ? "leave" : "refusal"
          record(.noted(text: "a \(verb) that names nothing was not used", by: received.message.sender))
          consumed.append(received.id)
        }
        continue
      }
      answers.forEach { record(.answered($0)) }
      // One that names a whole stage stays: its later questions may be answered by it too.
      if !AnswerMatching.isStanding(received.message) { consumed.append(received.id) }
      answered = true
    }
    if answered {
      try await flush()
      return nil
    }
    if let ask = context.ask, let answers = await ask(asks, state), !answers.isEmpty {
      answers.forEach { record(.answered($0)) }
      try await flush()
      return nil
    }
    if let name = pauseRequest {
      pauseRequest = nil
      record(.paused(why: "paused by \(name)"))
    } else {
      record(.paused(why: "waits for: \(asks.map(\.id).joined(separator: ", "))"))
    }
    try await flush()
    return RunResult(state: state, waiting: state.waiting)
  }

  // MARK: The session

  func openSession() async throws -> any RunSession {
    if let session { return session }
    var variables = context.variables
    for (name, value) in context.plan.sessionVariables { variables[name] = value }
    for (name, secret) in context.plan.secretSessionVariables {
      variables[name] = try await context.secrets.value(of: secret)
    }
    if !context.plan.carried.isEmpty {
      try await CarriedFiles(context: context).layOut()
      variables["BACKOUT_CARRIED"] = context.carriedFolder
    }
    let opened: any RunSession
    do {
      opened = try await context.sessions.open(directory: context.plan.directory, variables: variables)
    } catch is SessionLost {
      // It died before it was asked for anything: another takes over.
      opened = try await context.sessions.open(directory: context.plan.directory, variables: variables)
    }
    session = opened
    return opened
  }

  var openedSession: (any RunSession)? { session }

  /// What the session's shell says now; nil: none was opened. A host that died between two statements is replaced: the
  /// new one takes over the state that the old one kept.
  func sessionState() async throws -> SessionState? {
    guard let session else { return nil }
    do {
      return try await session.state()
    } catch is SessionLost {
      dropSession()
      return try await openSession().state()
    }
  }

  func dropSession() { session = nil }

  private func closeSession(finished: Bool) async {
    guard finished else { return }
    if let session { await session.end() } else { await context.sessions.end() }
    session = nil
    if !context.plan.carried.isEmpty { CarriedFiles(context: context).remove() }
  }
}
