import Foundation
import Layer
import Planning
import Runbook

/// What an undo would put back, last step first, restarts at the end. It has a hash of its own.
public struct UndoPlan: Codable, Hashable, Sendable {
  public struct Step: Codable, Hashable, Sendable {
    public var id: String
    public var title: String
    /// From what it is now to what it was.
    public var from: String
    public var to: String
    public var reversibility: Reversibility
    public var command: String?
    /// What else the step did that has no way back, and why: the mail that it sent.
    public var lost: [String]

    public init(
      id: String, title: String, from: String, to: String, reversibility: Reversibility, command: String? = nil,
      lost: [String] = []
    ) {
      self.id = id
      self.title = title
      self.from = from
      self.to = to
      self.reversibility = reversibility
      self.command = command
      self.lost = lost
    }
  }

  public var steps: [Step]
  /// Steps that changed something and cannot be undone here, and why.
  public var left: [Step]
  /// The run's own backups: they stay, so that whatever an undo does wrong, they are there.
  public var backups: [Step]
  public var hash: Digest

  /// What undoing the run in `state` comes to.
  public init(plan: Plan, state: RunState) {
    var steps: [Step] = []
    var restarts: [Step] = []
    var left: [Step] = []
    var backups: [Step] = []
    for planned in plan.steps.reversed() {
      let record = state.record(planned.id)
      // What an earlier undo left of it is tried again.
      guard record.hasActed, record.undone?.isWhole != true, planned.changes else { continue }
      let effects = record.effects ?? planned.effects
      let changes = effects.filter { $0.role == .change }
      let lost = Self.lost(of: planned, record)
      // Beside what goes back, what does not is named by itself.
      let isMixed = !lost.isEmpty && lost.count < changes.count
      func summary(_ observations: [Observation]) -> String {
        zip(effects, observations).filter { !isMixed || !$0.0.reversibility.isPointOfNoReturn }.map(\.1.summary)
          .joined(separator: "; ")
      }
      let step = Step(
        id: planned.id, title: planned.title, from: summary(record.after), to: summary(record.before),
        reversibility: planned.reversibility ?? .exact, command: planned.undoCommand, lost: lost)
      let isKept = !record.images.isEmpty && changes.contains { !$0.isOpaque && !$0.reversibility.isPointOfNoReturn }
      let isLast = planned.undoCommand == nil && !changes.isEmpty && changes.allSatisfy { $0.undoneLast == true }
      let replacedNothing = record.images.allSatisfy(\.blobs.isEmpty)
      if planned.undoCommand == nil, replacedNothing, !changes.isEmpty, changes.allSatisfy({ $0.makesBackup == true }) {
        backups.append(step)
      } else if planned.isUndoneByDoingItAgain || (isKept && isLast) {
        restarts.append(step)
      } else if planned.undoCommand != nil || isKept {
        steps.append(step)
      } else {
        left.append(step)
      }
    }
    self.steps = steps + restarts.reversed()
    self.left = left
    self.backups = backups
    hash = (try? Digest(canonical: [self.steps, left, backups])) ?? Digest(hex: "")
  }

  /// What a step did that has no way back, beside what an undo puts back.
  public static func lost(of step: PlannedStep, _ record: StepRecord) -> [String] {
    guard step.undoCommand == nil else { return [] }
    return (record.effects ?? step.effects).compactMap { effect in
      guard effect.role == .change, case .none(let why) = effect.reversibility else { return nil }
      return "\(effect.summary): \(why)"
    }
  }

  /// In which order the effects of one step are undone: the last first, and what only makes the others take effect after
  /// them, in the step's own order.
  static func order(of effects: [Effect]) -> [Int] {
    let isLast = effects.map { $0.undoneLast == true }
    return effects.indices.reversed().filter { !isLast[$0] } + effects.indices.filter { isLast[$0] }
  }
}

extension PlannedStep {
  /// A restart: it puts nothing back itself, it makes what was put back take effect. So it is undone after everything
  /// else, in the runbook's order: `docs/decisions/0012-undo-order.md`.
  var isUndoneByDoingItAgain: Bool {
    func plain(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
    return undoCommand.map(plain) == plain(command)
  }
}
