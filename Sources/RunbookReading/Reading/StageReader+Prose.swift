import Runbook

extension StageReader {
  mutating func paragraph(_ text: InlineText) {
    let flat = text.flat
    aside.retention(flat, line: text.firstLine, classifier: classifier)
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
    if classifier.beginsWithWarning(flat), flat.first?.isUppercase ?? false { warn(flat) }
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

  mutating func lead(_ text: String, line: Int) {
    leadIn = text
    while leadIn.hasSuffix(":") { leadIn.removeLast() }
    leadInLine = line
  }

  private mutating func warn(_ text: String) { if warned.insert(text).inserted { stage.warnings.append(text) } }

  /// "**Recovery Time**: 10-15 minutes", "**Rollback**:", "**Option A: …**".
  private mutating func label(_ label: Label, text: InlineText) {
    let line = text.firstLine
    expects = false
    mode = ambient
    sentenceGoverns = false
    optionalLead = false
    let heading = label.heading
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
    if choices.scope == .label, text.isStrong || heading.isSequence, !choices.goesOn(with: nextOption) {
      choices.end(.label, stage: &stage)
    }
    if classifier.namesRecoveryTime(label.name), let estimate = Quantity.estimate(label.rest) {
      if stage.estimate == nil { stage.estimate = Self.estimate(estimate, text: label.rest) }
      aside.facts.append(Fact(line: line, kind: .estimate, text: text.flat))
      return
    }
    if classifier.namesIssue(label.name) {
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

  /// Whether the sentence has words behind the code.
  private static func goesOn(after code: InlineText.Code, in text: InlineText) -> Bool {
    let end = text.text.utf8.index(text.text.startIndex, offsetBy: code.offset + code.text.utf8.count)
    return WordList(text.text[end...]).count > 1
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
      let words = classifier.words(sentence)
      let isForbidden = classifier.isForbidding(sentence)
      let isAlone = sentence.filter { $0.isLetter }.isEmpty
      // "Look in the history of `kubectl rollout` for revisions:" names the tool; the command follows.
      let isNamed = flat.hasSuffix(":") && !isAlone && Self.goesOn(after: code, in: text)
      let runs =
        isAlone && isItem || words.begins(withAny: classifier.vocabulary.run) || words.containsAny(["run", "execute"])
        || (isItem && classifier.isImperative(sentence))
      guard runs, !isForbidden, !isNamed else {
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
