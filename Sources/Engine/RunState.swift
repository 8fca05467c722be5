import Layer
import Planning
import Runbook

public enum RunStatus: String, Codable, Hashable, Sendable, CaseIterable {
  case planned, running, paused, succeeded, failed, aborted, undone

  public var isFinished: Bool { [.succeeded, .failed, .aborted, .undone].contains(self) }
}

/// A run, as its events leave it. A value: no clock, no random, no I/O.
public struct RunState: Hashable, Sendable {
  public private(set) var rules: [StepRule]
  public private(set) var records: [String: StepRecord]
  /// How many steps are in each state: every commit says it.
  private var counts: [StepState: Int]
  public private(set) var status: RunStatus = .planned
  /// Why it is paused or how it ended.
  public internal(set) var note = ""
  /// `Ask.key` → the answer in force.
  public internal(set) var answers: [String: RunAnswer] = [:]
  /// What a person has been asked and has not answered.
  public internal(set) var waiting: [Ask] = []
  public private(set) var pauseRequestedBy: String?
  public private(set) var undo: UndoStart?
  public private(set) var start: RunStart?
  /// Somebody said abort; the run has not ended yet.
  public internal(set) var isAborting = false
  let positions: [String: Int]
  /// Every step before it is closed.
  var cursor = 0

  public init(rules: [StepRule]) {
    self.rules = rules
    records = Dictionary(rules.map { ($0.id, StepRecord()) }, uniquingKeysWith: { first, _ in first })
    counts = [.pending: records.count]
    positions = Dictionary(
      rules.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public func record(_ step: String) -> StepRecord { records[step] ?? StepRecord() }
  public func rule(_ step: String) -> StepRule? { positions[step].map { rules[$0] } }

  /// Whether an undo left nothing of any step that it was to put back. What its plan said has no way back is none of them.
  public var isUndoWhole: Bool { (undo?.steps ?? []).allSatisfy { record($0).undone?.isWhole ?? true } }

  /// The first step that is not closed.
  public var current: StepRule? { cursor < rules.count ? rules[cursor] : nil }

  public func count(_ state: StepState) -> Int { counts[state] ?? 0 }
  public var confirmed: Int { records.values.count { $0.isConfirmed && $0.state == .unproven } }

  /// Applies what happened. Events that do not fit the state are ignored, so that replay never fails; `Decider` never
  /// causes one.
  public mutating func apply(_ event: RunEvent) {
    guard fits(event) else { return }
    switch event {
    case .started(let start):
      self.start = start
      status = .running
    case .resumed:
      resume()
    case .asked(let asks):
      waiting = asks
      if let rule = current, [.guarded, .keeping].contains(record(rule.id).state), undo == nil {
        update(rule.id) { $0.state = .waiting }
      }
    case .answered(let answer):
      take(answer)
    case .observing(let step, let attempt):
      update(step) {
        $0.state = .observing
        $0.attempt = attempt
        $0.note = ""
      }
    case .observed(let step, let before, let effects):
      update(step) {
        $0.effects = effects
        // What it was before the first attempt stays what undo goes back to.
        guard !$0.hasActed || $0.before.isEmpty else { return }
        // Somebody changed it since it was kept: what would be destroyed now is not what was kept.
        if $0.hasKept, !$0.hasActed, !Self.isSameState($0.before, before) {
          $0.hasKept = false
          $0.keptAttempt = nil
          $0.images = []
          $0.withoutKeep = nil
        }
        $0.before = before
      }
    case .guardPassed(let step, _, let proofHeld):
      update(step) {
        $0.state = .guarded
        $0.proofHeld = proofHeld ?? false
      }
    case .guardRefused(let step, let said):
      close(step, .refused, note: said)
    case .kept(let step, let images, let without):
      update(step) {
        $0.state = .keeping
        $0.images = images
        $0.withoutKeep = without
        $0.hasKept = true
        $0.keptAttempt = $0.attempt
      }
    case .acting(let step, _, let statement):
      update(step) {
        $0.state = .acting
        $0.statement = statement
        $0.marker = nil
        $0.outcome = nil
        $0.hasActed = true
        $0.isDecided = false
      }
    case .marked(let step, let marker):
      update(step) { $0.marker = marker }
    case .acted(let step, let outcome):
      update(step) {
        $0.state = .verifying
        $0.outcome = outcome
      }
    case .verified(let step, let verdict, let after):
      update(step) {
        $0.verdict = verdict
        $0.after = after
      }
      close(step, verdict)
    case .outcomeUnknown(let step, let why):
      close(step, .unknown, note: why)
    case .probed(let step, let probe):
      take(probe, of: step)
    case .failed(let step, let why):
      close(step, .failed, note: why)
    case .skipped(let step, let reason):
      close(step, .skipped, note: reason)
    case .noted:
      break
    case .abortRequested(let name):
      isAborting = true
      note = "aborted by \(name)"
    case .pauseRequested(let name):
      pauseRequestedBy = name
    case .paused(let why):
      status = .paused
      note = why
      pauseRequestedBy = nil
    case .ended(let end):
      waiting = []
      isAborting = false
      pauseRequestedBy = nil
      if end == .succeeded { note = "" }
      status =
        switch end {
        case .succeeded: .succeeded
        case .failed: .failed
        case .aborted: .aborted
        }
    case .undoStarted(let start):
      settle()
      undo = start
      isAborting = false
      status = .running
      note = ""
      // Left, or put back in part, by an earlier undo: to be undone it was listed again.
      for step in start.steps where record(step).undone?.isWhole != true {
        update(step) {
          $0.undone = nil
          $0.undoTrouble = nil
        }
        // What was answered to the run, or to an earlier undo, does not answer this one.
        for kind in [Ask.Kind.problem, .failed] { answers[Ask.key(kind, step)] = nil }
      }
    case .undoing(let step):
      update(step) { $0.isUndoing = true }
    case .undone(let step, let result):
      update(step) {
        $0.undone = result
        $0.isUndoing = false
        $0.undoTrouble = nil
        $0.state = .undone
        $0.note = result.summary
      }
    case .undoFailed(let step, let why, let hasEnded):
      update(step) {
        $0.undoTrouble = why
        if hasEnded == true { $0.isUndoing = false }
      }
    case .undoEnded:
      status = .undone
      waiting = []
    }
    advance()
  }

  // MARK: How each kind of event changes the state

  mutating func update(_ step: String, _ change: (inout StepRecord) -> Void) {
    guard let old = records[step]?.state else { return }
    change(&records[step, default: StepRecord()])
    guard let new = records[step]?.state, new != old else { return }
    counts[old] = counts[old].flatMap { $0 > 1 ? $0 - 1 : nil }
    counts[new, default: 0] += 1
  }

  mutating func close(_ step: String, _ state: StepState, note: String) {
    update(step) {
      $0.state = state
      $0.note = note
    }
  }

  private mutating func close(_ step: String, _ verdict: Verdict) {
    let succeeded = record(step).outcome?.succeeded ?? true
    switch verdict {
    case .proven(let why) where succeeded: close(step, .proven, note: why)
    case .unproven(let why) where succeeded: close(step, .unproven, note: why)
    case .proven(let why), .unproven(let why), .refuted(let why):
      let outcome = record(step).outcome.map { $0.succeeded ? "" : "\($0.summary); " } ?? ""
      close(step, .failed, note: outcome + why)
    }
  }

  /// Whether `event` can follow on this state. A finished run is only undone or noted on; a closed step has no more
  /// beats, and in an undo no step has.
  private func fits(_ event: RunEvent) -> Bool {
    switch event {
    case .noted: true
    case .started: status == .planned
    case .undoStarted: status != .planned && (undo == nil || status.isFinished)
    case .undoing(let step), .undone(let step, _), .undoFailed(let step, _, _):
      !status.isFinished && undo?.steps.contains(step) == true
    case .undoEnded: !status.isFinished && undo != nil
    case .resumed, .asked, .answered, .pauseRequested, .abortRequested, .paused, .ended:
      status != .planned && !status.isFinished
    case .observing(let step, _), .observed(let step, _, _), .guardPassed(let step, _, _), .guardRefused(let step, _),
      .kept(let step, _, _), .acting(let step, _, _), .marked(let step, _), .acted(let step, _),
      .verified(let step, _, _), .outcomeUnknown(let step, _), .probed(let step, _), .failed(let step, _),
      .skipped(let step, _):
      status != .planned && !status.isFinished && undo == nil && !record(step).state.isClosed
    }
  }

  private static func isSameState(_ left: [Observation], _ right: [Observation]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0.isSameState(as: $1) }
  }

  private mutating func resume() {
    status = .running
    if !isAborting { note = "" }
    settle()
  }

  /// Only what was acting can have changed something unseen; every other beat is read-only or idempotent. What nobody
  /// could determine before is looked at again: a process may have ended, a system may answer.
  private mutating func settle() {
    pauseRequestedBy = nil
    waiting = []
    for rule in rules[min(cursor, rules.count)...] {
      switch record(rule.id).state {
      case .acting: update(rule.id) { $0.state = .unknown }
      case .observing, .guarded, .waiting, .keeping: update(rule.id) { $0.state = .pending }
      case .unknown: update(rule.id) { $0.isDecided = false }
      default: break
      }
    }
  }

  private mutating func take(_ probe: Probe, of step: String) {
    switch probe {
    case .happened(let why):
      update(step) {
        $0.state = .verifying
        $0.isDecided = true
        $0.note = why
      }
    case .notHappened(let why):
      let isRepeatable = rule(step)?.isRepeatable ?? false
      let isCertain = record(step).marker != nil
      update(step) {
        $0.isDecided = true
        $0.note = why
        if isRepeatable || isCertain { $0.state = .pending } else { $0.state = .unknown }
      }
    case .undetermined(let why):
      update(step) {
        $0.state = .unknown
        $0.isDecided = true
        $0.note = why
      }
    }
  }

  private mutating func advance() {
    while cursor < rules.count, record(rules[cursor].id).state.isClosed { cursor += 1 }
  }
}
