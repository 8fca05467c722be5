import Engine
import Planning

/// What became of a stage's steps, in numbers and in one line.
struct StageTally {
  var proven = 0
  var unproven = 0
  var confirmed = 0
  var leftOut = 0
  var troubled = 0
  var undone = 0
  var open = 0
  /// What the last proof, or else the last look, said.
  var said = ""

  init(_ stage: PlannedStage, _ state: RunState) {
    var looked = ""
    for step in stage.steps {
      let record = state.record(step.id)
      switch record.state {
      case .proven:
        proven += 1
        if step.changes { said = record.note.shownLine } else { looked = record.note.shownLine }
      case .unproven: if record.isConfirmed { confirmed += 1 } else { unproven += 1 }
      case .skipped: if record.isGivenUp { troubled += 1 } else { leftOut += 1 }
      case .failed, .refused, .unknown: troubled += 1
      case .undone: undone += 1
      case .pending, .observing, .guarded, .waiting, .keeping, .acting, .verifying: open += 1
      }
    }
    if said.isEmpty { said = looked }
  }

  var isClosed: Bool { open == 0 }
  var isLeftOut: Bool { proven + unproven + confirmed + troubled + undone + open == 0 && leftOut > 0 }
  var isBegun: Bool { proven + unproven + confirmed + leftOut + troubled + undone > 0 }

  var sign: String {
    if !isClosed { return isBegun ? Sign.of(.acting) : Sign.of(.pending) }
    if troubled > 0 { return Sign.of(.failed) }
    if isLeftOut { return Sign.of(.skipped) }
    if undone > 0 { return Sign.of(.undone) }
    return unproven > 0 || proven == 0 ? Sign.of(.unproven) : Sign.of(.proven)
  }

  /// `1 proven, 4 confirmed`.
  var counts: String {
    let parts = [
      (proven, "proven"), (unproven, "unproven"), (confirmed, "confirmed"), (troubled, "not done"),
      (undone, "undone"),
    ].filter { $0.0 > 0 }
    return parts.isEmpty && isLeftOut ? "left out" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }
}
