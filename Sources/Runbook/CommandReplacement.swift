/// What `commands:` of the bindings makes of a shell text: each command whose beginning is named, by whole words, is
/// another one.
public struct CommandReplacement: Sendable {
  private struct Entry {
    var words: [[UInt8]]
    var replacement: [UInt8]
  }
  private let entries: [Entry]

  public init(_ commands: [String: String]) {
    // The longest first: it says the most. Then by text, so that the order is always the same.
    entries = commands.sorted { ($0.key.utf8.count, $1.key) > ($1.key.utf8.count, $0.key) }.compactMap { key, value in
      let words = key.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
      return words.isEmpty ? nil : Entry(words: words, replacement: Array(value.utf8))
    }
  }

  /// Nil where no command is one of them.
  public func replaced(in text: String) -> String? {
    if entries.isEmpty { return nil }
    let bytes = Array(text.utf8)
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
    return String(decoding: result, as: UTF8.self)
  }

  /// The words of each simple command as byte ranges; quotes are looked through, nothing is expanded.
  public static func commands(in bytes: [UInt8]) -> [[Range<Int>]] {
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
