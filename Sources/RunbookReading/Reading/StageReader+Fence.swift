import Runbook

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
    if classifier.introducesExample(leadIn), fence.kind.runs {
      aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: .example))
      return
    }
    switch fence.kind {
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
        aside.notRun.append(NotRun(line: block.line, text: fence.text.trimmed, reason: outputReason))
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

  private var outputReason: NotRun.Reason { classifier.kind(of: leadIn) == .template ? .template : .output }

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
    return bareWords(of: text).first { word in
      guard let dot = word.lastIndex(of: "."), word.count > 2, word.last != "." else { return false }
      let ending = word[word.index(after: dot)...]
      return ending.count <= 10 && ending.allSatisfy { $0.isLetter || $0.isNumber }
        && ending.contains(where: \.isLetter)
        && !word.hasPrefix("http") && !word.hasPrefix("www.")
    }
  }

  /// The words of a sentence without what stands around them.
  static func bareWords(of text: String) -> [String] {
    text.split { $0.isWhitespace || "`:*\"'(),;".contains($0) }.map(String.init)
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
    if !leadIn.isEmpty, !classifier.words(leadIn).containsAny(["example", "e g"]) {
      return classifier.isImperative(Heading(leadIn).title) || Self.path(in: leadIn) != nil
    }
    return classifier.isImperative(Heading(headings.last ?? "").title)
  }

  private mutating func expectation(of fence: Fence) {
    let lines = fence.lines.map { $0.text.trimmed }.filter { !$0.isEmpty }
    expect(
      Check(role: .verification, question: .output, expectation: Expectation(contains: lines), line: fence.firstLine))
  }
}
