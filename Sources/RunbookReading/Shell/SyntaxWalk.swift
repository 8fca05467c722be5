import Runbook

/// From a statement's syntax tree to its simple commands.
struct SyntaxWalk {
  let source: [UInt8]
  let firstLine: Int
  let reader: ShellReader
  /// Where the lines after the first begin: every command asks for its line.
  private let lineStarts: [Int]

  init(source: [UInt8], firstLine: Int, reader: ShellReader) {
    self.source = source
    self.firstLine = firstLine
    self.reader = reader
    var starts: [Int] = []
    for (index, byte) in source.enumerated() where byte == 10 { starts.append(index + 1) }
    lineStarts = starts
  }

  func line(at offset: Int) -> Int {
    // The number of lines that begin at the offset or before it.
    var low = 0
    var high = lineStarts.count
    while low < high {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return firstLine + low
  }

  func text(_ range: Range<Int>) -> String {
    guard range.lowerBound >= 0, range.upperBound <= source.count else { return "" }
    return String(decoding: source[range], as: UTF8.self)
  }

  func text(_ node: SyntaxNode) -> String { node.start <= node.end ? text(node.start..<node.end) : "" }

  func commands(of statement: SyntaxNode) -> [ParsedCommand] {
    var result: [ParsedCommand] = []
    visit(statement, context: .alone, background: false, into: &result)
    return result
  }

  private func visit(
    _ statement: SyntaxNode, context: ParsedCommand.Context, background: Bool, into result: inout [ParsedCommand]
  ) {
    let background = background || statement.flags.contains("Background")
    let redirections = statement.all("Redirs").map(redirection)
    guard let command = statement.first("Cmd") else {
      if !redirections.isEmpty {
        result.append(
          ParsedCommand(
            words: [], redirections: redirections, context: context, background: background,
            line: line(at: statement.start)))
      }
      return
    }
    let first = result.count
    visit(command: command, context: context, background: background, into: &result)
    // A redirection of a compound command stands with the first command in it.
    if result.indices.contains(first) { result[first].redirections += redirections }
    for redirection in statement.all("Redirs") {
      for part in redirection.all("Word") + redirection.all("Hdoc") { substitutions(in: part, into: &result) }
    }
  }

  private func inner(_ context: ParsedCommand.Context, _ wanted: ParsedCommand.Context) -> ParsedCommand.Context {
    switch context {
    case .substitution, .controlFlow: context
    case .alone, .sequence, .pipeline: wanted
    }
  }

  private func visit(
    command: SyntaxNode, context: ParsedCommand.Context, background: Bool, into result: inout [ParsedCommand]
  ) {
    func each(_ keys: [String], _ inner: ParsedCommand.Context) {
      for child in command.children where keys.contains(child.key) {
        visit(child.node, context: inner, background: background, into: &result)
      }
    }
    let flow = inner(context, .controlFlow)
    switch command.type {
    case "CallExpr":
      let assignments = command.all("Assigns").map(assignment)
      let words = command.all("Args").map(word)
      append(
        assignments: assignments, words: words, context: context, background: background, at: command.start,
        into: &result)
      for child in command.children where child.key == "Args" { substitutions(in: child.node, into: &result) }
      for child in command.all("Assigns") { substitutions(in: child, into: &result) }
    case "DeclClause":
      var words: [Word] = command.all("Variant").map { Word(literal: $0.value ?? text($0)) }
      for argument in command.all("Args") {
        var made = argument.first("Value").map(word) ?? Word(text: "", value: "")
        // From the source, where a masked `<x>` in the name still stands as written.
        if let name = argument.first("Name").map({ text($0) }) {
          let isNaked = argument.flags.contains("Naked")
          made.value = made.value.map { isNaked ? name : "\(name)=\($0)" }
          made.text = text(argument)
        } else if made.text.isEmpty {
          made = Word(text: text(argument), value: text(argument))
        }
        words.append(made)
      }
      append(
        assignments: [], words: words, context: context, background: background, at: command.start, into: &result)
      for argument in command.all("Args") { substitutions(in: argument, into: &result) }
    case "BinaryCmd":
      let at = min(command.operatorStart, source.count)
      let written = text(at..<min(at + 2, source.count))
      let joined: ParsedCommand.Context = written.hasPrefix("|") && written != "||" ? .pipeline : .sequence
      for key in ["X", "Y"] {
        guard let side = command.first(key) else { continue }
        let nested = side.first("Cmd")?.type == "BinaryCmd"
        let first = result.count
        visit(
          side, context: nested && joined == .sequence ? context : inner(context, joined), background: background,
          into: &result)
        if joined == .pipeline, key == "Y", result.indices.contains(first), isSimple(side),
          let before = command.first("X")
        {
          result[first].feed = feed(before)
        }
      }
    case "IfClause":
      each(["Cond", "Then"], flow)
      // shfmt gives `elif` and `else` no type of their own.
      var others = command.all("Else")
      while !others.isEmpty {
        let other = others.removeFirst()
        for child in other.children where child.key == "Cond" || child.key == "Then" {
          visit(child.node, context: flow, background: background, into: &result)
        }
        others += other.all("Else")
      }
    case "WhileClause": each(["Cond", "Do"], flow)
    case "ForClause":
      for loop in command.all("Loop") { for item in loop.all("Items") { substitutions(in: item, into: &result) } }
      each(["Do"], flow)
    case "CaseClause":
      for item in command.all("Items") {
        for statement in item.all("Stmts") { visit(statement, context: flow, background: background, into: &result) }
      }
    case "Block", "Subshell": each(["Stmts"], flow)
    case "FuncDecl": each(["Body"], flow)
    case "TimeClause", "CoprocClause": each(["Stmt"], context)
    case "TestClause":
      append(
        assignments: [], words: [Word(text: "[[", value: "[["), Word(text: text(command), value: nil)],
        context: context, background: background, at: command.start, into: &result)
      substitutions(in: command, into: &result)
    default:
      substitutions(in: command, into: &result)
    }
  }

  /// Whether `statement`, or the first member of the pipeline that it is, is a simple command.
  private func isSimple(_ statement: SyntaxNode) -> Bool {
    guard let command = statement.first("Cmd") else { return false }
    if command.type == "BinaryCmd", let first = command.first("X") { return isSimple(first) }
    return command.type == "CallExpr"
  }

  /// What `statement`, or the last member of the pipeline that it is, feeds into what follows.
  private func feed(_ statement: SyntaxNode) -> Feed? {
    guard let command = statement.first("Cmd") else { return nil }
    if command.type == "BinaryCmd" {
      let at = min(command.operatorStart, source.count)
      let written = text(at..<min(at + 2, source.count))
      guard written.hasPrefix("|"), written != "||" else { return nil }
      return command.first("Y").flatMap(feed)
    }
    guard command.type == "CallExpr" else { return nil }
    let placed = PlacePrefix.strip(command.all("Args").map(word))
    guard placed.script == nil, !placed.words.isEmpty else { return nil }
    let input = statement.all("Redirs").map(redirection).last { $0.operator == "<" && $0.descriptor ?? 0 == 0 }
    return Feed(words: placed.words, input: input?.target, place: placed.place)
  }

  private func append(
    assignments: [Assignment], words: [Word], context: ParsedCommand.Context, background: Bool, at offset: Int,
    into result: inout [ParsedCommand]
  ) {
    let line = line(at: offset)
    let placed = PlacePrefix.strip(words)
    var context = context
    if let script = placed.script {
      // The words after `ssh host` are a script of their own, which the other side's shell parses.
      let commands = reader.statements(of: script, line: line)
      let found = commands.flatMap(\.commands)
      if commands.contains(where: \.isOpaque) || found.isEmpty {
        result.append(ParsedCommand(words: words, context: context, background: background, line: line))
        return
      }
      if context == .alone, found.count > 1 { context = .sequence }
      for var command in found {
        if context != .alone, command.context == .alone { command.context = context }
        command.place = placed.place.containing(command.place)
        for index in command.redirections.indices {
          command.redirections[index].place = placed.place.containing(command.redirections[index].place ?? .here)
        }
        if let inner = command.feed?.place { command.feed?.place = placed.place.containing(inner) }
        command.background = command.background || background
        command.line = line
        result.append(command)
      }
      return
    }
    result.append(
      ParsedCommand(
        assignments: assignments, words: placed.words, place: placed.place, context: context, background: background,
        line: line))
  }

  private func assignment(_ node: SyntaxNode) -> Assignment {
    let value = node.first("Value").map(word) ?? Word(text: "", value: node.first("Array") == nil ? "" : nil)
    return Assignment(name: node.first("Name").map { text($0) } ?? "", value: value)
  }

  private func redirection(_ node: SyntaxNode) -> Redirection {
    let target = node.first("Word").map(word) ?? Word(text: "", value: nil)
    let end = node.first("Word")?.start ?? node.end
    // Between operator and target the line may go on below.
    let written = node.operatorStart <= end ? text(node.operatorStart..<end).prefix { "<>&|-".contains($0) } : ""
    return Redirection(
      descriptor: node.first("N")?.value.flatMap { Int($0) }, operator: String(written), target: target,
      body: node.first("Hdoc").map { body($0, delimiter: target.valueOrText) })
  }

  /// shfmt counts the delimiter's line as part of the body.
  private func body(_ node: SyntaxNode, delimiter: String) -> String {
    let whole = text(node)
    guard let last = whole.split(separator: "\n", omittingEmptySubsequences: false).last, last.trimmed == delimiter
    else { return whole }
    return String(whole.dropLast(last.count))
  }

  func word(_ node: SyntaxNode) -> Word {
    var builder = WordBuilder(walk: self)
    var isFirst = true
    for child in node.children where child.key == "Parts" {
      builder.add(child.node, isFirst: isFirst, quoted: false)
      isFirst = false
    }
    return Word(
      text: text(node), value: builder.value, variables: builder.variables,
      hasCommandSubstitution: builder.hasSubstitution, hasGlob: builder.hasGlob)
  }

  /// The commands of every `$( … )` below `node`.
  private func substitutions(in node: SyntaxNode, into result: inout [ParsedCommand]) {
    for child in node.children {
      if child.node.type == "CmdSubst" || child.node.type == "ProcSubst" {
        for statement in child.node.all("Stmts") {
          visit(statement, context: .substitution, background: false, into: &result)
        }
      } else {
        substitutions(in: child.node, into: &result)
      }
    }
  }
}

/// What a word is once the shell has read it.
private struct WordBuilder {
  let walk: SyntaxWalk
  var value: String? = ""
  var variables: [String] = []
  var hasSubstitution = false
  var hasGlob = false

  init(walk: SyntaxWalk) { self.walk = walk }

  mutating func add(_ part: SyntaxNode, isFirst: Bool, quoted: Bool) {
    switch part.type {
    case "Lit":
      let text = walk.text(part)
      if !quoted {
        if Self.globBytes.isIn(text) || isBraceExpansion(text) {
          hasGlob = true
          value = nil
        } else if isFirst, text.hasPrefix("~") {
          value = nil
        }
      }
      add(Self.unescaped(text, quoted: quoted))
    case "SglQuoted":
      let isANSI = part.flags.contains("Dollar")
      let from = part.start + (isANSI ? 2 : 1)
      let text = from < part.end ? walk.text(from..<(part.end - 1)) : ""
      if isANSI && text.contains("\\") { value = nil } else { add(text) }
    case "DblQuoted":
      for child in part.children where child.key == "Parts" { add(child.node, isFirst: false, quoted: true) }
    case "CmdSubst", "ProcSubst":
      hasSubstitution = true
      value = nil
      collect(part)
    case "ExtGlob":
      hasGlob = true
      value = nil
    default:
      value = nil
      collect(part)
    }
  }

  private mutating func add(_ text: String) {
    // Most words have one part: nothing is put together.
    if value == "" { value = text } else { value?.append(text) }
  }

  private mutating func collect(_ node: SyntaxNode) {
    if node.type == "ParamExp", let name = node.first("Param")?.value, !variables.contains(name) {
      variables.append(name)
    }
    for child in node.children { collect(child.node) }
  }

  private static let globBytes = ByteSet("*?[")

  private func isBraceExpansion(_ text: String) -> Bool {
    guard text.utf8.contains(UInt8(ascii: "{")), let open = text.firstIndex(of: "{"),
      let close = text[open...].firstIndex(of: "}")
    else { return false }
    let inner = text[open..<close]
    return inner.contains(",") || inner.contains("..")
  }

  /// Without the backslashes that the shell takes away.
  static func unescaped(_ text: String, quoted: Bool) -> String {
    guard text.contains("\\") else { return text }
    var result = ""
    var iterator = text.makeIterator()
    while let character = iterator.next() {
      guard character == "\\", let next = iterator.next() else {
        result.append(character)
        continue
      }
      if next.isNewline { continue }
      if quoted, !"$`\"\\".contains(next) { result.append("\\") }
      result.append(next)
    }
    return result
  }
}
