import Runbook

/// `commands:` of the bindings: what a command of the document is run as here.
struct CommandMapping {
  private struct Entry {
    var words: [[UInt8]]
    var replacement: [UInt8]
  }
  private let entries: [Entry]
  private let parser: any ShellParsing

  init(_ commands: [String: String], parser: any ShellParsing) {
    // The longest first: it says the most. Then by text, so that the order is always the same.
    entries = commands.sorted { ($0.key.utf8.count, $1.key) > ($1.key.utf8.count, $0.key) }.compactMap { key, value in
      let words = key.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
      return words.isEmpty ? nil : Entry(words: words, replacement: Array(value.utf8))
    }
    self.parser = parser
  }

  /// The statement with each mapped command replaced, parsed anew; nil where none is.
  func mapped(_ statement: ShellStatement, line: Int) -> ShellStatement? {
    if entries.isEmpty { return nil }
    let bytes = Array(statement.text.utf8)
    var result: [UInt8] = []
    var position = 0
    for words in Self.commands(in: bytes) {
      guard let first = words.first, first.lowerBound >= position,
        let entry = entries.first(where: { entry in
          words.count >= entry.words.count
            && zip(words, entry.words).allSatisfy { bytes[$0].elementsEqual($1) }
        })
      else { continue }
      result += bytes[position..<first.lowerBound]
      result += entry.replacement
      position = words[entry.words.count - 1].upperBound
    }
    if position == 0 { return nil }
    result += bytes[position...]
    let text = String(decoding: result, as: UTF8.self)
    return Self.parsed(text, line: line, by: parser)
  }

  /// `text` as one statement, whatever it holds.
  static func parsed(_ text: String, line: Int, by parser: any ShellParsing) -> ShellStatement {
    let statements = parser.statements(of: text, line: line)
    if statements.count == 1, var only = statements.first {
      only.text = text
      return only
    }
    var commands = statements.flatMap(\.commands)
    for index in commands.indices where commands[index].context == .alone { commands[index].context = .sequence }
    return ShellStatement(text: text, commands: commands, isOpaque: statements.contains(where: \.isOpaque))
  }

  /// The words of each simple command as byte ranges; quotes are looked through, nothing is expanded.
  static func commands(in bytes: [UInt8]) -> [[Range<Int>]] {
    var result: [[Range<Int>]] = []
    var words: [Range<Int>] = []
    var index = 0
    func close() {
      if !words.isEmpty { result.append(words) }
      words = []
    }
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): index += 1
      case UInt8(ascii: "\\") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n"): index += 2
      case UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("),
        UInt8(ascii: ")"):
        close()
        index += 1
      case UInt8(ascii: "#"):
        close()
        index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      default:
        let start = index
        index = endOfWord(in: bytes, from: index)
        words.append(start..<index)
      }
    }
    close()
    return result
  }

  private static func endOfWord(in bytes: [UInt8], from start: Int) -> Int {
    var index = start
    var quote: UInt8?
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
        index += 1
      } else if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if " \t\n;&|()".utf8.contains(byte) {
        break
      }
      index += 1
    }
    return min(index, bytes.count)
  }
}
