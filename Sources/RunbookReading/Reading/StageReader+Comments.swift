import Runbook

/// A fence's statements, with the comments above them.
extension StageReader {
  mutating func items(_ items: [FenceItem], fence: Fence) {
    var reader = CommentGroups(items: items, fence: fence, start: stage.steps.count)
    groupStart = leadInIsAlternative ? groupStart : stage.steps.count
    if leadInIsAlternative, groupStart < stage.steps.count {
      if choices.isOutside(.label) {
        askFor(groupStart..<stage.steps.count)
        optionalLead = true
      } else {
        choices.alternative(
          title: leadIn, line: leadInLine, scope: .label, stage: &stage, before: groupStart..<stage.steps.count,
          question: headings.last ?? "")
      }
    }
    while let group = reader.next() { read(group, in: &reader) }
    choices.end(.comment(fence: fence.firstLine), stage: &stage)
  }

  private var leadInIsAlternative: Bool { !leadIn.isEmpty && classifier.isAlternative(leadIn) }

  private mutating func read(_ group: CommentGroup, in reader: inout CommentGroups) {
    var titleLines: [(line: Int, text: String)] = []
    var isOptional = false
    var condition = ""
    var startsOption = false
    var startsPlain = false
    for comment in group.comments {
      let text = comment.text
      guard text.contains(where: { $0.isLetter || $0.isNumber }) else { continue }
      let heading = Heading(text)
      if choices.scope == .label, targetLabels > 1, classifier.isTargeted(text), stage.steps.count > groupStart {
        choices.begin(
          label: text, word: "target", title: text, line: comment.line, scope: .label, stage: &stage, question: "")
        startsOption = true
        groupStart = stage.steps.count
        titleLines = [(comment.line, text)]
      } else if case .option(let word, let label)? = heading.marker {
        choices.begin(
          label: label, word: word, title: heading.title, line: comment.line, scope: .comment(fence: reader.fence),
          stage: &stage, question: condition)
        startsOption = true
        groupStart = stage.steps.count
        titleLines = [(comment.line, heading.title)]
      } else if isAlternative(text, in: reader), choices.isOutside(.comment(fence: reader.fence)), !startsOption {
        askFor(groupStart..<stage.steps.count)
        groupStart = stage.steps.count
        titleLines = [(comment.line, text)]
        isOptional = true
      } else if isAlternative(text, in: reader), stage.steps.count > groupStart || choices.isOpen, !startsOption {
        let title = classifier.isAlternative(text) ? Self.withoutAlternative(text) : text
        choices.alternative(
          title: title, line: comment.line, scope: .comment(fence: reader.fence), stage: &stage,
          before: groupStart..<stage.steps.count, question: "")
        startsOption = choices.isOpen
        groupStart = stage.steps.count
        titleLines = [(comment.line, title)]
      } else if classifier.isExpectation(text), stage.steps.count > reader.start, titleLines.isEmpty {
        expect(ExpectationReader.check(text, line: comment.line))
      } else {
        if classifier.isGuarding(text) { stage.guardCandidates.append(GuardCandidate(line: comment.line, text: text)) }
        if classifier.isConditional(text) { condition = text }
        if classifier.isConditional(text) || classifier.isOptional(text)
          || titleLines.isEmpty && classifier.isExample(text)
        {
          isOptional = true
        }
        titleLines.append((comment.line, heading.isSequence ? heading.title : text))
        startsPlain = startsPlain || !startsOption
      }
    }
    // A condition above an option is the choice's question: who chooses answers it.
    if startsOption { isOptional = false }
    if startsPlain, group.followsBlank, choices.isOpen, !reader.hasLaterOption(classifier) {
      choices.end(.comment(fence: reader.fence), stage: &stage)
    }
    if startsPlain || (group.followsBlank && group.comments.isEmpty && !choices.isOpen) {
      groupStart = stage.steps.count
    }
    let title = titleLines.map(\.text).joined(separator: " ")
    if group.statements.isEmpty {
      instruct(titleLines, group: group, reader: reader, isOption: startsOption, optional: isOptional)
      return
    }
    if group.statements.allSatisfy(\.isImport) {
      // Lines of another language show what a person writes where the comments say.
      instruct(titleLines, group: group, reader: reader, isOption: startsOption, optional: isOptional)
      for item in group.statements { show(item, reason: .example) }
      return
    }
    if let reason = isShown(group, in: reader) {
      for item in group.statements { show(item, reason: reason) }
      return
    }
    if let file = ConfigValue.file(in: title), group.statements.contains(where: { $0.isAssignment }) {
      configure(group, file: file, title: title, optional: isOptional)
      return
    }
    for (index, item) in group.statements.enumerated() {
      statement(item, comment: title, isFirst: index == 0, optional: isOptional, fence: reader)
    }
  }

  /// "Or …", or the same again: "Rollback to previous", "Rollback to specific version".
  private func isAlternative(_ text: String, in reader: CommentGroups) -> Bool {
    if classifier.isAlternative(text) { return true }
    if classifier.isExample(text) { return false }
    let words = classifier.words(text)
    if isSameScript(text, in: reader) || isOtherTarget(in: reader) { return true }
    guard stage.steps.count > max(reader.start, groupStart), words.containsAny(["specific", "particular"]),
      classifier.isRollback(words.words.first ?? "")
    else { return false }
    let before = classifier.words(stage.steps[groupStart].title)
    return before.words.first == words.words.first && !before.containsAny(["specific", "particular"])
  }

  /// The rollback's own script again, with other arguments: "Rollback production", "Rollback staging".
  private func isSameScript(_ text: String, in reader: CommentGroups) -> Bool {
    guard stage.steps.count > reader.start, stage.steps.count == groupStart + 1, let before = stage.steps.last,
      case .shell(let last) = before.action, last.commands.count == 1,
      let script = last.commands[0].words.first?.valueOrText, script.contains("/"),
      classifier.isRollback(script.split(separator: "/").last.map(String.init) ?? ""),
      classifier.words(text).words.first == classifier.words(before.title).words.first,
      case .shell(let next)? = reader.nextStatement
    else { return false }
    return next.statement.commands.first?.words.first?.valueOrText == script
  }

  /// The same way back again, to somewhere else: `alembic downgrade -1`, then `alembic downgrade <revision>`.
  private func isOtherTarget(in reader: CommentGroups) -> Bool {
    guard stage.steps.count > reader.start, stage.steps.count == groupStart + 1 || choices.isOpen,
      case .shell(let last)? = stage.steps.last?.action, case .shell(let next)? = reader.nextStatement,
      let way = WayBack(last), way == WayBack(next.statement)
    else { return false }
    return last.text != next.statement.text
  }

  /// Alternatives within an option of something wider: a step belongs to one choice only, so each of them is asked for.
  private mutating func askFor(_ steps: Range<Int>) { for index in steps { stage.steps[index].optional = true } }

  /// Comments without a command: what a person does, a note on the command above, or a heading for what follows.
  private mutating func instruct(
    _ lines: [(line: Int, text: String)], group: CommentGroup, reader: CommentGroups, isOption: Bool, optional: Bool
  ) {
    guard let first = lines.first, let last = lines.last else { return }
    let text = lines.map(\.text).joined(separator: "\n")
    let isNumbered = group.comments.first.map { Heading($0.text).isSequence } ?? false
    guard isNumbered || !CommentGroups.looksLikeOutput(text), !classifier.goesForward(first.text) else { return }
    // "Watch the output. Should see: …" says what the command above shows.
    if !isNumbered, classifier.mentionsOutput(first.text),
      lines.dropFirst().contains(where: { classifier.isExpectation($0.text) })
    {
      return
    }
    if !isOption, !isNumbered, !reader.isOnlyComments {
      // Right below a command it says what the command shows; `cd` shows nothing.
      let isNote = !group.followsBlank && stage.steps.count > reader.start && !(stage.steps.last?.onlyMoves ?? false)
      let isByHand = classifier.words(first.text).begins(withAny: ["manually", "by hand"])
      guard isByHand || !isNote, lines.contains(where: { classifier.isImperative($0.text) }) else { return }
    }
    add(manual(text, line: first.line, endLine: last.line, optional: optional))
  }

  /// The comment above a command; else, where a condition stands before it, that: it is what a person is asked.
  private func title(_ comment: String, _ text: String) -> String {
    if !comment.isEmpty { return comment }
    return optionalLead && !leadIn.isEmpty && !choices.isOfComments ? leadIn : Self.title(text)
  }

  private mutating func statement(
    _ item: FenceItem, comment: String, isFirst: Bool, optional: Bool, fence: CommentGroups
  ) {
    let verifies = verifies(comment)
    switch item {
    case .shell where item.isImport: show(item, reason: .example)
    case .shell(let located) where located.statement.text.hasPrefix("=> "): show(item, reason: .output)
    case .script(let script):
      let nature = PowerShell.nature(of: script, verifies: verifies, title: surroundings(comment))
      add(
        Step(
          id: "", line: script.line, endLine: script.endLine,
          title: isFirst ? title(comment, script.text) : Self.title(script.text),
          kind: nature.kind, role: nature.role, action: .code(language: script.language, text: script.text),
          optional: optional, interactive: nature.isInteractive, destructive: nature.isDestructive,
          attributes: fence.attributes))
    case .shell(let located):
      var statement = located.statement
      var endLine = located.endLine
      let nature = CommandNature(statement, title: surroundings(comment), verifies: verifies)
      if let cron = fence.cronLine(after: located) {
        statement.text += "\n" + cron.text
        endLine = cron.line
      }
      var attributes = fence.attributes
      if let note = located.trailingComment { attributes["note"] = note }
      let interactive = nature.isInteractive && attributes["interactive"] != "false"
      add(
        Step(
          id: "", line: located.line, endLine: endLine,
          title: isFirst ? title(comment, statement.text) : Self.title(statement.text),
          kind: nature.kind, role: nature.role, action: .shell(statement), place: StepPlace.of(statement),
          optional: optional,
          interactive: interactive, destructive: nature.isDestructive, attributes: attributes))
      if let note = located.trailingComment {
        if classifier.isExpectation(note) { expect(ExpectationReader.check(note, line: located.endLine)) }
      }
    case .sql(let sql):
      let nature = SQLReader.nature(of: sql.text)
      var attributes = fence.attributes
      if let note = sql.trailingComment { attributes["note"] = note }
      add(
        Step(
          id: "", line: sql.line, endLine: sql.endLine,
          title: isFirst ? title(comment, sql.text) : Self.title(sql.text), kind: .sql,
          role: nature.isReadOnly ? .observe : .change, action: .sql(SQLText(text: sql.text)), optional: optional,
          destructive: nature.isDestructive, attributes: attributes))
      if let note = sql.trailingComment, classifier.isExpectation(note) {
        expect(ExpectationReader.check(note, line: sql.endLine))
      }
    case .blank, .comment: break
    }
  }

  /// "Example output:", "Fix and redeploy": the lines below such a comment are not the rollback's commands.
  private func isShown(_ group: CommentGroup, in reader: CommentGroups) -> NotRun.Reason? {
    guard let comment = group.comments.last?.text else { return nil }
    if comment.hasSuffix(":"), classifier.isOutput(comment), classifier.isExpectation(comment) { return .output }
    if classifier.goesForward(comment) { return .forward }
    return classifier.isExample(comment) && showsAgain(comment, group, in: reader) ? .example : nil
  }

  /// "Example: …" above what the fence has had already, or without another word.
  private func showsAgain(_ comment: String, _ group: CommentGroup, in reader: CommentGroups) -> Bool {
    if classifier.isOnlyExample(comment) { return true }
    guard case .shell(let located)? = group.statements.first else { return false }
    let words = located.statement.commands.first?.words.prefix(2).map(\.valueOrText) ?? []
    return stage.steps.dropFirst(reader.start).contains { step in
      guard case .shell(let earlier) = step.action else { return false }
      return earlier.commands.first?.words.prefix(2).map(\.valueOrText) == words
    }
  }

  private mutating func show(_ item: FenceItem, reason: NotRun.Reason) {
    switch item {
    case .shell(let located):
      aside.notRun.append(NotRun(line: located.line, text: located.statement.text, reason: reason))
    case .sql(let sql): aside.notRun.append(NotRun(line: sql.line, text: sql.text, reason: reason))
    case .script(let script): aside.notRun.append(NotRun(line: script.line, text: script.text, reason: reason))
    case .blank, .comment: break
    }
  }

  private mutating func configure(_ group: CommentGroup, file: String, title: String, optional: Bool) {
    var settings: [ConfigBlock.Setting] = []
    var texts: [String] = []
    var rest: [FenceItem] = []
    for item in group.statements {
      guard case .shell(let located) = item, item.isAssignment else {
        rest.append(item)
        continue
      }
      texts.append(located.statement.text)
      for command in located.statement.commands {
        for assignment in command.assignments {
          settings.append(
            ConfigBlock.Setting(name: assignment.name, value: assignment.value.valueOrText, line: located.line))
        }
      }
    }
    guard let first = settings.first, let last = settings.last else { return }
    add(
      Step(
        id: "", line: first.line, endLine: last.line, title: title, kind: .file, role: .change,
        action: .config(ConfigBlock(settings: settings, file: file, text: texts.joined(separator: "\n"))),
        optional: optional))
    for item in rest {
      statement(
        item, comment: "", isFirst: false, optional: optional, fence: CommentGroups(items: [], fence: nil, start: 0))
    }
  }

  /// "Or rollback to …" → "rollback to …".
  static func withoutAlternative(_ text: String) -> String {
    let words = text.split(separator: " ", maxSplits: 1)
    guard words.count == 2, let first = words[1].first else { return text }
    return first.uppercased() + words[1].dropFirst()
  }
}

extension Step {
  /// `cd` and its kin: they show nothing.
  var onlyMoves: Bool {
    guard case .shell(let statement) = action, !statement.commands.isEmpty else { return false }
    return statement.commands.allSatisfy { ReadOnlyCommands.neutral.contains($0.name ?? "") }
  }
}
