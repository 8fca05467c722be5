import Engine
import Journal
import Planning

/// What people decided, a row each; confirmations given together are one row.
struct Decisions {
  var events: [Event]
  var plan: Plan
  var wording: ReportWording

  var rows: [String] {
    var rows: [String] = []
    var asked: [String: Ask] = [:]
    var group: (ids: [String], answer: RunAnswer, at: Instant)?
    func flush() {
      guard let open = group else { return }
      group = nil
      rows.append(row(open.at, open.answer, "\(open.ids.count) confirmed: \(ReportWording.ids(open.ids))"))
    }
    for event in events {
      guard let happened = try? RunEvent(entry: event.entry) else { continue }
      if case .asked(let asks) = happened { for ask in asks { asked[ask.key] = ask } }
      guard case .answered(let answer) = happened else { continue }
      let ask = asked[answer.key]
      if ask?.kind == .confirmation, answer.value == "yes", let id = ask?.id {
        if let open = group, open.answer.by == answer.by, open.answer.reason == answer.reason {
          group = (open.ids + [id], open.answer, open.at)
        } else {
          flush()
          group = ([id], answer, event.instant)
        }
        continue
      }
      flush()
      let title = ask?.options.first { $0.id == answer.value }?.title ?? answer.value
      var shown = answer
      shown.value = title == answer.value ? answer.value : "\(answer.value) (\(title))"
      rows.append(row(event.instant, shown, ask.map { "\($0.id): \($0.question)" } ?? answer.key))
    }
    flush()
    return rows
  }

  private func row(_ at: Instant, _ answer: RunAnswer, _ question: String) -> String {
    "| \(wording.time(at)) | \(ReportWording.cell(answer.by)) | \(ReportWording.cell(question)) | "
      + "\(ReportWording.cell(answer.value)) | \(ReportWording.cell(answer.reason ?? "")) |"
  }
}
