import Runbook

/// What stands in a fence, whatever its language.
enum FenceItem {
  case blank
  case comment(line: Int, text: String)
  case shell(LocatedStatement)
  case sql(SQLStatement)
}

extension StageReader {
  mutating func read(_ fence: Fence, block: Block) {
    defer {
      expects = false
      leadIn = ""
      optionalLead = false
    }
    if expects {
      expectation(of: fence)
      return
    }
    if mode == .troubleshooting || mode == .prevention || mode == .forward || mode == .backupAdvice || mode == .template
      || mode == .drill
    {
      aside.read([block], as: mode, classifier: classifier, shell: shell)
      return
    }
    switch Language(fence) {
    case .shell:
      if fence.text.hasPrefix("#!") {
        script(fence, block: block)
      } else {
        items(
          shell.items(of: fence).map { item in
            switch item {
            case .blank: .blank
            case .comment(let line, let text): .comment(line: line, text: text)
            case .statement(let located): .shell(located)
            case .sql(let sql): .sql(sql)
            }
          }, fence: fence)
        for (line, text) in ConsoleText.output(of: fence) {
          aside.notRun.append(NotRun(line: line, text: String(text), reason: .output))
        }
      }
    case .sql:
      items(
        SQLReader.pieces(of: fence.text, line: fence.firstLine).map { piece in
          switch piece {
          case .blank: .blank
          case .comment(let line, let text): .comment(line: line, text: text)
          case .statement(let statement): .sql(statement)
          }
        }, fence: fence)
    case .config: config(fence, block: block)
    case .code(let language): code(fence, language: language, block: block)
    case .markdown: aside.template(fence, line: block.line, context: surroundings(""), classifier: classifier)
    case .none: aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: Self.reason(leadIn)))
    }
  }

  private static func reason(_ leadIn: String) -> NotRun.Reason {
    SectionClassifier().kind(of: leadIn) == .template ? .template : .output
  }

  private mutating func script(_ fence: Fence, block: Block) {
    add(
      Step(
        id: "", line: block.line, endLine: block.endLine, title: leadIn.isEmpty ? Self.title(fence.text) : leadIn,
        kind: .file,
        role: .change, action: .file(FileDefinition(path: Self.path(in: leadIn), contents: fence.text)),
        attributes: fence.attributes))
  }

  /// A file name that the sentence before a fence mentions.
  static func path(in text: String) -> String? {
    text.split { $0.isWhitespace || "`:*\"'(),;".contains($0) }.map(String.init).first { word in
      guard let dot = word.lastIndex(of: "."), word.count > 2, word.last != "." else { return false }
      let ending = word[word.index(after: dot)...]
      return ending.count <= 10 && ending.allSatisfy { $0.isLetter || $0.isNumber }
        && ending.contains(where: \.isLetter)
        && !word.hasPrefix("http") && !word.hasPrefix("www.")
    }
  }

  private mutating func config(_ fence: Fence, block: Block) {
    var settings: [ConfigBlock.Setting] = []
    for (line, text) in fence.lines {
      var body = text.trimmed
      if let rest = body.dropping(prefix: "export ") { body = rest.trimmed }
      guard !body.hasPrefix("#"), let equals = body.firstIndex(of: "=") else { continue }
      settings.append(
        ConfigBlock.Setting(
          name: String(body[..<equals]).trimmed, value: ConfigValue.plain(String(body[body.index(after: equals)...])),
          line: line))
    }
    guard !settings.isEmpty else {
      aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: .example))
      return
    }
    add(
      Step(
        id: "", line: settings.first?.line ?? block.line, endLine: settings.last?.line ?? block.endLine,
        title: leadIn.isEmpty ? Self.title(fence.text) : leadIn, kind: .file, role: .change,
        action: .config(ConfigBlock(settings: settings, file: ConfigValue.file(in: leadIn), text: fence.text.trimmed)),
        attributes: fence.attributes))
  }

  private mutating func code(_ fence: Fence, language: String, block: Block) {
    let lines = fence.lines.filter { !$0.text.allSatisfy(\.isWhitespace) }
    guard let first = lines.first, let last = lines.last else { return }
    let comments = lines.map { line -> String? in
      let text = line.text.trimmed
      for mark in ["#", "//", "--", "REM "] where text.hasPrefix(mark) {
        return String(text.dropFirst(mark.count).drop { $0 == mark.first }).trimmed
      }
      return nil
    }
    if comments.allSatisfy({ $0 != nil }), language != "markdown" {
      // Nothing but comments: they tell a person what to do.
      let text = comments.compactMap { $0 }.joined(separator: "\n")
      add(manual(text, line: first.line, endLine: last.line, optional: optionalLead))
      return
    }
    let sample: Set<String> = ["json", "diff", "xml", "html", "csv", "http"]
    if sample.contains(language),
      leadIn.isEmpty || WordList(leadIn).containsAny(["response", "output", "result", "example", "returns"])
    {
      aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: .output))
      return
    }
    let shebang = fence.text.hasPrefix("#!")
    let title = leadIn.isEmpty ? (comments.first.flatMap { $0 } ?? Self.title(fence.text)) : leadIn
    add(
      Step(
        id: "", line: first.line, endLine: last.line, title: title, kind: shebang ? .file : .code, role: .change,
        action: shebang
          ? .file(FileDefinition(path: Self.path(in: leadIn), contents: fence.text))
          : .code(language: language, text: fence.text),
        attributes: fence.attributes))
  }

  private mutating func expectation(of fence: Fence) {
    let lines = fence.lines.map { $0.text.trimmed }.filter { !$0.isEmpty }
    expect(
      Check(role: .verification, question: .output, expectation: Expectation(contains: lines), line: fence.firstLine))
  }

  // MARK: Statements with comments

  private mutating func items(_ items: [FenceItem], fence: Fence) {
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
      if case .option(let word, let label)? = heading.marker {
        choices.begin(
          label: label, word: word, title: heading.title, line: comment.line, scope: .comment(fence: reader.fence),
          stage: &stage, question: condition)
        startsOption = true
        groupStart = stage.steps.count
        titleLines = [(comment.line, heading.title)]
        // The condition before it is the choice's question: who chooses answers it.
        isOptional = classifier.isOptional(text)
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
    if startsPlain, group.followsBlank, choices.isOpen, !reader.hasLaterOption(classifier) {
      choices.end(.comment(fence: reader.fence), stage: &stage)
    }
    if startsPlain || (group.followsBlank && group.comments.isEmpty && !choices.isOpen) {
      groupStart = stage.steps.count
    }
    let title = titleLines.map(\.text).joined(separator: " ")
    if group.statements.isEmpty {
      instruct(titleLines, group: group, isLast: reader.isAtEnd, isOption: startsOption, optional: isOptional)
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
    let words = WordList(text)
    guard stage.steps.count > max(reader.start, groupStart), words.containsAny(["specific", "particular"]),
      classifier.isRollback(words.words.first ?? "")
    else { return false }
    let before = WordList(stage.steps[groupStart].title)
    return before.words.first == words.words.first && !before.containsAny(["specific", "particular"])
  }

  /// Alternatives within an option of something wider: a step belongs to one choice only, so each of them is asked for.
  private mutating func askFor(_ steps: Range<Int>) { for index in steps { stage.steps[index].optional = true } }

  /// Comments without a command: what a person does, or a heading for what follows.
  private mutating func instruct(
    _ lines: [(line: Int, text: String)], group: CommentGroup, isLast: Bool, isOption: Bool, optional: Bool
  ) {
    guard let first = lines.first, let last = lines.last else { return }
    let text = lines.map(\.text).joined(separator: "\n")
    let standsAlone = isLast || isOption
    guard standsAlone || classifier.isImperative(first.text) else { return }
    guard !CommentGroups.looksLikeOutput(text) else { return }
    add(manual(text, line: first.line, endLine: last.line, optional: optional))
  }

  private mutating func statement(
    _ item: FenceItem, comment: String, isFirst: Bool, optional: Bool, fence: CommentGroups
  ) {
    let verifies = verifies(comment)
    switch item {
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
          title: isFirst && !comment.isEmpty ? comment : Self.title(statement.text),
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
          title: isFirst && !comment.isEmpty ? comment : Self.title(sql.text), kind: .sql,
          role: nature.isReadOnly ? .observe : .change, action: .sql(SQLText(text: sql.text)), optional: optional,
          destructive: nature.isDestructive, attributes: attributes))
      if let note = sql.trailingComment, classifier.isExpectation(note) {
        expect(ExpectationReader.check(note, line: sql.endLine))
      }
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

extension FenceItem {
  /// `NAME=value` and nothing else.
  var isAssignment: Bool {
    guard case .shell(let located) = self, !located.statement.commands.isEmpty else { return false }
    return located.statement.commands.allSatisfy { $0.words.isEmpty && !$0.assignments.isEmpty }
  }
}

enum ConfigValue {
  /// Without the quotes around it.
  static func plain(_ value: String) -> String {
    let text = value.trimmed
    guard let first = text.first, first == "\"" || first == "'", text.count >= 2, text.last == first else {
      return text
    }
    return String(text.dropFirst().dropLast())
  }

  /// `.env` and its kin, where a sentence names one.
  static func file(in text: String) -> String? {
    text.split { $0.isWhitespace || "`:*\"'(),;".contains($0) }.map(String.init).first { word in
      let base = word.split(separator: "/").last.map(String.init) ?? word
      return base == ".env" || base.hasPrefix(".env.") || (base.hasSuffix(".env") && base.count > 4)
    }
  }
}

enum StepPlace {
  /// Where the statement acts: the one place of its commands, a pipeline's last.
  static func of(_ statement: ShellStatement) -> Place {
    let commands = statement.commands.filter { $0.context != .substitution }
    let elsewhere = Set(commands.map(\.place)).subtracting([.here])
    if elsewhere.count == 1, let only = elsewhere.first {
      if commands.allSatisfy({ $0.place == only }) { return only }
      if commands.last?.place == only, commands.allSatisfy({ $0.context == .pipeline }) { return only }
    }
    return .here
  }
}
