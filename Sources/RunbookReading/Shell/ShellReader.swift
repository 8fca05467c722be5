import Runbook
import Synchronization

/// Parses shell text: a masking lexer finds the statements, shfmt their syntax trees.
public struct ShellReader: ShellParsing {
  private let syntax: ShellSyntax
  private let answers = ShellAnswers()

  public init() { syntax = ShellSyntax() }
  init(tool: String) { syntax = ShellSyntax(tool: tool) }

  /// Where shfmt is missing every statement is opaque; `ShellReader.check()` says so beforehand.
  public func statements(of text: String, line: Int) -> [ShellStatement] {
    let items = (try? read([ShellText(text: text, line: line)]))?.first ?? []
    if items.isEmpty, !text.withoutBlanks.isEmpty {
      return [ShellStatement(text: text.withoutBlanks, commands: [], isOpaque: true)]
    }
    return items.compactMap { item in
      switch item {
      case .statement(let located): located.statement
      case .sql(let sql): ShellStatement(text: sql.text, commands: [], isOpaque: true)
      case .comment, .blank: nil
      }
    }
  }

  /// Throws `ReadingError.missingTool` where shfmt is not installed.
  public func check() throws { _ = try syntax.tree(of: []) }

  /// The items of every text, in order; one run of shfmt serves them all where they parse.
  func read(_ texts: [ShellText]) throws -> [[ShellItem]] {
    let lexed = texts.map { ShellLexer($0.text, line: $0.line) }
    var chunks: [Chunk] = []
    for (index, lexer) in lexed.enumerated() {
      for (position, piece) in lexer.pieces.enumerated() {
        if case .chunk(let range, let line, _) = piece, !lexer.tooDeep.contains(position) {
          chunks.append(Chunk(text: index, piece: position, bytes: lexer.masked[range], line: line))
        }
      }
    }
    var batch = ShellBatch(chunks: chunks, syntax: syntax, answers: answers)
    try batch.run()
    var trees: [Int: [Int: [SyntaxNode]]] = [:]
    for (chunk, nodes) in zip(chunks, batch.results) { trees[chunk.text, default: [:]][chunk.piece] = nodes }

    return lexed.enumerated().map { index, lexer in
      lexer.pieces.enumerated().flatMap { position, piece -> [ShellItem] in
        switch piece {
        case .blank(let line): return [.blank(line: line)]
        case .comment(let line, let text): return [.comment(line: line, text: text)]
        case .sql(let range, let line):
          let text = String(decoding: lexer.bytes[range], as: UTF8.self).trimmed
          let count = text.utf8.lazy.filter { $0 == 10 }.count
          return [.sql(SQLStatement(text: text, line: line, endLine: line + count))]
        case .chunk(let range, let line, let trailing):
          let nodes = trees[index]?[position]
          return located(lexer.bytes[range], nodes: nodes, line: line, trailing: trailing, origin: range.lowerBound)
        }
      }
    }
  }

  private func located(
    _ source: ArraySlice<UInt8>, nodes: [SyntaxNode]?, line: Int, trailing: [ShellLexer.TrailingComment], origin: Int
  ) -> [ShellItem] {
    let bytes = Array(source)
    guard let nodes, !nodes.isEmpty else {
      // A chunk that parses to nothing holds comments and blanks only, which the lexer has told apart already.
      var text = bytes
      if nodes != nil { return [] }
      if let cut = trailing.first, trailing.count == 1 { text = Array(bytes[..<(cut.offset - origin)]) }
      let statement = ShellStatement(
        text: String(decoding: text, as: UTF8.self).withoutBlanks, commands: [], isOpaque: true)
      let count = statement.text.utf8.lazy.filter { $0 == 10 }.count
      return [
        .statement(
          LocatedStatement(
            statement: statement, line: line, endLine: line + count, trailingComment: trailing.last?.text))
      ]
    }
    let walk = SyntaxWalk(source: bytes, firstLine: line, reader: self)
    let mayHaveHeredocs = bytes.contains(UInt8(ascii: "<"))
    return nodes.enumerated().map { index, node in
      var end = node.end
      let bodyEnd = mayHaveHeredocs ? node.heredocEnd : 0
      if !node.flags.contains("Background"), end > node.start, bytes[end - 1] == UInt8(ascii: ";") {
        // The `\;` that ends `find … -exec` is a word of the command.
        let escapes = bytes[node.start..<(end - 1)].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        if escapes.isMultiple(of: 2) { end -= 1 }
      }
      // A here-document's body stands below the line that the statement itself ends on.
      end = min(bytes.count, max(end, bodyEnd))
      let text = String(decoding: bytes[node.start..<end], as: UTF8.self).withoutBlanks
      let first = walk.line(at: node.start)
      let statement = ShellStatement(text: text, commands: walk.commands(of: node))
      let last = index == nodes.count - 1
      let note = last ? trailing.last?.text : nil
      return .statement(
        LocatedStatement(
          statement: statement, line: first, endLine: walk.line(at: max(node.start, end - 1)), trailingComment: note))
    }
  }
}

struct ShellText: Sendable {
  var text: String
  var line: Int
}

/// What stands in shell text, in order.
enum ShellItem: Sendable {
  case blank(line: Int)
  case comment(line: Int, text: String)
  case statement(LocatedStatement)
  case sql(SQLStatement)
}

struct LocatedStatement: Sendable {
  var statement: ShellStatement
  var line: Int
  var endLine: Int
  var trailingComment: String?
}

/// A lexed chunk on its way through shfmt.
struct Chunk {
  var text: Int
  var piece: Int
  var bytes: ArraySlice<UInt8>
  var line: Int
}

/// What shfmt said of a chunk, for as long as a reader lives: the linter has a document read again for what stands aside,
/// and after each mend.
final class ShellAnswers: Sendable {
  private let trees = Mutex<[ArraySlice<UInt8>: [SyntaxNode]]>([:])

  subscript(chunk: ArraySlice<UInt8>) -> [SyntaxNode]? {
    get { trees.withLock { $0[chunk] } }
    set { trees.withLock { $0[chunk] = newValue } }
  }
}

/// Parses chunks: what is certainly simple here, the rest by shfmt, many at once; where they do not parse together,
/// halves find the one that does not.
struct ShellBatch {
  private let chunks: [Chunk]
  private let syntax: ShellSyntax
  private let answers: ShellAnswers
  /// Nodes with offsets in their chunk; nil: does not parse.
  private(set) var results: [[SyntaxNode]?]
  /// The chunks that shfmt is asked for, by their index.
  private let asked: [Int]
  /// A hostile document must not start processes without end; what is left over stays opaque.
  private var runs = 600
  private static let maximumBytes = 1 << 16

  init(chunks: [Chunk], syntax: ShellSyntax, answers: ShellAnswers) {
    self.chunks = chunks
    self.syntax = syntax
    self.answers = answers
    let results = chunks.map { PlainSyntax.statements(of: $0.bytes) ?? answers[$0.bytes] }
    self.results = results
    asked = chunks.indices.filter { results[$0] == nil }
  }

  mutating func run() throws {
    var start = 0
    while start < asked.count {
      var end = start
      var bytes = 0
      while end < asked.count, end == start || bytes + chunks[asked[end]].bytes.count < Self.maximumBytes {
        bytes += chunks[asked[end]].bytes.count
        end += 1
      }
      runs = max(runs, 40)
      try parse(asked[start..<end])
      start = end
    }
  }

  private mutating func parse(_ part: ArraySlice<Int>) throws {
    guard !part.isEmpty, runs > 0 else { return }
    runs -= 1
    if try parseTogether(part) { return }
    guard part.count > 1 else { return }
    let middle = part.startIndex + part.count / 2
    try parse(part[..<middle])
    try parse(part[middle...])
  }

  private mutating func parseTogether(_ part: ArraySlice<Int>) throws -> Bool {
    var text: [UInt8] = []
    var starts: [Int] = []
    for index in part {
      starts.append(text.count)
      text += chunks[index].bytes
      // A blank line ends what a trailing backslash would carry over.
      text += [10, 10]
    }
    guard let tree = try syntax.tree(of: text) else { return false }
    var found: [[SyntaxNode]] = Array(repeating: [], count: part.count)
    var position = 0
    for node in tree.all("Stmts") {
      while position + 1 < starts.count, node.start >= starts[position + 1] { position += 1 }
      let limit = starts[position] + chunks[part[part.startIndex + position]].bytes.count
      // A quote that one chunk leaves open and another closes makes one statement of the two: not what is meant.
      guard node.end <= limit else { return false }
      found[position].append(node.shifted(by: -starts[position]))
    }
    for (index, nodes) in zip(part, found) {
      results[index] = nodes
      answers[chunks[index].bytes] = nodes
    }
    return true
  }
}

extension SyntaxNode {
  /// Where the last here-document below this node ends, its delimiter included; 0 where there is none.
  var heredocEnd: Int {
    children.reduce(0) { max($0, $1.key == "Hdoc" ? $1.node.end : $1.node.heredocEnd) }
  }

  /// What has no place, or no operator, stays without one.
  func shifted(by offset: Int) -> SyntaxNode {
    guard offset != 0 else { return self }
    var node = self
    if end > 0 {
      node.start += offset
      node.end += offset
    }
    if operatorStart > 0 { node.operatorStart += offset }
    node.children = children.map { Child(key: $0.key, node: $0.node.shifted(by: offset)) }
    return node
  }
}
