import Runbook

@testable import RunbookReading

enum ShellInvariants {
  private static let firstLine = 7

  /// Masks keep every position; the pieces are all of the text, in order, each with its line.
  static func check(lexer bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let lexer = ShellLexer(text, line: firstLine)
    try Broken.unless(lexer.bytes.elementsEqual(text.utf8), "the lexer holds another text")
    try Broken.unless(lexer.masked.count == lexer.bytes.count, "masks changed the length")
    for (was, now) in zip(lexer.bytes, lexer.masked) where was != now {
      try Broken.unless(now == UInt8(ascii: "x") && was != 10, "a mask is not made of x, or hides a line's end")
    }
    var said: [Unicode.Scalar] = []
    var end = 0
    var line = firstLine
    func take(_ range: Range<Int>, _ at: Int) throws {
      try Broken.unless(
        range.lowerBound >= end && !range.isEmpty && range.upperBound <= lexer.bytes.count, "\(range) follows \(end)")
      end = range.upperBound
      let expected = firstLine + lexer.bytes[..<range.lowerBound].count { $0 == 10 }
      try Broken.unless(at == expected, "a piece on line \(expected) says \(at)")
      said += Lines.substance(String(decoding: lexer.bytes[range], as: UTF8.self))
    }
    for piece in lexer.pieces {
      switch piece {
      case .blank(let at): line = try ascending(at, from: line)
      case .comment(let at, let text):
        line = try ascending(at, from: line)
        said += Lines.substance(text)
      case .chunk(let range, let at, let trailing):
        line = try ascending(at, from: line)
        try take(range, at)
        for comment in trailing {
          try Broken.unless(range.contains(comment.offset), "a comment at \(comment.offset) ends \(range)")
        }
      case .sql(let range, let at):
        line = try ascending(at, from: line)
        try take(range, at)
      }
    }
    try Broken.unless(said == Lines.substance(text), "the pieces do not say the text")
  }

  private static func ascending(_ line: Int, from last: Int) throws -> Int {
    try Broken.unless(line >= last, "a piece on line \(line) follows one on \(last)")
    return line
  }

  /// Every statement stands in the text, in order, on its lines; reading twice gives the same.
  static func check(shell bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = firstLine...(firstLine - 1 + Lines.count(text))
    let items = try ShellReader().read([ShellText(text: text, line: firstLine)]).first ?? []
    var rest = Array(text.utf8)[...]
    func take(_ part: String, _ first: Int, _ last: Int) throws {
      try Broken.unless(lines.contains(first) && lines.contains(last) && first <= last, "\(first)-\(last) of \(lines)")
      guard let found = rest.firstRange(of: Array(part.utf8)) else {
        throw Broken("a statement does not stand in the text, or not in its place: \(part.prefix(80))")
      }
      rest = rest[found.upperBound...]
    }
    for item in items {
      switch item {
      case .statement(let located):
        try take(located.statement.text, located.line, located.endLine)
        for command in located.statement.commands {
          try Broken.unless(lines.contains(command.line), "a command on \(command.line) of \(lines)")
        }
      case .sql(let statement): try take(statement.text, statement.line, statement.endLine)
      case .comment(let line, _), .blank(let line):
        try Broken.unless(lines.contains(line), "a line \(line) of \(lines)")
      }
    }
    let reader = ShellReader()
    try Broken.unless(
      reader.statements(of: text, line: 1) == reader.statements(of: text, line: 1), "two readings differ")
  }

  /// Whatever tree shfmt might print of whatever source.
  static func check(syntax bytes: [UInt8]) throws {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard let tree = try? SyntaxNodeParser.parse(Array(parts[0])) else { return }
    let again = try SyntaxNodeParser.parse(Array(parts[0]))
    try Broken.unless("\(tree.start) \(tree.end) \(tree.type)" == "\(again.start) \(again.end) \(again.type)", "differ")
    let source = parts.count > 1 ? Array(parts[1]) : []
    // Scripts within a statement (`ssh host '…'`) are a matter of the other target: here no program is found.
    let walk = SyntaxWalk(source: source, firstLine: 1, reader: ShellReader(tool: "/nowhere/shfmt"))
    for statement in tree.all("Stmts").prefix(64) {
      for command in walk.commands(of: statement) {
        try Broken.unless((1...(1 + source.count { $0 == 10 })).contains(command.line), "line \(command.line)")
      }
      _ = statement.shifted(by: 1).heredocEnd
    }
  }
}
