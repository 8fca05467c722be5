import Runbook

/// What holds commands: conditions, loops, choices, blocks.
extension PlainSyntax {
  /// What ends a list of statements.
  enum End: Equatable {
    case text
    /// `)`
    case parenthesis
    /// One of these where a command may begin.
    case words([String])
    /// `;;` or `esac`
    case item
  }

  func ends(_ end: End) -> Bool {
    switch end {
    case .text: isAtEnd
    case .parenthesis: sees(")")
    case .words(let words): words.contains { sees(word: $0) }
    case .item: sees(";;") || sees(word: "esac")
    }
  }

  func sees(word: String) -> Bool {
    bytes[index...].starts(with: word.utf8) && Self.endsWord.contains(peek(word.utf8.count))
  }

  /// Passes over `word`, which has to be here.
  private mutating func take(_ word: String) throws(Doubt) {
    guard sees(word: word) else { throw Doubt() }
    index += word.utf8.count
  }

  /// Blanks and line feeds before a statement. Between such words, a comment on a line of its own belongs to it, too.
  mutating func skipLines(until end: End) throws(Doubt) -> [SyntaxNode.Child] {
    var comments: [SyntaxNode.Child] = []
    try skipBlanks(andLines: true)
    guard case .words = end else { return [] }
    while sees("#") {
      let start = index
      let before = bytes[..<start].last { $0 != 32 && $0 != 9 }
      let stop = bytes[start...].firstIndex(of: 10) ?? bytes.count
      // Behind a word it depends on the word whose comment it is.
      guard before == 10, bytes[start..<stop].allSatisfy({ $0 >= 32 || $0 == 9 }) else { throw Doubt() }
      comments.append(.init(key: "Comments", node: SyntaxNode(start: start, end: stop)))
      index = stop
      try skipBlanks(andLines: true)
    }
    return comments
  }

  // MARK: Clauses

  /// With the redirections behind it.
  mutating func compound(_ clause: SyntaxNode) throws(Doubt) -> SyntaxNode {
    var redirections: [SyntaxNode.Child] = []
    while try !commandEnds() {
      guard let redirection = try redirection() else { throw Doubt() }
      redirections.append(.init(key: "Redirs", node: redirection))
    }
    return Self.statement(clause, redirections: redirections)
  }

  /// The clause that begins with `keyword`, at `start`; the keyword has been read.
  mutating func clause(_ keyword: String, from start: Int) throws(Doubt) -> SyntaxNode {
    switch keyword {
    case "if": return try conditional(from: start, type: "IfClause")
    case "while", "until":
      var node = SyntaxNode(type: "WhileClause", start: start)
      if keyword == "until" { node.flags.append("Until") }
      node.children = try list("Cond", until: ["do"])
      return try body(of: node)
    case "for": return try loop(from: start)
    case "case": return try choice(from: start)
    case "{":
      var node = SyntaxNode(type: "Block", start: start, children: try list("Stmts", last: "Last", until: ["}"]))
      try take("}")
      node.end = index
      return node
    default: throw Doubt()
    }
  }

  /// Its statements under `key`, and under `last` the comments behind them.
  private mutating func list(
    _ key: String, last: String? = nil, until words: [String]
  ) throws(Doubt) -> [SyntaxNode.Child] {
    let (found, comments) = try commentedStatements(until: .words(words))
    guard !found.isEmpty else { throw Doubt() }
    return found.map { .init(key: key, node: $0) } + comments.map { .init(key: last ?? key + "Last", node: $0.node) }
  }

  /// `do … done`
  private mutating func body(of clause: SyntaxNode) throws(Doubt) -> SyntaxNode {
    var node = clause
    try take("do")
    node.children += try list("Do", until: ["done"])
    try take("done")
    node.end = index
    return node
  }

  /// Behind `if` or `elif`, with `fi`.
  private mutating func conditional(from start: Int, type: String) throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(type: type, start: start, children: try list("Cond", until: ["then"]))
    try take("then")
    node.children += try list("Then", until: ["elif", "else", "fi"])
    let other = index
    // In front of these it depends on the column whose comment it is.
    guard sees(word: "fi") || node.children.last?.key != "ThenLast" else { throw Doubt() }
    if sees(word: "elif") {
      try take("elif")
      node.children.append(.init(key: "Else", node: try conditional(from: other, type: "")))
    } else if sees(word: "else") {
      try take("else")
      var rest = SyntaxNode(start: other, children: try list("Then", until: ["fi"]))
      try take("fi")
      rest.end = index
      node.children.append(.init(key: "Else", node: rest))
    } else {
      try take("fi")
    }
    node.end = index
    return node
  }

  /// `NAME in WORD … ; do … done`
  private mutating func loop(from start: Int) throws(Doubt) -> SyntaxNode {
    try skipBlanks()
    let name = nameHere
    guard !name.isEmpty else { throw Doubt() }
    index = name.upperBound
    var words = SyntaxNode(
      type: "WordIter", start: name.lowerBound, children: [.init(key: "Name", node: named(name))])
    guard Self.endsWord.contains(peek()) else { throw Doubt() }
    try skipBlanks()
    try take("in")
    while try !commandEnds() { words.children.append(.init(key: "Items", node: try word())) }
    guard words.children.count > 1, let last = words.children.last else { throw Doubt() }
    words.end = last.node.end
    if sees(";") { index += 1 }
    try skipBlanks(andLines: true)
    return try body(of: SyntaxNode(type: "ForClause", start: start, children: [.init(key: "Loop", node: words)]))
  }

  /// `WORD in PATTERN) … ;; esac`
  private mutating func choice(from start: Int) throws(Doubt) -> SyntaxNode {
    try skipBlanks()
    var node = SyntaxNode(type: "CaseClause", start: start, children: [.init(key: "Word", node: try word())])
    try skipBlanks()
    try take("in")
    try skipBlanks(andLines: true)
    while !sees(word: "esac") {
      node.children.append(.init(key: "Items", node: try item()))
      try skipBlanks(andLines: true)
    }
    guard node.children.count > 1 else { throw Doubt() }
    try take("esac")
    node.end = index
    return node
  }

  private mutating func item() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(start: index, children: [.init(key: "Patterns", node: try word())])
    try skipBlanks()
    while sees("|") {
      index += 1
      try skipBlanks()
      node.children.append(.init(key: "Patterns", node: try word()))
      try skipBlanks()
    }
    guard sees(")") else { throw Doubt() }
    index += 1
    let statements = try statements(until: .item)
    node.children += statements.map { .init(key: "Stmts", node: $0) }
    if sees(";;") {
      guard !sees("&", at: 2), !sees(";", at: 2) else { throw Doubt() }
      node.operatorStart = index
      index += 2
      node.end = index
    } else {
      guard let last = statements.last else { throw Doubt() }
      node.end = last.end
    }
    return node
  }

  /// `( … )`
  mutating func subshell() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(type: "Subshell", start: index)
    index += 1
    guard !sees("(") else { throw Doubt() }
    node.children = try statements(until: .parenthesis).map { .init(key: "Stmts", node: $0) }
    guard !node.children.isEmpty, sees(")") else { throw Doubt() }
    index += 1
    node.end = index
    return node
  }
}
