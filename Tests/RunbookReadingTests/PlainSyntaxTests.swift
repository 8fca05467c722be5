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
    while mutants.count < 3_000 {
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
    "! ls | cat", "time -p ls", "time", "time; ls", "ls | time cat", "time ! ls", "{fd}>a", "a>(ls)", "2>a ls",
    "declare -x A=1", "export -n A", "f() { ls; }", "[[ -f a ]]", "cat <<-EOF\n\ta\n\tEOF",
    "cat <<EOF\nEOF", "cat <<EOF; ls\na\nEOF", "cat <<EOF\n`ls`\nEOF", "{ cat <<EOF\na\nEOF\n}",
    "cat <<A <<B\na\nA\nb\nB",
    "ls `pwd`", "echo $((1 + 2))", "echo ${A#b}", "echo ${A:-$B}", "echo ${#A}", "echo $'a'", "diff <(ls) b",
    "A=(1 2) ls",
    "A=([0]=1)", "A[0]=1", "A+=1", "echo a\\\nb", "ls ;;", "ls \\", "case x in (y) ls ;; esac",
    "case x in y) ls ;& z) a;; esac",
    "if ls; then # why\n  ls; fi", "if ls; then ls; # why\nfi",
    "if ls; then\n  ls\n  # c\nelse\n  ls\nfi", "for x; do ls; done", "for ((;;)); do ls; done",
    "select x in a; do ls; done", "if ; then ls; fi", "( (ls) )x", "((1))", "echo \"a", ">file", "ls # a \\",
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
    "echo 'ä\nö' |& cat", "if [ -z \"$A\" ]; then\n  # why\n  exit 1\nelif ! ls; then ls; else\n  b\nfi >log # c",
    "for x in {1..9} \"$A\" $(ls); do\n  ls $x || true\ndone", "ls | while read -r x; do echo $x; done <list",
    "until ls; do sleep 1; done &", "case \"$1\" in\n  a|[bc]*) ls; pwd ;;\n  \"d\") ;;\n  *) exit 1\nesac",
    "ls || { echo no >&2; exit 1; }", "(cd a && ls) 2>&1 | cat", "A=(\n  \"x\" $y\n)", "A=()",
    "echo \"${1:-v1.5/a b}\" ${A[@]} ${B:?} ${C+x} \"${D[*]}\"",
    "cat >f <<'EOF'\na $b `c`\n\nEOF", "cat <<EOF | tee f >g\n  a $b ${c:-d} \\$e $(date +%F)\n\"q\"\nEOF",
    "time ls -l | cat && pwd; time { ls; } >a", "=> false", "ls a>b $X<c>>d",
    "for x in a; do\n  ls\n  # one\n\n  # two\ndone", "{\n  ls\n  # c\n}", "if ls; then\n  a\n  # c\nfi",
    "if ls\n# c\nthen\n  a\nelif b; then\n  c\nelse\n  d\n  # e\nfi",
    "cat <<EOF >\"$A/b\" c\na\nEOF",
    "cat <<\"E-1\" >x\n$(a\nE-1", "! ls -l && pwd", "if true; then for x in a; do { ls; }; done; fi; pwd",
  ].map { Array($0.utf8) }

  private static let pieces: [[UInt8]] = [
    "$", "\"", "'", "\\", "\n", " ", "#", ";", "&", "|", ">", "<", "(", ")", "{", "}", "=", "!", "*", "[", "]", "~",
    "`",
    "\t", "é", "2", "x", "&&", "||", "$(", "${X}", "$X", "if ", "done", "\\\n", ">>", "2>&1", "<<<", "export ", "X=",
    "\r",
    "\u{A0}", "-", "+", "@", "?", "^", "%", ":", ",", "/", ".", "\u{0}", "$((", "<<E", "\\ ", "\\$", "${X:-",
    "function ", "fi", "then", "do\n", "; do ", "in ", ";;", "esac", "case $x in ", "a) ", "for x in ", "else\n",
    "while ", "{ ",
    "; }", "! ", "# x\n", "<<EOF\n", "\nEOF", "<<'EOF'\na\nEOF", "[@]", "}", "=(", "elif ", "${A:=", ":?", "time ",
    "\n# c\n", "\ndone", "\nfi", "\nelse\n",
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
    return document.blocks.fences.filter { $0.fence.kind == .shell }.flatMap {
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
        trees += nodes.map { $0.shifted(by: text.count) }
        text += chunk + [10, 10]
      }
      if try syntax.tree(of: text)?.all("Stmts") == trees { continue }
      for (chunk, nodes) in part {
        // The trees themselves would fill pages.
        let isEqual = try syntax.tree(of: chunk + [10, 10])?.all("Stmts") == nodes
        #expect(isEqual, "\(String(decoding: chunk, as: UTF8.self).debugDescription)")
      }
    }
  }
}
