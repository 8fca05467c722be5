/// A document with ready edits made in it.
public struct FixApplication: Sendable {
  /// How often findings that a mended line brings to light are mended too.
  private static let rounds = 8

  public private(set) var text: String
  /// Findings that were mended, in the order in which they were.
  public private(set) var mended: [Finding] = []

  /// Mends what is certain. `lint` reads and lints a changed text anew.
  public init(text: String, lint: (String) throws -> [Finding]) rethrows {
    self.text = text
    for _ in 0..<Self.rounds {
      let fixable = try lint(self.text).filter { !($0.fix?.edits.isEmpty ?? true) }
      let changed = apply(fixable)
      if !changed { return }
    }
  }

  /// Edits of lines that another edit of this round has changed wait for the next round.
  private mutating func apply(_ findings: [Finding]) -> Bool {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var taken: [ClosedRange<Int>] = []
    var edits: [Edit] = []
    for finding in findings {
      guard let fix = finding.fix else { continue }
      let ranges = fix.edits.map { min($0.line, $0.endLine)...max($0.line, $0.endLine) }
      let fits = fix.edits.allSatisfy { $0.line >= 1 && $0.endLine <= lines.count && $0.endLine >= $0.line - 1 }
      guard fits, !ranges.contains(where: { range in taken.contains { $0.overlaps(range) } }) else { continue }
      taken += ranges
      edits += fix.edits
      mended.append(finding)
    }
    for edit in edits.sorted(by: { $0.line > $1.line }) {
      let new = edit.text.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) } ?? []
      lines.replaceSubrange(edit.line - 1..<edit.endLine, with: new)
    }
    let result = lines.joined(separator: "\n")
    defer { text = result }
    return result != text
  }
}
