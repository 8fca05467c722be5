/// Something that must hold whatever the bytes are, and does not.
struct Broken: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }

  static func unless(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw Broken(what()) }
  }
}

enum Lines {
  static func count(_ text: String) -> Int { text.utf8.reduce(1) { $1 == 10 ? $0 + 1 : $0 } }

  /// As the reader counts: a carriage return is a line's end too.
  static func unified(_ text: String) -> String {
    var text = text
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    guard text.utf8.contains(13) else { return text }
    return text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  /// What of a text counts as said: everything but white space and the marks of a comment.
  static func substance(_ text: some StringProtocol) -> [Unicode.Scalar] {
    text.unicodeScalars.filter { !$0.properties.isWhitespace && !"-#/*".unicodeScalars.contains($0) }
  }
}
