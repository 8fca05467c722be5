import Runbook

/// What a document says about findings of its own: `<!-- backout-lint: allow RULE because REASON -->`, for the next line
/// that is not blank and, before a fence, for the whole fence; before the first heading, for the document. In a fence, a
/// comment `# backout-lint: allow RULE because REASON` is for the next line.
struct Suppressions {
  private struct Suppression {
    var line: Int
    var rule: String
    var reason: String
    var range: ClosedRange<Int>
  }

  private var all: [Suppression] = []
  private var malformed: [Int] = []

  private static let mark = "backout-lint:"

  init(of document: LintDocument) {
    guard document.text.contains(Self.mark) else { return }
    let lines = document.lines
    let firstHeading = lines.firstIndex { $0.hasPrefix("#") && $0.drop { $0 == "#" }.hasPrefix(" ") } ?? 0
    for (index, line) in lines.enumerated() {
      guard let found = line.range(of: Self.mark) else { continue }
      let before = line[..<found.lowerBound].drop { $0.isWhitespace }
      guard ["<!-- ", "<!--", "# ", "#", "-- ", "--"].contains(String(before)) else { continue }
      var text = line[found.upperBound...]
      if let end = text.range(of: "-->") { text = text[..<end.lowerBound] }
      let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count >= 4, words[0] == "allow", words[2] == "because" else {
        malformed.append(index + 1)
        continue
      }
      let range = index < firstHeading ? 1...max(1, lines.count) : Self.range(after: index, in: lines)
      all.append(
        Suppression(
          line: index + 1, rule: words[1], reason: words.dropFirst(3).joined(separator: " "), range: range))
    }
  }

  private static func range(after index: Int, in lines: [String]) -> ClosedRange<Int> {
    guard let next = lines.indices.dropFirst(index + 1).first(where: { !lines[$0].allSatisfy(\.isWhitespace) }) else {
      return index + 1...index + 1
    }
    let text = lines[next].drop { $0.isWhitespace }
    for mark in ["```", "~~~"] where text.hasPrefix(mark) {
      let end = lines.indices.dropFirst(next + 1).first { lines[$0].drop { $0.isWhitespace }.hasPrefix(mark) }
      return next + 1...(end ?? lines.count - 1) + 1
    }
    return next + 1...next + 1
  }

  func cover(_ finding: Finding) -> Bool {
    all.contains { $0.rule == finding.rule && $0.range.overlaps(finding.line...finding.endLine) }
  }

  /// What is wrong with the suppressions themselves.
  func findings(known: Set<String>) -> [Finding] {
    malformed.map { line in
      Finding(
        rule: "suppression", line: line, severity: .warning,
        message: "this suppresses nothing: write `backout-lint: allow RULE because REASON`")
    }
      + all.filter { !known.contains($0.rule) }.map { suppression in
        Finding(
          rule: "suppression", line: suppression.line, severity: .warning,
          message: "no rule is called `\(suppression.rule)`: `backout lint --rules` lists them")
      }
  }
}
