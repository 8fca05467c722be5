import Foundation
import Layer
import Planning
import Runbook

/// What a tired person reads before saying yes.
struct PlanScreen {
  var plan: Plan
  var confirmation: Workspace.ConfirmationState

  private var width: Int { min(max(Console.width, 72), 132) }

  var text: String {
    (head + [""] + summary + [""] + stages + problems + [next]).joined(separator: "\n")
  }

  // MARK: Head

  private var head: [String] {
    let right = "\(plan.runbook.source) · procedure \(plan.procedure) · plan \(plan.hash.short)"
    let title = Text.cut(plan.runbook.title, max(20, width - right.count - 2))
    let gap = String(repeating: " ", count: max(2, width - Text.width(title) - Text.width(right)))
    let running = plan.steps.filter { $0.skip == nil }
    let procedure = plan.runbook.procedure(plan.procedure)
    let parts = [
      plan.service, plan.environment, Text.count(plan.stages.count, "stage"), Text.count(running.count, "step"),
      procedure?.estimate.map { "by the runbook \($0.text)" },
    ].compactMap { $0 }
    return [Style.strong.paint(title) + gap + Style.faint.paint(right), parts.joined(separator: " · ")]
  }

  // MARK: Whether, what is lost

  private var summary: [String] {
    var rows: [(String, String)] = []
    let asks = plan.steps.filter { $0.skip == nil }.flatMap(\.asks)
    var kinds: [(Ask.Kind, String)] = [
      (.choice, "choice"), (.approval, "approval"), (.optional, "optional part"), (.confirmation, "confirmation"),
      (.pointOfNoReturn, "point of no return"),
    ]
    kinds.removeAll { kind, _ in !asks.contains { $0.kind == kind } }
    let coming = kinds.map { kind, name in
      let count = asks.count { $0.kind == kind }
      return kind == .pointOfNoReturn && count > 1 ? "\(count) points of no return" : Text.count(count, name)
    }
    switch plan.verdict {
    case .blocked:
      rows.append(
        (
          "verdict",
          Style.bad.paint("blocked") + " by \(Text.count(plan.blocking.count, "problem")): nothing will be executed"
        ))
    case .needsAnswers, .ready:
      rows.append(
        (
          "verdict",
          Style.good.paint("can be rolled back") + (coming.isEmpty ? "" : ": \(coming.joined(separator: ", ")) to come")
        ))
    }
    let atRisk = plan.steps.filter { $0.skip == nil && $0.changes && $0.keeps != nil }
    if !atRisk.isEmpty {
      let bytes = atRisk.reduce(0) { $0 + $1.keptBytes }
      let kept = atRisk.compactMap { step in step.keeps.map { "\(Self.short(step.id)) \($0)" } }
      rows.append(
        (
          "at risk",
          "kept before it changes" + (bytes > 0 ? ", some \(Text.bytes(bytes))" : "") + ": "
            + kept.prefix(4).joined(separator: "; ") + (kept.count > 4 ? " and \(kept.count - 4) more" : "")
        ))
    }
    let final = plan.steps.filter { $0.skip == nil && ($0.reversibility?.isPointOfNoReturn ?? false) }
    if !final.isEmpty {
      rows.append(
        ("no way back", final.map { "step \(Self.short($0.id)) \($0.command.firstLine)" }.joined(separator: "; ")))
    }
    let blind = plan.steps.filter {
      $0.skip == nil && $0.isExecutable && $0.changes && $0.effects.allSatisfy { $0.layer == .unknown }
        && $0.verifications.isEmpty
    }
    if !blind.isEmpty {
      rows.append(
        (
          "unproven",
          "\(blind.map { Self.short($0.id) }.joined(separator: ", ")): nobody sees what \(blind.count == 1 ? "it does" : "they do"); a verify: in backout.yaml proves \(blind.count == 1 ? "it" : "them")"
        ))
    }
    if !plan.carried.isEmpty {
      rows.append(
        (
          "carried",
          "\(plan.carried.joined(separator: ", ")): an earlier step removes what a later one executes, so a copy is kept and run"
        ))
    }
    switch confirmation {
    case .confirmed: break
    case .never:
      rows.append(("reading", Style.warn.paint("not confirmed yet") + ": backout confirm \(plan.runbook.source)"))
    case .changed, .commandsChanged:
      rows.append(
        ("reading", Style.warn.paint("changed since it was confirmed") + ": backout confirm \(plan.runbook.source)"))
    }
    return rows.flatMap { name, value in
      let wrapped = Text.wrap(value, width - 15)
      return wrapped.enumerated().map { "  \(Style.faint.paint(Text.fit($0 == 0 ? name : "", 12))) \($1)" }
    }
  }

  // MARK: Stages and steps

  private var stages: [String] {
    plan.stages.enumerated().flatMap { index, stage -> [String] in
      let number = Self.number(of: stage.id) ?? String(index + 1)
      let marks = [stage.optional ? "if wanted" : nil, stage.risk.map { $0.rawValue.uppercased() }].compactMap { $0 }
        .joined(separator: " ")
      let estimate = stage.estimate?.text ?? ""
      let left = "  \(number)  \(stage.title)"
      let right = [marks, estimate].filter { !$0.isEmpty }.joined(separator: "  ")
      let gap = String(repeating: " ", count: max(2, width - Text.width(left) - Text.width(right)))
      var lines = [
        Style.strong.paint(left) + gap + Style.warn.paint(marks) + (marks.isEmpty || estimate.isEmpty ? "" : "  ")
          + Style.faint.paint(estimate)
      ]
      for warning in stage.warnings.prefix(2) {
        lines.append("     " + Style.warn.paint("! " + Text.cut(warning, width - 8)))
      }
      var asked: Set<String> = []
      var confirmations: [PlannedStep] = []
      for step in stage.steps {
        for ask in step.asks where ask.kind == .choice && asked.insert(ask.id).inserted {
          lines.append(
            "     \(Style.warn.paint("?"))    choose  "
              + ask.options.map { "\(Style.accent.paint($0.id)) \($0.title)" }.joined(separator: "   "))
        }
        if case .confirm = step.action, step.verifications.isEmpty {
          confirmations.append(step)
          continue
        }
        lines += self.lines(of: step)
      }
      if !confirmations.isEmpty {
        let list = confirmations.map(\.command).joined(separator: "; ")
        lines.append(
          "     "
            + Style.faint.paint(
              Text.fit(Self.short(confirmations[0].id), 5) + Text.cut("then you confirm: \(list)", width - 12)))
      }
      return lines
    }
  }

  private func lines(of step: PlannedStep) -> [String] {
    let head = Text.fit(Self.short(step.id), 5)
    let option = step.choice.map { "[\($0.option)] " } ?? ""
    let titleWidth = max(24, width / 3)
    let title = Text.fit(option + step.shownTitle, titleWidth)
    if let skip = step.skip { return ["     " + Style.faint.paint("\(head)\(title) left out: \(skip)")] }
    let layer = Text.fit(step.layerName, 10)
    let room = width - 5 - 5 - titleWidth - 1 - 10
    let indent = String(repeating: " ", count: 5 + 5 + titleWidth + 1 + 10)
    let effect =
      !step.changes || step.to.isEmpty || step.from == step.to
      ? step.from : step.from.isEmpty ? step.to : "\(step.from) → \(step.to)"
    let shown = effect.isEmpty ? (step.isExecutable ? "effect unknown" : "you do this") : effect
    let parts = Text.wrap(shown, room)
    var lines = ["     " + head + title + " " + Style.accent.paint(layer) + (parts.first ?? "")]
    lines += parts.dropFirst().prefix(3).map { indent + $0 }
    var notes: [String] = []
    if let keeps = step.keeps, step.changes { notes.append("keeps \(keeps)") }
    if let reversibility = step.reversibility { notes.append("undo \(reversibility.label)") }
    if step.place != .here { notes.append("at \(step.place.label)") }
    if !step.guards.isEmpty { notes.append("guarded") }
    if step.reversibility != nil || !step.verifications.isEmpty { notes.append("proof: \(step.proof)") }
    if let note = step.note { notes.append(note) }
    if !notes.isEmpty, step.isExecutable {
      lines += Text.wrap(notes.joined(separator: " · "), room).map { indent + Style.faint.paint($0) }
    }
    return lines
  }

  // MARK: What is wrong

  private var problems: [String] {
    guard !plan.problems.isEmpty else { return [""] }
    let sorted = plan.problems.sorted { ($0.severity, $1.line ?? 0) > ($1.severity, $0.line ?? 0) }
    var lines = ["", "  " + Style.strong.paint("what is wrong, or worth knowing")]
    for problem in sorted {
      let sign: String =
        switch problem.severity {
        case .error: plan.accepted[problem.name] == nil ? Style.bad.paint("✗") : Style.warn.paint("✓")
        case .question: Style.warn.paint("?")
        case .warning: Style.warn.paint("!")
        case .note: Style.faint.paint("·")
        }
      let place = problem.line.map { "\(plan.runbook.source):\($0)" } ?? ""
      lines.append("  \(sign) \(problem.name)  \(Style.faint.paint(place))")
      lines += Text.wrap(problem.message, width - 6).map { "      \($0)" }
      if let reason = plan.accepted[problem.name] { lines.append("      " + Style.faint.paint("accepted: \(reason)")) }
    }
    return lines + [""]
  }

  private var next: String {
    plan.verdict == .blocked
      ? Style.faint.paint("mend these, or accept one by name: backout run … --accept NAME --reason WHY")
      : Style.faint.paint("backout run \(plan.runbook.source) --plan \(plan.hash.short)")
  }

  /// `step-6/4` → `6.4`.
  static func short(_ id: String) -> String {
    guard let slash = id.lastIndex(of: "/") else { return id }
    let stage = String(id[..<slash])
    return "\(number(of: stage) ?? stage).\(id[id.index(after: slash)...])"
  }

  /// `step-6` → `6`.
  static func number(of stage: String) -> String? {
    guard let last = stage.split(separator: "-").last, stage.hasPrefix("step-"), Int(last) != nil else { return nil }
    return String(last)
  }
}

extension PlannedStep {
  /// The effect in its layer's words where a driver knows it, else the command.
  var shownTitle: String {
    if isExecutable, let effect = effects.first(where: { $0.role == .change }) ?? effects.first,
      effect.layer != .unknown
    {
      return effects.count == 1 ? effect.summary : command.firstLine
    }
    return command.firstLine
  }

  /// What proves it.
  var proof: String {
    if let check = verifications.first(where: { !$0.expectation.isForPerson }) {
      switch check.question {
      case .http(let question): return "\(question.method) \(question.url)"
      case .sql(let sql): return sql.text.firstLine
      case .command(let command): return command.firstLine
      case .output: return "its own output"
      case .confirmation(let text): return "you say: \(text)"
      }
    }
    let changes = effects.filter { $0.role == .change }
    return changes.isEmpty || changes.contains { $0.layer == .unknown } ? "none" : "observed afterwards"
  }
}
