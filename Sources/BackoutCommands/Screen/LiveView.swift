import Engine
import Journal
import Planning
import Runbook

/// What is known of a run while it goes, and how it looks at one moment: a value, drawn by `LiveScreen`.
struct LiveView {
  let plan: Plan
  let run: RunIdentifier
  /// When the run began: the recovery clock counts from here.
  let began: Instant
  var state: RunState
  /// The step in progress.
  var step: String?
  var stepBegan: Instant?
  var stageBegan: [String: Instant] = [:]
  /// Step → what it took.
  var took: [String: String] = [:]
  /// The last lines of the step's output.
  var tail: [String] = []
  var partial = ""
  var spin = 0
  /// Who asked for a pause.
  var isPausing = false
  /// Stages whose one line stands above already.
  var closed: Set<String> = []

  init(plan: Plan, run: RunIdentifier, began: Instant) {
    self.plan = plan
    self.run = run
    self.began = began
    state = RunState(plan: plan)
  }

  func stage(of id: String) -> PlannedStage? {
    plan.stages.first { stage in stage.id == id || stage.steps.contains { $0.id == id } }
  }

  /// The stage in progress: where the run's first open step is.
  var stage: PlannedStage? {
    if let step { return stage(of: step) }
    return state.undo == nil ? state.current.flatMap { stage(of: $0.id) } : nil
  }

  // MARK: What happened

  mutating func begin(_ step: String, at now: Instant) {
    self.step = step
    stepBegan = now
    tail = []
    partial = ""
    if let stage = stage(of: step), stageBegan[stage.id] == nil { stageBegan[stage.id] = now }
  }

  mutating func close(_ step: String, at now: Instant) {
    if self.step == step, let stepBegan { took[step] = Text.clock(milliseconds: now.milliseconds(since: stepBegan)) }
    self.step = nil
    tail = []
  }

  mutating func output(_ text: String) {
    partial += text
    var lines = partial.split(whereSeparator: \.isNewline).map(String.init)
    if partial.last?.isNewline ?? true {
      partial = ""
    } else {
      partial = String((lines.popLast() ?? "").suffix(4096))
    }
    tail = (tail + lines).suffix(3).map { $0 }
  }

  /// Lines of the stages that came to their end since the last call: one each, and what was not proven under it.
  mutating func closing(_ width: Int, at now: Instant) -> [String] {
    var lines: [String] = []
    for (index, stage) in plan.stages.enumerated() where !closed.contains(stage.id) {
      let tally = StageTally(stage, state)
      guard tally.isClosed, !stage.steps.isEmpty else { break }
      closed.insert(stage.id)
      lines.append(row(stage, index, width, at: now))
      let notable = stage.steps.filter { step in
        let record = state.record(step.id)
        return record.isGivenUp || step.isExecutable && step.changes && record.state == .unproven
      }
      lines += StepRows.lines(notable, state, width) { took[$0] ?? "" }
    }
    return lines
  }

  private func row(_ stage: PlannedStage, _ index: Int, _ width: Int, sign: String? = nil, at now: Instant) -> String {
    let time = stageBegan[stage.id].map { Text.clock(milliseconds: now.milliseconds(since: $0)) } ?? ""
    return StageRow.line(stage, index, plan, state, width, sign: sign, time: time, timeWidth: 6)
  }

  // MARK: One moment

  /// The stage in progress with its steps, what comes next, and the recovery clock: at most `rows` lines.
  func frame(_ width: Int, rows: Int, at now: Instant) -> [String] {
    var foot = [clock(width, at: now)]
    guard let stage, let index = plan.stages.firstIndex(where: { $0.id == stage.id }), state.undo == nil else {
      return current(width, at: now) + foot
    }
    let head = self.head(stage, index, width, at: now)
    var steps = settled(stage, width)
    let acting = current(width, at: now)
    var coming = plan.stages[(index + 1)...].prefix(3).map { next in
      StageRow.line(next, plan.stages.firstIndex { $0.id == next.id } ?? 0, plan, state, width, timeWidth: 0)
    }
    if 2 + steps.count + acting.count + coming.count > rows { coming = [] }
    let room = max(1, rows - 2 - acting.count)
    if steps.count > room { steps = steps.suffix(room).map { $0 } }
    foot = coming + foot
    return [head] + steps + acting + foot
  }

  /// The stage in progress as it stands, without what moves: above a question, and at the end.
  func still(_ width: Int, rows: Int, at now: Instant) -> [String] {
    guard let stage, !closed.contains(stage.id), StageTally(stage, state).isBegun || stageBegan[stage.id] != nil,
      let index = plan.stages.firstIndex(where: { $0.id == stage.id })
    else { return [] }
    return [head(stage, index, width, at: now)] + settled(stage, width).suffix(max(0, rows - 1))
  }

  private func settled(_ stage: PlannedStage, _ width: Int) -> [String] {
    let steps = stage.steps.filter { $0.id != step && ![.pending, .waiting].contains(state.record($0.id).state) }
    return StepRows.lines(steps, state, width) { took[$0] ?? "" }
  }

  private func head(_ stage: PlannedStage, _ index: Int, _ width: Int, at now: Instant) -> String {
    let elapsed = stageBegan[stage.id].map { now.milliseconds(since: $0) } ?? 0
    let estimate = Wording.estimate(stage.estimate)
    let isLate = stage.estimate?.maximum.map { elapsed > Int64($0) * 1000 } ?? false
    let right = Text.clock(milliseconds: elapsed) + (estimate.isEmpty ? "" : " / \(estimate)")
    let number = Wording.number(of: stage, at: index, in: plan)
    let line = Text.ends("    \(Text.fit(number, 2)) \(Wording.title(stage))", right, width)
    return "  \(Style.accent.paint("▸"))" + Style.strong.paint(String(line.left.dropFirst(3))) + line.gap
      + (isLate ? Style.warn.paint(right) : Style.faint.paint(right))
  }

  private func current(_ width: Int, at now: Instant) -> [String] {
    guard let id = step, let step = plan.step(id) else { return [] }
    let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    let elapsed = stepBegan.map { Text.clock(milliseconds: now.milliseconds(since: $0)) } ?? ""
    let titleWidth = max(24, width * 40 / 100)
    let beat = StepRows.beat(state.record(id).state, isUndo: state.undo != nil)
    let line =
      "     \(Style.accent.paint(frames[spin % frames.count])) \(Wording.fit(Wording.short(id), 6)) "
      + "\(Text.fit(step.shownTitle, titleWidth)) \(Text.fit(elapsed, 5)) "
      + Style.faint.paint(Text.cut(beat, width - 21 - titleWidth))
    let lines = partial.isEmpty ? tail : (tail + [partial]).suffix(3).map { $0 }
    return [line] + lines.map { Style.faint.paint("              │ " + Text.cut(Console.hiding($0), width - 17)) }
  }

  private func clock(_ width: Int, at now: Instant) -> String {
    let elapsed = now.milliseconds(since: began)
    let estimate = plan.runbook.procedure(plan.procedure)?.estimate
    let total = Wording.estimate(estimate)
    let left = "  recovery clock \(Text.clock(milliseconds: elapsed))" + (total.isEmpty ? " " : " of \(total) ")
    let right = isPausing ? " pauses after this step" : " run \(run.short) · Ctrl-C pauses"
    let rule = String(repeating: "─", count: max(2, width - Text.width(left) - Text.width(right)))
    let isLate = estimate?.maximum.map { elapsed > Int64($0) * 1000 } ?? false
    let start = isLate ? Style.warn.paint(left) : Style.faint.paint(left)
    return start + Style.faint.paint(rule) + (isPausing ? Style.warn.paint(right) : Style.faint.paint(right))
  }
}
