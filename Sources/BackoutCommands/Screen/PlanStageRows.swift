import Layer
import Planning
import Runbook

/// A stage of the plan: its heading, then a line or two for each step; options stand together under their choice.
struct PlanStageRows {
  var stage: PlannedStage
  var number: String
  var plan: Plan

  /// Columns before a step's title.
  private static let margin = 12
  private static let layerWidth = 9
  private static let unknownEffect = "effect unknown"

  func lines(_ width: Int) -> [String] {
    var lines = ["", heading(width)]
    for warning in stage.warnings where warning.split(separator: " ").count > 2 {
      lines.append(indent + Style.warn.paint("! " + Text.cut(warning, width - Self.margin - 2)))
    }
    var said: Set<String> = []
    var rest = stage.steps[...]
    var open: ChoiceMembership?
    while let step = rest.first {
      let shape = kind(of: step)
      lines += choiceLines(from: open, to: step.choice, width)
      open = step.choice
      let take =
        shape == .single ? rest.prefix(1) : rest.prefix { $0.choice == step.choice && kind(of: $0) == shape }
      switch shape {
      case .single: lines += self.lines(of: step, width, &said)
      case .confirmations: lines += confirmations(Array(take), width)
      case .leftOut(let reason):
        let bar = step.choice == nil ? "     – " : "     " + Style.accent.paint("│ ")
        let text = "\(Wording.span(take.map(\.id)))  left out: \(reason)"
        lines.append(bar + Style.faint.paint(Text.cut(text, width - 7)))
      }
      rest = rest.dropFirst(take.count)
    }
    return lines + (open == nil ? [] : choiceLines(from: open, to: nil, width))
  }

  private enum Kind: Equatable { case single, confirmations, leftOut(String) }

  private func kind(of step: PlannedStep) -> Kind {
    if let skip = step.skip { return .leftOut(skip) }
    return step.isConfirmation ? .confirmations : .single
  }

  private func heading(_ width: Int) -> String {
    let marks = [stage.optional ? "asked first" : nil, stage.risk.map { $0.rawValue.uppercased() }].compactMap { $0 }
      .joined(separator: "  ")
    let estimate = Wording.estimate(stage.estimate)
    let right = [marks, estimate].filter { !$0.isEmpty }.joined(separator: "  ")
    let title = Text.ends("  \(Text.fit(number, 2)) \(Wording.title(stage))", right, width)
    return Style.strong.paint(title.left) + title.gap + Style.warn.paint(marks)
      + (marks.isEmpty || estimate.isEmpty ? "" : "  ") + Style.faint.paint(estimate)
  }

  // MARK: Choices

  private func choiceLines(from old: ChoiceMembership?, to new: ChoiceMembership?, _ width: Int) -> [String] {
    guard old != new else { return [] }
    var lines: [String] = []
    if let old, old.choice != new?.choice { lines.append("     " + Style.accent.paint("└")) }
    guard let new, let choice = stage.choices.first(where: { $0.id == new.choice }) else { return lines }
    if old?.choice != new.choice {
      lines.append("     " + Style.accent.paint("┌ ") + question(of: choice, width - 7))
    }
    let option = choice.options.first { $0.id == new.option }
    let title = Text.cut(option?.title ?? "", width - 12 - Text.width(new.option))
    return lines + ["     " + Style.accent.paint("├ \(Style.strong.paint(new.option))") + "  \(title)"]
  }

  /// What is asked, and what answers it beforehand; or what was chosen.
  private func question(of choice: Choice, _ width: Int) -> String {
    let count = choice.options.count
    guard stage.steps.contains(where: { $0.asks.contains { $0.kind == .choice && $0.id == choice.id } }) else {
      let chosen = stage.steps.first { $0.choice?.choice == choice.id && $0.skip == nil }?.choice?.option
      return Style.faint.paint(Text.cut("\(chosen ?? Choice.noOption) was chosen, of \(count)", width))
    }
    let asked = "choose one of \(count), or \(Choice.noOption)"
    let id = Wording.short(choice.id)
    let typed = "  --choose \(id)=\(choice.options.first?.id ?? "") … \(id)=\(Choice.noOption)"
    return Style.warn.paint(asked) + Style.faint.paint(Text.cut(typed, width - Text.width(asked)))
  }

  // MARK: Steps

  private var indent: String { String(repeating: " ", count: Self.margin) }

  /// A step's number, with the bar of its option.
  private func prefix(_ number: String, in choice: ChoiceMembership?) -> String {
    "     " + (choice == nil ? "" : Style.accent.paint("│ ")) + Wording.fit(number, choice == nil ? 6 : 4) + " "
  }

  private func confirmations(_ steps: [PlannedStep], _ width: Int) -> [String] {
    guard let first = steps.first else { return [] }
    let room = width - Self.margin - Self.layerWidth - 1
    let head = steps.count == 1 ? "confirm: " : "confirm \(steps.count): "
    let parts = Text.wrap(head + steps.map(\.command.firstLine).joined(separator: " · "), room)
    let shown = parts.count > 2 ? [parts[0], Text.cut(parts[1...].joined(separator: " "), room)] : parts
    return shown.enumerated().map { index, line in
      let start = prefix(index == 0 ? Wording.span(steps.map(\.id)) : "", in: first.choice)
      return start + Style.accent.paint(Text.fit(index == 0 ? "you" : "", Self.layerWidth)) + " "
        + Style.faint.paint(line)
    }
  }

  private func lines(of step: PlannedStep, _ width: Int, _ said: inout Set<String>) -> [String] {
    let room = width - Self.margin - Self.layerWidth - 1
    let who = step.isExecutable ? (step.layerName == "unknown" ? "?" : step.layerName) : "you"
    let below = prefix("", in: step.choice) + String(repeating: " ", count: Self.layerWidth + 1)
    let start =
      prefix(Wording.short(step.id), in: step.choice)
      + (who == "?" ? Style.warn : Style.accent).paint(Text.fit(who, Self.layerWidth)) + " "
    guard step.isExecutable else {
      let parts = Text.wrap(step.shownTitle, room)
      let asked = isAskedFirst(step) ? [below + Style.warn.paint("asked first")] : []
      return parts.prefix(3).enumerated().map { ($0 == 0 ? start : below) + $1 } + asked
    }
    let titleWidth = max(26, width * 36 / 100)
    let title = step.shownTitle
    let effect = self.effect(of: step)
    let used = max(titleWidth, Text.width(title)) + 2 + Text.width(effect.line)
    var lines: [String]
    if used <= room {
      let shown = effect.style?.paint(effect.line) ?? effect.line
      lines = [(start + Text.fit(title, max(titleWidth, Text.width(title))) + "  " + shown).trimmingRight()]
    } else if Text.width(title) + 2 + Text.width(effect.line) <= room {
      let ends = Text.ends(title, effect.line, room)
      lines = [start + ends.left + ends.gap + (effect.style?.paint(effect.line) ?? effect.line)]
    } else {
      lines = [start + Text.cut(title, room)]
      let parts = Text.width(effect.line) <= room ? [effect.line] : effect.parts
      lines += parts.flatMap { Text.wrap($0, room) }.prefix(4).map { below + (effect.style?.paint($0) ?? $0) }
    }
    let notes = self.notes(of: step, room, &said)
    var line: [(String, Style)] = []
    func flush() {
      guard !line.isEmpty else { return }
      lines.append(below + line.map { $0.1.paint($0.0) }.joined(separator: Style.faint.paint(" · ")))
      line = []
    }
    for (note, style) in notes {
      let used = line.reduce(0) { $0 + Text.width($1.0) + 3 }
      if !line.isEmpty, used + Text.width(note) > room { flush() }
      let parts = Text.wrap(note, room)
      if parts.count > 1 {
        flush()
        lines += parts.prefix(2).enumerated().map { below + style.paint($0 == 1 ? Text.cut($1, room) : $1) }
      } else {
        line.append((note, style))
      }
    }
    flush()
    return lines
  }

  private func isAskedFirst(_ step: PlannedStep) -> Bool {
    step.asks.contains { $0.kind == .optional && $0.id == step.id }
  }

  private func effect(of step: PlannedStep) -> (line: String, parts: [String], style: Style?) {
    if !step.changes {
      let now = step.from.isEmpty ? "looks" : step.from == step.from.firstLine ? "\(step.from) now" : step.from
      return (now, [now], nil)
    }
    // A driver that cannot look ahead repeats the command.
    if step.from.isEmpty, step.to == step.effects.first?.summary { return ("", [], nil) }
    let isKnown = step.effects.contains { $0.role == .change && $0.layer != .unknown }
    if step.from.isEmpty, step.to.isEmpty {
      return (Self.unknownEffect, [Self.unknownEffect], .warn)
    }
    let isSilent = step.from.isEmpty || step.from == Self.unknownEffect
    if !isKnown, isSilent, ["", step.from, Self.unknownEffect].contains(step.to) {
      return (Self.unknownEffect, [Self.unknownEffect], .warn)
    }
    let from = step.from.isEmpty && !isKnown ? Self.unknownEffect : step.from
    if step.to.isEmpty || from == step.to { return ("\(from) now", ["\(from) now"], nil) }
    if from.isEmpty { return (step.to, [step.to], nil) }
    return ("\(from) → \(step.to)", [from, "→ \(step.to)"], nil)
  }

  /// Only what matters: what is kept, how it is taken back, what proves it, what guards it.
  private func notes(of step: PlannedStep, _ room: Int, _ said: inout Set<String>) -> [(String, Style)] {
    var notes: [(String, Style)] = []
    if let written = step.writtenAs {
      notes.append(("by backout.yaml, instead of \(Text.cut(written.firstLine, max(20, room - 30)))", .accent))
    }
    for check in step.guards { notes.append(("guard " + Wording.check(check, room - 6), .faint)) }
    if let keep = step.realKeep { notes.append(("keeps \(keep)", .faint)) }
    if step.changes {
      switch step.reversibility {
      case .exact: notes.append((step.makesOnlyBackups ? "undo leaves it" : "undo exact", .faint))
      case .partial(let lost):
        let text =
          step.undoCommand.map { "undo by \(Wording.command($0).firstLine)" }
          ?? (step.isLeftByUndo ? "no undo: \(lost)" : "undo partial: \(lost)")
        notes.append((text, .faint))
      case .some(.none(let why)): notes.append(("no undo: \(why)", .warn))
      case nil: break
      }
      if let check = step.verifications.first(where: { !$0.expectation.isForPerson }) {
        notes.append(("proof " + Wording.check(check, room - 6), .faint))
      } else {
        notes.append(step.hasNoProof ? ("no proof", .warn) : ("proof observed", .faint))
      }
    }
    if let host = step.shownHost { notes.append(("at \(host)", .faint)) }
    if step.place != .here { notes.append((Wording.place(step.place), .faint)) }
    if Wording.isCarried(step) { notes.append(("carried", .accent)) }
    if isAskedFirst(step) { notes.append(("asked first", .warn)) }
    let messages = Set(plan.problems.filter { $0.step == step.id }.map(\.message))
    if let note = step.note, !messages.contains(note) {
      let parts = note.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      notes += parts.filter { said.insert($0).inserted }.map { ($0, .faint) }
    }
    return notes
  }
}

extension String {
  /// Without blanks at the end.
  func trimmingRight() -> String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
