import Runbook

/// One block of a Markdown document, with the document lines it stands on (from 1).
struct Block: Sendable {
  enum Content: Sendable {
    case heading(level: Int, InlineText)
    case paragraph(InlineText)
    case list(ordered: Bool, items: [ListItem])
    case fence(Fence)
    case table(Table)
    case quote([Block])
    case rule
    case html(String)
  }

  var line: Int
  var endLine: Int
  var content: Content
}

struct ListItem: Sendable {
  var line: Int
  /// Nil: not a `- [ ]` item.
  var isChecked: Bool?
  /// The number of an ordered item.
  var number: Int?
  var blocks: [Block]

  /// The item's own paragraph, which stands first.
  var text: InlineText? {
    if case .paragraph(let text)? = blocks.first?.content { text } else { nil }
  }
  /// What is nested below its paragraph.
  var nested: ArraySlice<Block> { text == nil ? blocks[...] : blocks.dropFirst() }
}

struct Fence: Sendable {
  /// The first word of the info string, lower-case; empty where untagged.
  var language: String
  /// `{name=deploy interactive=false}` of the info string.
  var attributes: [String: String]
  var text: String
  /// The document line of the text's first line.
  var firstLine: Int
  /// Indented code, with no fence around it.
  var isIndented: Bool

  /// Each line of the text with its document line.
  var lines: [(line: Int, text: Substring)] {
    var parts = text.textLines
    if parts.last?.isEmpty == true { parts.removeLast() }
    return parts.enumerated().map { (firstLine + $0.offset, $0.element) }
  }
}

struct Table: Sendable {
  struct Row: Sendable {
    var line: Int
    var cells: [String]
    /// Inline code of all cells.
    var codes: [String] = []
  }
  var header: [String]
  var rows: [Row]
}

/// The text of a paragraph, heading or cell without its markup.
struct InlineText: Sendable {
  struct Code: Sendable {
    var text: String
    /// Where it begins in the plain text, in bytes of UTF-8.
    var offset: Int
  }
  /// Plain text; a soft break is a line feed. Inline code keeps its backticks.
  var text: String
  /// The bold text that it begins with.
  var leadingStrong: String?
  /// Nothing but bold text.
  var isStrong: Bool
  var codes: [Code]
  var firstLine: Int

  /// Each line of the text with its document line.
  var lines: [(line: Int, text: Substring)] {
    text.textLines.enumerated().map {
      (firstLine + $0.offset, $0.element)
    }
  }
  /// On one line, without backticks.
  var flat: String {
    // By bytes: every sentence of a document comes here, several times.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 where byte != UInt8(ascii: "`") {
      bytes.append(byte == 10 || byte == 13 ? 32 : byte)
    }
    return String(decoding: bytes, as: UTF8.self).trimmed
  }
}

extension StringProtocol {
  /// Without white space at either end.
  var trimmed: String {
    // By scalars: a blank and the accent behind it are one character.
    guard let first = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(self[first..<unicodeScalars.index(after: last)])
  }
}
