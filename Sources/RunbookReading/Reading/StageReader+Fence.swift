import Runbook

/// What stands in a fence, whatever its language.
enum FenceItem {
  case blank
  case comment(line: Int, text: String)
  case shell(LocatedStatement)
  case sql(SQLStatement)
  /// A statement in a shell that is not ours.
  case script(ScriptStatement)
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
      || mode == .drill || mode == .symptoms
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
    case .code(let language) where PowerShell.tags.contains(language):
      items(PowerShell.items(of: fence), fence: fence)
    case .code(let language): code(fence, language: language, block: block)
    case .markdown: aside.template(fence, line: block.line, context: surroundings(""), classifier: classifier)
    case .none:
      if instructs(fence) {
        let lines = fence.lines.filter { !$0.text.trimmed.isEmpty }
        add(
          manual(
            lines.map { String($0.text) }.joined(separator: "\n"), line: lines.first?.line ?? block.line,
            endLine: lines.last?.line ?? block.endLine, title: leadIn.isEmpty ? nil : Self.title(leadIn),
            optional: optionalLead))
      } else {
        aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: Self.reason(leadIn)))
      }
    }
  }

  /// Whether most lines of an untagged fence tell a person what to do: numbered, or imperative.
  func instructs(_ fence: Fence) -> Bool {
    guard mode == nil || mode == .after, !classifier.isOutput(leadIn), classifier.kind(of: leadIn) != .template,
      headings.allSatisfy({ classifier.kind(of: $0) != .template })
    else { return false }
    let lines = fence.lines.map { Heading.stripped(String($0.text)) }.filter { !$0.isEmpty }
    guard !lines.isEmpty, lines.count <= 60 else { return false }
    let telling = lines.filter { line in
      let heading = Heading(line)
      if heading.isSequence { return true }
      return classifier.isImperative(line) && !line.hasSuffix("?")
    }
    return telling.count * 5 >= lines.count * 3
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
    guard text.utf8.contains(UInt8(ascii: ".")) else { return nil }
    return text.split { $0.isWhitespace || "`:*\"'(),;".contains($0) }.map(String.init).first { word in
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
    guard isInstructed(by: comments.first.flatMap { $0 }) else {
      let sample: Set<String> = ["json", "diff", "xml", "html", "csv", "http"]
      let isOutput = classifier.isOutput(leadIn) || leadIn.isEmpty && sample.contains(language)
      aside.notRun.append(
        NotRun(line: block.line, text: fence.text.trimmed, reason: isOutput ? .output : .example))
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

  /// Whether the words nearest to code say that it is put somewhere or run: "Disable the flag:", "Revert auth.ts". Code
  /// without such words shows something.
  private func isInstructed(by comment: String?) -> Bool {
    if classifier.isOutput(leadIn) || classifier.isExpectation(leadIn) { return false }
    if let comment, !comment.isEmpty {
      if classifier.isImperative(comment) { return true }
      // The name of the file that it is: no part of a rollback edits what it shows whole.
      if !comment.contains(" "), comment.contains("/") || comment.contains(".") { return false }
    }
    if !leadIn.isEmpty, !WordList(leadIn).containsAny(["example", "e g"]) {
      return classifier.isImperative(Heading(leadIn).title) || Self.path(in: leadIn) != nil
    }
    return classifier.isImperative(Heading(headings.last ?? "").title)
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
      instruct(titleLines, group: group, reader: reader, isOption: startsOption, optional: isOptional)
      return
    }
    if group.statements.allSatisfy(\.isImport) {
      // Lines of another language show what a person writes where the comments say.
      instruct(titleLines, group: group, reader: reader, isOption: startsOption, optional: isOptional)
      for item in group.statements { show(item, reason: .example) }
      return
    }
    if let reason = Self.isShown(group, classifier) {
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
    let words = WordList(text)
    if isSameScript(text, in: reader) { return true }
    guard stage.steps.count > max(reader.start, groupStart), words.containsAny(["specific", "particular"]),
      classifier.isRollback(words.words.first ?? "")
    else { return false }
    let before = WordList(stage.steps[groupStart].title)
    return before.words.first == words.words.first && !before.containsAny(["specific", "particular"])
  }

  /// The rollback's own script again, with other arguments: "Rollback production", "Rollback staging".
  private func isSameScript(_ text: String, in reader: CommentGroups) -> Bool {
    guard stage.steps.count > reader.start, stage.steps.count == groupStart + 1, let before = stage.steps.last,
      case .shell(let last) = before.action, last.commands.count == 1,
      let script = last.commands[0].words.first?.valueOrText, script.contains("/"),
      classifier.isRollback(script.split(separator: "/").last.map(String.init) ?? ""),
      WordList(text).words.first == WordList(before.title).words.first, case .shell(let next)? = reader.nextStatement
    else { return false }
    return next.statement.commands.first?.words.first?.valueOrText == script
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
      let isByHand = WordList(first.text).begins(withAny: ["manually", "by hand"])
      guard isByHand || !isNote, lines.contains(where: { classifier.isImperative($0.text) }) else { return }
    }
    add(manual(text, line: first.line, endLine: last.line, optional: optional))
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
          title: isFirst && !comment.isEmpty ? comment : Self.title(script.text),
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

  /// "Example output:", "Fix and redeploy": the lines below such a comment are not the rollback's commands.
  private static func isShown(_ group: CommentGroup, _ classifier: SectionClassifier) -> NotRun.Reason? {
    guard let comment = group.comments.last?.text else { return nil }
    if comment.hasSuffix(":"), classifier.isOutput(comment), classifier.isExpectation(comment) { return .output }
    return classifier.goesForward(comment) ? .forward : nil
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

extension FenceItem {
  /// `from app import x`, which stands in a shell fence to show what a file should say.
  var isImport: Bool {
    guard case .shell(let located) = self, let command = located.statement.commands.first,
      located.statement.commands.count == 1
    else { return false }
    switch command.name {
    case "from": return command.arguments.contains("import")
    case "import":
      return command.arguments.contains("from") || command.arguments.count == 1 && !located.statement.text.contains("-")
    default: return false
    }
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
    guard text.contains(".env") else { return nil }
    return text.split { $0.isWhitespace || "`:*\"'(),;".contains($0) }.map(String.init).first { word in
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
