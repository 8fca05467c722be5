import Planning

/// What the run will ask, under the names that `--answer` and `backout answer` take. An open problem stands in the list
/// of problems already, and an approval is given by `backout approve`.
enum QuestionRows {
  static func lines(_ plan: Plan, _ width: Int) -> [String] {
    let rows = rows(plan)
    guard !rows.isEmpty, plan.verdict != .blocked else { return [] }
    let head = "  \(Style.strong.paint("Asked during the run"))"
    let nameWidth = min(24, rows.map { Text.width($0.name) }.max() ?? 0)
    let takesWidth = min(30, rows.map { Text.width($0.takes) }.max() ?? 0)
    let lines = rows.map { row in
      // What is typed is never cut.
      let start = "  \(Style.warn.paint("?")) \(pad(row.name, nameWidth))  \(pad(row.takes, takesWidth))  "
      let room = width - 8 - max(nameWidth, Text.width(row.name)) - max(takesWidth, Text.width(row.takes))
      return (start + (room > 12 ? Style.faint.paint(Text.cut(row.question, room)) : "")).trimmingRight()
    }
    let first = rows[0]
    let example = "to answer before it asks: --answer \(quoted(first.name))=\(first.takes.prefix { $0 != "," })"
    return ["", head] + lines + ["    " + Style.faint.paint(Text.cut(example, width - 4))]
  }

  private static func rows(_ plan: Plan) -> [(name: String, takes: String, question: String)] {
    let names = ShownNames(of: plan)
    var rows: [(name: String, takes: String, question: String)] = []
    for stage in plan.stages {
      var seen: Set<String> = []
      let asks = stage.steps.filter { $0.skip == nil }.flatMap(\.asks).filter { seen.insert($0.key).inserted }
      let confirmations = asks.filter { $0.kind == .confirmation }
      for ask in asks {
        switch ask.kind {
        case .approval, .problem: continue
        case .confirmation where confirmations.count > 1:
          guard ask == confirmations.first else { continue }
          rows.append((names.shown("\(stage.id)/*"), "yes", "\(confirmations.count) things to confirm, or each alone"))
        default:
          rows.append(
            (names.shown(ask.id), ask.options.map(\.id).joined(separator: ", "), ask.question.firstLine))
        }
      }
    }
    return rows
  }

  private static func quoted(_ name: String) -> String { name.contains("*") ? "'\(name)'" : name }

  private static func pad(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - Text.width(text)))
  }
}
