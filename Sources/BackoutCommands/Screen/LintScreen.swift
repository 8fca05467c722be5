import Runbook
import RunbookLint

/// What the linter says of one file: a line a finding, in the document's order, and the grade.
struct LintScreen {
  var file: LintedFile

  func text(width full: Int = Console.width) -> String {
    let width = min(full, 120)
    let grade = "grade \(file.grade.rawValue)"
    let head = Text.ends(file.path, grade, width)
    var lines = [Style.strong.paint(head.left) + head.gap + paint(file.grade, grade)]
    lines.append(Style.faint.paint(counts))
    let column = max(2, String(file.findings.map(\.line).max() ?? 0).count)
    for group in groups {
      lines.append("")
      lines += self.lines(group, column, width)
    }
    return lines.joined(separator: "\n")
  }

  private var counts: String {
    guard !file.findings.isEmpty else { return "nothing to say" }
    return Finding.Severity.allCases.reversed().compactMap { severity in
      let count = file.findings.count { $0.severity == severity }
      return count == 0 ? nil : Text.count(count, severity.rawValue)
    }.joined(separator: ", ")
  }

  /// Findings of one rule with one message are said once, with all their lines.
  private var groups: [[Finding]] {
    var groups: [[Finding]] = []
    for finding in file.findings {
      let index = groups.firstIndex { $0[0].rule == finding.rule && $0[0].message == finding.message }
      if let index { groups[index].append(finding) } else { groups.append([finding]) }
    }
    return groups
  }

  private func lines(_ group: [Finding], _ column: Int, _ width: Int) -> [String] {
    guard let first = group.first else { return [] }
    let sign: String =
      switch first.severity {
      case .error: Style.bad.paint("✗")
      case .warning: Style.warn.paint("!")
      case .note: Style.faint.paint("·")
      }
    let number = String(repeating: " ", count: max(0, column - String(first.line).count)) + String(first.line)
    let indent = String(repeating: " ", count: column + 5)
    let head = Text.ends(
      "\(first.severity.rawValue)" + (group.count > 1 ? "  likewise \(others(group))" : ""), first.rule,
      width - indent.count)
    var lines = [" \(Style.faint.paint(number)) \(sign)  \(head.left)\(head.gap)\(Style.faint.paint(first.rule))"]
    lines += Text.wrap(first.message, width - indent.count).map { indent + $0 }
    if let fix = first.fix {
      lines += Text.wrap("fix  \(fix.title)", width - indent.count).map { indent + Style.accent.paint($0) }
    }
    return lines
  }

  private func others(_ group: [Finding]) -> String {
    let lines = group.dropFirst().map(\.line)
    let shown = lines.prefix(6).map(String.init).joined(separator: ", ")
    return "line\(lines.count == 1 ? "" : "s") \(shown)" + (lines.count > 6 ? " and \(lines.count - 6) more" : "")
  }

  private func paint(_ grade: Grade, _ text: String) -> String {
    switch grade {
    case .a, .b: Style.good.paint(text)
    case .c: Style.warn.paint(text)
    case .d, .f: Style.bad.paint(text)
    }
  }
}
