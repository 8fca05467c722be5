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
  let events: [Event]
  let wording: ReportWording

  /// - Parameter timeZone: in which its dates and times are given.
  public init(
    plan: Plan, summary: RunSummary, events: [Event], state: RunState, chain: ChainReport,
    timeZone: TimeZone = .current
  ) {
    self.plan = plan
    self.summary = summary
    self.state = state
    self.chain = chain
    self.events = events
    wording = ReportWording(timeZone: timeZone)
    timeline = Timeline(events: events)
  }

  public var markdown: String {
    [
      head, impact, decisions, steps, unproven, undoSection, template, afterCare, quarantine, people, timelineSection,
      open, record,
    ].filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  var elapsed: Int64 { timeline.lines.last?.elapsed ?? 0 }

  // MARK: In one glance

  private var head: String {
    """
    # Rollback of \(plan.service)

    By the runbook "\(plan.runbook.title)".

    \(sentence)

    | | |
    | --- | --- |
    | **Run** | `\(summary.run)`, by \(summary.operatorName)\(state.start.map { " on \($0.host)" } ?? "") |
    | **Runbook** | \(plan.runbook.source), procedure `\(plan.procedure)`, reading `\(plan.runbook.digest.short)` |
    | **Plan** | `\(state.start?.planHash.short ?? summary.planHash.short)`\(plan.environment.map { ", environment \($0)" } ?? "") |
    | **Began** | \(wording.date(summary.started)) \(wording.time(summary.started)) \(wording.zone) |
    | **Ended** | \(wording.date(summary.changed)) \(wording.time(summary.changed)) \(wording.zone) |
    | **Took** | \(ReportWording.span(elapsed))\(estimate) |
    """
  }

  private var estimate: String {
    plan.runbook.procedure(plan.procedure)?.estimate.map { " (the runbook says \($0.text))" } ?? ""
  }

  /// What happened, as one says it.
  var sentence: String {
    let span = ReportWording.span(elapsed)
    let said: String =
      switch state.status {
      case .succeeded where plan.hasNothingToRollBack:
        "\(plan.service): what the runbook goes back to ran already, and nothing was rolled back, in \(span)"
      case .succeeded: "\(plan.service) was rolled back in \(span)"
      case .failed: "\(plan.service) was rolled back in part, in \(span): steps that failed were left out"
      case .aborted: "The rollback of \(plan.service) was stopped before its end, after \(span)"
      case .undone: "The rollback of \(plan.service) was undone again"
      case .paused, .running, .planned:
        "The rollback of \(plan.service) is not finished" + (state.note.isEmpty ? "" : " (\(state.note))")
      }
    let confirmed = state.confirmed
    let counts: [(Int, String)] = [
      (state.count(.proven), "proven"), (state.count(.unproven) - confirmed, "unproven"),
      (confirmed, "on a person's word"), (state.count(.failed), "failed"), (state.count(.refused), "refused"),
      (state.count(.unknown), "of unknown outcome"), (state.count(.skipped), "left out"),
      (state.count(.undone), "undone"), (state.count(.pending), "not begun"),
    ]
    let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return "**\(said).** Of \(ReportWording.count(plan.steps.count, "step")): \(parts)."
  }

  // MARK: What was changed, and where it is kept

  private var impact: String {
    var rows: [String] = []
    for step in plan.steps {
      let record = state.record(step.id)
      guard record.hasActed, step.changes || record.withoutKeep != nil else { continue }
      let kept = record.images.filter { !$0.blobs.isEmpty || $0.facts != .null }.map(\.summary).joined(separator: "; ")
      let keptText =
        record.withoutKeep.map { "**nothing, by the operator's word:** \($0)" }
        ?? (kept.isEmpty ? "nothing" : kept)
      let back =
        record.undone?.summary
        ?? (step.undoCommand.map { "`\(ReportWording.command($0))`" } ?? step.reversibility?.label ?? "")
      rows.append(
        "| \(step.id) | \(ReportWording.action(step)) | \(ReportWording.cell(keptText)) | \(ReportWording.cell(back)) |"
      )
    }
    guard !rows.isEmpty else { return "## Impact\n\nNothing was changed." }
    let place = "Before-images are kept encrypted with this run; `backout undo \(summary.run.short)` uses them."
    return
      ([
        "## Impact", "", "\(lost) \(place)", "", "| step | changed by | kept before | way back |",
        "| --- | --- | --- | --- |",
      ] + rows)
      .joined(separator: "\n")
  }

  /// Whether data was lost, as far as the record can say.
  var lost: String {
    let acted = plan.steps.filter { state.record($0.id).hasActed && $0.changes }
    let bare = acted.filter { state.record($0.id).withoutKeep != nil }
    if !bare.isEmpty { return "Possibly: \(bare.map(\.id).joined(separator: ", ")) ran without keeping anything." }
    let final = acted.filter { $0.undoCommand == nil && $0.reversibility?.isPointOfNoReturn == true }
    let blind = acted.filter { step in step.effects.contains { $0.role == .change && $0.layer == .unknown } }
    var text = "What Backout could see being destroyed was kept."
    if !final.isEmpty { text += " \(final.map(\.id).joined(separator: ", ")) cannot be taken back." }
    if !blind.isEmpty {
      text += " What \(blind.map(\.id).joined(separator: ", ")) changed is not known to Backout."
    }
    return text
  }

  /// `128 rows of dev.calls`.
  var affected: String {
    plan.steps.flatMap { step in
      state.record(step.id).hasActed && [.data, .schema].contains(step.effects.first?.layer ?? .unknown)
        ? state.record(step.id).images.map { ReportWording.cell($0.summary) } : []
    }.joined(separator: "; ")
  }

  private var steps: String {
    var lines = ["## What was done"]
    for stage in plan.stages {
      let done = stage.steps.filter { $0.isExecutable && ![.pending, .skipped].contains(state.record($0.id).state) }
      let others = stage.steps.filter { !$0.isExecutable && state.record($0.id).isConfirmed }
      let left = stage.steps.filter { state.record($0.id).state == .skipped }
      guard !done.isEmpty || !others.isEmpty || !left.isEmpty else { continue }
      lines += ["", "### \(stage.title)", ""]
      if !done.isEmpty { lines += ["| step | line | what | outcome |", "| --- | --- | --- | --- |"] }
      lines += done.map { step in
        let record = state.record(step.id)
        return "| \(step.id) | \(step.line) | \(ReportWording.action(step)) | **\(record.state.rawValue)** "
          + "\(ReportWording.cell(record.note)) |"
      }
      if !done.isEmpty, !others.isEmpty || !left.isEmpty { lines.append("") }
      lines += Dictionary(grouping: others) { state.record($0.id).note }.sorted { $0.key < $1.key }.map { note, steps in
        "- \(ReportWording.ids(steps.map(\.id))), \(note): "
          + steps.map { ReportWording.cell($0.command) }.joined(separator: "; ")
      }
      lines += Dictionary(grouping: left) { state.record($0.id).note }.sorted { $0.key < $1.key }.map { note, steps in
        "- left out (\(note)): \(ReportWording.ids(steps.map(\.id)))"
      }
    }
    return lines.count == 1 ? "" : lines.joined(separator: "\n")
  }

  /// What only exited well, or that nobody could see: never to be read as success.
  private var unproven: String {
    let lines = plan.steps.compactMap { step -> String? in
      let record = state.record(step.id)
      guard step.isExecutable, step.changes,
        record.state == .unproven || record.state == .unknown || record.isGivenUp
      else { return nil }
      return
        "- \(step.id) \(ReportWording.action(step)): \(record.state.rawValue), \(ReportWording.cell(record.note))"
    }
    return lines.isEmpty ? "" : "## Not proven\n\n" + lines.joined(separator: "\n")
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

  // MARK: People

  private var decisions: String {
    let rows = Decisions(events: events, plan: plan, wording: wording).rows
    guard !rows.isEmpty else { return "" }
    return
      (["## Decisions", "", "| time | who | question | answer | reason |", "| --- | --- | --- | --- | --- |"] + rows)
      .joined(separator: "\n")
  }

  private var template: String {
    guard let text = plan.runbook.reportTemplate else { return "" }
    let done = plan.steps.filter { state.record($0.id).hasActed && $0.changes }.map { step in
      "\(ReportWording.action(step)): \(state.record(step.id).state.rawValue)"
    }
    let fields = [
      "date": wording.date(summary.started), "duration": ReportWording.span(elapsed),
      "time": "\(wording.time(summary.started)) to \(wording.time(summary.changed)) \(wording.zone)",
      "operator": summary.operatorName, "service": plan.service, "environment": plan.environment ?? "not named",
    ]
    let filled = ReportTemplate(
      text: text, known: ReportTemplate.Known(fields: fields, steps: done, affected: affected, lost: lost))
    return "## The runbook's incident report\n\n" + filled.markdown.trimmingCharacters(in: .newlines)
  }

  private var afterCare: String {
    guard !plan.runbook.criteria.isEmpty else { return "" }
    let rows = plan.runbook.criteria.map { criterion in
      "| ☐ | \(ReportWording.cell(criterion.text)) | \(criterion.duration?.text ?? "") | |"
    }
    return (["## Still to watch and do", "", "| | what | how long | owner |", "| --- | --- | --- | --- |"] + rows)
      .joined(separator: "\n")
  }

  /// What keeps the bad version out must be taken away before it is tried again.
  private var quarantine: String {
    let entries = plan.quarantines(inForce: state)
    guard !entries.isEmpty else { return "" }
    // Not in a table: a person copies the command.
    let parts = entries.map { entry in
      "- ☐ \(entry.offer.name), by \(entry.step): \(entry.offer.danger). Release it by\n\n      \(entry.offer.release)"
    }
    return
      (["## In quarantine", "These keep the bad version out. Whoever tries it again takes them away before."] + parts)
      .joined(separator: "\n\n")
  }

  private var people: String {
    guard !plan.runbook.contacts.isEmpty else { return "" }
    let lines = plan.runbook.contacts.map { contact in
      "- \(contact.role)" + (contact.detail.map { ": \($0)" } ?? "")
    }
    return "## Contacts in the runbook\n\n" + lines.joined(separator: "\n")
  }

  private var timelineSection: String {
    let rows = TimelineTable(events: events, wording: wording).rows
    return """
      ## Timeline

      \(wording.date(summary.started)), times in \(wording.zone).

      | time | after | step | what |
      | --- | --- | --- | --- |
      \(rows.joined(separator: "\n"))
      """
  }

  /// What a machine cannot know.
  private var open: String {
    guard plan.runbook.reportTemplate == nil else { return "" }
    return """
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
}
