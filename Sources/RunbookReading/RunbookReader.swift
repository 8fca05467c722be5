import Foundation
import Runbook

/// Reads a runbook, in Markdown or in YAML.
public struct RunbookReader: Sendable {
  /// Documents larger than this are refused.
  public static let maximumBytes = 64 << 20

  private let shell: ShellReader

  public init(shell: ShellReader = ShellReader()) { self.shell = shell }

  /// Reads `data`; bytes that are not UTF-8 are replaced. `named` is the document's name, such as `ROLLBACK.md`: by
  /// its ending, or else by its content, it is YAML or Markdown.
  ///
  /// Throws `ReadingError`: too large, no shfmt, or YAML that does not say a runbook. Odd prose is never an error.
  public func read(_ data: Data, named name: String) throws -> Runbook {
    guard data.count <= Self.maximumBytes else {
      throw ReadingError.tooLarge(name: name, bytes: data.count, limit: Self.maximumBytes)
    }
    return try read(String(decoding: data, as: UTF8.self), named: name)
  }

  public func read(_ text: String, named name: String) throws -> Runbook {
    guard text.utf8.count <= Self.maximumBytes else {
      throw ReadingError.tooLarge(name: name, bytes: text.utf8.count, limit: Self.maximumBytes)
    }
    var text = text
    // A byte order mark would hide a heading or front matter on the first line.
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    if text.utf8.contains(13) {
      text = text.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
    }
    if YAMLRunbook.isYAML(text, named: name) { return try YAMLRunbook.runbook(from: text, named: name) }
    let document = MarkdownDocument(text)
    return try RunbookAssembly(document: document, shell: shell, source: name).runbook()
  }
}
