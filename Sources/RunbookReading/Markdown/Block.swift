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
  let kind: Language

  init(language: String, attributes: [String: String], text: String, firstLine: Int, isIndented: Bool) {
    self.language = language
    self.attributes = attributes
    self.text = text
    self.firstLine = firstLine
    self.isIndented = isIndented
    kind = Language(tag: language, text: text)
  }

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
  /// The text on one line, without backticks.
  let flat: String

  init(text: String, leadingStrong: String?, isStrong: Bool, codes: [Code], firstLine: Int) {
    self.text = text
    self.leadingStrong = leadingStrong
    self.isStrong = isStrong
    self.codes = codes
    self.firstLine = firstLine
    flat = Self.flat(text)
  }

  /// Each line of the text with its document line.
  var lines: [(line: Int, text: Substring)] {
    text.textLines.enumerated().map {
      (firstLine + $0.offset, $0.element)
    }
  }

  private static let markup = ByteSet("`\n\r")

  private static func flat(_ text: String) -> String {
    guard markup.isIn(text) else { return text.trimmed }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 where byte != UInt8(ascii: "`") {
      bytes.append(byte == 10 || byte == 13 ? 32 : byte)
    }
    return String(decoding: bytes, as: UTF8.self).trimmed
  }
}

extension ByteSet {
  fileprivate static let shellBlanks = ByteSet(" \t\r\n")
}

extension String {
  /// Without white space at either end.
  var trimmed: String { self[...].trimmed }
  /// Without blanks and line ends at either end: all other white space is part of a word for a shell.
  var withoutBlanks: String { String(self[...].trimmed(of: .shellBlanks)) }
}

extension Substring {
  /// Without white space at either end.
  var trimmed: String {
    let inner = trimmed(of: .blanks)
    guard let first = inner.utf8.first, let last = inner.utf8.last else { return "" }
    return first | last < 0x80 ? String(inner) : Self.trimmedScalars(inner)
  }

  fileprivate func trimmed(of bytes: ByteSet) -> Substring {
    var start = startIndex
    var end = endIndex
    while start < end, bytes.contains(utf8[start]) { start = utf8.index(after: start) }
    while start < end, bytes.contains(utf8[utf8.index(before: end)]) { end = utf8.index(before: end) }
    return self[start..<end]
  }

  /// By scalars: a blank and the accent behind it are one character.
  private static func trimmedScalars(_ text: Substring) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(text[first..<scalars.index(after: last)])
  }
}
