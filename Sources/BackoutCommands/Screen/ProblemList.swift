import Planning
import Runbook

/// What is wrong or worth knowing, worst first; what is said of several steps is said once.
struct ProblemList {
  var plan: Plan

  func lines(_ width: Int) -> [String] {
    let isAccepted = { (problem: Problem) in plan.accepted[problem.name] != nil }
    let open = plan.problems.filter { !isAccepted($0) }
    let parts =
      [Problem.Severity.error, .question].map { severity in
        (Self.title(severity), open.filter { $0.severity == severity })
      }
      + [("accepted", plan.problems.filter(isAccepted))]
      + [.warning, .note].map { severity in (Self.title(severity), open.filter { $0.severity == severity }) }
    return parts.flatMap { title, found -> [String] in
      if found.isEmpty { return [] }
      let sorted = found.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
      let reasons = Dictionary(grouping: sorted) { plan.accepted[$0.name] ?? "" }.sorted { $0.key < $1.key }
      return ["", "  " + Style.strong.paint(title)]
        + reasons.flatMap { Self.groups($0.value) }.flatMap { lines($0, width) }
    }
  }

  /// Problems of one code. What is accepted by its name stands together with what says the very same, and no other.
  static func groups(_ problems: [Problem]) -> [[Problem]] {
    var groups: [[Problem]] = []
    for problem in problems {
      let index = groups.firstIndex { group in
        group[0].code == problem.code && problem.step != nil
          && (problem.severity < .question || group[0].message == problem.message)
      }
      if let index { groups[index].append(problem) } else { groups.append([problem]) }
    }
    return groups
  }

  static func sign(_ severity: Problem.Severity) -> String {
    switch severity {
    case .error: Style.bad.paint("✗")
    case .question: Style.warn.paint("?")
    case .warning: Style.warn.paint("!")
    case .note: Style.faint.paint("·")
    }
  }

  private static func title(_ severity: Problem.Severity) -> String {
    switch severity {
    case .error: "blocks the plan"
    case .question: "needs an answer"
    case .warning: "may surprise"
    case .note: "worth knowing"
    }
  }

  private func lines(_ group: [Problem], _ width: Int) -> [String] {
    guard let first = group.first else { return [] }
    let reason = plan.accepted[first.name]
    let sign = reason != nil ? Style.warn.paint("✓") : Self.sign(first.severity)
    func head(_ sign: String, _ name: String, _ line: Int?) -> String {
      let place = line.map { "\(plan.runbook.source):\($0)" } ?? ""
      let head = Text.ends(name, place, width - 4)
      return "  \(sign) \(head.left)\(head.gap)\(Style.faint.paint(place))"
    }
    var lines: [String] = []
    if group.count == 1 || first.severity >= .question {
      // Each is accepted by its own name.
      var seen: Set<String> = []
      for problem in group where seen.insert(problem.name).inserted {
        lines.append(head(lines.isEmpty ? sign : " ", problem.name, problem.line))
      }
    } else {
      let steps = group.compactMap(\.step).map(Wording.short).joined(separator: ", ")
      lines.append(head(sign, "\(first.code)  \(steps)", first.line))
    }
    let isSame = group.allSatisfy { $0.message == first.message }
    let message = first.message + (isSame ? "" : " (likewise the \((group.count - 1).counted("other")))")
    lines += Text.wrap(message, width - 6).map { "      \($0)" }
    if let reason { lines += Text.wrap("accepted: \(reason)", width - 6).map { "      " + Style.faint.paint($0) } }
    return lines
  }
}
