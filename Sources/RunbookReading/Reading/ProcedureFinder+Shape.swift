import Runbook

/// What the shape of a section, and the words of its heading, make of it.
extension ProcedureFinder {
  /// The section that holds the document: its one first-level heading, where there is one.
  static func top(of root: Section) -> Section {
    guard let first = root.children.first, root.children.filter({ $0.level == first.level }).count == 1,
      first.level == 1,
      root.children.count == 1
    else { return root }
    return first
  }

  func kind(_ section: Section) -> SectionKind? { classifier.kind(of: section.heading.text) }

  func hasWork(_ section: Section) -> Bool {
    section.anywhere { $0.hasCommands || $0.hasTasks || $0.hasOrderedList }
  }

  /// A section that can be a stage or a procedure, whatever its words.
  func canRun(_ section: Section) -> Bool {
    switch kind(section) {
    case nil, .verification, .limitations, .symptoms, .checklist: true
    case .background: section.heading.marker != nil
    default: false
    }
  }

  /// "Automatic rollback: the system will …" brings nothing that a person runs.
  func isAutomatic(_ section: Section) -> Bool {
    classifier.isAutomatic(section.heading.text)
      && !section.anywhere { $0.runsInShell || $0.hasTasks || $0.hasInlineCommands }
  }

  func isAftercare(_ section: Section) -> Bool { kind(section) == .after && section.anywhere(\.runsInShell) }

  /// "Strategy" or "Summary" in a heading that nevertheless holds steps of a rollback.
  func hasProcedures(_ section: Section) -> Bool {
    classifier.isRollback(section.heading.text) && section.anywhere(\.hasCommands)
      || section.children.contains { $0.heading.marker != nil && $0.anywhere(\.hasCommands) }
  }

  /// Plain numbers at the top of a document may only count its sections.
  func isSequence(_ sequence: [Section], parent: Section?, isRoot: Bool, isRollback: Bool) -> Bool {
    let hasStepWord = sequence.contains { if case .step? = $0.heading.marker { true } else { false } }
    if hasStepWord { return sequence.contains(where: hasWork) || isRollback }
    guard isRollback || isRoot else { return false }
    if let parent, areAlternatives(sequence, of: parent) { return false }
    if isRoot {
      let counted = sequence.filter { section in
        switch kind(section) {
        case .triggers, .background, .contacts, .decision, .before, .prevention, .troubleshooting, .after, .estimates,
          .template:
          true
        default: section.children.contains { $0.heading.marker != nil }
        }
      }
      // Steps may be followed by what else there is to say, under the numbers that come next.
      let last = sequence.last { section in !counted.contains { $0.line == section.line } }
      let isTail = counted.allSatisfy { section in Self.tail.contains(kind(section)) && section.line > last?.line ?? 0 }
      if !counted.isEmpty, !isTail || sequence.count - counted.count < 2 { return false }
    }
    if let parent, !classifier.isRollback(parent.heading.text) {
      // Only the document is about rolling back: numbers may count anything.
      return sequence.contains { $0.anywhere { $0.runsNow || $0.hasOrderedList || $0.hasTasks } }
    }
    return sequence.contains(where: hasWork)
  }

  /// "Rollback Strategies" with "1. …" and "2. …" below: one of them is chosen.
  func areAlternatives(_ sequence: [Section], of parent: Section) -> Bool {
    let isNumbered = sequence.allSatisfy { if case .number? = $0.heading.marker { true } else { false } }
    return isNumbered && classifier.holdsAlternatives(parent.heading.text)
  }

  /// Phases of a change, each with a rollback of its own, or phases of one rollback.
  func areSeparate(_ phases: [Section], of parent: Section) -> Bool {
    if classifier.isByPhase(parent.heading.text) { return true }
    let own = phases.filter { phase in
      if classifier.isRollback(phase.heading.title), classifier.words(phase.heading.title).contains("rollback") {
        return true
      }
      return phase.blocks.contains { block in
        guard case .paragraph(let text) = block.content, let label = Label(text) else { return false }
        return classifier.namesIssue(label.name)
      }
    }
    return own.count * 2 > phases.count
  }

  /// What may stand, numbered, behind the steps of a whole document.
  static let tail: Set<SectionKind?> = [.troubleshooting, .after, .contacts, .prevention, .template]

  /// Scenarios, each with steps: procedures of their own wherever they stand.
  static func holdsScenarios(_ section: Section) -> Bool {
    section.children.contains { child in
      if case .scenario? = child.heading.marker { true } else { false }
    }
  }
}
