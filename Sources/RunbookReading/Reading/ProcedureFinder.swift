import Runbook

/// Finds which sections are procedures, which are their stages, and which do not run.
///
/// A section runs only for a positive reason: numbered or step-like headings, a rollback section's commands, a
/// scenario, an option.
struct ProcedureFinder {
  struct Draft {
    var title: String
    var heading: Heading?
    var line: Int
    /// Stage heading and the section that is read for it; `ownOnly`: its sub-sections are stages of their own.
    var stages: [(section: Section, ownOnly: Bool)]
    /// Read for estimates, risk and symptoms, and for prose; brings no stage unless it has commands.
    var frame: [Block]
    var isGeneric: Bool
  }

  let classifier: SectionClassifier
  private(set) var drafts: [Draft] = []
  private(set) var before: [(section: Section, labelled: [Block]?)] = []
  private(set) var verification: [Section] = []
  /// What is done after any rollback, where there are commands for it.
  private(set) var aftercare: [Section] = []
  /// Sections of a document about rolling back that have commands and no words that say what they are for.
  private var unnamed: [Section] = []
  /// Options in prose that name parts of the main procedure: `backout.yaml` composes them.
  private(set) var partial: [Section] = []
  private(set) var aside: [(section: Section, kind: SectionKind?, ownOnly: Bool)] = []

  init(root: Section, classifier: SectionClassifier) {
    self.classifier = classifier
    let top = Self.top(of: root)
    // A document without any heading is named by its first words.
    var title = top.heading.text
    if root.children.isEmpty, case .paragraph(let text)? = root.blocks.first?.content { title = text.flat }
    let docRollback = classifier.isRollback(title)
    visit(top, isRollback: false, isRoot: true, docRollback: docRollback)
    for section in root.children where section.line != top.line && top.level > 0 {
      visit(section, isRollback: classifier.isRollback(section.heading.text), isRoot: false, docRollback: docRollback)
    }
    placeUnnamed()
    drafts.sort { $0.line < $1.line }
    if top.level > 0, !root.blocks.isEmpty { aside.append((root, .background, true)) }
  }

  private mutating func visit(_ section: Section, isRollback inherited: Bool, isRoot: Bool, docRollback: Bool) {
    let own = isRoot ? nil : kind(section)
    let title = section.heading.text
    if !isRoot, own == nil, !inherited, section.heading.marker == nil, classifier.isOfBackup(title) {
      aside.append((section, .backupAdvice, false))
      return
    }
    let isRollback =
      inherited || !isRoot && (classifier.isRollback(title) || docRollback && classifier.isGeneric(title))
    if let own, divert(section, kind: own) { return }
    if !isRoot, isAutomatic(section) {
      aside.append((section, nil, false))
      return
    }

    let children = section.children
    let sequence = children.filter { $0.heading.isSequence }
    if !sequence.isEmpty,
      isSequence(sequence, parent: isRoot ? nil : section, isRoot: isRoot, isRollback: isRollback || docRollback)
    {
      sequential(section, isRoot: isRoot, docRollback: docRollback)
      return
    }
    if sequence.count > 1, isRollback || docRollback, areAlternatives(sequence, of: section) {
      separate(section, isRollback: isRollback, docRollback: docRollback)
      return
    }
    let phases = children.filter { if case .phase? = $0.heading.marker { true } else { false } }
    if phases.count > 1, !areSeparate(phases, of: section) {
      sequential(section, isRoot: isRoot, docRollback: docRollback)
      return
    }
    let scenarios = children.filter { if case .scenario? = $0.heading.marker { true } else { false } }
    let options = children.filter { if case .option? = $0.heading.marker { true } else { false } }
    if !phases.isEmpty || !scenarios.isEmpty {
      separate(section, isRollback: isRollback, docRollback: docRollback)
      return
    }
    if !options.isEmpty, isRollback || docRollback {
      optional(section, options: options, isRollback: isRollback, docRollback: docRollback)
      return
    }
    plain(section, isRollback: isRollback, isRoot: isRoot, docRollback: docRollback)
  }

  /// Sections that are never a procedure, by their words.
  private mutating func divert(_ section: Section, kind: SectionKind) -> Bool {
    switch kind {
    case .before:
      before.append((section, nil))
      return true
    case .verification:
      if section.anywhere({ $0.runsNow || $0.hasTasks || $0.hasTableCommands }) {
        verification.append(section)
      } else if section.anywhere(\.hasCommands) {
        // Scripts to be saved: they are not what is run after every procedure.
        aside.append((section, .quickReference, false))
      } else {
        aside.append((section, .after, false))
      }
      return true
    case .checklist:
      checklist(section)
      return true
    case .limitations where !section.anywhere(\.hasCommands), .symptoms,
      .background where !hasProcedures(section):
      aside.append((section, kind, false))
      return true
    case .limitations, .background: return false
    case .after where section.anywhere(\.runsInShell):
      aftercare.append(section)
      return true
    default:
      aside.append((section, kind, false))
      return true
    }
  }

  /// A checklist in parts: what comes before guards, what comes after is the after-care, the rest repeats the steps.
  private mutating func checklist(_ section: Section) {
    var current: SectionKind? = .checklist
    var blocks: [Block] = []
    var parts: [(SectionKind?, [Block])] = []
    for block in section.blocks {
      if case .paragraph(let text) = block.content, let kind = classifier.kind(of: text.flat) {
        if !blocks.isEmpty { parts.append((current, blocks)) }
        blocks = []
        current = kind
      }
      blocks.append(block)
    }
    if !blocks.isEmpty { parts.append((current, blocks)) }
    for (kind, blocks) in parts {
      var part = section
      part.blocks = blocks
      part.children = []
      if kind == .before {
        before.append((part, blocks))
      } else {
        aside.append((part, kind == .after || kind == .verification ? .after : .checklist, false))
      }
    }
    for child in section.children {
      switch classifier.kind(of: child.heading.text) {
      case .before: before.append((child, nil))
      case .after, .verification: aside.append((child, .after, false))
      default: aside.append((child, .checklist, false))
      }
    }
  }

  private mutating func sequential(_ section: Section, isRoot: Bool, docRollback: Bool) {
    var stages: [(Section, Bool)] = []
    for child in section.children {
      if isRoot, case .number? = child.heading.marker, Self.tail.contains(kind(child)) {
        visit(child, isRollback: false, isRoot: false, docRollback: docRollback)
      } else if child.heading.isSequence || child.heading.marker != nil {
        stages.append((child, false))
      } else if canRun(child), hasWork(child), !isRoot {
        stages.append((child, false))
      } else {
        visit(child, isRollback: !isRoot, isRoot: false, docRollback: docRollback)
      }
    }
    add(section, stages: stages, isRoot: isRoot)
  }

  private mutating func separate(_ section: Section, isRollback: Bool, docRollback: Bool) {
    aside.append((section, .background, true))
    for child in section.children {
      if child.heading.marker == nil {
        visit(child, isRollback: isRollback, isRoot: false, docRollback: docRollback)
      } else {
        one(child, docRollback: docRollback)
      }
    }
  }

  /// A scenario, a phase or an option that is a procedure of its own.
  private mutating func one(_ section: Section, docRollback: Bool) {
    let inner = section.children.filter { $0.heading.isSequence || $0.heading.marker != nil }
    let isOptions = !inner.isEmpty && inner.allSatisfy { if case .option? = $0.heading.marker { true } else { false } }
    if inner.count > 1, !isOptions {
      sequential(section, isRoot: false, docRollback: docRollback)
    } else if hasWork(section) {
      add(section, stages: [(section, false)], isRoot: false)
    } else {
      aside.append((section, nil, false))
    }
  }

  private mutating func optional(_ section: Section, options: [Section], isRollback: Bool, docRollback: Bool) {
    let isPartial = classifier.isPartial(section.heading.text)
    if !options.contains(where: { hasWork($0) || $0.anywhere(\.hasInlineCommands) }) {
      aside.append((section, .background, true))
      for child in section.children {
        if child.heading.marker != nil {
          partial.append(child)
        } else {
          visit(child, isRollback: isRollback, isRoot: false, docRollback: docRollback)
        }
      }
      return
    }
    // Options with steps of their own below, or of which each is a rollback by itself.
    let isStructured = options.contains { option in option.children.contains { $0.heading.isSequence && hasWork($0) } }
    let areLevels = options.allSatisfy {
      classifier.isSeparate($0.heading.title) || classifier.isSeparate($0.heading.text)
    }
    if isPartial || isStructured || areLevels {
      separate(section, isRollback: isRollback, docRollback: docRollback)
      return
    }
    // Alternatives within one stage.
    var stage = section
    stage.children = section.children.filter {
      $0.heading.marker != nil || canRun($0) && !Self.holdsScenarios($0)
    }
    add(section, stages: [(stage, false)], isRoot: false)
    let lines = Set(stage.children.map(\.line))
    for child in section.children where !lines.contains(child.line) {
      visit(child, isRollback: isRollback, isRoot: false, docRollback: docRollback)
    }
  }

  private mutating func plain(_ section: Section, isRollback: Bool, isRoot: Bool, docRollback: Bool) {
    let ownCommands = section.blocks.hasCommands || (!isRoot && section.blocks.hasOrderedList)
    let working = section.children.filter { canRun($0) && hasWork($0) && kind($0) != .checklist }
    let hasNested = working.contains { child in child.children.contains { $0.heading.marker != nil } }
    if isRoot {
      let runsHere = docRollback && section.blocks.hasCommands
      if runsHere {
        add(section, stages: [(section, true)], isRoot: true)
      } else {
        aside.append((section, .background, true))
      }
      for child in section.children {
        visit(child, isRollback: false, isRoot: false, docRollback: docRollback)
      }
      return
    }
    let named = working.filter { classifier.isRollback($0.heading.text) }
    let isContainer =
      classifier.holdsSeparate(section.heading.text) || named.count == working.count
    if isRollback, !ownCommands, !working.isEmpty, hasNested || (isContainer && working.count > 1) {
      aside.append((section, .background, true))
      for child in section.children { visit(child, isRollback: true, isRoot: false, docRollback: docRollback) }
      return
    }
    if isRollback, ownCommands || !working.isEmpty {
      var stages: [(Section, Bool)] = []
      if ownCommands || section.blocks.hasTasks { stages.append((section, true)) }
      for child in section.children {
        if canRun(child), kind(child) != .checklist, hasWork(child) {
          stages.append((child, false))
        } else if isAftercare(child) {
          stages.append((child, false))
        } else if ownCommands, kind(child) == .symptoms || kind(child) == nil {
          aside.append((child, kind(child), false))
        } else {
          visit(child, isRollback: false, isRoot: false, docRollback: docRollback)
        }
      }
      add(section, stages: stages, isRoot: false)
      return
    }
    if docRollback, kind(section) == nil, section.blocks.runsInShell {
      unnamed.append(section)
    } else {
      aside.append((section, kind(section), true))
    }
    for child in section.children { visit(child, isRollback: isRollback, isRoot: false, docRollback: docRollback) }
  }

  /// In a document about rolling back, what has commands and is nothing else belongs to the rollback: to the one
  /// procedure where there is one, else it is one of its own.
  private mutating func placeUnnamed() {
    for section in unnamed {
      if drafts.count == 1 {
        let position = drafts[0].stages.firstIndex { $0.section.line > section.line } ?? drafts[0].stages.count
        drafts[0].stages.insert((section: section, ownOnly: true), at: position)
      } else {
        add(section, stages: [(section, true)], isRoot: false)
      }
    }
  }

  private mutating func add(_ section: Section, stages: [(Section, Bool)], isRoot: Bool) {
    let isOwn = stages.count == 1 && stages.first?.0.line == section.line
    drafts.append(
      Draft(
        title: section.heading.plain, heading: section.heading, line: section.line,
        stages: stages.map { (section: $0.0, ownOnly: $0.1) },
        frame: isOwn || stages.contains { $0.0.line == section.line } ? [] : section.blocks,
        isGeneric: isRoot || classifier.isGeneric(section.heading.text)))
  }
}
