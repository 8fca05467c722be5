import Engine
import Foundation
import Journal
import Layer
import Planning
import Runbook

/// The incident report in Markdown, filled in from what happened; what only people know is left to them, by name.
public struct IncidentReport: Sendable {
  public var plan: Plan
  public var summary: RunSummary
  public var state: RunState
  public var chain: ChainReport
  public var timeline: Timeline

  public init(plan: Plan, summary: RunSummary, events: [Event], state: RunState, chain: ChainReport) {
    self.plan = plan
    self.summary = summary
    self.state = state
    self.chain = chain
    timeline = Timeline(events: events)
  }

  public var markdown: String {
    [head, outcome, steps, data, undoSection, afterCare, people, timelineSection, open, record]
      .filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  // MARK: Sections

  private var head: String {
    let started = Self.date(summary.started)
    let ended = Self.date(summary.changed)
    return """
      # Rollback of \(plan.service): \(plan.runbook.title)

      | | |
      | --- | --- |
      | **Run** | `\(summary.run)` |
      | **Runbook** | \(plan.runbook.source), procedure `\(plan.procedure)`, reading `\(plan.runbook.digest.short)` |
      | **Plan** | `\(state.start?.planHash.short ?? summary.planHash.short)`\(plan.environment.map { ", environment \($0)" } ?? "") |
      | **Operator** | \(summary.operatorName) |
      | **Started** | \(started) |
      | **Last change** | \(ended) |
      | **Recovery time** | \(Self.clock(timeline.lines.last?.elapsed ?? 0))\(estimate) |
      """
  }

  private var estimate: String {
    plan.runbook.procedure(plan.procedure)?.estimate.map { " (the runbook says \($0.text))" } ?? ""
  }

  private var outcome: String {
    let said: String =
      switch state.status {
      case .succeeded: "The rollback went through."
      case .failed: "The rollback went through in part: steps that failed were left out."
      case .aborted: "The rollback was stopped before its end."
      case .undone: "The rollback was undone again."
      case .paused, .running, .planned: "The rollback is not finished: \(state.note)"
      }
    var counts = "\(state.count(.proven)) steps proven, \(state.count(.unproven)) unproven"
    if state.confirmed > 0 { counts += " (\(state.confirmed) of them on a person's word)" }
    let others: [(StepState, String)] = [
      (.failed, "failed"), (.refused, "refused"), (.unknown, "of unknown outcome"), (.skipped, "left out"),
      (.undone, "undone"), (.pending, "not begun"),
    ]
    for (kind, name) in others where state.count(kind) > 0 { counts += ", \(state.count(kind)) \(name)" }
    return "## Outcome\n\n\(said) \(counts)."
  }

  private var steps: String {
    var lines = ["## Steps taken", "", "| step | line | what | outcome |", "| --- | --- | --- | --- |"]
    for step in plan.steps {
      let record = state.record(step.id)
      if record.state == .pending { continue }
      lines.append(
        "| \(step.id) | \(step.line) | \(Self.cell(step.command)) | **\(record.state.rawValue)** \(Self.cell(record.note)) |"
      )
    }
    return lines.joined(separator: "\n")
  }

  private var data: String {
    var lines: [String] = []
    for step in plan.steps {
      let record = state.record(step.id)
      for image in record.images {
        let size = image.bytes > 0 ? " (\(image.bytes) bytes, encrypted)" : ""
        lines.append("- \(step.id): kept \(image.summary)\(size)")
      }
      if let reason = record.withoutKeep {
        lines.append("- \(step.id): **nothing was kept**, by the operator's word: \(reason)")
      }
      if record.hasActed, step.reversibility?.isPointOfNoReturn ?? false {
        lines.append("- \(step.id): cannot be taken back: \(step.reversibility?.label ?? "")")
      }
    }
    return lines.isEmpty ? "" : "## Data impact\n\n" + lines.joined(separator: "\n")
  }

  private var undoSection: String {
    guard let undo = state.undo else { return "" }
    let lines = undo.steps.map { id -> String in
      guard let undone = state.record(id).undone else { return "- \(id): not undone" }
      let left =
        (undone.conflicts.map { "\($0.target) was changed after the run and left as it is" } + undone.notRestored)
      return "- \(id): \(undone.summary)" + (left.isEmpty ? "" : "; not put back: \(left.joined(separator: "; "))")
    }
    return "## Undo\n\nBy \(undo.by), undo plan `\(undo.hash.short)`.\n\n" + lines.joined(separator: "\n")
  }

  private var afterCare: String {
    guard !plan.runbook.criteria.isEmpty else { return "" }
    let lines = plan.runbook.criteria.map { criterion in
      "- [ ] \(criterion.text)" + (criterion.duration.map { " (\($0.text))" } ?? "")
    }
    return "## Still to watch and do\n\n" + lines.joined(separator: "\n")
  }

  private var people: String {
    guard !plan.runbook.contacts.isEmpty else { return "" }
    let lines = plan.runbook.contacts.map { contact in
      "- \(contact.role)" + (contact.detail.map { ": \($0)" } ?? "")
    }
    return "## Contacts in the runbook\n\n" + lines.joined(separator: "\n")
  }

  private var timelineSection: String {
    var lines = ["## Timeline", "", "| time | +min:s | step | |", "| --- | --- | --- | --- |"]
    lines += timeline.lines.map { line in
      "| \(line.at) | \(Self.clock(line.elapsed)) | \(line.step ?? "") | \(Self.cell(line.text)) |"
    }
    return lines.joined(separator: "\n")
  }

  /// What a machine cannot know.
  private var open: String {
    """
    ## For people to fill in

    - **What went wrong, and who noticed:**
    - **Root cause:**
    - **What to mend before the next attempt, by whom, until when:**
    - **What we learned:**
    """
  }

  private var record: String {
    let chained = chain.firstBroken.map { "**broken at event \($0): \(chain.why ?? "")**" } ?? "whole"
    return "---\n\nThe journal's chain of \(chain.events) events is \(chained); its head is `\(chain.head.hex)`."
  }

  // MARK: Words

  private static func cell(_ text: String) -> String {
    let line = text.split(separator: "\n").joined(separator: " ").replacingOccurrences(of: "|", with: "\\|")
    return line.count > 160 ? line.prefix(159) + "…" : line
  }

  private static func clock(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1000
    return "\(seconds / 60):" + (seconds % 60 < 10 ? "0" : "") + "\(seconds % 60)"
  }

  private static func date(_ instant: Instant) -> String {
    Date(timeIntervalSince1970: Double(instant.wall) / 1000).formatted(.iso8601)
  }
}
