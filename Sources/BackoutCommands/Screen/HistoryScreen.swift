import Foundation
import Journal

/// The runs, a line each, under a heading.
struct HistoryScreen {
  var runs: [RunSummary]
  var now: Instant

  var text: String { text(width: Console.width) }

  func text(width: Int) -> String {
    if runs.isEmpty { return "No runs yet." }
    let service = column(runs.map(\.service), "service", 20)
    let procedure = column(runs.map(\.procedure), "procedure", 18)
    let header =
      "\(Text.fit("run", 14)) \(Text.fit("started", 16)) \(Text.fit("state", 9)) \(Text.fit("service", service)) "
      + "\(Text.fit("procedure", procedure)) \(Text.fit("took", 8)) \(Text.fit("proven", 8)) note"
    return ([Style.faint.paint(Text.cut(header, width))] + runs.map { row($0, service, procedure, width) })
      .joined(separator: "\n")
  }

  private func column(_ values: [String], _ name: String, _ most: Int) -> Int {
    min(most, max(Text.width(name), values.map(Text.width).max() ?? 0))
  }

  private func row(_ run: RunSummary, _ service: Int, _ procedure: Int, _ width: Int) -> String {
    let state = Text.fit(run.state, 9)
    let style: Style = run.state == "succeeded" ? .good : run.isFinished ? .faint : .warn
    let took = Text.clock(milliseconds: run.changed.milliseconds(since: run.started))
    let proven = "\(run.proven) of \(run.steps)"
    let used = 14 + 1 + 16 + 1 + 9 + 1 + service + 1 + procedure + 1 + 8 + 1 + 8 + 1
    let note = Text.cut(
      run.note.isEmpty && run.unproven > 0 ? "\(run.unproven) unproven" : run.note, max(0, width - used))
    return
      "\(Text.fit(run.run.short, 14)) \(Self.when(run.started)) \(style.paint(state)) \(Text.fit(run.service, service)) "
      + "\(Text.fit(run.procedure, procedure)) \(Text.fit(took, 8)) \(Text.fit(proven, 8)) \(Style.faint.paint(note))"
      .trimmingRight()
  }

  /// `2026-11-21 03:40`, by the clock of this place.
  private static func when(_ instant: Instant) -> String {
    let format = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current)
    return String(Date(timeIntervalSince1970: Double(instant.wall) / 1000).formatted(format).prefix(16))
  }
}
