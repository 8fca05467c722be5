import Engine
import Planning

/// The steps of a stage as they stand now: a line each; confirmations of one kind, and what was left out, in one line.
enum StepRows {
  static func lines(_ steps: [PlannedStep], _ state: RunState, _ width: Int, time: (String) -> String = { _ in "" })
    -> [String]
  {
    var lines: [String] = []
    var rest = steps[...]
    while let step = rest.first {
      let record = state.record(step.id)
      let group = rest.prefix { next in
        let other = state.record(next.id)
        guard other.state == record.state, other.note == record.note, next.isExecutable == step.isExecutable else {
          return false
        }
        switch record.state {
        case .skipped: return !other.isGivenUp
        case .pending: return !next.isExecutable
        case .unproven: return record.isConfirmed && !next.isExecutable
        default: return false
        }
      }
      if group.count > 1 || record.state == .skipped && !record.isGivenUp {
        lines.append(together(Array(group), record, width))
        rest = rest.dropFirst(max(1, group.count))
      } else {
        lines.append(line(step, record, width, time: time(step.id)))
        rest = rest.dropFirst()
      }
    }
    return lines
  }

  static func line(_ step: PlannedStep, _ record: StepRecord, _ width: Int, time: String = "") -> String {
    let titleWidth = max(24, width * 40 / 100)
    let room = width - 15 - titleWidth - 6
    let said = Wording.outcome(record)
    let style: Style? = [.failed, .refused, .unknown].contains(record.state) ? .bad : nil
    let note = Text.cut(said, room)
    return
      "     \(Sign.of(record.state)) \(Wording.fit(Wording.short(step.id), 6)) \(Text.fit(step.shownTitle, titleWidth)) "
      + "\(Text.fit(time, 5)) " + (style?.paint(note) ?? Style.faint.paint(note))
  }

  /// What a step in progress is doing.
  static func beat(_ state: StepState, isUndo: Bool) -> String {
    if isUndo { return "putting back" }
    switch state {
    case .observing: return "looking"
    case .guarded, .waiting: return "asking its guards"
    case .keeping: return "keeping what it changes"
    case .acting: return "acting"
    case .verifying: return "proving"
    default: return ""
    }
  }

  private static func together(_ steps: [PlannedStep], _ record: StepRecord, _ width: Int) -> String {
    let span = Wording.span(steps.map(\.id))
    let text: String =
      switch record.state {
      case .skipped:
        record.note.hasPrefix("left out") ? record.note : "left out: \(record.note)"
      case .pending: "\(steps.count) to confirm: " + steps.map(\.shownTitle).joined(separator: " · ")
      default: "\(steps.count) \(record.note): " + steps.map(\.shownTitle).joined(separator: " · ")
      }
    let number = Wording.fit(span, 6)
    return "     \(Sign.of(record.state)) "
      + Style.faint.paint(Text.cut("\(number) \(text)", width - 7))
  }
}
