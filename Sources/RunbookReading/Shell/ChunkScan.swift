import Runbook

/// Finds the end of the statement that begins at a place in shell text.
struct ChunkScan {
  private enum Nesting { case single, ansi, double, backtick, parenthesis, brace }

  private let bytes: [UInt8]
  /// Every `<x>` outside quotes.
  private(set) var masks: [ClosedRange<Int>] = []
  private var cursor: Int
  private var stack: [Nesting] = []
  /// How deep the syntax tree is at least, here and at its deepest; and where each open bracket or keyword stands.
  private var level = 0
  private var bases: [Int] = []
  private(set) var deepest = 0
  /// Past this a chunk is not for shfmt: it indents what it prints, so that a chain of 50,000 `&&` makes gigabytes.
  static let maximumDepth = 120
  /// `if`, `for`, `case`, `{` that are open.
  private var depth = 0
  private var atCommand = true
  private var atWord = true
  /// The line so far ends in `&&`, `||` or `|`.
  private var joins = false
  private var heredocs: [(delimiter: [UInt8], stripsTabs: Bool)] = []
  private(set) var trailing: [ShellLexer.TrailingComment] = []
  /// Take what there is as a chunk, whatever is open.
  var isLineBound = false

  init(bytes: [UInt8], start: Int) {
    self.bytes = bytes
    cursor = start
  }

  /// The end of the statement's last line (its line feed, or the end of the text); nil where something stays open.
  mutating func run(limit: Int) -> Int? {
    while cursor < limit {
      let byte = bytes[cursor]
      switch stack.last {
      case .single:
        if byte == UInt8(ascii: "'") { close() }
      case .ansi:
        if byte == UInt8(ascii: "\\") { cursor += 1 } else if byte == UInt8(ascii: "'") { close() }
      case .double:
        if byte == UInt8(ascii: "\\") {
          cursor += 1
        } else if byte == UInt8(ascii: "\"") {
          close()
        } else {
          expansion(byte)
        }
      case .backtick where byte == UInt8(ascii: "`"): close()
      case .brace where byte == UInt8(ascii: "}"): close()
      default:
        if byte == 10 {
          if !heredocs.isEmpty, !skipHeredocs(limit: limit) { return nil }
          if stack.isEmpty, depth <= 0, !joins { return min(cursor, limit) }
          if !joins { level = bases.last ?? 0 }
          atCommand = !joins || atCommand
          atWord = true
          cursor += 1
          continue
        }
        plain(byte)
      }
      cursor += 1
    }
    if isLineBound { return limit }
    return stack.isEmpty && depth <= 0 && heredocs.isEmpty && limit == bytes.count ? limit : nil
  }

  private func peek(_ offset: Int) -> UInt8 {
    let index = cursor + offset
    return bytes.indices.contains(index) ? bytes[index] : 0
  }

  private mutating func open(_ nesting: Nesting) {
    stack.append(nesting)
    enter()
  }

  private mutating func close() {
    stack.removeLast()
    leave()
  }

  private mutating func enter() {
    deepen(by: 2)
    bases.append(level)
  }

  private mutating func leave() {
    if let base = bases.popLast() { level = max(0, base - 2) }
  }

  private mutating func deepen(by count: Int) {
    level += count
    deepest = max(deepest, level)
  }

  private mutating func expansion(_ byte: UInt8) {
    if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "(") {
      open(.parenthesis)
      cursor += 1
      atCommand = true
      atWord = true
    } else if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "{") {
      open(.brace)
      cursor += 1
    } else if byte == UInt8(ascii: "`") {
      open(.backtick)
    }
  }

  private mutating func plain(_ byte: UInt8) {
    if byte == UInt8(ascii: "!") { deepen(by: 1) }
    switch byte {
    case 32, 9, 13:
      atWord = true
      return
    case UInt8(ascii: "\\"):
      cursor += 1
      if peek(0) == 10 || peek(0) == 13 { return }
    case UInt8(ascii: "'"): open(.single)
    case UInt8(ascii: "\""): open(.double)
    case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "'"):
      open(.ansi)
      cursor += 1
    case UInt8(ascii: "$"), UInt8(ascii: "`"): expansion(byte)
    case UInt8(ascii: "("):
      open(.parenthesis)
      boundary()
      return
    case UInt8(ascii: ")"):
      if stack.last == .parenthesis { close() } else { boundary() }
      return
    case UInt8(ascii: "#") where atWord && stack.last != .brace:
      comment()
      return
    case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
      let doubled = peek(1) == byte
      // `2>&1` and `&>` are redirections.
      let redirects = byte == UInt8(ascii: "&") && (peek(1) == UInt8(ascii: ">") || peek(-1) == UInt8(ascii: ">"))
      if redirects { break }
      joins = (byte == UInt8(ascii: "|")) || (byte == UInt8(ascii: "&") && doubled)
      if joins { deepen(by: 2) } else { level = bases.last ?? 0 }
      if doubled || (byte == UInt8(ascii: "|") && peek(1) == UInt8(ascii: "&")) { cursor += 1 }
      atCommand = true
      atWord = true
      return
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"),
      UInt8(ascii: "^"), UInt8(ascii: ","), UInt8(ascii: "?"), UInt8(ascii: "="), UInt8(ascii: "~"):
      // Between `((` and `))` they are operators.
      if stack.count > 1, stack[stack.count - 1] == .parenthesis, stack[stack.count - 2] == .parenthesis {
        deepen(by: 1)
      }
    case UInt8(ascii: "<"):
      lessThan()
    default:
      if atCommand, atWord, keyword() {
        boundary()
        return
      }
    }
    joins = false
    atCommand = false
    atWord = false
  }

  private mutating func boundary() {
    atCommand = true
    atWord = true
    joins = false
  }

  private mutating func comment() {
    var end = cursor
    while end < bytes.count, bytes[end] != 10 { end += 1 }
    if stack.isEmpty, depth <= 0 {
      let text = String(decoding: bytes[(cursor + 1)..<end], as: UTF8.self).trimmed
      trailing.append(ShellLexer.TrailingComment(offset: cursor, text: text))
    }
    cursor = end - 1
  }

  private static let opening: Set<String> = ["if", "for", "while", "until", "select", "case", "{"]
  private static let closing: Set<String> = ["fi", "done", "esac", "}"]
  private static let introducing: Set<String> = ["then", "else", "elif", "do", "!", "time"]

  /// Reads the word at a command's place. Leaves the cursor on the word's last byte where it is a keyword.
  /// - Returns: whether a command follows it.
  private mutating func keyword() -> Bool {
    var end = cursor
    while end < bytes.count, end - cursor < 8, !" \t\n\r;&|()<>".utf8.contains(bytes[end]) { end += 1 }
    let word = String(decoding: bytes[cursor..<end], as: UTF8.self)
    if Self.opening.contains(word) {
      depth += 1
      enter()
    } else if Self.closing.contains(word) {
      depth -= 1
      leave()
    } else if word == "elif", let base = bases.popLast() {
      bases.append(base + 1)
      level = base
      deepen(by: 1)
    } else if !Self.introducing.contains(word) {
      return false
    }
    cursor = end - 1
    return Self.introducing.contains(word) || ["{", "if", "while", "until"].contains(word)
  }

  private mutating func lessThan() {
    if peek(1) == UInt8(ascii: "<") {
      if peek(2) == UInt8(ascii: "<") {
        cursor += 2
      } else {
        heredoc()
      }
      return
    }
    guard let end = PlaceholderSyntax.angleEnd(in: bytes, at: cursor) else { return }
    masks.append(cursor...end)
    cursor = end
  }

  private mutating func heredoc() {
    cursor += 2
    let stripsTabs = peek(0) == UInt8(ascii: "-")
    if stripsTabs { cursor += 1 }
    while peek(0) == 32 || peek(0) == 9 { cursor += 1 }
    var delimiter: [UInt8] = []
    while cursor < bytes.count, !" \t\n\r;&|()<>".utf8.contains(bytes[cursor]) {
      if !"'\"\\".utf8.contains(bytes[cursor]) { delimiter.append(bytes[cursor]) }
      cursor += 1
    }
    cursor -= 1
    if !delimiter.isEmpty { heredocs.append((delimiter, stripsTabs)) }
  }

  /// From the line feed before the first body to the line feed after the last delimiter.
  private mutating func skipHeredocs(limit: Int) -> Bool {
    for document in heredocs {
      var found = false
      while !found {
        let start = cursor + 1
        guard start < limit else { return false }
        var end = start
        while end < limit, bytes[end] != 10 { end += 1 }
        var line = bytes[start..<end]
        if line.last == 13 { line = line.dropLast() }
        if document.stripsTabs { line = line.drop { $0 == 9 } }
        found = line.elementsEqual(document.delimiter)
        cursor = end
      }
    }
    heredocs.removeAll()
    return true
  }
}

/// How `<x>` is told from a redirection.
enum PlaceholderSyntax {
  /// The index of the `>` that closes the placeholder at `start`, or nil where it is something else.
  static func angleEnd(in bytes: [UInt8], at start: Int) -> Int? {
    guard start + 2 < bytes.count else { return nil }
    let first = bytes[start + 1]
    guard isWordByte(first) || first == UInt8(ascii: "[") else { return nil }
    var cursor = start + 1
    var previous: UInt8 = 0
    while cursor < bytes.count, cursor - start < 80 {
      let byte = bytes[cursor]
      if byte == UInt8(ascii: ">") {
        // `sort <in >out` has a blank before it.
        return previous == 32 ? nil : cursor
      }
      guard isWordByte(byte) || " -./:|,[]@+*".utf8.contains(byte) else { return nil }
      if byte == UInt8(ascii: "|"), previous == 32 { return nil }
      previous = byte
      cursor += 1
    }
    return nil
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 128 || byte == UInt8(ascii: "_") || (byte >= 48 && byte <= 57) || (byte | 32 >= 97 && byte | 32 <= 122)
  }
}
