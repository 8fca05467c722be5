/// A reader, and what must hold of it for any bytes. `check` throws `Broken`, or any error that the reader should not.
enum ReaderUnderTest: String, CaseIterable {
  /// A whole document, with shfmt: as a person's file goes.
  case markdown
  /// Only the blocks of a document, without shfmt: many more executions a second.
  case blocks
  /// Shell text through the lexer alone.
  case lexer
  /// The JSON that shfmt prints, a zero byte, and the source that it speaks of.
  case syntax
  /// Shell text through the lexer and shfmt.
  case shell
  case sql
  /// A runbook in YAML.
  case yaml
  /// `backout.yaml`, and the bindings in front matter.
  case bindings
  /// A byte that says which file, and the file: journal, sealed log, sealed file, session records.
  case journal

  func check(_ bytes: [UInt8]) throws {
    switch self {
    case .markdown: try MarkdownInvariants.check(document: bytes)
    case .blocks: try MarkdownInvariants.check(blocks: bytes)
    case .lexer: try ShellInvariants.check(lexer: bytes)
    case .syntax: try ShellInvariants.check(syntax: bytes)
    case .shell: try ShellInvariants.check(shell: bytes)
    case .sql: try SQLInvariants.check(bytes)
    case .yaml: try YAMLInvariants.check(runbook: bytes)
    case .bindings: try YAMLInvariants.check(bindings: bytes)
    case .journal: try JournalInvariants.check(bytes)
    }
  }
}
