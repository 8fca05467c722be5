import Runbook

/// Cuts shell text into comments, SQL and chunks of complete statements, and masks `<x>`.
///
/// It knows only as much of the shell as it takes to tell where a line ends a statement: quotes, here-documents,
/// brackets, the words that open and close compound commands, continuations. What a statement is, shfmt decides.
struct ShellLexer {
  enum Piece: Sendable {
    case blank(line: Int)
    /// The text after `#`, trimmed.
    case comment(line: Int, text: String)
    /// Byte range in the text.
    case chunk(Range<Int>, line: Int, trailing: [TrailingComment])
    case sql(Range<Int>, line: Int)
  }

  struct TrailingComment: Sendable {
    var offset: Int
    var text: String
  }

  let bytes: [UInt8]
  /// `bytes`, with words of equal length in place of every `<x>` outside quotes.
  private(set) var masked: [UInt8]
  private(set) var pieces: [Piece] = []
  /// The pieces whose syntax tree would be deeper than any that is read.
  private(set) var tooDeep: Set<Int> = []

  private var index = 0
  private var line: Int
  /// After so many quotes and brackets that nothing closes, a line is a statement: looking ahead each time would
  /// take quadratic time.
  private var rescans = 64
  private static let maximumChunk = 1 << 18

  init(_ text: String, line: Int) {
    bytes = Array(text.utf8)
    masked = bytes
    self.line = line
    while index < bytes.count { next() }
  }

  private mutating func next() {
    let start = index
    var cursor = index
    while cursor < bytes.count, bytes[cursor] == 32 || bytes[cursor] == 9 || bytes[cursor] == 13 { cursor += 1 }
    let eol = endOfLine(from: cursor)
    if cursor >= eol {
      pieces.append(.blank(line: line))
      advance(to: eol + 1)
    } else if bytes[cursor] == UInt8(ascii: "#") {
      let hashes = bytes[cursor..<eol].prefix { $0 == UInt8(ascii: "#") }.count
      pieces.append(
        .comment(line: line, text: String(decoding: bytes[(cursor + hashes)..<eol], as: UTF8.self).trimmed))
      advance(to: eol + 1)
    } else if bytes[cursor...].starts(with: Array("-- ".utf8)) {
      // SQL's comment among shell lines: no command begins so.
      pieces.append(.comment(line: line, text: String(decoding: bytes[(cursor + 3)..<eol], as: UTF8.self).trimmed))
      advance(to: eol + 1)
    } else if SQLKeywords.begins(bytes[cursor..<min(eol, cursor + 400)]) {
      let end = endOfSQL(from: cursor)
      pieces.append(.sql(cursor..<end, line: line))
      // A comment that runs beyond the statement's last line is the next piece.
      advance(to: end < bytes.count && bytes[end] == 10 ? end + 1 : end)
    } else {
      var scan = ChunkScan(bytes: bytes, start: cursor)
      let limit = rescans > 0 ? min(bytes.count, start + Self.maximumChunk) : eol
      if let end = scan.run(limit: limit) {
        mask(scan.masks)
        if scan.deepest > ChunkScan.maximumDepth { tooDeep.insert(pieces.count) }
        pieces.append(.chunk(cursor..<end, line: line, trailing: scan.trailing))
        advance(to: end + 1)
      } else {
        rescans -= 1
        let end = continuedLineEnd(from: cursor)
        var single = ChunkScan(bytes: bytes, start: cursor)
        single.isLineBound = true
        _ = single.run(limit: end)
        mask(single.masks)
        if single.deepest > ChunkScan.maximumDepth { tooDeep.insert(pieces.count) }
        pieces.append(.chunk(cursor..<end, line: line, trailing: []))
        advance(to: end + 1)
      }
    }
  }

  private mutating func mask(_ ranges: [ClosedRange<Int>]) {
    for range in ranges { for index in range { masked[index] = UInt8(ascii: "x") } }
  }

  private mutating func advance(to end: Int) {
    let stop = min(end, bytes.count)
    while index < stop {
      if bytes[index] == 10 { line += 1 }
      index += 1
    }
  }

  private func endOfLine(from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end] != 10 { end += 1 }
    return end
  }

  private func continuedLineEnd(from start: Int) -> Int {
    var end = endOfLine(from: start)
    while end < bytes.count, end > start, bytes[end - 1] == UInt8(ascii: "\\") { end = endOfLine(from: end + 1) }
    return end
  }

  /// After the semicolon that ends the statement, else before a blank line, a comment or the end.
  private func endOfSQL(from start: Int) -> Int {
    var cursor = start
    var quote: UInt8 = 0
    while cursor < bytes.count {
      let byte = bytes[cursor]
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: ";") {
        return cursor + 1
      }
      if byte == 10, quote == 0 || cursor - start > 1 << 14 {
        var look = cursor + 1
        while look < bytes.count, bytes[look] == 32 || bytes[look] == 9 { look += 1 }
        if look >= bytes.count || bytes[look] == 10 || bytes[look] == UInt8(ascii: "#") { return cursor }
      }
      cursor += 1
    }
    return bytes.count
  }
}
