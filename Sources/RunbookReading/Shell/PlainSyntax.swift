import Runbook

/// The syntax trees of shell text that is certainly simple, equal to shfmt's (docs/decisions/0014).
///
/// It knows commands of plain and quoted words, `$NAME`, `$( … )`, assignments, the common redirections, what joins
/// commands, and (`PlainSyntax+Compound`) what holds them. At the first doubt there is no tree, and shfmt is asked.
struct PlainSyntax {
  struct Doubt: Error {}

  var bytes: [UInt8]
  var index = 0

  /// The statements of a chunk, or nil: it is not certainly simple.
  static func statements(of chunk: ArraySlice<UInt8>) -> [SyntaxNode]? {
    var reader = PlainSyntax(bytes: Array(chunk))
    guard let found = try? reader.statements(), !found.isEmpty else { return nil }
    return found
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  // MARK: Bytes

  private static let space = ByteSet(" \t")
  static let endsWord = ByteSet(" \t\n;&|)")
  private static let endsCommand = ByteSet("\n;|)#")
  private static let name = ByteSet.letters.union(.digits).union(ByteSet("_"))

  /// The end reads as the line feed that follows every chunk.
  func peek(_ offset: Int = 0) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 10 }
  func sees(_ scalar: Unicode.Scalar, at offset: Int = 0) -> Bool { peek(offset) == UInt8(ascii: scalar) }
  func sees(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[index...].starts(with: $0) }
  }
  var isAtEnd: Bool { index >= bytes.count }

  mutating func skipBlanks(andLines: Bool = false) throws(Doubt) {
    while !isAtEnd {
      if Self.space.contains(bytes[index]) || (andLines && bytes[index] == 10) {
        index += 1
      } else if sees("\\"), peek(1) == 10 {
        index += 2
        // What it would carry on to is the next chunk's.
        guard !isAtEnd else { throw Doubt() }
      } else {
        return
      }
    }
  }

  /// The name that begins here, empty where none does.
  var nameHere: Range<Int> {
    guard !ByteSet.digits.contains(peek()) else { return index..<index }
    return index..<(bytes[index...].firstIndex { !Self.name.contains($0) } ?? bytes.count)
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// A name or a number: its value is asked for.
  func named(_ range: Range<Int>) -> SyntaxNode {
    SyntaxNode(start: range.lowerBound, end: range.upperBound, value: text(range))
  }

  // MARK: Statements

  /// Up to what ends them, which is left where it is.
  mutating func statements(until end: End = .text) throws(Doubt) -> [SyntaxNode] {
    let (statements, last) = try commentedStatements(until: end)
    guard last.isEmpty else { throw Doubt() }
    return statements
  }

  /// With the comments behind the last of them.
  mutating func commentedStatements(until end: End) throws(Doubt) -> ([SyntaxNode], last: [SyntaxNode.Child]) {
    var result: [SyntaxNode] = []
    while true {
      let comments = try skipLines(until: end)
      if ends(end) { return (result, comments) }
      guard !isAtEnd else { throw Doubt() }
      var statement = try conjunction()
      statement.children.insert(contentsOf: comments, at: 0)
      if end == .item, sees(";;") {
        // It ends the item.
      } else if sees(";") {
        guard !sees(";", at: 1), !sees("&", at: 1) else { throw Doubt() }
        index += 1
        statement.end = index
      } else if sees("&") {
        index += 1
        guard !sees("&"), !sees(">") else { throw Doubt() }
        statement.end = index
        statement.flags.append("Background")
      } else if sees("#"), end == .text {
        // Only at the statement's last line: elsewhere it depends on what follows whose comment it is.
        guard bytes[statement.end...].allSatisfy({ $0 >= 32 || $0 == 9 }), bytes.last != UInt8(ascii: "\\") else {
          throw Doubt()
        }
        statement.children.insert(.init(key: "Comments", node: SyntaxNode(start: index, end: bytes.count)), at: 0)
        index = bytes.count
      } else if peek() != 10, !(end == .parenthesis && sees(")")) {
        throw Doubt()
      }
      result.append(statement)
    }
  }

  private mutating func conjunction() throws(Doubt) -> SyntaxNode {
    var left = try negated()
    while sees("&&") || sees("||") {
      let at = try skipOperator(2)
      left = Self.joined(left, try negated(), at: at)
    }
    return left
  }

  /// A pipeline, `time pipeline` or `! command`.
  private mutating func negated() throws(Doubt) -> SyntaxNode {
    let start = index
    if sees(word: "time") {
      index += 4
      try skipBlanks()
      // An option, or a line with nothing to time.
      guard !sees("-"), !Self.endsWord.contains(peek()) else { throw Doubt() }
      let timed = try pipeline()
      return Self.statement(
        SyntaxNode(type: "TimeClause", start: start, end: timed.end, children: [.init(key: "Stmt", node: timed)]))
    }
    guard sees("!"), Self.space.contains(peek(1)) else { return try pipeline() }
    index += 1
    try skipBlanks()
    var statement = try command()
    // Of a pipeline shfmt negates the whole.
    guard !sees("|") || sees("||"), !sees("!") else { throw Doubt() }
    statement.start = start
    statement.flags.append("Negated")
    return statement
  }

  private mutating func pipeline() throws(Doubt) -> SyntaxNode {
    var left = try command()
    while sees("|"), !sees("|", at: 1) {
      let at = try skipOperator(sees("&", at: 1) ? 2 : 1)
      left = Self.joined(left, try command(), at: at)
    }
    return left
  }

  /// Returns where the operator stood.
  private mutating func skipOperator(_ width: Int) throws(Doubt) -> Int {
    let at = index
    index += width
    try skipBlanks(andLines: true)
    return at
  }

  private static func joined(_ left: SyntaxNode, _ right: SyntaxNode, at: Int) -> SyntaxNode {
    statement(
      SyntaxNode(
        type: "BinaryCmd", start: left.start, end: right.end, operatorStart: at,
        children: [.init(key: "X", node: left), .init(key: "Y", node: right)]))
  }

  static func statement(_ command: SyntaxNode, redirections: [SyntaxNode.Child] = []) -> SyntaxNode {
    SyntaxNode(
      start: command.start, end: max(command.end, redirections.last?.node.end ?? 0),
      children: [.init(key: "Cmd", node: command)] + redirections)
  }

  // MARK: Commands

  /// In front, they are more than a command's name.
  private static let reserved: Set<String> = [
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "select",
    "function", "time", "coproc", "let", "declare", "typeset", "local", "export", "readonly", "nameref", "eval", "[[",
    "]]", "{", "}", "!", "@test",
  ]

  private mutating func command() throws(Doubt) -> SyntaxNode {
    try skipBlanks()
    if sees("(") { return try compound(try subshell()) }
    var assignments: [SyntaxNode.Child] = []
    var words: [SyntaxNode.Child] = []
    var redirections: [SyntaxNode.Child] = []
    while try !commandEnds() {
      if !words.isEmpty, let redirection = try redirection() {
        redirections.append(.init(key: "Redirs", node: redirection))
      } else if words.isEmpty, let assignment = try assignment() {
        assignments.append(.init(key: "Assigns", node: assignment))
        // An array stands alone.
        if assignment.first("Array") != nil {
          guard try commandEnds(), assignments.count == 1 else { throw Doubt() }
        }
      } else {
        let isFirst = words.isEmpty
        let word = try word()
        words.append(.init(key: "Args", node: word))
        guard isFirst else { continue }
        let written = bytes[word.start..<word.end]
        // It may be an assignment to what is no name, or to a part of it; or the beginning of a block.
        guard !written.dropFirst().contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "[") }),
          written.first != UInt8(ascii: "{") || written.count == 1
        else { throw Doubt() }
        let name = text(word.start..<word.end)
        if Self.reserved.contains(name) {
          guard assignments.isEmpty else { throw Doubt() }
          return name == "export" ? try export(word.start..<word.end) : try compound(try clause(name, from: word.start))
        }
      }
    }
    guard let first = assignments.first ?? words.first, let last = words.last ?? assignments.last else { throw Doubt() }
    return Self.statement(
      SyntaxNode(type: "CallExpr", start: first.node.start, end: last.node.end, children: assignments + words),
      redirections: redirections)
  }

  mutating func commandEnds() throws(Doubt) -> Bool {
    try skipBlanks()
    return Self.endsCommand.contains(peek()) || (sees("&") && !sees(">", at: 1))
  }

  /// `export NAME`, `export NAME=value`; not with options.
  private mutating func export(_ keyword: Range<Int>) throws(Doubt) -> SyntaxNode {
    var children: [SyntaxNode.Child] = [.init(key: "Variant", node: named(keyword))]
    while try !commandEnds() {
      if let assignment = try assignment() {
        guard assignment.first("Array") == nil else { throw Doubt() }
        children.append(.init(key: "Args", node: assignment))
        continue
      }
      let name = nameHere
      index = name.upperBound
      guard !name.isEmpty, Self.endsWord.contains(peek()) else { throw Doubt() }
      var node = SyntaxNode(start: name.lowerBound, end: index, flags: ["Naked"])
      node.children.append(.init(key: "Name", node: named(name)))
      children.append(.init(key: "Args", node: node))
    }
    guard let last = children.last, children.count > 1 else { throw Doubt() }
    return Self.statement(
      SyntaxNode(type: "DeclClause", start: keyword.lowerBound, end: last.node.end, children: children))
  }

  private mutating func assignment() throws(Doubt) -> SyntaxNode? {
    let name = nameHere
    guard !name.isEmpty, name.upperBound < bytes.count, bytes[name.upperBound] == UInt8(ascii: "=") else { return nil }
    index = name.upperBound + 1
    var node = SyntaxNode(start: name.lowerBound, end: index, children: [.init(key: "Name", node: named(name))])
    if sees("(") {
      let array = try array()
      node.end = array.end
      node.children.append(.init(key: "Array", node: array))
    } else if !Self.endsWord.contains(peek()) {
      let value = try word()
      node.end = value.end
      node.children.append(.init(key: "Value", node: value))
    }
    return node
  }

  private static let redirections: [StaticString] = ["&>>", "&>", "<<<", "<&", "<", ">>", ">&", ">|", ">"]
  private static let otherRedirections = ByteSet("<>(&|")

  mutating func redirection() throws(Doubt) -> SyntaxNode? {
    if sees("<<"), !sees("<", at: 2) { return try hereDocument() }
    let start = index
    let number = start..<(bytes[start...].firstIndex { !ByteSet.digits.contains($0) } ?? bytes.count)
    index = number.upperBound
    guard let known = Self.redirections.first(where: { sees($0) }), number.isEmpty || !sees("&") else {
      index = start
      return nil
    }
    var node = SyntaxNode(start: start, operatorStart: index)
    index += known.utf8CodeUnitCount
    guard !Self.otherRedirections.contains(peek()) else { throw Doubt() }
    try skipBlanks()
    let target = try word()
    node.end = target.end
    if !number.isEmpty { node.children.append(.init(key: "N", node: named(number))) }
    node.children.append(.init(key: "Word", node: target))
    return node
  }
}
