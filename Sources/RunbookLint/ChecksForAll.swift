import Runbook

/// Where a document says how to look at everything that was done: after all of its procedures.
struct ChecksForAll {
  private struct Section {
    var line: Int
    var level: Int
    /// Where it says so.
    var look: Int
  }

  private let outline: Outline
  private let sections: [Section]
  /// Of single lines: what must hold in the end, "After rollback: …", "# Verify the schema after the rollback".
  private let lines: [Int]
  /// Of each section, the lines that a check in it holds for.
  private let scopes: [Range<Int>]
  /// The last section of checks right under a heading.
  private let lastUnder: [Int?: Int]

  /// Sections in which nobody looks at what a rollback did.
  static let aside: TextSet = [
    "pre-", "before ", "prevent", "after deploy", "after making", "appendix", "common commands", "useful commands",
    "reference", "best practice", "template", "状況",
  ]

  /// What has a box to tick in such a section must hold.
  private static let later: TextSet = ["after", "post-", "pós-", "posterior", "回滚后", "ロールバック後", "実施後"]

  init(_ document: LintDocument) {
    let outline = document.outline
    let headings = outline.headings
    let procedures = Set(document.runbook.procedures.map(\.line))
    self.outline = outline
    let starts = procedures.sorted()
    scopes = headings.indices.map { Self.scope(of: $0, in: outline, procedures: starts) }
    let checking = headings.indices.filter { index in
      let title = headings[index].text.lowercased()
      return title.holds(NoVerification.checks) && !title.holds(Self.aside)
    }
    lastUnder = Dictionary(checking.map { (outline.parent(of: $0), $0) }, uniquingKeysWith: max)
    sections = headings.indices.compactMap { index in
      let heading = headings[index]
      guard NoVerification.isCheck(heading.text), !procedures.contains(heading.line) else { return nil }
      let next = outline.end(of: index)
      let end = next < headings.count ? headings[next].line : document.lines.count + 1
      let title = heading.text.lowercased()
      let own = heading.line + 1..<end
      let look =
        title.holds(NoVerification.checks)
        ? heading.line
        : own.first { NoVerification.tells(document.line($0)) }
          ?? (title.holds(Self.later) ? own.first { document.line($0).contains("[ ]") } : nil)
      return look.map { Section(line: heading.line, level: heading.level, look: $0) }
    }
    let criteria = document.runbook.criteria.filter { $0.kind == .criterion }.map(\.line)
    let others = document.lowerLines.indices.filter { Self.looksAfterwards(document.lowerLines[$0]) }.map { $0 + 1 }
    lines = (criteria + others).sorted()
  }

  /// The line of the first one after `placed`: a section as high as its procedure's own or higher, or a line.
  func line(for placed: PlacedStep) -> Int? {
    let level = outline.section(of: placed.procedure.line).map { outline.headings[$0].level } ?? 1
    let line = placed.step.line
    let later = sections[sections.partitioned { $0.line <= line }...]
    return later.first { $0.level <= level && hold(at: $0.line, for: placed) }?.look
      ?? lines[lines.partitioned { $0 <= line }...].first { hold(at: $0, for: placed) }
  }

  /// Whether what line `number` says of looking holds for `placed` as well: not in a section of other procedures, nor
  /// in one about the time before.
  func hold(at number: Int, for placed: PlacedStep) -> Bool {
    guard let section = outline.section(of: number) else { return true }
    return scopes[section].contains(placed.step.line)
  }

  /// A section beside its own, after it, says how to look at all of them: "### Verification" at the end of "## Functions".
  /// So does the last of several numbered ones, or the section right behind those.
  func areBeside(_ placed: PlacedStep) -> Bool {
    guard let own = outline.section(of: placed.stage.line) else { return false }
    let headings = outline.headings
    let parent = outline.parent(of: own)
    let isCounted = headings[own].text[...].firstPlainWord?.first?.isNumber ?? false
    guard isCounted || parent.map({ headings[$0].level > 1 }) ?? false else { return false }
    if let last = lastUnder[parent], last > own { return true }
    guard isCounted, let end = parent.map(outline.end), end < headings.count else { return false }
    let child = end + 1 < headings.count && headings[end + 1].level > headings[end].level ? headings[end + 1] : nil
    return NoVerification.isCheck(headings[end].text)
      || child.map { $0.text.lowercased().holds(NoVerification.checks) } ?? false
  }

  /// The lines that what stands in the section at `index` holds for.
  private static func scope(of index: Int, in outline: Outline, procedures: [Int]) -> Range<Int> {
    let headings = outline.headings
    let path = outline.path(to: headings[index].line).filter { headings[$0].level > 1 }
    guard !path.contains(where: { headings[$0].text.lowercased().holds(aside) }) else { return 0..<0 }
    guard let own = path.last(where: { NoVerification.isCheck(headings[$0].text) }) ?? path.first,
      let parent = outline.parent(of: own)
    else { return 0..<Int.max }
    let end = outline.end(of: parent)
    let lines = headings[parent].line..<(end < headings.count ? headings[end].line : Int.max)
    let next = procedures.partitioned { $0 < lines.lowerBound }
    return next < procedures.count && procedures[next] < lines.upperBound ? lines : 0..<Int.max
  }

  private static let looking: TextSet = ["verif", "check", "confirm", "test", "validat"]
  private static let afterwards: TextSet = [
    "after rollback", "after the rollback", "after rolling back", "post-rollback",
  ]
  private static let done: TextSet = ["[ ] verified ", "[ ] checked ", "[ ] confirmed "]

  private static func looksAfterwards(_ line: Substring) -> Bool {
    line.contains("roll") && line.holds(afterwards) && (line.holds(looking) || line.last == ":")
      || line.contains("[ ]") && line.holds(done)
  }
}
