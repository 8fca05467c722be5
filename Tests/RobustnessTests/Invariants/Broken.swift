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

  /// As the reader counts: a carriage return is a line's end too. By bytes, since to `String` CR LF is one character.
  static func unified(_ text: String) -> String {
    var bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    var result: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if byte == 10, index > 0, bytes[index - 1] == 13 { continue }
      result.append(byte == 13 ? 10 : byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What of a text counts as said: everything but white space and the marks of a comment.
  static func substance(_ text: some StringProtocol) -> [Unicode.Scalar] {
    text.unicodeScalars.filter { !$0.properties.isWhitespace && !"-#/*".unicodeScalars.contains($0) }
  }
}
