@testable import RunbookReading

enum SQLInvariants {
  /// The pieces joined say the text, in order, each on its lines; the nature of each is found.
  static func check(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let first = 3
    let lines = first...(first - 1 + Lines.count(text))
    var said: [Unicode.Scalar] = []
    var last = first
    var statements = 0
    for piece in SQLReader.pieces(of: text, line: first) {
      let at: Int
      switch piece {
      case .blank(let line): at = line
      case .comment(let line, let text):
        at = line
        said += Lines.substance(text)
      case .statement(let statement):
        at = statement.line
        try Broken.unless(
          statement.endLine >= statement.line && lines.contains(statement.endLine),
          "a statement on \(statement.line)-\(statement.endLine) of \(lines)")
        said += Lines.substance(statement.text) + Lines.substance(statement.trailingComment ?? "")
        statements += 1
        if statements <= 16 {
          let nature = SQLReader.nature(of: statement.text)
          try Broken.unless(!(nature.isReadOnly && nature.isDestructive), "reads only, and destroys")
        }
      }
      try Broken.unless(lines.contains(at) && at >= last, "a piece on \(at) follows one on \(last) of \(lines)")
      last = at
    }
    try Broken.unless(said == Lines.substance(text), "the pieces do not say the text")
  }
}
