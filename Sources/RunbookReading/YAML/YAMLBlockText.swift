/// Tells the lines of block YAML in which no flow collection can begin, however many brackets their text holds.
///
/// What `YAMLRunbook` prints is made of them. It takes in one line after another, and says no to all that follows the
/// first line that it does not wholly understand: what it says yes to must be text for libyaml too.
struct YAMLBlockText {
  private enum State: Equatable {
    case block
    /// Within `|`: deeper than `column`, and at `indent` once its first line is seen.
    case literal(column: Int, indent: Int?)
    case lost
  }
  private var state = State.block

  /// Text of a value, or a part of it that stands on lines of its own; those are not judged by their indentation.
  enum Line { case unknown, block, literal }

  mutating func take(_ line: ArraySlice<UInt8>) -> Line {
    if state == .lost { return .unknown }
    guard !Self.hasOtherBreaks(line) else { return lose() }
    let indent = line.prefix { $0 == space }.count
    if case .literal(let column, let known) = state {
      if indent == line.count {
        // Blanks before the first line would say how far it is indented.
        return known == nil && indent > 0 ? lose() : .literal
      }
      if indent >= known ?? column + 1 {
        state = .literal(column: column, indent: known ?? indent)
        return .literal
      }
      state = .block
    }
    return block(line, indent: indent) ? .block : lose()
  }

  private mutating func lose() -> Line {
    state = .lost
    return .unknown
  }

  /// `- - key: value`, each part of which may be missing.
  private mutating func block(_ line: ArraySlice<UInt8>, indent: Int) -> Bool {
    var rest = line.dropFirst(indent)
    if indent == 0, rest.starts(with: "---".utf8) || rest.starts(with: "...".utf8) { return false }
    var column = indent
    while rest.first == dash, rest.dropFirst().first == space {
      column = rest.startIndex - line.startIndex
      rest = rest.dropFirst().drop { $0 == space }
    }
    if let key = Self.key(rest) {
      column = rest.startIndex - line.startIndex
      rest = rest[key...].drop { $0 == space }
    }
    if rest.isEmpty { return true }
    switch String(decoding: rest, as: UTF8.self) {
    case "[]", "{}": return true
    case "|", "|-", "|+":
      state = .literal(column: column, indent: nil)
      return true
    default: break
    }
    if let end = Self.quoted(rest) { return rest[end...].allSatisfy { $0 == space } }
    return Self.isPlain(rest)
  }

  /// Behind the colon of `name:`, `'a name':` or `"a name":`.
  private static func key(_ line: ArraySlice<UInt8>) -> Int? {
    let end = quoted(line) ?? line.firstIndex { !isName($0) } ?? line.endIndex
    guard end > line.startIndex, end < line.endIndex, line[end] == UInt8(ascii: ":") else { return nil }
    return end + 1 == line.endIndex || line[end + 1] == space ? end + 1 : nil
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "_")
  }

  /// Behind the quotes that begin the line, where they are closed on it.
  private static func quoted(_ line: ArraySlice<UInt8>) -> Int? {
    guard let quote = line.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
    var cursor = line.startIndex + 1
    while cursor < line.endIndex {
      if line[cursor] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        cursor += 2
      } else if line[cursor] != quote {
        cursor += 1
      } else if quote == UInt8(ascii: "'"), cursor + 1 < line.endIndex, line[cursor + 1] == quote {
        cursor += 2
      } else {
        return cursor + 1
      }
    }
    return nil
  }

  /// Text without quotes, with no mark at its beginning and no key in it.
  private static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first, !"[]{}#&*!|>'\"%@`,\t".utf8.contains(first) else { return false }
    if "-?:".utf8.contains(first), text.dropFirst().first.map(isBlank) ?? true { return false }
    return !zip(text, text.dropFirst() + [space]).contains { $0 == UInt8(ascii: ":") && isBlank($1) }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == 9 }

  /// YAML ends lines at CR, NEL, LS and PS too.
  private static func hasOtherBreaks(_ line: ArraySlice<UInt8>) -> Bool {
    for (index, byte) in zip(line.indices, line) {
      switch byte {
      case 13: return true
      case 0xC2 where line[index...].dropFirst().first == 0x85: return true
      case 0xE2 where line[index...].dropFirst().starts(with: [0x80, 0xA8]): return true
      case 0xE2 where line[index...].dropFirst().starts(with: [0x80, 0xA9]): return true
      default: break
      }
    }
    return false
  }
}

private let space = UInt8(ascii: " ")
private let dash = UInt8(ascii: "-")
