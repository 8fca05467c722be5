import CMarkGFM
import Foundation
import Runbook

/// A Markdown document as a small tree of blocks with source lines, parsed by cmark-gfm.
struct MarkdownDocument: Sendable {
  /// YAML between `---` lines at the very top.
  var frontMatter: String?
  var blocks: [Block]

  /// Deeper nesting than this is flattened.
  static let maximumDepth = 48

  private static let registered: Void = cmark_gfm_core_extensions_ensure_registered()

  init(_ text: String) {
    let (frontMatter, body) = Self.cutFrontMatter(text)
    self.frontMatter = frontMatter
    _ = Self.registered
    let parser = cmark_parser_new(CMARK_OPT_DEFAULT)
    defer { cmark_parser_free(parser) }
    for name in ["table", "tasklist", "strikethrough", "autolink"] {
      if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
    }
    var bytes = Self.boundingDepth(body)
    bytes.withUTF8 { buffer in
      buffer.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
    }
    guard let root = cmark_parser_finish(parser) else {
      blocks = []
      return
    }
    defer { cmark_node_free(root) }
    blocks = Self.children(of: root, depth: 0)
  }

  /// The front matter's text, and the document with those lines blank, so that every line keeps its number.
  private static func cutFrontMatter(_ text: String) -> (String?, String) {
    guard text.hasPrefix("---\n") || text.hasPrefix("---\r\n") else { return (nil, text) }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let end = lines.dropFirst().prefix(500).firstIndex(where: { $0.trimmed == "---" || $0.trimmed == "..." })
    else { return (nil, text) }
    let inner = lines[1..<end]
    // A rule at the top of the document also looks like this; front matter has a key on its first line.
    guard let first = inner.first(where: { !$0.trimmed.isEmpty && !$0.hasPrefix("#") }), first.contains(":") else {
      return (nil, text)
    }
    let rest = String(repeating: "\n", count: end + 1) + lines[(end + 1)...].joined(separator: "\n")
    return (inner.joined(separator: "\n") + "\n", rest)
  }

  /// A line of ten thousand `>` or `- - -` would be as many nested blocks; what is past the bound becomes spaces.
  private static func boundingDepth(_ text: String) -> String {
    var changed: [UInt8]?
    var count = 0
    var inLead = true
    var text = text
    text.withUTF8 { bytes in
      for (index, byte) in bytes.enumerated() {
        if byte == 10 {
          count = 0
          inLead = true
        } else if inLead {
          guard markers.contains(byte) else {
            inLead = byte == 32 || byte == 9
            continue
          }
          count += 1
          // A thematic break may be long, and opens no block; it never mixes with `>`.
          if count > 2 * maximumDepth {
            if changed == nil { changed = Array(bytes) }
            changed?[index] = 32
          }
        }
      }
    }
    return changed.map { String(decoding: $0, as: UTF8.self) } ?? text
  }

  private static let markers = ByteSet(">-*+")

  private static func children(of node: OpaquePointer, depth: Int) -> [Block] {
    var result: [Block] = []
    var child = cmark_node_first_child(node)
    while let current = child {
      if depth < maximumDepth {
        if let block = block(current, depth: depth) { result.append(block) }
      } else {
        result += flattened(current)
      }
      child = cmark_node_next(current)
    }
    return result
  }

  /// The leaves below a node that is nested too deep.
  private static func flattened(_ node: OpaquePointer) -> [Block] {
    guard let iterator = cmark_iter_new(node) else { return [] }
    defer { cmark_iter_free(iterator) }
    var result: [Block] = []
    while case let event = cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
      guard event == CMARK_EVENT_ENTER, let current = cmark_iter_get_node(iterator) else { continue }
      let type = cmark_node_get_type(current)
      guard type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_PARAGRAPH else { continue }
      if let block = block(current, depth: maximumDepth) { result.append(block) }
    }
    return result
  }

  private static func block(_ node: OpaquePointer, depth: Int) -> Block? {
    let (line, endLine) = lines(of: node)
    func made(_ content: Block.Content) -> Block { Block(line: line, endLine: endLine, content: content) }
    let type = cmark_node_get_type(node)
    switch type {
    case CMARK_NODE_HEADING:
      return made(.heading(level: Int(cmark_node_get_heading_level(node)), inline(node, line: line)))
    case CMARK_NODE_PARAGRAPH: return made(.paragraph(inline(node, line: line)))
    case CMARK_NODE_BLOCK_QUOTE: return made(.quote(children(of: node, depth: depth + 1)))
    case CMARK_NODE_THEMATIC_BREAK: return made(.rule)
    case CMARK_NODE_HTML_BLOCK: return made(.html(string(cmark_node_get_literal(node))))
    case CMARK_NODE_CODE_BLOCK: return fence(node, line: line)
    case CMARK_NODE_LIST:
      let ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
      var number = Int(cmark_node_get_list_start(node))
      var items: [ListItem] = []
      var child = cmark_node_first_child(node)
      while let item = child {
        let isTask = isType(item, "tasklist")
        items.append(
          ListItem(
            line: Int(cmark_node_get_start_line(item)),
            isChecked: isTask ? cmark_gfm_extensions_get_tasklist_item_checked(item) : nil,
            number: ordered ? number : nil, blocks: children(of: item, depth: depth + 1)))
        number += 1
        child = cmark_node_next(item)
      }
      return made(.list(ordered: ordered, items: items))
    default:
      if isType(node, "table") { return made(.table(table(node))) }
      return nil
    }
  }

  /// Of a paragraph that runs into a table, cmark-gfm 0.29 tells no lines, and calls its first line the table's.
  private static func lines(of node: OpaquePointer) -> (first: Int, last: Int) {
    let first = Int(cmark_node_get_start_line(node))
    let last = max(first, Int(cmark_node_get_end_line(node)))
    if first == 0, let table = cmark_node_next(node) {
      let first = Int(cmark_node_get_start_line(table))
      return (first, max(first, headerLine(of: table) - 1))
    }
    if let before = cmark_node_previous(node), cmark_node_get_start_line(before) == 0, isType(node, "table") {
      return (min(headerLine(of: node), last), last)
    }
    return (first, last)
  }

  /// Counted from its end: every row is one line, and one line is under the header.
  private static func headerLine(of table: OpaquePointer) -> Int {
    var rows = 0
    var row = cmark_node_first_child(table)
    while let current = row {
      rows += 1
      row = cmark_node_next(current)
    }
    return Int(cmark_node_get_end_line(table)) - rows
  }

  private static func fence(_ node: OpaquePointer, line: Int) -> Block {
    var length: Int32 = 0
    var offset: Int32 = 0
    var character: CChar = 0
    let isFenced = cmark_node_get_fenced(node, &length, &offset, &character) != 0
    let info = string(cmark_node_get_fence_info(node))
    let text = string(cmark_node_get_literal(node))
    let (language, attributes) = FenceInfo.parse(info)
    let firstLine = isFenced ? line + 1 : line
    let count = text.utf8.lazy.filter { $0 == 10 }.count
    // A fence that nothing closes has no line after its text.
    let last = max(line, Int(cmark_node_get_end_line(node)))
    return Block(
      line: line, endLine: isFenced ? min(firstLine + count, last) : firstLine + count - 1,
      content: .fence(
        Fence(
          language: language, attributes: attributes, text: text, firstLine: firstLine, isIndented: !isFenced)))
  }

  private static func table(_ node: OpaquePointer) -> Table {
    var table = Table(header: [], rows: [])
    var child = cmark_node_first_child(node)
    while let row = child {
      let line = Int(cmark_node_get_start_line(row))
      var cells: [String] = []
      var codes: [String] = []
      var cell = cmark_node_first_child(row)
      while let current = cell {
        let text = inline(current, line: line)
        cells.append(text.flat)
        codes += text.codes.map(\.text)
        cell = cmark_node_next(current)
      }
      if cmark_gfm_extensions_get_table_row_is_header(row) != 0 {
        table.header = cells
      } else {
        table.rows.append(Table.Row(line: line, cells: cells, codes: codes))
      }
      child = cmark_node_next(row)
    }
    return table
  }

  private static func inline(_ node: OpaquePointer, line: Int) -> InlineText {
    var text = ""
    var leading: String?
    var strongDepth = 0
    var outside = false
    var codes: [InlineText.Code] = []
    func add(_ part: String, isText: Bool) {
      // In this order: to look at the text so far for every word would take quadratic time.
      if strongDepth > 0, !outside, leading != nil || text.allSatisfy(\.isWhitespace) {
        leading = (leading ?? "") + part
      } else if strongDepth == 0, !part.allSatisfy(\.isWhitespace) {
        outside = true
      }
      text += part
    }
    guard let iterator = cmark_iter_new(node) else {
      return InlineText(text: "", leadingStrong: nil, isStrong: false, codes: [], firstLine: line)
    }
    defer { cmark_iter_free(iterator) }
    while case let event = cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
      guard let current = cmark_iter_get_node(iterator) else { break }
      let type = cmark_node_get_type(current)
      let enters = event == CMARK_EVENT_ENTER
      switch type {
      case CMARK_NODE_STRONG: strongDepth += enters ? 1 : -1
      case CMARK_NODE_TEXT where enters: add(string(cmark_node_get_literal(current)), isText: true)
      case CMARK_NODE_SOFTBREAK where enters, CMARK_NODE_LINEBREAK where enters:
        text += "\n"
      case CMARK_NODE_CODE where enters:
        let code = string(cmark_node_get_literal(current))
        codes.append(InlineText.Code(text: code, offset: text.utf8.count))
        add("`\(code)`", isText: false)
      case CMARK_NODE_HTML_INLINE where enters: add(string(cmark_node_get_literal(current)), isText: true)
      default: break
      }
    }
    return InlineText(
      text: text, leadingStrong: leading?.trimmed, isStrong: leading != nil && !outside, codes: codes, firstLine: line)
  }

  /// The extensions' nodes are told by name.
  private static func isType(_ node: OpaquePointer, _ name: StaticString) -> Bool {
    guard let type = cmark_node_get_type_string(node) else { return false }
    return strcmp(type, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)) == 0
  }

  private static func string(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }
}

/// The info string of a fence: a language, and attributes as runme writes them.
enum FenceInfo {
  static func parse(_ info: String) -> (language: String, attributes: [String: String]) {
    let text = info.trimmed
    let head = text.prefix { !$0.isWhitespace && $0 != "{" }
    var attributes: [String: String] = [:]
    if let open = text.firstIndex(of: "{"), let close = text.lastIndex(of: "}"), open < close {
      let inner = text[text.index(after: open)..<close].trimmed
      if let object = (try? JSONSerialization.jsonObject(with: Data("{\(inner)}".utf8))) as? [String: Any] {
        for (key, value) in object { attributes[key] = "\(value)" }
      } else {
        for pair in inner.split(whereSeparator: { $0 == " " || $0 == "," }) {
          let parts = pair.split(separator: "=", maxSplits: 1)
          guard let name = parts.first else { continue }
          attributes[String(name)] = parts.count == 2 ? parts[1].filter { $0 != "\"" && $0 != "'" } : "true"
        }
      }
    }
    return (head.lowercased(), attributes)
  }
}
