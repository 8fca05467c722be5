import Engine
import Journal
import Planning
import Runbook

/// What a paused run waits for, and the exact commands that answer it.
struct WaitingRows {
  var plan: Plan
  var run: RunIdentifier
  var state: RunState

  func lines(_ width: Int) -> [String] {
    guard let first = state.waiting.first else {
      let why = state.note.isEmpty ? "paused" : state.note
      return [head("‖ \(why)", .warn, width)]
    }
    let isTrouble = first.kind == .failed || first.kind == .unknown
    var lines: [String] = []
    if state.waiting.count > 1, state.waiting.allSatisfy({ $0.kind == .confirmation }) {
      lines.append(head("‖ waits for you: \(state.waiting.count) things to confirm", .warn, width))
      lines += together(state.waiting, width)
    } else {
      lines.append(head(isTrouble ? "✗ stopped" : "‖ waits for you", isTrouble ? .bad : .warn, width))
      for ask in state.waiting { lines += self.lines(of: ask, width) }
    }
    return lines
  }

  private func head(_ text: String, _ style: Style, _ width: Int) -> String {
    let run = "run \(run.short)"
    let line = Text.ends(text, run, width)
    return style.paint(line.left) + line.gap + Style.faint.paint(run)
  }

  /// Many confirmations of one stage are answered by its name.
  private func together(_ asks: [Ask], _ width: Int) -> [String] {
    let stages = Set(asks.map { String($0.id.prefix { $0 != "/" }) })
    var lines = asks.flatMap { ask in
      Text.wrap(ask.question, width - 14).enumerated().map { index, line in
        index == 0 ? "    □ \(Wording.fit(Wording.short(ask.id), 7)) \(line)" : "              \(line)"
      }
    }
    lines.append("")
    for stage in stages.sorted() { lines.append(command("backout answer '\(stage)/*' yes", "all of them hold")) }
    lines.append(command("backout answer \(asks[0].id) no --reason WHY", "this one does not"))
    return lines
  }

  private func lines(of ask: Ask, _ width: Int) -> [String] {
    var lines: [String] = []
    let isTrouble = ask.kind == .failed || ask.kind == .unknown
    if isTrouble, let step = plan.step(ask.id) {
      lines += Self.trouble(step, ask, state.record(step.id), width)
    } else {
      let parts = Text.wrap(ask.question, width - 12)
      for (index, part) in parts.enumerated() {
        lines.append(
          index == 0
            ? "    \(Style.warn.paint("?")) \(Style.strong.paint(Wording.fit(Wording.short(ask.id), 5))) \(part)"
            : "            \(part)")
      }
    }
    lines.append("")
    let named = isOnlyApproval ? "" : " --id \(ShownNames(of: plan).shown(ask.id))"
    lines += ask.options.map { option in
      let needsReason = isTrouble && ["skip", "done"].contains(option.id)
      let verb =
        if ask.kind == .approval {
          "backout \(option.id == "yes" ? "approve" : "reject")\(named)"
        } else {
          "backout answer \(ask.id) \(option.id)"
        }
      let meaning = option.title == option.id ? "" : option.title
      return command(verb + (needsReason ? " --reason WHY" : ""), meaning)
    }
    return lines
  }

  private var isOnlyApproval: Bool { state.waiting.count { $0.kind == .approval } < 2 }

  private func command(_ text: String, _ meaning: String) -> String {
    meaning.isEmpty
      ? "      \(text)"
      : "      \(Text.width(text) < 44 ? Text.fit(text, 44) : text + " ") \(Style.faint.paint(meaning))"
  }

  /// Of a long output its first line, which often says what the rest only explains, and its end.
  static func shown(_ output: String) -> [String] {
    let lines = output.split(separator: "\n").map(String.init)
    guard lines.count > 8 else { return lines }
    return [lines[0], "… \(lines.count - 7) lines …"] + lines.suffix(6)
  }

  /// What happened to a step, its output, what is there now, and whether anything was changed.
  static func trouble(_ step: PlannedStep, _ ask: Ask, _ record: StepRecord, _ width: Int) -> [String] {
    let word: String =
      switch record.state {
      case .refused: "refused by its guard"
      case .unknown: "outcome unknown"
      default: "failed"
      }
    let title = Text.ends(
      "    ✗ \(Wording.fit(Wording.short(step.id), 5)) \(step.shownTitle)", "line \(step.line)", width)
    var lines = [Style.bad.paint(title.left) + title.gap + Style.faint.paint("line \(step.line)")]
    func row(_ name: String, _ text: String) {
      for (index, part) in Text.wrap(text, width - 22).enumerated() {
        lines.append("            \(Style.faint.paint(Text.fit(index == 0 ? name : "", 9))) \(part)")
      }
    }
    row(word == "failed" ? "failed" : "why", word == "failed" ? ask.question : "\(word): \(ask.question)")
    if let status = record.outcome?.exitStatus, status != 0, !ask.question.contains("exit \(status)") {
      row("exit", "\(status)")
    }
    lines += shown(record.outcome?.output ?? "").map {
      "            \(Style.faint.paint("│ " + Text.cut($0, width - 14)))"
    }
    if !record.after.isEmpty { row("now", record.after.map(\.summary).joined(separator: "; ")) }
    if !record.hasActed { row("changed", "nothing: the step did not act") }
    return lines
  }
}
