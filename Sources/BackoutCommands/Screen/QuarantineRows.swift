import Engine
import Planning

/// What could bring the bad version back: before a run what is offered, after it what is in quarantine.
enum QuarantineRows {
  /// What was not taken, and what to type to take it.
  static func offers(of plan: Plan, _ width: Int) -> [String] {
    let open = (plan.quarantine ?? []).filter { $0.step == nil }
    guard !open.isEmpty else { return [] }
    var lines = ["", "  " + Style.strong.paint("It could come back")]
    for entry in open {
      let parts = Text.wrap("\(Wording.short(entry.offer.step)): \(entry.offer.danger)", width - 6)
      lines += parts.enumerated().map { index, part in
        index == 0 ? "  \(Style.warn.paint("!")) \(part)" : "      \(part)"
      }
      lines.append("      " + Style.faint.paint("add  --quarantine \(entry.offer.name)"))
    }
    return lines
  }

  /// What is in quarantine, and what to type to release it.
  static func inForce(of plan: Plan, _ state: RunState, _ width: Int) -> [String] {
    let entries = plan.quarantines(inForce: state)
    guard !entries.isEmpty else { return [] }
    // Commands are not wrapped: a person copies them.
    return ["", "  " + Style.strong.paint("In quarantine, until somebody releases it")]
      + entries.flatMap { entry in
        ["  \(Style.warn.paint("!")) \(Wording.short(entry.step)) \(entry.offer.name)", "      \(entry.offer.release)"]
      }
  }

  /// For the command that runs this plan: without them it would be another one.
  static func taken(of plan: Plan) -> [String] {
    (plan.quarantine ?? []).filter { $0.step != nil }.map(\.offer.name)
  }
}
