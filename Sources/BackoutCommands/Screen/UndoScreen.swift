import Engine
import Layer
import Planning
import Runbook

/// What an undo would put back, and what it cannot.
struct UndoScreen {
  var undo: UndoPlan
  var plan: Plan
  var run: RunIdentifier

  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    let width = min(max(width, 60), 132)
    let right = "undo plan \(undo.hash.short)"
    let title = Text.ends("Undo of run \(run.short): \(plan.runbook.title)", right, width)
    let lost =
      (undo.left.isEmpty ? "" : ", \(Text.count(undo.left.count, "step")) cannot be taken back")
      + (undo.steps.contains { !$0.lost.isEmpty } ? ", not all of a step has a way back" : "")
    var lines = [
      Style.strong.paint(title.left) + title.gap + Style.accent.paint(right),
      Style.faint.paint(
        Text.cut("\(Text.count(undo.steps.count, "step")) to put back, last one first\(lost)", width)),
      Style.faint.paint(Text.cut("what somebody changed since is never overwritten unasked", width)), "",
    ]
    for step in undo.steps { lines += rows(step, width) }
    if !undo.backups.isEmpty {
      lines += ["", "  " + Style.strong.paint("stays: the run's own backups")]
      for step in undo.backups {
        lines.append(
          "  \(Style.faint.paint("·")) \(Wording.fit(Wording.short(step.id), 6)) \(Text.cut(name(step), width - 12))")
        lines += Text.wrap(step.from, width - 11).map { "           " + Style.faint.paint($0) }
      }
    }
    if !undo.left.isEmpty {
      lines += ["", "  " + Style.warn.paint("cannot be put back")]
      for step in undo.left {
        lines.append(
          "  \(Style.bad.paint("✗")) \(Wording.fit(Wording.short(step.id), 6)) \(Text.cut(name(step), width - 12))")
        lines += Text.wrap(step.whyLeft, width - 11).map { "           " + Style.faint.paint($0) }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func name(_ step: UndoPlan.Step) -> String { plan.step(step.id)?.shownTitle ?? step.title }

  private func rows(_ step: UndoPlan.Step, _ width: Int) -> [String] {
    let titleWidth = max(26, width * 40 / 100)
    let start = "  \(Style.accent.paint("↶")) \(Wording.fit(Wording.short(step.id), 6)) "
    let isSeen = plan.step(step.id)?.effects.contains { $0.role == .change && !$0.isOpaque } ?? false
    let by = step.command.map { "by \(Wording.command($0).firstLine)" }
    let effect = isSeen && step.from != step.to ? "\(step.from) → \(step.to)" : isSeen ? step.to : by ?? ""
    var lines: [String]
    if Text.width(effect) <= width - 12 - titleWidth {
      lines = [start + Text.fit(name(step), titleWidth) + " " + effect]
    } else {
      lines = [start + Text.cut(name(step), width - 11)]
      let parts = isSeen && step.from != step.to ? [step.from, "→ \(step.to)"] : [effect]
      lines += parts.flatMap { Text.wrap($0, width - 11) }.map { "           \($0)" }
    }
    var notes: [String] = isSeen ? by.map { [$0] } ?? [] : []
    if case .partial(let lost) = step.reversibility, step.command == nil { notes.append("partial: \(lost)") }
    if !notes.isEmpty {
      lines += Text.wrap(notes.joined(separator: " · "), width - 11).map { "           " + Style.faint.paint($0) }
    }
    for lost in step.lost {
      lines += Text.wrap("not put back: \(lost)", width - 11).map { "           " + Style.warn.paint($0) }
    }
    return lines
  }
}

extension UndoPlan.Step {
  /// Why no undo puts it back.
  var whyLeft: String {
    if case .none(let why) = reversibility {
      why
    } else {
      "nothing was kept, and no undo: stands at \(id) in backout.yaml"
    }
  }
}
