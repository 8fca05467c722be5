import Runbook

/// Arrays, and parameters with more than a name.
extension PlainSyntax {
  /// The `( … )` of an array, with plain words in it.
  mutating func array() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(start: index)
    index += 1
    try skipBlanks(andLines: true)
    while !sees(")") {
      let word = try word()
      // An index, or what shfmt may take for one.
      guard !bytes[word.start..<word.end].contains(UInt8(ascii: "[")) else { throw Doubt() }
      node.children.append(
        .init(
          key: "Elems", node: SyntaxNode(start: word.start, end: word.end, children: [.init(key: "Value", node: word)]))
      )
      try skipBlanks(andLines: true)
    }
    index += 1
    node.end = index
    return node
  }

  private static let operand = ByteSet.alphanumerics.union(ByteSet("_./:@%+,- "))
  private static let operators: [StaticString] = [":-", ":=", ":?", ":+", "-", "=", "?", "+"]

  /// What stands behind the name in `${NAME[@]}` or `${NAME:-value}`; the value is plain.
  mutating func parameterRest() throws(Doubt) -> SyntaxNode.Child {
    if sees("[@]") || sees("[*]") {
      let sign = SyntaxNode(type: "Lit", start: index + 1, end: index + 2)
      index += 3
      return .init(
        key: "Index",
        node: SyntaxNode(type: "Word", start: sign.start, end: sign.end, children: [.init(key: "Parts", node: sign)]))
    }
    guard let known = Self.operators.first(where: { sees($0) }) else { throw Doubt() }
    index += known.utf8CodeUnitCount
    let start = index
    while !isAtEnd, Self.operand.contains(bytes[index]) { index += 1 }
    // shfmt gives the operator and its value no place of their own.
    var node = SyntaxNode()
    if start < index {
      let value = SyntaxNode(type: "Lit", start: start, end: index)
      node.children = [
        .init(key: "Word", node: SyntaxNode(start: start, end: index, children: [.init(key: "Parts", node: value)]))
      ]
    }
    return .init(key: "Exp", node: node)
  }
}
