import Engine
import Journal
import Planning
import Runbook

/// How a run ended, or what it waits for: what waits, what was changed and what was not, and what to type.
struct RunEnding {
  let plan: Plan
  let run: RunIdentifier
  let result: RunResult
  /// What an undone run changed and no undo puts back.
  private let leftAsTheyAre: [UndoPlan.Step]

  init(plan: Plan, run: RunIdentifier, result: RunResult) {
    self.plan = plan
    self.run = run
    self.result = result
    leftAsTheyAre = result.state.status == .undone ? UndoPlan(plan: plan, state: result.state).left : []
  }

  var status: ExitStatus { ExitStatus(of: result.state) }
  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    let width = min(max(width, 60), 132)
    let state = result.state
    var lines: [String] = [""]
    switch state.status {
    case .succeeded where plan.hasNothingToRollBack:
      lines.append(head("! done, and what it goes back to ran already: nothing was rolled back", .warn, width))
    case .succeeded: lines.append(head("✓ rolled back", .good, width))
    case .undone: lines.append(head(isWhole ? "✓ undone" : "! undone in part", isWhole ? .good : .warn, width))
    case .failed: lines.append(head("✗ ended with steps left out", .bad, width))
    case .aborted: lines.append(head("✗ aborted", .bad, width))
    case .paused, .running, .planned:
      lines += WaitingRows(plan: plan, run: run, state: state).lines(width)
    }
    if state.undo != nil { lines += undoLines(width) }
    let isHalf = state.undo == nil && state.status != .succeeded
    if isHalf { lines += ChangeRows(plan: plan, state: state).lines(width) }
    lines += QuarantineRows.inForce(of: plan, state, width)
    if !state.status.isFinished { lines += [""] + next.map { "  \($0)" } }
    if state.status.isFinished {
      lines.append(
        Style.faint.paint(
          "  backout report \(run.short)" + (state.status == .undone ? "" : "   ·   backout undo \(run.short)")))
    }
    return (lines + [counts]).joined(separator: "\n")
  }

  private func head(_ text: String, _ style: Style, _ width: Int) -> String {
    let run = "run \(run.short)"
    let line = Text.ends(text, run, width)
    return style.paint(line.left) + line.gap + Style.faint.paint(run)
  }

  /// The last line says how many steps were proven and how many unproven.
  private var counts: String {
    let state = result.state
    let people = state.confirmed
    return "  \(Text.count(state.count(.proven), "step")) proven, \(state.count(.unproven)) unproven"
      + (people > 0 ? " (\(people) of them a person's word)" : "")
      + (state.count(.skipped) > 0 ? ", \(state.count(.skipped)) left out" : "")
      + (state.count(.undone) > 0 ? ", \(state.count(.undone)) undone" : "")
      + (leftAsTheyAre.isEmpty ? "" : ", \(leftAsTheyAre.count) not put back")
  }

  private var next: [String] {
    if result.state.undo != nil { return ["then  backout undo \(run.short)"] }
    return ["then  backout resume \(run.short)", "or    backout abort \(run.short)   ·   backout undo \(run.short)"]
  }

  private var isWhole: Bool {
    leftAsTheyAre.isEmpty && result.state.isUndoWhole
      && (result.state.undo?.steps ?? []).allSatisfy { lost(of: $0).isEmpty }
  }

  private func lost(of id: String) -> [String] {
    plan.step(id).map { UndoPlan.lost(of: $0, result.state.record(id)) } ?? []
  }

  private func undoLines(_ width: Int) -> [String] {
    undoneLines(width)
      + leftAsTheyAre.map { step in
        let title = Text.fit(plan.step(step.id)?.shownTitle ?? step.title, max(24, width * 40 / 100))
        let why = Text.cut(step.whyLeft, width - 12 - Text.width(title))
        return
          "    \(Style.bad.paint("✗")) \(Wording.fit(Wording.short(step.id), 5)) \(title) \(Style.faint.paint(why))"
      }
  }

  private func undoneLines(_ width: Int) -> [String] {
    (result.state.undo?.steps ?? []).flatMap { id -> [String] in
      guard let undone = result.state.record(id).undone else { return [] }
      let title = Text.fit(plan.step(id)?.shownTitle ?? "", max(24, width * 40 / 100))
      let said = Style.faint.paint(Text.cut(undone.summary.shownLine, width - 12 - Text.width(title)))
      let lost = lost(of: id)
      var lines = [
        "    \(undone.isWhole && lost.isEmpty ? Style.good.paint("↶") : Style.warn.paint("!")) \(Wording.fit(Wording.short(id), 5)) \(title) \(said)"
      ]
      let left =
        undone.conflicts.map { "left as it is, since it is newer: \($0.target)" }
        + (undone.notRestored + lost).map { "not put back: \($0)" }
      lines += left.flatMap { Text.wrap($0, width - 12) }.map { "            " + Style.warn.paint($0) }
      return lines
    }
  }
}

/// What a half-finished run changed and what it did not.
struct ChangeRows {
  var plan: Plan
  var state: RunState

  func lines(_ width: Int) -> [String] {
    var done: [PlannedStep] = []
    var touched: [PlannedStep] = []
    var open: [PlannedStep] = []
    for step in plan.steps where step.isExecutable && step.changes {
      let record = state.record(step.id)
      switch record.state {
      case .proven, .unproven: if record.hasActed { done.append(step) }
      case .skipped where !record.hasActed, .undone: break
      default: if record.hasActed { touched.append(step) } else { open.append(step) }
      }
    }
    var lines = [""]
    lines += rows("changed", done, width, .good)
    if done.isEmpty { lines.append("  \(Style.faint.paint(Text.fit("changed", 14)))nothing") }
    lines += rows("perhaps", touched, width, .bad)
    lines += rows("not changed", open, width, nil)
    return lines
  }

  private func rows(_ name: String, _ steps: [PlannedStep], _ width: Int, _ style: Style?) -> [String] {
    let limit = steps.count > 6 ? 5 : 6
    var lines = steps.prefix(limit).enumerated().map { index, step in
      let label = Text.fit(index == 0 ? name : "", 14)
      let titleWidth = max(24, width * 40 / 100)
      let title = Text.fit(step.shownTitle, titleWidth)
      let note = Text.cut(state.record(step.id).note.shownLine, width - 23 - titleWidth)
      return "  \(style?.paint(label) ?? Style.faint.paint(label))\(Wording.fit(Wording.short(step.id), 5)) \(title) "
        + Style.faint.paint(note)
    }
    if steps.count > limit { lines.append("  \(Text.fit("", 14))and \(steps.count - limit) more") }
    return lines.map { $0.trimmingRight() }
  }
}
