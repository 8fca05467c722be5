import Runbook

/// Puts the runbook together from the sections of a document.
struct RunbookAssembly {
  private let document: MarkdownDocument
  private let root: Section
  private let index: ShellIndex
  private let classifier = SectionClassifier()
  private var book: Runbook

  init(document: MarkdownDocument, shell: ShellReader, source: String) throws {
    self.document = document
    root = Section.tree(of: document)
    index = try ShellIndex(document, shell: shell)
    let title = root.descendants.first?.heading.plain ?? source
    book = Runbook(title: title, source: source, frontMatter: document.frontMatter)
  }

  func runbook() -> Runbook {
    var copy = self
    copy.assemble()
    return copy.book
  }

  private mutating func assemble() {
    let finder = ProcedureFinder(root: root, classifier: classifier)
    var aside = Aside()
    var procedures: [Procedure] = []
    for draft in finder.drafts {
      let made = procedure(draft, aside: &aside)
      if !made.stages.isEmpty { procedures.append(made) }
    }
    name(&procedures, drafts: finder.drafts)
    for (section, kind, ownOnly) in finder.aside {
      if ownOnly {
        aside.read(section.blocks, as: kind, heading: section.heading.text, classifier: classifier, shell: index)
      } else {
        aside.read(section, as: kind, classifier: classifier, shell: index)
      }
    }
    shared(finder, procedures: &procedures, aside: &aside)
    for section in finder.partial { aside.facts.append(PartialOption.fact(section)) }
    estimate(&procedures, rows: aside.estimates)
    book.procedures = procedures
    book.triggers = aside.triggers.sorted { $0.line < $1.line }
    book.decisionMatrix = aside.decisionMatrix.sorted { $0.line < $1.line }
    book.contacts = aside.contacts.sorted { $0.line < $1.line }
    book.criteria = aside.criteria.sorted { $0.line < $1.line }
    book.facts = aside.facts.sorted { ($0.line, $0.kind.rawValue) < ($1.line, $1.kind.rawValue) }
    book.notRun = aside.notRun.sorted { $0.line < $1.line }
    book.reportTemplate = aside.reportTemplate
    book.placeholders = PlaceholderFinder.find(in: procedures)
  }

  // MARK: Procedures

  private func procedure(_ draft: ProcedureFinder.Draft, aside: inout Aside) -> Procedure {
    // A document without a heading has no other name than its own.
    var made = Procedure(id: "", title: draft.title.isEmpty ? book.title : draft.title, line: draft.line)
    made.risk = draft.heading.flatMap { RiskReader.risk(heading: $0.text) }
    made.estimate = draft.heading.flatMap { Self.headingEstimate($0.text) }
    var used = UniqueNames()
    if !draft.frame.isEmpty {
      var reader = StageReader(
        stage: Stage(id: "start", title: draft.title, line: draft.line), shell: index, classifier: classifier)
      reader.headings = [draft.title]
      reader.hasFences = true
      reader.read(draft.frame)
      aside.add(reader.aside)
      made.symptoms += reader.symptoms
      made.estimate = made.estimate ?? reader.stage.estimate
      made.risk = made.risk ?? reader.stage.risk
      if !reader.stage.steps.isEmpty {
        _ = used.unique("start")
        made.stages.append(reader.stage)
      }
    }
    for (section, ownOnly) in draft.stages {
      let isOwn = section.line == draft.line
      let title = section.heading.plain
      var stage = Stage(id: "", title: title.isEmpty ? made.title : title, line: section.line)
      let wanted = section.heading.slug ?? Slug.make(Slug.withoutParentheses(section.heading.plain))
      stage.id = used.unique(
        isOwn && section.heading.slug == nil && wanted.isEmpty ? "steps" : wanted.isEmpty ? "stage" : wanted)
      stage.optional = classifier.isOptional(section.heading.text)
      stage.risk = isOwn ? nil : RiskReader.risk(heading: section.heading.text)
      stage.estimate = isOwn ? nil : Self.headingEstimate(section.heading.text)
      var reader = StageReader(stage: stage, shell: index, classifier: classifier)
      if section.heading.marker == nil, classifier.kind(of: section.heading.text) == .after {
        reader.ambient = .after
        reader.stage.optional = true
      }
      var whole = section
      if ownOnly { whole.children = [] }
      reader.read(whole)
      var read = reader.stage
      made.symptoms += reader.symptoms
      aside.add(reader.aside)
      if read.steps.isEmpty {
        guard !isOwn, let step = Self.prose(section, reader: reader) else { continue }
        read.steps = [step]
      }
      if isOwn {
        made.estimate = made.estimate ?? read.estimate
        made.risk = made.risk ?? read.risk
        read.risk = made.risk
        read.estimate = made.estimate
      }
      made.stages.append(read)
    }
    return made
  }

  /// A step-like heading with nothing but prose below it is one step for a person.
  private static func prose(_ section: Section, reader: StageReader) -> Step? {
    var lines: [String] = []
    var last = section.line
    for block in section.blocks {
      if case .paragraph(let text) = block.content {
        lines.append(text.flat)
        last = block.endLine
      } else if case .list(_, let items) = block.content {
        lines += items.compactMap { $0.text.map { "- " + $0.flat } }
        last = block.endLine
      }
    }
    let text = lines.isEmpty ? section.heading.title : lines.joined(separator: "\n")
    var step = reader.manual(text, line: section.line, endLine: max(last, section.line), title: section.heading.title)
    step.id = "\(reader.stage.id)/1"
    return step
  }

  static func headingEstimate(_ text: String) -> Estimate? {
    // Only what stands in parentheses, or after a dash: "Scenario 5: fails after 30 minutes" is no estimate.
    guard text.utf8.contains(UInt8(ascii: ")")) || text.contains("）"),
      let open = text.lastIndex(where: { "(（".contains($0) }),
      let close = text.lastIndex(where: { ")）".contains($0) }), open < close
    else { return nil }
    let inner = String(text[text.index(after: open)..<close])
    guard let estimate = Quantity.estimate(inner) else { return nil }
    return StageReader.estimate(estimate, text: inner)
  }

  private func name(_ procedures: inout [Procedure], drafts: [ProcedureFinder.Draft]) {
    var used = UniqueNames()
    let byLine = Dictionary(drafts.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
    let generic = procedures.filter { byLine[$0.line]?.isGeneric ?? false }
    for index in procedures.indices {
      let draft = byLine[procedures[index].line]
      let wanted: String
      if procedures.count == 1 || (generic.count == 1 && draft?.isGeneric == true) {
        wanted = "full"
      } else if let slug = draft?.heading?.slug {
        if case .number? = draft?.heading?.marker {
          wanted = Slug.make(Slug.withoutParentheses(draft?.heading?.title ?? ""))
        } else {
          wanted = slug
        }
      } else {
        wanted = Slug.make(Slug.withoutParentheses(procedures[index].title))
      }
      procedures[index].id = used.unique(wanted.isEmpty ? "procedure" : wanted)
      if procedures[index].stages.count == 1, procedures[index].stages[0].line == procedures[index].line {
        rename(&procedures[index].stages[0], to: wanted == "full" ? "step-1" : procedures[index].id)
      }
    }
  }

  private func rename(_ stage: inout Stage, to id: String) {
    let old = stage.id
    stage.id = id
    func renamed(_ choice: String) -> String {
      choice == old ? id : choice.dropping(prefix: old + "-choice-").map { "\(id)-choice-\($0)" } ?? choice
    }
    for index in stage.choices.indices { stage.choices[index].id = renamed(stage.choices[index].id) }
    for index in stage.steps.indices {
      stage.steps[index].id = "\(id)/\(index + 1)"
      if let choice = stage.steps[index].choice?.choice { stage.steps[index].choice?.choice = renamed(choice) }
    }
  }

  // MARK: Shared stages

  /// What is done before and verified after any of the procedures.
  private func shared(_ finder: ProcedureFinder, procedures: inout [Procedure], aside: inout Aside) {
    func stage(_ id: String, ambient: SectionKind? = nil, sections: [(Section, [Block]?)], aside: inout Aside) -> Stage?
    {
      guard let first = sections.first else { return nil }
      var stage = Stage(id: id, title: first.0.heading.plain, line: first.0.line)
      if sections.count == 1, case .paragraph(let label)? = first.1?.first?.content {
        var title = label.flat
        while title.hasSuffix(":") { title.removeLast() }
        stage.title = title
        stage.line = label.firstLine
      }
      stage.estimate = Self.headingEstimate(first.0.heading.text)
      stage.optional = ambient == .after
      var reader = StageReader(stage: stage, shell: index, classifier: classifier)
      reader.ambient = ambient
      for (section, blocks) in sections {
        reader.headings = [section.heading.text]
        reader.hasFences = true
        if let blocks { reader.read(blocks) } else { reader.read(section) }
      }
      aside.add(reader.aside)
      return reader.stage.steps.isEmpty ? nil : reader.stage
    }
    let before = stage("before", sections: finder.before.map { ($0.section, $0.labelled) }, aside: &aside)
    let after = stage("verification", sections: finder.verification.map { ($0, nil) }, aside: &aside)
    let later = stage("aftercare", ambient: .after, sections: finder.aftercare.map { ($0, nil) }, aside: &aside)
    if procedures.isEmpty {
      // With nothing to run there is nothing to guard.
      for step in [before, after, later].compactMap({ $0 }).flatMap(\.steps) {
        aside.notRun.append(NotRun(line: step.line, text: step.text, reason: .quickReference))
      }
      return
    }
    for index in procedures.indices {
      if let before, !procedures[index].stages.contains(where: { $0.id == "before" }) {
        procedures[index].stages.insert(before, at: 0)
      }
      if let after, !procedures[index].stages.contains(where: { $0.id == "verification" }) {
        procedures[index].stages.append(after)
      }
      if let later, !procedures[index].stages.contains(where: { $0.id == "aftercare" }) {
        procedures[index].stages.append(later)
      }
    }
  }

  // MARK: Estimates

  private func estimate(_ procedures: inout [Procedure], rows: [(line: Int, name: String, estimate: Estimate)]) {
    for row in rows {
      if classifier.words(row.name).begins(withAny: classifier.vocabulary.total) {
        if let index = procedures.firstIndex(where: { $0.id == "full" }) ?? (procedures.count == 1 ? 0 : nil) {
          procedures[index].estimate = procedures[index].estimate ?? row.estimate
        }
        continue
      }
      for index in procedures.indices {
        guard let stage = StageMatch.best(row.name, stages: procedures[index].stages),
          let position = procedures[index].stages.firstIndex(where: { $0.id == stage.id })
        else { continue }
        if procedures[index].stages[position].estimate == nil {
          procedures[index].stages[position].estimate = row.estimate
        }
      }
    }
  }
}

/// Names with `-2`, `-3` … where they repeat.
struct UniqueNames {
  private var used: Set<String> = []
  private var next: [String: Int] = [:]

  mutating func unique(_ wanted: String) -> String {
    var name = wanted
    var number = next[wanted] ?? 2
    while !used.insert(name).inserted {
      name = "\(wanted)-\(number)"
      number += 1
    }
    next[wanted] = number
    return name
  }
}
