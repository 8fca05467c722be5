import Engine
import Journal

/// The timeline as rows of a table: a step's beats in one row, what was left out or confirmed together in one row.
struct TimelineTable {
  var events: [Event]
  var wording: ReportWording

  private struct Row {
    var at: Instant
    var elapsed: Int64
    var steps: [String]
    var kind: String
    var texts: [String]
  }

  var rows: [String] {
    var rows: [Row] = []
    var elapsed: Int64 = 0
    var last = events.first?.instant
    for event in events {
      elapsed += max(0, last.map { event.instant.milliseconds(since: $0) } ?? 0)
      last = event.instant
      guard let happened = try? RunEvent(entry: event.entry), let text = Timeline.text(of: happened) else { continue }
      var row = Row(
        at: event.instant, elapsed: elapsed, steps: event.entry.step.map { [$0] } ?? [], kind: "", texts: [text])
      switch happened {
      // What was asked stands with its answer, or with the pause that waits for it.
      case .asked: continue
      case .answered(let answer):
        row.kind = "answer \(answer.by) \(answer.value) \(answer.reason ?? "")"
        row.steps = [answer.key.split(separator: ":", maxSplits: 1).last.map(String.init) ?? answer.key]
        row.texts = ["\(answer.by) said \(answer.value)" + (answer.reason.map { ": \($0)" } ?? "")]
      case .skipped(_, let reason): row.kind = "skipped \(reason)"
      default: row.kind = event.entry.step.map { "step \($0)" } ?? ""
      }
      if let open = rows.last, !row.kind.isEmpty, open.kind == row.kind {
        rows[rows.count - 1].steps += row.steps.filter { !open.steps.contains($0) }
        rows[rows.count - 1].texts += row.texts.filter { !open.texts.contains($0) }
      } else {
        rows.append(row)
      }
    }
    return rows.map { row in
      "| \(wording.time(row.at)) | \(ReportWording.clock(row.elapsed)) | \(ReportWording.ids(row.steps)) | "
        + "\(ReportWording.cell(row.texts.joined(separator: "; "))) |"
    }
  }
}
