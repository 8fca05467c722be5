import Runbook

/// Drills, troubleshooting, deploying: no rollback runs their blocks, but people copy them.
extension LintDocument {
  /// A document of the blocks that stand aside, each at its own lines under a heading of its own; nil: there are none.
  /// Who reads it hands back the reading as `aside`.
  public var asideText: String? {
    let fences = asideFences
    guard !fences.isEmpty else { return nil }
    var text = Array(repeating: "", count: lines.count)
    for fence in fences {
      let shown = hasSteps(fence) ? shownLines(in: fence) : nil
      let indentation = line(fence.line).prefix { $0 == " " || $0 == "\t" }.count
      for number in fence.line...min(fence.endLine, lines.count) {
        if let shown, fence.holds(number), !shown.contains(number) { continue }
        let line = line(number)
        let margin = line.prefix { $0 == " " || $0 == "\t" }.count
        text[number - 1] = String(line.dropFirst(min(indentation, margin)))
      }
    }
    // The line before a fence that opens is no fence's own, but where it closes another.
    for fence in fences where fence.line > 1 && text[fence.line - 2].isEmpty {
      text[fence.line - 2] = "## Rollback step"
    }
    if text[0].isEmpty { text[0] = "# Rollback" }
    return text.joined(separator: "\n")
  }

  private var asideFences: [Fence] {
    let kept = runbook.notRun.filter { $0.reason != .output && $0.reason != .template }.map(\.line)
    return fences.filter { fence in
      (fence.isShell || fence.language == "sql") && fence.endLine <= lines.count
        && kept.contains { fence.line <= $0 && $0 < fence.endLine }
        && (!hasSteps(fence) || fence.isShell && !shownLines(in: fence).isEmpty)
    }
  }

  private func hasSteps(_ fence: Fence) -> Bool { steps.contains { fence.holds($0.step.line) } }

  /// The lines of a block that some steps stand in which are only shown: "# Example: back to the beginning".
  private func shownLines(in fence: Fence) -> Set<Int> {
    let shown = runbook.notRun.filter { $0.reason == .example && fence.holds($0.line) }
    return Set(shown.flatMap { $0.line..<$0.line + $0.text.textLines.count })
  }

  /// The document as it is for what stands aside: the same lines, other steps.
  var asideDocument: LintDocument? {
    aside.map { LintDocument(self, aside: $0) }
  }
}

extension Linter {
  /// What the rules say of what stands aside, as notes; not of a line that stands in a procedure as well.
  static func asides(of document: LintDocument, by rules: [any LintRule], known: [Finding]) -> [Finding] {
    guard let aside = document.asideDocument else { return [] }
    func key(_ finding: Finding) -> [UInt8] { finding.rule.utf8 + document.line(finding.line).utf8.filter { $0 != 32 } }
    let found = rules.filter(\.readsAsides).flatMap { $0.findings(in: aside) }
    guard !found.isEmpty else { return [] }
    var told = Set(known.map(key))
    return found.filter { told.insert(key($0)).inserted }.map {
      var finding = $0.as(.note)
      finding.message += " (where no rollback runs it)"
      return finding
    }
  }
}
