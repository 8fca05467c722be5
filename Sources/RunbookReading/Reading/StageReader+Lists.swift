import Runbook

extension StageReader {
  mutating func list(_ items: [ListItem], ordered: Bool) {
    let before = stage.steps.count
    defer {
      expects = false
      if choices.scope == .list { choices.end(.list, stage: &stage) }
      if mode == .symptoms { mode = ambient }
      if stage.steps.count > before { leadIn = "" }
    }
    var isForward = false
    for item in items {
      let flat = item.text?.flat ?? ""
      isForward = isForward || classifier.goesForward(flat)
      if isForward, !classifier.resumes(flat), item.isChecked == nil, !expects {
        // What comes after the rollback: nothing below it belongs to it.
        aside.note(item, as: .forward, shell: shell)
        aside.read(Array(item.nested), as: .forward, classifier: classifier, shell: shell)
      } else if let isChecked = item.isChecked {
        _ = isChecked
        task(item)
      } else if expects {
        if let text = item.text?.flat { expect(ExpectationReader.check(text, line: item.line)) }
        read(Array(item.nested))
      } else {
        entry(item, ordered: ordered)
      }
    }
  }

  private mutating func task(_ item: ListItem) {
    let text = item.text?.flat ?? ""
    let isDeep = !item.nested.isEmpty
    if isDeep {
      lead(text, line: item.line)
      groupStart = stage.steps.count
    }
    read(Array(item.nested))
    switch mode {
    case .after: aside.after(text, line: item.line)
    case .prevention: aside.notRun.append(NotRun(line: item.line, text: text, reason: .prevention))
    case .troubleshooting: aside.notRun.append(NotRun(line: item.line, text: text, reason: .troubleshooting))
    case .criteria: aside.criterion(text, line: item.line)
    default:
      add(
        Step(
          id: "", line: item.line, endLine: item.text.map { $0.firstLine + $0.lines.count - 1 } ?? item.line,
          title: Self.title(text),
          kind: .manual, role: .observe, action: .confirm(text)))
    }
  }

  private mutating func entry(_ item: ListItem, ordered: Bool) {
    guard let text = item.text else {
      read(Array(item.nested))
      return
    }
    let flat = text.flat
    let isRetention = aside.retention(flat, line: item.line, classifier: classifier)
    switch mode {
    case .symptoms where !ordered:
      symptoms.append(flat)
      read(Array(item.nested))
      return
    case .after where !item.blocks.runsNow:
      aside.after(flat, line: item.line)
      readAside(item)
      return
    case .criteria:
      aside.criterion(flat, line: item.line)
      readAside(item)
      return
    case .troubleshooting, .prevention, .forward, .backupAdvice, .template, .drill, .contacts, .triggers:
      aside.note(item, as: mode, shell: shell)
      readAside(item)
      return
    default: break
    }
    let heading = Heading(flat)
    if case .option(let word, let label)? = heading.marker {
      choices.begin(
        label: label, word: word, title: heading.title, line: item.line, scope: .list, stage: &stage, question: leadIn)
      groupStart = stage.steps.count
    } else if ordered, let label = item.number, choices.scope == .list {
      _ = label
      choices.end(.list, stage: &stage)
    }
    let nested = Array(item.nested)
    if classifier.isGuarding(flat) { stage.guardCandidates.append(GuardCandidate(line: item.line, text: flat)) }
    let before = stage.steps.count
    let found = inlineSteps(text, line: item.line, isItem: true)
    if ordered, !found, nested.contains(where: \.isFence), !nested.hasCommands {
      instructed(item, text: text, nested: nested)
      return
    }
    if nested.contains(where: { $0.isFence }) {
      if !found || stage.steps.count == before { lead(flat, line: item.line) }
      optionalLead = classifier.isOptional(flat) || classifier.isConditional(flat)
      let saved = leadIn
      groupStart = stage.steps.count
      readNested(nested, title: saved)
      return
    }
    if found {
      read(nested)
      return
    }
    if flat.hasSuffix(":"), classifier.describes(flat) {
      aside.facts.append(Fact(line: item.line, kind: .note, text: flat))
      aside.read(nested, as: .background, classifier: classifier, shell: shell)
      return
    }
    if nested.hasCommands {
      // The commands stand below its own sub-items.
      lead(flat, line: item.line)
      groupStart = stage.steps.count
      read(nested)
      return
    }
    let isStep = ordered || (classifier.isImperative(text.flat) && !hasFences && text.leadingStrong == nil)
    if isStep {
      let details = InertReader.items(of: nested).map { "- " + $0.text }
      let last = InertReader.items(of: nested).last?.line ?? item.line + text.lines.count - 1
      add(
        manual(
          ([flat] + details).joined(separator: "\n"), line: item.line, endLine: max(last, item.line),
          title: Self.title(flat),
          optional: classifier.isOptional(flat) || classifier.isConditional(flat)))
      for block in nested where block.isNoList { read([block]) }
    } else {
      if !isRetention { aside.facts.append(Fact(line: item.line, kind: .note, text: flat)) }
      read(nested)
    }
  }

  /// A numbered item whose fences hold nothing to run: they tell the person more of it.
  private mutating func instructed(_ item: ListItem, text: InlineText, nested: [Block]) {
    var lines = [text.flat]
    var last = item.line + text.lines.count - 1
    for block in nested {
      switch block.content {
      case .fence(let fence) where fence.kind == .none && instructs(fence):
        lines += fence.lines.map { String($0.text) }
        last = block.endLine
      case .paragraph(let more): lines.append(more.flat)
      default:
        lines += InertReader.items(of: [block]).map { "- " + $0.text }
        if !block.isNoList { last = max(last, block.endLine) }
      }
    }
    add(
      manual(
        lines.joined(separator: "\n"), line: item.line, endLine: last, title: Self.title(text.flat),
        optional: classifier.isOptional(text.flat) || classifier.isConditional(text.flat)))
    for case let block in nested where block.isNoList {
      if case .fence(let fence) = block.content, fence.kind == .none {
        if !instructs(fence) {
          aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: .output))
        }
        continue
      }
      if case .paragraph = block.content { continue }
      read([block])
    }
  }

  /// Fences of an item keep the item's sentence as their lead-in, the later ones too.
  private mutating func readNested(_ blocks: [Block], title: String) {
    for block in blocks {
      if leadIn.isEmpty { lead(title, line: block.line) }
      read([block])
    }
    leadIn = ""
  }

  private mutating func readAside(_ item: ListItem) {
    aside.read(Array(item.nested), as: mode, classifier: classifier, shell: shell)
  }
}

extension Block {
  var isFence: Bool { if case .fence = content { true } else { false } }
}
