import Runbook

/// Reads what stands below a heading into the steps of a stage.
struct StageReader {
  let shell: ShellIndex
  let classifier: SectionClassifier
  var stage: Stage
  /// What the blocks state beside the steps.
  var aside = Aside()
  var procedureEstimate: Estimate?
  var procedureRisk: Risk?
  var symptoms: [String] = []

  /// Headings above the block that is read, and the sentence before it.
  var headings: [String] = []
  var leadIn = ""
  var leadInLine = 0
  /// What the last label said of what follows it.
  var mode: SectionKind?
  /// What the whole section is for, where that is more than its steps: after a rollback there are tasks, too.
  var ambient: SectionKind? { didSet { mode = ambient } }
  /// "Expected:" has been said; what follows is the expectation.
  var expects = false
  /// Level of the outermost heading whose commands are asked for.
  var optionalLevel: Int?
  var optionalLead = false
  var choices = ChoiceTracker()
  /// Where the steps of the latest comment group begin.
  var groupStart = 0
  /// How many labels of the blocks that are read name a target: "For one commit".
  var targetLabels = 0
  /// The next label below the block that is read which begins an option.
  var nextOption: OptionName?
  /// `mode` comes from a sentence, not from a label: it holds up to the next sentence.
  var sentenceGoverns = false
  /// Warnings that the stage has.
  var warned: Set<String> = []
  /// A list of imperative sentences is steps only where no fence brings commands.
  var hasFences = false

  init(stage: Stage, shell: ShellIndex, classifier: SectionClassifier) {
    self.stage = stage
    self.shell = shell
    self.classifier = classifier
  }

  /// Reads a section; its sub-sections belong to the same stage.
  mutating func read(_ section: Section, isTop: Bool = true) {
    if isTop {
      headings = [section.heading.text]
      hasFences = section.anywhere(\.hasCommands)
    }
    read(section.blocks)
    for child in section.children { readChild(child) }
  }

  private mutating func readChild(_ section: Section) {
    let text = section.heading.text
    let kind = classifier.kind(of: text)
    if kind == nil, classifier.isOnlyExample(text) {
      aside.read(section, as: .background, classifier: classifier, shell: shell)
      return
    }
    mode = ambient
    expects = false
    leadIn = ""
    optionalLead = false
    switch kind {
    case .symptoms:
      for item in InertReader.items(of: section.allBlocks) { symptoms.append(item.text) }
      aside.read(section, as: .symptoms, classifier: classifier, shell: shell)
      return
    case .troubleshooting, .prevention, .forward, .drill, .template, .backupAdvice, .quickReference, .triggers,
      .contacts,
      .criteria, .decision, .estimates:
      // Whom to notify, by which command, is a step.
      let notifies = kind == .contacts && section.anywhere(\.runsInShell)
      if section.heading.marker == nil, !notifies {
        aside.read(section, as: kind, classifier: classifier, shell: shell)
        return
      }
    case .limitations:
      for item in InertReader.items(of: section.blocks) {
        if classifier.isGuarding(item.text) {
          stage.guardCandidates.append(GuardCandidate(line: item.line, text: item.text))
        } else {
          stage.warnings.append(item.text)
        }
      }
      aside.read(section.blocks.filter { $0.isNoList }, as: .limitations, classifier: classifier, shell: shell)
      for child in section.children { readChild(child) }
      return
    default: break
    }
    if case .option(let word, let label)? = section.heading.marker {
      choices.begin(
        label: label, word: word, title: section.heading.title, line: section.line, scope: .heading(section.level),
        stage: &stage,
        question: headings.last ?? "")
    } else {
      choices.end(.heading(section.level), stage: &stage)
    }
    let outer = (headings, optionalLevel)
    headings.append(text)
    if classifier.isOptional(text) { optionalLevel = optionalLevel ?? section.level }
    groupStart = stage.steps.count
    read(section.blocks)
    for child in section.children { readChild(child) }
    (headings, optionalLevel) = outer
  }

  mutating func read(_ blocks: [Block]) {
    let outer = (targetLabels, nextOption)
    defer { (targetLabels, nextOption) = outer }
    let labels = blocks.map { block -> Label? in
      guard case .paragraph(let text) = block.content else { return nil }
      return Label(text)
    }
    targetLabels = labels.filter { $0.map { $0.rest.isEmpty && classifier.isTargeted($0.name) } ?? false }.count
    var following: [OptionName?] = []
    for label in labels.reversed() {
      following.append(nextOption)
      nextOption = label.flatMap { OptionName($0) } ?? nextOption
    }
    for (block, next) in zip(blocks, following.reversed()) {
      nextOption = next
      switch block.content {
      case .paragraph(let text): paragraph(text)
      case .fence(let fence): read(fence, block: block)
      case .list(let ordered, let items): list(items, ordered: ordered)
      case .quote(let inner): read(inner)
      case .table(let table): self.table(table, line: block.line)
      case .heading(_, let text): leadIn = text.flat
      case .rule: mode = ambient
      case .html: break
      }
    }
  }

  // MARK: Steps

  /// What is said around the step: the headings, the sentence before it and the comment above it.
  func surroundings(_ comment: String) -> String { (headings + [leadIn, comment]).joined(separator: " ") }

  func verifies(_ comment: String) -> Bool {
    // The nearest words decide: a comment over the heading.
    if !comment.isEmpty { return classifier.isVerifying(comment) }
    return classifier.isVerifying(leadIn) || headings.last.map(classifier.isVerifying) ?? false
  }

  mutating func add(_ step: Step) {
    var step = step
    // Who chooses an option, or none, has been asked for all that stands around the choice.
    let isOptionalSection = optionalLevel.map { choices.isOpen ? choices.isInside($0) : true } ?? false
    step.optional = step.optional || isOptionalSection || optionalLead && !choices.isOfComments
    step.choice = choices.membership
    step.id = "\(stage.id)/\(stage.steps.count + 1)"
    stage.steps.append(step)
  }

  mutating func expect(_ check: Check) {
    guard let index = stage.steps.indices.last else {
      aside.facts.append(Fact(line: check.line, kind: .expectation, text: check.expectation.text))
      return
    }
    stage.steps[index].expectations.append(check)
  }

  static func title(_ text: String) -> String {
    var line = firstLine(of: text).trimmed
    if line.hasSuffix("\\") { line = String(line.dropLast()).trimmed }
    return line.utf8.count > 60 && line.count > 60 ? String(line.prefix(59)) + "…" : line
  }

  private static let lineEnds = ByteSet("\n\u{B}\u{C}\r")

  /// The first that is not empty.
  private static func firstLine(of text: String) -> Substring {
    let start = text.utf8.firstIndex { !lineEnds.contains($0) } ?? text.endIndex
    let end = text.utf8[start...].firstIndex(where: lineEnds.contains) ?? text.endIndex
    let line = text[start..<end]
    // Unicode has line ends of its own.
    return line.isASCII ? line : text.split(maxSplits: 1, whereSeparator: \.isNewline).first ?? ""
  }

  func manual(_ text: String, line: Int, endLine: Int, title: String? = nil, optional: Bool = false) -> Step {
    Step(
      id: "", line: line, endLine: endLine, title: title ?? Self.title(text), kind: .manual,
      role: classifier.looks(text) ? .observe : .change, action: .manual(text), optional: optional)
  }
}

extension Block {
  var isNoList: Bool { if case .list = content { false } else { true } }
}

extension Expectation {
  /// For people: what is expected.
  var text: String {
    var parts: [String] = []
    if let httpStatus { parts.append("status \(httpStatus)") }
    parts += contains
    if let prose { parts.append(prose) }
    if let equals { parts.append(equals.plainText) }
    return parts.joined(separator: ", ")
  }
}

/// "Option A" as a label begins it.
struct OptionName: Hashable {
  var word: String
  var id: String

  init(word: String, label: String) {
    self.word = Slug.make(word)
    id = "\(self.word)-\(Slug.make(label))"
  }

  init?(_ label: Label) {
    guard case .option(let word, let name)? = label.heading.marker else { return nil }
    self.init(word: word, label: name)
  }
}

/// Alternatives that are open while a stage is read.
struct ChoiceTracker {
  enum Scope: Hashable {
    case comment(fence: Int)
    case heading(Int)
    case label
    case list
  }

  private(set) var scope: Scope?
  private(set) var choice: Int?
  private(set) var option: String?
  private(set) var isLabelled = false

  var isOpen: Bool { choice != nil }
  /// Whether what is open is wider than `inner`: a heading's options around a comment's.
  func isOutside(_ inner: Scope) -> Bool {
    guard let scope else { return false }
    return switch (scope, inner) {
    case (.heading, .comment), (.heading, .label), (.list, .comment), (.label, .comment): true
    default: false
    }
  }
  /// A fence's comments begin the options: the sentence before it stands around them.
  var isOfComments: Bool { if case .comment? = scope { true } else { false } }
  /// Whether a heading of `level` stands within an option that is a heading itself.
  func isInside(_ level: Int) -> Bool { if case .heading(let own)? = scope { level > own } else { false } }
  /// Whether `next` is one more of the labelled options that are open: what stands before it belongs to the last one.
  func goesOn(with next: OptionName?) -> Bool {
    guard isLabelled, let next else { return false }
    return next.word == word && !labels.contains(next.id)
  }
  private var id: String?
  private var word: String?
  /// What the runbook calls the open choice's options.
  private var labels: Set<String> = []
  /// Of the open choice's options.
  private var names = UniqueNames()

  var membership: ChoiceMembership? {
    guard let id, let option else { return nil }
    return ChoiceMembership(choice: id, option: option)
  }

  mutating func begin(
    label: String, word: String, title: String, line: Int, scope: Scope, stage: inout Stage, question: String
  ) {
    let name = OptionName(word: word, label: label)
    if choice == nil || self.scope != scope || !isLabelled {
      open(line: line, scope: scope, question: question, stage: &stage)
    }
    isLabelled = true
    self.word = name.word
    labels.insert(name.id)
    add(name.id, title: title.isEmpty ? "\(word.capitalized) \(label)" : title, line: line, stage: &stage)
  }

  /// An alternative without a label: what came before it is the first option.
  mutating func alternative(
    title: String, line: Int, scope: Scope, stage: inout Stage, before: Range<Int>, question: String
  ) {
    if choice == nil {
      // What is only looked at first is looked at whatever is chosen.
      let acting = stage.steps[before].firstIndex { $0.role != .observe } ?? before.lowerBound
      let before = acting..<before.upperBound
      guard let first = stage.steps[before].first else { return }
      open(line: first.line, scope: scope, question: question, stage: &stage)
      add("option-1", title: first.title, line: first.line, stage: &stage)
      // What was asked for as a whole is an option now.
      let isAsked = stage.steps[before].allSatisfy(\.optional)
      for index in before where stage.steps[index].choice == nil {
        stage.steps[index].choice = membership
        if isAsked { stage.steps[index].optional = false }
      }
    }
    guard let choice else { return }
    add("option-\(stage.choices[choice].options.count + 1)", title: title, line: line, stage: &stage)
  }

  private mutating func open(line: Int, scope: Scope, question: String, stage: inout Stage) {
    let number = stage.choices.count + 1
    let id = number == 1 ? stage.id : "\(stage.id)-choice-\(number)"
    let asked = question.isEmpty ? stage.title : question
    stage.choices.append(Choice(id: id, line: line, question: asked, options: []))
    choice = number - 1
    names = UniqueNames()
    labels = []
    self.id = id
    self.scope = scope
    isLabelled = false
  }

  private mutating func add(_ wanted: String, title: String, line: Int, stage: inout Stage) {
    guard let choice else { return }
    let name = names.unique(wanted)
    stage.choices[choice].options.append(ChoiceOption(id: name, title: title, line: line))
    option = name
  }

  /// Ends what is open in `scope` or inside it; nil: everything.
  mutating func end(_ wanted: Scope?, stage: inout Stage) {
    guard let scope else { return }
    if let wanted {
      switch (scope, wanted) {
      case (.heading(let open), .heading(let level)) where level > open: return
      case (.comment(let open), .comment(let fence)) where open != fence: break
      case (.heading, .heading), (.comment, .comment), (.label, .label), (.list, .list): break
      case (.comment, .heading), (.label, .heading), (.list, .heading): break
      default: return
      }
    }
    choice = nil
    option = nil
    id = nil
    self.scope = nil
    isLabelled = false
  }
}
