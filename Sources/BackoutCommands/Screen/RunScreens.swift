import Engine
import Foundation
import Journal
import Planning
import Runbook

/// How a run ended, or what it waits for: the last thing on the screen.
struct RunEnding {
  var plan: Plan
  var run: RunIdentifier
  var result: RunResult

  var status: ExitStatus { ExitStatus(of: result.state) }

  var text: String {
    let state = result.state
    var lines: [String] = [""]
    switch state.status {
    case .succeeded: lines.append(Style.good.paint("✓ rolled back") + "  run \(run)")
    case .undone: lines.append(Style.good.paint("✓ undone") + "  run \(run)")
    case .failed: lines.append(Style.bad.paint("✗ ended with steps left out") + "  run \(run)")
    case .aborted: lines.append(Style.bad.paint("✗ aborted") + "  run \(run)")
    case .paused, .running, .planned: lines += waitingLines
    }
    if state.status == .undone || state.undo != nil { lines += undoLines }
    if state.status == .failed || state.status == .aborted { lines += half }
    lines.append(counts)
    lines.append(Style.faint.paint(next))
    return lines.joined(separator: "\n")
  }

  /// The last line says how many steps were proven and how many unproven.
  private var counts: String {
    let state = result.state
    let people = state.confirmed
    return "  \(Text.count(state.count(.proven), "step")) proven, \(state.count(.unproven)) unproven"
      + (people > 0 ? " (\(people) of them a person's word)" : "")
      + (state.count(.skipped) > 0 ? ", \(state.count(.skipped)) left out" : "")
      + (state.count(.undone) > 0 ? ", \(state.count(.undone)) undone" : "")
  }

  private var next: String {
    switch result.state.status {
    case .succeeded: "  backout report \(run.short)   backout undo \(run.short)"
    case .failed, .aborted: "  backout report \(run.short)   backout undo \(run.short)"
    case .undone: "  backout report \(run.short)"
    default:
      result.state.undo == nil
        ? "  then: backout resume \(run.short)      or: backout abort \(run.short)"
        : "  then: backout undo \(run.short)"
    }
  }

  private var waitingLines: [String] {
    let state = result.state
    guard !state.waiting.isEmpty else { return [Style.warn.paint("‖ paused") + "  run \(run)  \(state.note)"] }
    var lines: [String] = []
    for ask in state.waiting {
      let isTrouble = ask.kind == .failed || ask.kind == .unknown
      let sign = isTrouble ? Style.bad.paint("✗") : Style.warn.paint("?")
      lines.append(
        "\(sign) \(Style.strong.paint(PlanScreen.short(ask.id)))  \(ask.kind.rawValue)  \(ask.question.firstLine)")
      if isTrouble, let step = plan.step(ask.id) { lines += Self.trouble(step, state.record(step.id)) }
      lines.append("    backout answer \(ask.id) " + ask.options.map(\.id).joined(separator: " | "))
      for option in ask.options where option.id != option.title {
        lines.append("      \(Text.fit(option.id, 12)) \(Style.faint.paint(option.title))")
      }
    }
    return lines
  }

  /// The command, its output's end, what was observed.
  static func trouble(_ step: PlannedStep, _ record: StepRecord) -> [String] {
    var lines = [
      "    \(Style.faint.paint("command")) \(step.command.firstLine)   \(Style.faint.paint("line \(step.line)"))"
    ]
    if let outcome = record.outcome, !outcome.output.isEmpty {
      lines += outcome.output.split(separator: "\n").suffix(8).map { "    \(Style.faint.paint("│")) \($0)" }
    }
    if !record.after.isEmpty {
      lines.append("    \(Style.faint.paint("now    ")) \(record.after.map(\.summary).joined(separator: "; "))")
    }
    if !record.hasActed { lines.append("    \(Style.faint.paint("changed")) nothing: the step did not act") }
    return lines
  }

  /// A half-finished run lists what was and what was not done.
  private var half: [String] {
    plan.steps.compactMap { step in
      guard step.isExecutable, step.changes else { return nil }
      let record = result.state.record(step.id)
      let done = record.state == .proven || record.state == .unproven
      return
        "    \(done ? Style.good.paint("done    ") : Style.bad.paint("not done")) \(Text.fit(PlanScreen.short(step.id), 6)) \(step.command.firstLine)\(record.note.isEmpty ? "" : Style.faint.paint("  \(record.note.firstLine)"))"
    }
  }

  private var undoLines: [String] {
    (result.state.undo?.steps ?? []).compactMap { id in
      guard let undone = result.state.record(id).undone else { return nil }
      let whole = undone.notRestored.isEmpty && undone.conflicts.isEmpty
      var line =
        "    \(whole ? Style.good.paint("✓") : Style.warn.paint("!")) \(Text.fit(PlanScreen.short(id), 6)) \(undone.summary.firstLine)"
      for conflict in undone.conflicts { line += "\n        left as it is: \(conflict.target)" }
      for left in undone.notRestored { line += "\n        not put back: \(left)" }
      return line
    }
  }
}

struct StatusScreen {
  var recorded: RecordedRun
  var isHeld: Bool

  var text: String {
    let state = recorded.state
    let plan = recorded.plan
    var lines = [
      "\(Style.strong.paint(plan.runbook.title))  \(Style.faint.paint("run \(recorded.summary.run) · \(plan.service) · procedure \(plan.procedure)"))",
      "\(state.status.rawValue)\(isHeld ? ", in progress" : "")\(state.note.isEmpty ? "" : ": \(state.note)")", "",
    ]
    for stage in plan.stages {
      lines.append("  \(Style.strong.paint(stage.title))")
      for step in stage.steps {
        let record = state.record(step.id)
        lines.append(
          "    \(Sign.of(record.state)) \(Text.fit(PlanScreen.short(step.id), 6)) \(Text.fit(step.shownTitle, 44)) \(Style.faint.paint(Text.cut(record.note.isEmpty ? record.state.rawValue : record.note, 60)))"
        )
      }
    }
    let result = RunResult(state: state, waiting: state.waiting)
    return lines.joined(separator: "\n") + RunEnding(plan: plan, run: recorded.summary.run, result: result).text
  }
}

enum Sign {
  static func of(_ state: StepState) -> String {
    switch state {
    case .proven: Style.good.paint("✓")
    case .unproven: Style.warn.paint("○")
    case .failed, .refused: Style.bad.paint("✗")
    case .unknown: Style.bad.paint("?")
    case .skipped: Style.faint.paint("–")
    case .undone: Style.accent.paint("↶")
    case .pending: Style.faint.paint("·")
    case .observing, .guarded, .waiting, .keeping, .acting, .verifying: Style.accent.paint("▸")
    }
  }
}

struct UndoScreen {
  var undo: UndoPlan
  var plan: Plan
  var run: RunIdentifier

  var text: String {
    var lines = [
      "\(Style.strong.paint("Undo of run \(run)"))  \(Style.faint.paint("undo plan \(undo.hash.short)"))",
      "\(Text.count(undo.steps.count, "step")) to put back, last one first; what is newer is never overwritten unasked",
      "",
    ]
    for step in undo.steps {
      lines.append(
        "  ↶ \(Text.fit(PlanScreen.short(step.id), 6)) \(Text.cut(plan.step(step.id)?.shownTitle ?? step.title, 70))")
      if let command = step.command { lines.append("           by \(command.firstLine)") }
      if !step.to.isEmpty {
        lines.append("           " + Style.faint.paint(Text.cut("\(step.from) → \(step.to)", 110)))
      }
      if step.reversibility != .exact { lines.append("           " + Style.warn.paint(step.reversibility.label)) }
    }
    if !undo.left.isEmpty {
      lines += ["", "  cannot be put back by Backout:"]
      lines += undo.left.map {
        "  ✗ \(Text.fit(PlanScreen.short($0.id), 6)) \(Text.cut(plan.step($0.id)?.command.firstLine ?? $0.title, 60))  \(Style.faint.paint($0.reversibility.label))"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

struct HistoryScreen {
  var runs: [RunSummary]
  var now: Instant

  var text: String {
    if runs.isEmpty { return "No runs yet." }
    return runs.map { run in
      let state = Text.fit(run.state, 10)
      let painted =
        run.state == "succeeded"
        ? Style.good.paint(state) : run.isFinished ? Style.faint.paint(state) : Style.warn.paint(state)
      let when = Date(timeIntervalSince1970: Double(run.started.wall) / 1000).formatted(.iso8601)
      let took = Text.clock(milliseconds: run.changed.milliseconds(since: run.started))
      return
        "\(run.run)  \(when)  \(painted) \(Text.fit(run.service, 16)) \(Text.fit(run.procedure, 14)) \(Text.fit(took, 8)) "
        + "\(run.proven) proven, \(run.unproven) unproven of \(run.steps)  \(Style.faint.paint(Text.cut(run.note, 48)))"
    }.joined(separator: "\n")
  }
}

struct DoctorScreen {
  var result: DoctorCommand.Result

  var text: String {
    func sign(_ good: Bool) -> String { good ? Style.good.paint("✓") : Style.bad.paint("✗") }
    var lines = [
      "backout \(result.version)",
      "\(sign(result.journal == "ok")) journal   \(result.home)  \(result.journal == "ok" ? "" : result.journal)",
      "\(sign(result.key == "ok")) key       \(result.key == "ok" ? "before-images and output are encrypted" : result.key)",
      "\(sign(result.freeBytes != nil)) room      \(result.freeBytes.map(Text.bytes) ?? "not known") free",
    ]
    for tool in result.tools {
      lines.append(
        "\(sign(tool.found)) \(Text.fit(tool.name, 10)) \(Text.fit(tool.neededBy, 12)) \(tool.found ? tool.version ?? "" : "missing: \(tool.advice ?? "")")"
      )
    }
    return lines.joined(separator: "\n")
  }
}
