import Engine
import Planning

/// Where a run stands: stages that are through in one line, the one in progress with its steps.
struct StatusScreen {
  var recorded: RecordedRun
  var isHeld: Bool

  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    let width = min(max(width, 60), 132)
    let state = recorded.state
    let plan = recorded.plan
    let right = "run \(recorded.summary.run.short)"
    let title = Text.ends(plan.runbook.title, right, width)
    let standing = state.status.rawValue + (isHeld ? ", in progress" : "")
    var lines = [
      Style.strong.paint(title.left) + title.gap + Style.faint.paint(right),
      Style.faint.paint(
        [plan.service, plan.environment, "procedure \(plan.procedure)", standing].compactMap { $0 }
          .joined(separator: " · ")), "",
    ]
    let current = state.status.isFinished ? nil : state.current?.stage
    for (index, stage) in plan.stages.enumerated() {
      lines.append(StageRow.line(stage, index, plan, state, width))
      let tally = StageTally(stage, state)
      let shows = stage.id == current || tally.troubled > 0 || tally.unproven > 0
      if shows { lines += StepRows.lines(stage.steps, state, width) }
    }
    let ending = RunEnding(
      plan: plan, run: recorded.summary.run, result: RunResult(state: state, waiting: state.waiting))
    return lines.joined(separator: "\n") + "\n" + ending.text(width: width)
  }
}

/// A stage in one line.
enum StageRow {
  static func line(
    _ stage: PlannedStage, _ index: Int, _ plan: Plan, _ state: RunState, _ width: Int, sign: String? = nil,
    time: String = "",
    timeWidth: Int = 0
  ) -> String {
    let tally = StageTally(stage, state)
    let number = Wording.number(of: stage, at: index, in: plan)
    let titleWidth = max(26, width * 45 / 100)
    let title = Text.fit(Wording.title(stage), titleWidth)
    let said = [tally.counts, tally.isLeftOut || !tally.isClosed ? "" : tally.said].filter { !$0.isEmpty }
      .joined(separator: " · ")
    let note = Text.cut(said, width - titleWidth - 9 - (timeWidth > 0 ? timeWidth + 1 : 0))
    let isPending = !tally.isBegun && sign == nil
    let head = "\(Text.fit(number, 2)) \(title)"
    let painted = isPending || tally.isLeftOut ? Style.faint.paint(head) : Style.strong.paint(head)
    return
      "  \(sign ?? tally.sign) \(painted) \(timeWidth > 0 ? Text.fit(time, timeWidth) + " " : "")\(Style.faint.paint(note))"
      .trimmingRight()
  }
}
