import Layer
import Planning
import Runbook

/// What a tired person reads before saying yes: whether, what, how long and what is lost; then stage by stage.
struct PlanScreen {
  var plan: Plan
  var confirmation: Workspace.ConfirmationState
  /// The plan's.
  var hash: Digest
  /// The runbook and the options as typed: what a printed `run` or `confirm` needs to mean this plan.
  var typed: (run: String, confirm: String)

  init(
    plan: Plan, confirmation: Workspace.ConfirmationState, hash: Digest? = nil,
    typed: (run: String, confirm: String)? = nil
  ) {
    self.plan = plan
    self.confirmation = confirmation
    self.hash = hash ?? plan.hash
    self.typed = typed ?? (plan.runbook.source, plan.runbook.source)
  }

  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    let width = min(max(width, 60), 132)
    let stages = plan.stages.enumerated().flatMap { index, stage in
      PlanStageRows(stage: stage, number: Wording.number(of: stage, at: index, in: plan), plan: plan).lines(width)
    }
    return
      (PlanSummary(plan: plan, confirmation: confirmation, hash: hash, document: typed.confirm).lines(width) + stages
      + QuestionRows.lines(plan, width) + ProblemList(plan: plan).lines(width)
      + QuarantineRows.offers(of: plan, width) + [""] + more + [next])
      .joined(separator: "\n")
  }

  /// Where a problem stops the run or will: where its name can be looked up.
  private var more: [String] {
    let isOpen = plan.problems.contains { $0.severity >= .question && plan.accepted[$0.name] == nil }
    return isOpen ? [Style.faint.paint("  backout plan --explain NAME says more of a problem")] : []
  }

  /// Commands are not cut or wrapped: a person copies them.
  private var next: String {
    let text =
      plan.verdict == .blocked
      ? "mend these, or accept one by name: add --accept NAME --reason WHY"
      : "backout run \(typed.run) --plan \(hash.short)"
    return Style.faint.paint("  " + text)
  }
}

/// One glance: the plan's name, its verdict and what is lost.
struct PlanSummary {
  var plan: Plan
  var confirmation: Workspace.ConfirmationState
  /// The plan's.
  var hash: Digest
  /// The runbook, and options, as `confirm` takes them.
  var document: String

  func lines(_ width: Int) -> [String] {
    let right = "plan \(hash.short)"
    let title = Text.ends(plan.runbook.title, right, width)
    var lines = [Style.strong.paint(title.left) + title.gap + Style.accent.paint(right)]
    lines += Text.wrap(facts, width).map { Style.faint.paint($0) } + [""]
    for (name, value, style) in rows {
      for (index, part) in Text.wrap(value, width - 15).enumerated() {
        let label = Style.faint.paint(Text.fit(index == 0 ? name : "", 12))
        lines.append("  \(label) \(index == 0 && style != nil ? style?.paint(part) ?? part : part)")
      }
    }
    return lines
  }

  private var running: [PlannedStep] { plan.steps.filter { $0.skip == nil } }

  private var facts: String {
    return [
      plan.service, plan.environment, plan.runbook.source, "procedure \(plan.procedure)",
      Text.count(plan.stages.count, "stage"), Text.count(running.count, "step"),
    ].compactMap { $0 }.joined(separator: " · ")
  }

  private var rows: [(String, String, Style?)] {
    var rows: [(String, String, Style?)] = [verdict]
    let estimate = Wording.estimate(plan.runbook.procedure(plan.procedure)?.estimate)
    if !estimate.isEmpty { rows.append(("takes", "\(estimate), says the runbook", nil)) }
    if !questions.isEmpty { rows.append(("you decide", questions, nil)) }
    if let compatibility { rows.append(compatibility) }
    if let atRisk { rows.append(("at risk", atRisk, nil)) }
    if let undo { rows.append(("undo", undo, nil)) }
    let final = running.filter { $0.changes && $0.undoCommand == nil && $0.reversibility?.isPointOfNoReturn == true }
    if !final.isEmpty { rows.append(("no way back", list(final), .warn)) }
    let blind = running.filter { $0.hasNoProof }
    if !blind.isEmpty { rows.append(("no proof", list(blind), .warn)) }
    if let carried { rows.append(("carried", carried, nil)) }
    switch confirmation {
    case .confirmed: break
    case .never: rows.append(("reading", "not confirmed yet: backout confirm \(document)", .warn))
    case .changed, .commandsChanged:
      rows.append(("reading", "changed since it was confirmed: backout confirm \(document)", .warn))
    }
    return rows
  }

  private var verdict: (String, String, Style?) {
    if plan.verdict != .blocked, plan.hasNothingToRollBack {
      return ("verdict", "goes back to what runs already: nothing that is known of it would change", .warn)
    }
    return plan.verdict == .blocked
      ? ("verdict", "blocked by \(Text.count(plan.blocking.count, "problem")): nothing will be executed", .bad)
      : ("verdict", "can be rolled back", .good)
  }

  /// Every question counts once, however many steps hang on it.
  private var questions: String {
    var seen: Set<String> = []
    let asks = running.flatMap(\.asks).filter { seen.insert($0.key).inserted }
    let kinds: [(Ask.Kind, String, String)] = [
      (.choice, "choice", "choices"), (.optional, "optional part", "optional parts"),
      (.approval, "approval", "approvals"), (.pointOfNoReturn, "point of no return", "points of no return"),
      (.problem, "open problem", "open problems"), (.confirmation, "thing to confirm", "things to confirm"),
    ]
    return kinds.compactMap { kind, one, many in
      let count = asks.count { $0.kind == kind }
      return count == 0 ? nil : Text.count(count, one, many)
    }.joined(separator: ", ")
  }

  /// What the plan leaves behind, and whether it fits together.
  private var compatibility: (String, String, Style?)? {
    guard let found = plan.compatibility else { return nil }
    let parts = found.parts.map { "\($0.layer.rawValue) \(Text.cut($0.to, 40))" }.joined(separator: " · ")
    let why = found.reasons.first.map { "\(Wording.short($0.step)): \($0.text)" } ?? ""
    return switch found.verdict {
    case .fits: ("leaves", "\(parts): nothing seen that does not fit together", nil)
    case .unclear: ("leaves", "\(parts): may not fit together" + (why.isEmpty ? "" : ", \(why)"), .warn)
    case .conflicts: ("does not fit", why, .bad)
    }
  }

  /// What would be destroyed, each once, and the steps that would.
  private var atRisk: String? {
    var keeps: [(what: String, steps: [String])] = []
    for step in running {
      guard let keep = step.realKeep else { continue }
      if let index = keeps.firstIndex(where: { $0.what == keep }) {
        keeps[index].steps.append(step.id)
      } else {
        keeps.append((keep, [step.id]))
      }
    }
    guard !keeps.isEmpty else { return nil }
    let shown = keeps.prefix(4).map { "\($0.what) (\($0.steps.map(Wording.short).joined(separator: ", ")))" }
    return shown.joined(separator: ", ") + (keeps.count > 4 ? " and \(keeps.count - 4) more" : "")
      + ": kept before they change"
  }

  private var undo: String? {
    let changes = running.filter { $0.isExecutable && $0.changes }
    guard !changes.isEmpty else { return nil }
    var exact = 0
    var backups = 0
    var command = 0
    var partial = 0
    var none = 0
    for step in changes {
      switch step.reversibility {
      case .exact where step.makesOnlyBackups: backups += 1
      case .exact: exact += 1
      case .partial where step.undoCommand != nil: command += 1
      case .partial where step.isLeftByUndo: none += 1
      case .partial: partial += 1
      case .some(.none): none += 1
      case nil: break
      }
    }
    let parts = [
      (exact, "exactly"), (command, "by a command of backout.yaml"), (partial, "in part"), (none, "not at all"),
      (backups, "left as a backup"),
    ].filter { $0.0 > 0 }
    return "\(Text.count(changes.count, "change")): " + parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  private var carried: String? {
    guard !plan.carried.isEmpty else { return nil }
    let folders = Set(plan.carried.map { path in path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." })
    let what =
      plan.carried.count > 2 && folders.count == 1
      ? "\(plan.carried.count) files of \(folders.first ?? "")/" : plan.carried.joined(separator: ", ")
    return "\(what): an earlier step removes what a later one runs, so it runs from a copy"
  }

  private func list(_ steps: [PlannedStep]) -> String {
    let shown = steps.prefix(4).map { "\(Wording.short($0.id)) \(Text.cut($0.shownTitle, 60))" }
    return shown.joined(separator: "; ") + (steps.count > 4 ? " and \(steps.count - 4) more" : "")
  }
}
