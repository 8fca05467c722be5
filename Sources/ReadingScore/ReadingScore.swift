import Runbook

/// How far a reading agrees with the labels of its document.
public struct ReadingScore: Sendable {
  /// So many of so many.
  public struct Share: Sendable {
    public var right = 0
    public var all = 0
    public init() {}
    /// 1 where there was nothing to be right about.
    public var value: Double { all == 0 ? 1 : Double(right) / Double(all) }
    mutating func count(_ isRight: Bool) {
      all += 1
      if isRight { right += 1 }
    }
    static func += (left: inout Share, right: Share) {
      left.right += right.right
      left.all += right.all
    }
  }

  public struct Miss: Sendable {
    public var line: Int
    public var expected: String
    public var read: String
  }

  /// Labelled `run`, and a step of the reading covers it.
  public var found = Share()
  /// The reading's steps that a person would run, of those that the labels speak of: whatever stands in a fence, and
  /// every command. Checkboxes are questions and do not count.
  public var meant = Share()
  /// Sentences outside of fences that the reading makes a person's steps. The labels name few of them, so that this is
  /// only counted.
  public var prose = 0
  /// Labelled `not`, and no step covers it.
  public var keptOut = Share()
  public var kind = Share()
  public var role = Share()
  /// Neighbouring `run` lines that are rightly in the same or in different procedures.
  public var procedures = Share()
  /// Neighbouring `run` lines that are rightly in the same or in different options.
  public var alternatives = Share()
  public var misses: [Miss] = []

  public init() {}

  /// A step, once, with all the procedures that it stands in: what is done before or verified after is shared.
  private struct Placed {
    var step: Step
    var procedures: Set<String>
    var lines: ClosedRange<Int> { step.line...max(step.line, step.endLine) }
    var choice: String? { step.choice.map { "\(procedures.sorted().first ?? ""):\($0.choice):\($0.option)" } }
    var isCheckbox: Bool { if case .confirm = step.action { true } else { false } }
    var description: String {
      "\(step.kind.rawValue)/\(step.role.rawValue) \(procedures.sorted().joined(separator: ","))"
        + (step.choice.map { " \($0.choice)=\($0.option)" } ?? "") + " «\(step.text.prefix(60).filter { $0 != "\n" })»"
    }
  }

  public init(_ book: Runbook, labels: ReadingLabels, document: String) {
    let fenced = Self.fencedLines(of: document)
    let steps = Self.steps(of: book)
    let runs = labels.labels.filter { $0.verdict == .run }
    var covering: [Placed?] = []
    for label in runs {
      let step = steps.first { $0.lines.overlaps(label.lines) }
      covering.append(step)
      let expected = "\(label.kind)/\(label.role) \(label.procedure)"
      found.count(step != nil)
      guard let step else {
        miss(label.lines, expected, "no step\(Self.place(of: label.lines, in: book))")
        continue
      }
      kind.count(step.step.kind.rawValue == label.kind)
      role.count(step.step.role.rawValue == label.role)
      if step.step.kind.rawValue != label.kind { miss(label.lines, "kind " + label.kind, step.description) }
      if step.step.role.rawValue != label.role { miss(label.lines, "role " + label.role, step.description) }
    }
    for step in steps where !step.isCheckbox {
      let over = labels.labels.filter { $0.lines.overlaps(step.lines) }
      if over.contains(where: { $0.verdict == .run }) {
        meant.count(true)
      } else if step.step.kind == .manual, !fenced.contains(step.step.endLine), over.isEmpty {
        prose += 1
      } else if !over.contains(where: { $0.verdict == .either }) {
        meant.count(false)
        miss(step.lines, over.first.map { "not " + $0.reason } ?? "nothing", step.description)
      }
    }
    for label in labels.labels where label.verdict == .keptOut {
      let step = steps.first { $0.lines.overlaps(label.lines) }
      keptOut.count(step == nil)
      if let step, step.isCheckbox { miss(label.lines, "not " + label.reason, step.description) }
    }
    neighbours(runs, covering)
    misses.sort { $0.line < $1.line }
  }

  private mutating func neighbours(_ runs: [ReadingLabels.Label], _ covering: [Placed?]) {
    let known = zip(runs, covering).compactMap { label, step in step.map { (label, $0) } }
    for ((label, step), (next, nextStep)) in zip(known, known.dropFirst()) {
      let isSame = label.procedure == next.procedure
      let shared = !step.procedures.isDisjoint(with: nextStep.procedures)
      // A step that all procedures share is rightly beside each of them, and apart from each.
      let agrees = shared == isSame || shared && step.procedures != nextStep.procedures
      procedures.count(agrees)
      if !agrees {
        miss(next.lines, (isSame ? "as before: " : "another procedure: ") + next.procedure, nextStep.description)
      }
      let isSameOption = label.choice == next.choice
      alternatives.count(isSameOption == (step.choice == nextStep.choice))
      if isSameOption != (step.choice == nextStep.choice) {
        miss(
          next.lines, (isSameOption ? "as before: " : "another option: ") + (next.choice ?? "no choice"),
          nextStep.description)
      }
    }
  }

  private mutating func miss(_ lines: ClosedRange<Int>, _ expected: String, _ read: String) {
    misses.append(Miss(line: lines.lowerBound, expected: expected, read: read))
  }

  /// A fence's lines, as far as they can be told without parsing Markdown.
  private static func fencedLines(of document: String) -> Set<Int> {
    var result: Set<Int> = []
    var fence: Substring?
    for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let text = line.drop { $0 == " " || $0 == "\t" }
      let mark = text.prefix { $0 == "`" || $0 == "~" }
      if let open = fence {
        if mark.count >= open.count, mark.first == open.first { fence = nil } else { result.insert(index + 1) }
      } else if mark.count >= 3 {
        fence = mark
      }
    }
    return result
  }

  private static func steps(of book: Runbook) -> [Placed] {
    var result: [Placed] = []
    var positions: [String: Int] = [:]
    for procedure in book.procedures {
      for step in procedure.stages.flatMap(\.steps) {
        let key = "\(step.line)-\(step.endLine) \(step.text)"
        if let position = positions[key] {
          result[position].procedures.insert(procedure.id)
        } else {
          positions[key] = result.count
          result.append(Placed(step: step, procedures: [procedure.id]))
        }
      }
    }
    return result.sorted { $0.step.line < $1.step.line }
  }

  /// Where the reading has put the lines instead.
  private static func place(of lines: ClosedRange<Int>, in book: Runbook) -> String {
    if let item = book.notRun.last(where: { $0.line <= lines.upperBound }) {
      let count = item.text.split(separator: "\n", omittingEmptySubsequences: false).count
      if item.line + count + 1 >= lines.lowerBound { return ", notRun \(item.reason.rawValue) :\(item.line)" }
    }
    if let fact = book.facts.last(where: { lines.contains($0.line) }) { return ", fact \(fact.kind.rawValue)" }
    if book.criteria.contains(where: { lines.contains($0.line) }) { return ", criterion" }
    return ""
  }

  public static func += (left: inout ReadingScore, right: ReadingScore) {
    left.found += right.found
    left.meant += right.meant
    left.prose += right.prose
    left.keptOut += right.keptOut
    left.kind += right.kind
    left.role += right.role
    left.procedures += right.procedures
    left.alternatives += right.alternatives
  }

  public var shares: [(name: String, share: Share)] {
    [
      ("found", found), ("meant", meant), ("kept out", keptOut), ("kind", kind), ("role", role),
      ("procedures", procedures), ("alternatives", alternatives),
    ]
  }
}
