import BackoutTestKit
import Foundation
import Runbook
import Testing

@testable import RunbookReading

/// Every tree that is built without shfmt is shfmt's own, to the byte (docs/decisions/0014).
@Suite struct PlainSyntaxTests {
  private let syntax = ShellSyntax()

  @Test func theDocumentsOfTheRepository() throws {
    let chunks = try Self.repositoryDocuments.flatMap(Self.chunks)
    #expect(chunks.count > 20)
    try compare(chunks)
  }

  @Test(.enabled(if: !SharedDocuments.corpus.isEmpty, "../shared is not there"))
  func theCorpusAndTheSeeds() throws {
    let chunks = try (SharedDocuments.corpus + SharedDocuments.seeds).flatMap(Self.chunks)
    try compare(chunks)
    // What it is for: most of what people write never starts a process.
    let all = chunks.reduce(0) { $0 + $1.count }
    let asked = chunks.filter { PlainSyntax.statements(of: $0[...]) == nil }.reduce(0) { $0 + $1.count }
    #expect(asked * 5 < all, "\(asked) of \(all) bytes go to shfmt")
  }

  /// Lines that are put together and damaged at random.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func mutants(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sources = try Self.repositoryDocuments.flatMap(Self.chunks).filter { $0.count < 200 } + Self.lines
    var mutants: [[UInt8]] = []
    while mutants.count < 1_500 {
      var bytes = sources[Int.random(in: 0..<sources.count, using: &random)]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        let piece = Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &random)]
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where at < bytes.count: bytes.remove(at: at)
        case 1 where at < bytes.count: bytes.replaceSubrange(at...at, with: piece)
        case 2:
          let other = sources[Int.random(in: 0..<sources.count, using: &random)]
          bytes.insert(contentsOf: other.prefix(Int.random(in: 0...9, using: &random)), at: at)
        default: bytes.insert(contentsOf: piece, at: at)
        }
      }
      mutants += Self.chunks(of: String(decoding: bytes, as: UTF8.self))
    }
    try compare(mutants)
  }

  /// What is left to shfmt, whatever stands around it.
  @Test(arguments: [
    "if true; then ls; fi", "for x in a b; do ls; done", "{ ls; }", "( ls )", "! ls", "time ls", "declare -x A=1",
    "export -n A", "f() { ls; }", "[[ -f a ]]", "cat <<EOF\na\nEOF", "ls `pwd`", "echo $((1 + 2))", "echo ${A:-b}",
    "echo $'a'", "diff <(ls) b", "A=(1 2)", "A[0]=1", "A+=1", "echo a\\\nb", "ls ;;", "ls \\", "case x in y) ;; esac",
    "echo \"a", ">file", "ls # a \\",
  ])
  func doubts(text: String) { #expect(PlainSyntax.statements(of: Array(text.utf8)[...]) == nil) }

  @Test(arguments: lines) func isPlain(line: [UInt8]) throws {
    #expect(PlainSyntax.statements(of: line[...]) != nil, "\(String(decoding: line, as: UTF8.self))")
    try compare([line])
  }

  // MARK: What is compared

  private static let lines: [[UInt8]] = [
    "/bin/true", "git revert --no-edit HEAD~1..HEAD", "curl -fsS \"https://$HOST/health\" | jq -r '.status' # up",
    "A=1 B=\"$(cat file)\" run --x=y", "export PATH=\"$HOME/bin\":$PATH NAME",
    "make 2>&1 >/dev/null && echo ok || exit 1",
    "sleep 5 & wait; echo $? $1 ${A}", "psql \\\n  -c \"SELECT 1;\" \\\n  -d shop", "ls *.sql ~/a {a,b} a[1] x[2]=y",
    "find . -name '*.pyc' -exec rm {} \\;", "echo \"a $(date +%F) \\\"b\\\"\" <<<\"$A\" &>>log", "X=",
    "echo 'ä\nö' |& cat",
  ].map { Array($0.utf8) }

  private static let pieces: [[UInt8]] = [
    "$", "\"", "'", "\\", "\n", " ", "#", ";", "&", "|", ">", "<", "(", ")", "{", "}", "=", "!", "*", "[", "]", "~",
    "`",
    "\t", "é", "2", "x", "&&", "||", "$(", "${X}", "$X", "if ", "done", "\\\n", ">>", "2>&1", "<<<", "export ", "X=",
    "\r",
    "\u{A0}", "-", "+", "@", "?", "^", "%", ":", ",", "/", ".", "\u{0}", "$((", "<<E", "\\ ", "\\$", "${X:-",
    "function ",
  ].map { Array($0.utf8) }

  private static var repositoryDocuments: [URL] {
    get throws {
      var root = URL(fileURLWithPath: #filePath)
      for _ in 0..<3 { root.deleteLastPathComponent() }
      return ["Examples", "docs", "README.md", "CONTRIBUTING.md"].flatMap { name -> [URL] in
        let url = root.appendingPathComponent(name)
        guard let found = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil) else { return [url] }
        return [url] + found.compactMap { $0 as? URL }
      }.filter { $0.pathExtension == "md" }.sorted { $0.path < $1.path }
    }
  }

  private static func chunks(of url: URL) throws -> [[UInt8]] {
    let document = MarkdownDocument(String(decoding: try Data(contentsOf: url), as: UTF8.self))
    return document.blocks.fences.filter { Language($0.fence) == .shell }.flatMap {
      chunks(of: ConsoleText.commands(of: $0.fence))
    }
  }

  private static func chunks(of text: String) -> [[UInt8]] {
    let lexer = ShellLexer(text, line: 1)
    return lexer.pieces.enumerated().compactMap { position, piece in
      guard case .chunk(let range, _, _) = piece, !lexer.tooDeep.contains(position) else { return nil }
      return Array(lexer.masked[range])
    }
  }

  /// Fifty at once, as they go to shfmt; where that differs, each alone says which.
  private func compare(_ chunks: [[UInt8]]) throws {
    let plain = chunks.compactMap { chunk in PlainSyntax.statements(of: chunk[...]).map { (chunk, $0) } }
    for start in stride(from: 0, to: plain.count, by: 50) {
      let part = plain[start..<min(start + 50, plain.count)]
      var text: [UInt8] = []
      var trees: [SyntaxNode] = []
      for (chunk, nodes) in part {
        trees += nodes.map { $0.shifted(by: text.count).withOperators }
        text += chunk + [10, 10]
      }
      if try syntax.tree(of: text)?.all("Stmts").map(\.withOperators) == trees { continue }
      for (chunk, nodes) in part {
        // The trees themselves would fill pages.
        let isEqual = try syntax.tree(of: chunk + [10, 10])?.all("Stmts") == nodes
        #expect(isEqual, "\(String(decoding: chunk, as: UTF8.self).debugDescription)")
      }
    }
  }
}

extension SyntaxNode {
  /// Shifting moves the place of the operator where there is none, too.
  fileprivate var withOperators: SyntaxNode {
    var node = self
    if type != "BinaryCmd", first("Word") == nil { node.operatorStart = 0 }
    node.children = children.map { Child(key: $0.key, node: $0.node.withOperators) }
    return node
  }
}
