import Runbook

/// Here-documents, where nothing stands behind them.
extension PlainSyntax {
  /// What behind the delimiter may have the line go on, or begins another body.
  private static let doubtfulRest = ByteSet("'\\#`(<;&", controls: true).subtracting(ByteSet("\t"))
  private static let doubtfulBody = ByteSet("", controls: true).subtracting(ByteSet("\t\n"))

  /// `<<WORD` with its body, where the body is the rest of the text: the text ends with its line for what reads on.
  mutating func hereDocument() throws(Doubt) -> SyntaxNode {
    var node = SyntaxNode(start: index, operatorStart: index)
    index += 2
    guard !sees("-") else { throw Doubt() }
    try skipBlanks()
    let target = try word()
    let (delimiter, isQuoted) = try delimiter(target)
    guard let lineEnd = bytes[index...].firstIndex(of: 10), let lastFeed = bytes.lastIndex(of: 10), lineEnd < lastFeed,
      !bytes[index..<lineEnd].contains(where: Self.doubtfulRest.contains),
      bytes[index..<lineEnd].count(where: { $0 == UInt8(ascii: "\"") }).isMultiple(of: 2),
      bytes[(lastFeed + 1)...].elementsEqual(delimiter)
    else { throw Doubt() }
    let body = bytes[(lineEnd + 1)..<lastFeed]
    guard !body.contains(where: Self.doubtfulBody.contains),
      !body.split(separator: 10).contains(where: { $0.elementsEqual(delimiter) })
    else { throw Doubt() }
    var document = SyntaxNode(start: lineEnd + 1, end: bytes.count)
    let next = index
    document.children = isQuoted ? [literalPart(lineEnd + 1)] : try parts(from: lineEnd + 1, to: lastFeed)
    index = next
    bytes.removeSubrange(lineEnd...)
    node.end = document.end
    node.children = [.init(key: "Word", node: target), .init(key: "Hdoc", node: document)]
    return node
  }

  /// What ends the body, and whether it is quoted.
  private func delimiter(_ word: SyntaxNode) throws(Doubt) -> (ArraySlice<UInt8>, isQuoted: Bool) {
    guard word.children.count == 1, let part = word.children.first?.node else { throw Doubt() }
    let isQuoted = part.type != "Lit"
    let text = isQuoted ? bytes[(part.start + 1)..<(part.end - 1)] : bytes[part.start..<part.end]
    guard part.type == "Lit" || part.type == "SglQuoted" || part.type == "DblQuoted", !text.isEmpty,
      text.allSatisfy({ Self.delimiterBytes.contains($0) })
    else { throw Doubt() }
    return (text, isQuoted)
  }

  private static let delimiterBytes = ByteSet.alphanumerics.union(ByteSet("_-."))

  /// To the end of the text: shfmt counts the delimiter as part of the last literal.
  private func literalPart(_ start: Int) -> SyntaxNode.Child {
    .init(key: "Parts", node: SyntaxNode(type: "Lit", start: start, end: bytes.count))
  }

  /// The literals and expansions of a body that is not quoted.
  private mutating func parts(from start: Int, to end: Int) throws(Doubt) -> [SyntaxNode.Child] {
    var parts: [SyntaxNode.Child] = []
    var literal = start
    index = start
    while index < end {
      switch bytes[index] {
      case UInt8(ascii: "$"):
        if literal < index {
          parts.append(.init(key: "Parts", node: SyntaxNode(type: "Lit", start: literal, end: index)))
        }
        parts.append(.init(key: "Parts", node: try expansion()))
        literal = index
      case UInt8(ascii: "`"): throw Doubt()
      case UInt8(ascii: "\\"):
        guard peek(1) >= 32, peek(1) < 127 else { throw Doubt() }
        index += 2
      default: index += 1
      }
    }
    guard index <= end else { throw Doubt() }
    return parts + [literalPart(literal)]
  }
}
