import Engine
import Journal
import Layer
import Planning

/// A run where nobody watches a terminal: one line for each thing that happened, without redrawing. What is answered or
/// left out in bulk is one line.
struct EventLog {
  let plan: Plan
  let began: Instant
  private var stages: Set<String> = []
  private var group: (text: String, ids: [String], sign: String)?

  init(plan: Plan, began: Instant) {
    self.plan = plan
    self.began = began
  }

  mutating func lines(for event: RunEvent, _ state: RunState, at now: Instant) -> [String] {
    switch event {
    case .answered(let answer):
      let id = answer.key.split(separator: ":", maxSplits: 1).last.map(String.init) ?? answer.key
      let reason = answer.reason.map { " (\($0))" } ?? ""
      let isConfirmed = answer.value == "yes" && answer.key.hasPrefix("\(Ask.Kind.confirmation.rawValue):")
      let text = isConfirmed ? "confirmed by \(answer.by)\(reason)" : "\(answer.value), said \(answer.by)\(reason)"
      return add(id, text, Style.accent.paint("»"))
    case .skipped(let step, let reason):
      return add(step, reason.hasPrefix("left out") ? reason : "left out: \(reason)", Sign.of(.skipped))
    case .verified(let step, _, _), .guardRefused(let step, _), .failed(let step, _), .outcomeUnknown(let step, _),
      .undone(let step, _), .undoFailed(let step, _, _):
      guard let planned = plan.step(step) else { return flush() }
      let time = Text.clock(milliseconds: now.milliseconds(since: began))
      return flush() + heading(step) + [StepRows.line(planned, state.record(step), min(Console.width, 132), time: time)]
    case .resumed(let name): return flush() + [Style.faint.paint("  taken up again by \(name)")]
    case .probed(let step, let probe):
      return flush() + heading(step)
        + ["     \(Style.accent.paint("?")) \(Wording.fit(Wording.short(step), 6)) \(Self.text(of: probe))"]
    default: return []
    }
  }

  /// The line that still waits for more of its kind.
  mutating func flush() -> [String] {
    guard let group else { return [] }
    self.group = nil
    let number = Wording.fit(Wording.span(group.ids), 6)
    let text: String
    if group.ids.count == 1, let step = plan.step(group.ids[0]) {
      text = "\(Text.cut(step.shownTitle, 56))  \(group.text)"
    } else {
      text = group.ids.count == 1 ? group.text : "\(group.ids.count) \(group.text)"
    }
    return heading(group.ids[0]) + ["     \(group.sign) \(number) \(Style.faint.paint(text))"]
  }

  private mutating func add(_ id: String, _ text: String, _ sign: String) -> [String] {
    let stage = id.prefix { $0 != "/" }
    if var open = group, open.text == text, open.ids.last?.prefix(while: { $0 != "/" }) == stage {
      open.ids.append(id)
      group = open
      return []
    }
    let lines = flush()
    group = (text, [id], sign)
    return lines
  }

  private mutating func heading(_ id: String) -> [String] {
    guard
      let index = plan.stages.firstIndex(where: { stage in stage.id == id || stage.steps.contains { $0.id == id } }),
      stages.insert(plan.stages[index].id).inserted
    else { return [] }
    let stage = plan.stages[index]
    let number = Wording.number(of: stage, at: index, in: plan)
    let estimate = Wording.estimate(stage.estimate)
    return [
      Style.strong.paint("  \(Text.fit(number, 2)) \(Wording.title(stage))")
        + (estimate.isEmpty ? "" : Style.faint.paint("  \(estimate)"))
    ]
  }

  static func text(of probe: Probe) -> String {
    switch probe {
    case .happened(let why): "it had happened: \(why)"
    case .notHappened(let why): "it had not happened: \(why)"
    case .undetermined(let why): why
    }
  }
}
