import Runbook

/// Words, by their quotes and expansions.
extension PlainSyntax {
  private static let endsPlain = ByteSet(" \t\n;&|)'\"$")
  private static let endsQuoted = ByteSet("\"$")
  /// What is not read here, or by shfmt in a way of its own.
  private static let doubtfulPlain = ByteSet("(<>`\u{7F}", controls: true)
  private static let doubtfulQuoted = ByteSet("`", controls: true).subtracting(ByteSet("\t\n"))
  private static let parameter = ByteSet("?$@*!#-").union(.digits)

  mutating func word() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(start: index)
    while !Self.endsWord.contains(peek()), try !redirects(node) {
      let part: SyntaxNode
      switch peek() {
      case UInt8(ascii: "'"): part = try singleQuoted()
      case UInt8(ascii: "\""): part = try doubleQuoted()
      case UInt8(ascii: "$"): part = try expansion()
      default: part = try literal(until: Self.endsPlain, doubtful: Self.doubtfulPlain, isQuoted: false)
      }
      node.children.append(.init(key: "Parts", node: part))
    }
    guard !node.children.isEmpty else { throw Doubt() }
    node.end = index
    return node
  }

  /// Whether a redirection begins right behind the word so far.
  private func redirects(_ word: SyntaxNode) throws(Doubt) -> Bool {
    guard sees(">") || sees("<"), !word.children.isEmpty, !sees("(", at: 1) else { return false }
    // A number or `{name}` in front would be the redirection's.
    guard let first = bytes[word.start..<index].first, first != UInt8(ascii: "{"),
      !bytes[word.start..<index].allSatisfy(ByteSet.digits.contains)
    else { throw Doubt() }
    return true
  }

  mutating func literal(until ends: ByteSet, doubtful: ByteSet, isQuoted: Bool) throws(Doubt) -> SyntaxNode {
    let start = index
    // Behind another part of a word shfmt takes it for a comment, which bash does not.
    guard isQuoted || !sees("#") else { throw Doubt() }
    while !isAtEnd, !ends.contains(bytes[index]) {
      if sees("\\") {
        guard peek(1) >= 32, peek(1) < 127 else { throw Doubt() }
        index += 1
      } else if doubtful.contains(bytes[index]) {
        guard !isQuoted, index > start, sees(">") || sees("<") else { throw Doubt() }
        break
      } else if !isQuoted, sees("["), index > start, bytes[start] != UInt8(ascii: "[") {
        // shfmt begins another literal there.
        break
      }
      index += 1
    }
    return SyntaxNode(type: "Lit", start: start, end: index)
  }

  private mutating func singleQuoted() throws(Doubt) -> SyntaxNode {
    let start = index
    guard let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "'")),
      !bytes[start..<end].contains(where: { $0 == 13 || $0 == 0 })
    else { throw Doubt() }
    index = end + 1
    return SyntaxNode(type: "SglQuoted", start: start, end: index)
  }

  private mutating func doubleQuoted() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(type: "DblQuoted", start: index)
    index += 1
    while !sees("\"") {
      guard !isAtEnd else { throw Doubt() }
      let part =
        sees("$")
        ? try expansion() : try literal(until: Self.endsQuoted, doubtful: Self.doubtfulQuoted, isQuoted: true)
      node.children.append(.init(key: "Parts", node: part))
    }
    index += 1
    node.end = index
    return node
  }

  /// `$NAME`, `$1`, `${NAME}`, `${NAME:-value}`, `$( … )`.
  mutating func expansion() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(type: "ParamExp", start: index)
    index += 1
    if sees("("), !sees("(", at: 1) {
      index += 1
      node.type = "CmdSubst"
      node.children = try statements(until: .parenthesis).map { .init(key: "Stmts", node: $0) }
      guard !node.children.isEmpty, sees(")") else { throw Doubt() }
      index += 1
    } else {
      let isBraced = sees("{")
      if isBraced { index += 1 } else { node.flags.append("Short") }
      var name = nameHere
      if name.isEmpty, !isAtEnd, (isBraced ? ByteSet.digits : Self.parameter).contains(bytes[index]) {
        name = index..<(index + 1)
      }
      guard !name.isEmpty else { throw Doubt() }
      node.children.append(.init(key: "Param", node: named(name)))
      index = name.upperBound
      if isBraced {
        if !sees("}") { node.children.append(try parameterRest()) }
        guard sees("}") else { throw Doubt() }
        index += 1
      }
    }
    node.end = index
    return node
  }
}
