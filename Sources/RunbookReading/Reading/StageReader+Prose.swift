import Runbook

extension StageReader {
  mutating func paragraph(_ text: InlineText) {
    let flat = text.flat
    aside.retention(flat, line: text.firstLine)
    if let label = Label(text) {
      self.label(label, text: text)
      return
    }
    // A sentence below "**Prevention:**" does not end what the label governs.
    if !isGoverned || sentenceGoverns { mode = ambient }
    sentenceGoverns = false
    if classifier.isExpectation(flat), !stage.steps.isEmpty {
      let label = Label(plain: flat)
      if let rest = label?.rest, !rest.isEmpty {
        expect(ExpectationReader.check(rest, line: text.firstLine))
      } else if flat.hasSuffix(":") {
        expects = true
      } else {
        expect(ExpectationReader.check(flat, line: text.firstLine))
      }
      return
    }
    if classifier.isGuarding(flat) { stage.guardCandidates.append(GuardCandidate(line: text.firstLine, text: flat)) }
    if classifier.isWarning(flat), flat.first?.isUppercase ?? false,
      WordList(flat).begins(withAny: classifier.vocabulary.warning)
    {
      warn(flat)
    }
    lead(flat, line: text.firstLine)
    optionalLead = classifier.isConditional(flat) || classifier.isOptional(flat)
    if flat.hasSuffix(":"), !optionalLead, let kind = classifier.kind(of: flat),
      [.troubleshooting, .after, .symptoms].contains(kind)
    {
      mode = kind
    }
    if flat.hasSuffix(":"), !isGoverned, classifier.advisesBackup(flat) {
      mode = .backupAdvice
      sentenceGoverns = true
    }
    if isGoverned {
      for code in text.codes where shell.command(code.text) != nil {
        aside.notRun.append(NotRun(line: text.firstLine, text: code.text, reason: Aside.reason(mode)))
      }
      return
    }
    inlineSteps(text, line: text.firstLine, isItem: false)
  }

  /// What a label said holds up to the next label or heading.
  private var isGoverned: Bool {
    switch mode {
    case .backupAdvice, .prevention, .drill, .forward: true
    default: false
    }
  }

  private mutating func lead(_ text: String, line: Int) {
    leadIn = text
    while leadIn.hasSuffix(":") { leadIn.removeLast() }
    leadInLine = line
  }

  private mutating func warn(_ text: String) { if warned.insert(text).inserted { stage.warnings.append(text) } }

  /// "**Recovery Time**: 10-15 minutes", "**Rollback**:", "**Option A: …**".
  private mutating func label(_ label: Label, text: InlineText) {
    let words = WordList(label.name)
    let line = text.firstLine
    expects = false
    mode = ambient
    sentenceGoverns = false
    optionalLead = false
    let heading = Heading(label.name + (label.rest.isEmpty ? "" : ": " + label.rest))
    if goesForward(heading) {
      choices.end(.label, stage: &stage)
      mode = .forward
      lead(heading.title, line: line)
      return
    }
    if isTargetLabel(label, text: text) {
      choices.begin(
        label: label.name, word: "target", title: label.name, line: line, scope: .label, stage: &stage,
        question: headings.last ?? "")
      groupStart = stage.steps.count
      lead(label.name, line: line)
      return
    }
    if case .option(let word, let option)? = heading.marker {
      choices.begin(
        label: option, word: word, title: heading.title, line: line, scope: .label, stage: &stage,
        question: headings.last ?? "")
      groupStart = stage.steps.count
      lead(heading.title, line: line)
      return
    }
    if label.rest.isEmpty, let way = classifier.way(label.name) {
      choices.begin(
        label: way, word: "via", title: label.name, line: line, scope: .label, stage: &stage,
        question: headings.last ?? "")
      groupStart = stage.steps.count
      lead(label.name, line: line)
      return
    }
    if choices.scope == .label, text.isStrong || heading.isSequence { choices.end(.label, stage: &stage) }
    if words.containsAny(classifier.vocabulary.recoveryTime), let estimate = Quantity.estimate(label.rest) {
      if stage.estimate == nil { stage.estimate = Self.estimate(estimate, text: label.rest) }
      aside.facts.append(Fact(line: line, kind: .estimate, text: text.flat))
      return
    }
    if words.begins(withAny: classifier.vocabulary.issueLabel) {
      if !label.rest.isEmpty { symptoms.append(label.rest) } else { mode = .symptoms }
      return
    }
    if classifier.isExpectation(label.name) {
      if label.rest.isEmpty { expects = true } else { expect(ExpectationReader.check(label.rest, line: line)) }
      return
    }
    if let estimate = Quantity.estimate(label.rest), label.rest.hasPrefix("("), stage.estimate == nil {
      let inner = label.rest.prefix { $0 != ")" }.filter { $0 != "(" }
      stage.estimate = Self.estimate(estimate, text: inner)
    }
    let risk = RiskReader.risk(label: label.name, value: label.rest)
    if let risk {
      stage.risk = max(stage.risk ?? risk, risk)
      warn(text.flat)
    } else if classifier.isWarning(label.name) {
      warn(text.flat)
    }
    if classifier.isGuarding(text.flat) { stage.guardCandidates.append(GuardCandidate(line: line, text: text.flat)) }
    if let kind = classifier.kind(of: label.name) {
      switch kind {
      case .after, .troubleshooting, .prevention, .forward, .backupAdvice, .template, .drill, .contacts, .criteria,
        .symptoms, .triggers:
        // "**Impact:** low" says it all; "**Symptoms:**" speaks of what follows.
        if label.rest.isEmpty || kind == .after { mode = kind }
        if kind == .after, !label.rest.isEmpty { aside.after(label.rest, line: line) }
      default: break
      }
    }
    lead(text.isStrong ? label.name : text.flat, line: line)
    if classifier.isConditional(leadIn) || classifier.isOptional(leadIn) { optionalLead = true }
    inlineSteps(text, line: line, isItem: false)
  }

  /// "Option B: Hotfix release", "Step 2: …": the words behind the marker decide.
  private func goesForward(_ heading: Heading) -> Bool {
    switch heading.marker {
    case .option, .step: classifier.kind(of: heading.title) == .forward
    default: false
    }
  }

  /// One of the labels below a heading of which at least two name another target of the same.
  private func isTargetLabel(_ label: Label, text: InlineText) -> Bool {
    guard label.rest.isEmpty || label.rest.hasPrefix("("), targetLabels > 1 else { return false }
    return classifier.isTargeted(label.name)
      || choices.scope == .label && text.isStrong && classifier.isRollback(label.name)
        && classifier.kind(of: label.name) == nil
  }

  static func estimate(_ estimate: Estimate, text: String) -> Estimate {
    Estimate(minimum: estimate.minimum, maximum: estimate.maximum, text: text.trimmed)
  }

  // MARK: Lists

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
    let isRetention = aside.retention(flat, line: item.line)
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
    let isStep = ordered || (classifier.isImperative(Self.unlabelled(text)) && !hasFences && text.leadingStrong == nil)
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
      case .fence(let fence) where Language(fence) == .none && instructs(fence):
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
      if case .fence(let fence) = block.content, Language(fence) == .none {
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

  private static func unlabelled(_ text: InlineText) -> String { text.flat }

  /// What stands between the last full stop, semicolon or line feed and `position`.
  private static func sentence(of text: String, before position: String.Index) -> String {
    let stops: Set<UInt8> = [UInt8(ascii: "."), UInt8(ascii: ";"), 10]
    var start = position
    while start > text.startIndex {
      let previous = text.utf8.index(before: start)
      if stops.contains(text.utf8[previous]) { break }
      start = previous
    }
    return String(text[start..<position])
  }

  /// Steps for the commands that a sentence says to run. Returns whether there are any.
  @discardableResult
  mutating func inlineSteps(_ text: InlineText, line: Int, isItem: Bool) -> Bool {
    let commands = text.codes.compactMap { code in shell.command(code.text).map { (code, $0) } }
    guard !commands.isEmpty else { return false }
    let flat = text.flat
    var found = false
    var lineNumber = line
    var counted = text.text.startIndex
    for (code, parsed) in commands {
      var statement = parsed
      let position = text.text.utf8.index(text.text.startIndex, offsetBy: code.offset)
      lineNumber += text.text.utf8[counted..<position].lazy.filter { $0 == 10 }.count
      counted = position
      let sentence = Self.sentence(of: text.text, before: position)
      let words = WordList(sentence)
      let isForbidden = words.containsAny(classifier.vocabulary.forbid)
      let isAlone = sentence.filter { $0.isLetter }.isEmpty
      let runs =
        isAlone && isItem || words.begins(withAny: classifier.vocabulary.run) || words.containsAny(["run", "execute"])
        || (isItem && classifier.isImperative(sentence))
      guard runs, !isForbidden else {
        aside.notRun.append(NotRun(line: lineNumber, text: code.text, reason: .example))
        continue
      }
      for index in statement.commands.indices { statement.commands[index].line = lineNumber }
      let nature = CommandNature(statement, title: surroundings(flat), verifies: classifier.isVerifying(flat))
      add(
        Step(
          id: "", line: lineNumber, endLine: lineNumber, title: Self.title(flat), kind: nature.kind, role: nature.role,
          action: .shell(statement), place: StepPlace.of(statement),
          optional: classifier.isOptional(flat) || classifier.isConditional(sentence),
          interactive: nature.isInteractive,
          destructive: nature.isDestructive))
      found = true
    }
    return found
  }
}

extension Block {
  var isFence: Bool { if case .fence = content { true } else { false } }
}

/// "**Name:** rest", "Name: rest".
struct Label {
  var name: String
  var rest: String

  /// A paragraph that begins with bold text.
  init?(_ text: InlineText) {
    guard let strong = text.leadingStrong, !strong.isEmpty else { return nil }
    let flat = text.flat
    let bare = strong.filter { $0 != "`" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard let range = flat.firstRange(of: bare) else { return nil }
    var rest = flat[range.upperBound...].trimmed
    var name = Heading.stripped(bare)
    let colon =
      name.hasSuffix(":") || rest.hasPrefix(":") || rest.hasPrefix("-") || rest.hasPrefix("–") || rest.hasPrefix("—")
    if let inner = name.firstIndex(of: ":"), !name.hasSuffix(":"), rest.isEmpty {
      rest = name[name.index(after: inner)...].trimmed
      name = String(name[..<inner]).trimmed
    } else if !colon, !text.isStrong, !rest.hasPrefix("(") {
      return nil
    }
    while let last = name.last, ":".contains(last) { name.removeLast() }
    while let first = rest.first, ":-–— ".contains(first) { rest.removeFirst() }
    self.name = name.trimmed
    self.rest = rest
  }

  /// "Expected: x" in plain text.
  init?(plain text: String) {
    guard let colon = text.firstIndex(of: ":"), text.distance(from: text.startIndex, to: colon) < 40 else { return nil }
    name = text[..<colon].trimmed
    rest = text[text.index(after: colon)...].trimmed
  }
}

enum RiskReader {
  /// The risk that a heading names: "Phase 7: High Risk (Storage)", "(DESTRUCTIVE)", "CRITICAL".
  static func risk(heading text: String) -> Risk? {
    let words = WordList(text)
    let scale: [(Risk, [String])] = [
      (.critical, ["critical", "critical risk", "risk critical"]),
      (.high, ["high risk", "risk high", "high priority", "destructive", "dangerous", "danger", "irreversible"]),
      (.medium, ["medium risk", "moderate risk", "risk medium", "medium priority"]),
      (.low, ["low risk", "risk low", "low priority"]),
    ]
    return scale.first { words.containsAny($0.1) }?.0
  }

  /// "Risk: high", "Priority: HIGH - …", "WARNING: …".
  static func risk(label: String, value: String) -> Risk? {
    let words = WordList(label)
    if words.containsAny(["risk", "risk level", "priority", "severity"]) {
      let named = WordList(value)
      for (name, phrases) in Vocabulary.all.risks where named.containsAny(phrases.filter { !$0.contains(" ") }) {
        if let risk = Risk(rawValue: name) { return risk }
      }
      return nil
    }
    if words.begins(withAny: ["critical"]) { return .critical }
    if words.containsAny(["warning", "danger", "destructive", "caution"]) { return .high }
    return nil
  }
}
