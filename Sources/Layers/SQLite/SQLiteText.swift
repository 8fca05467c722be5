/// As much of SQLite's tokens as tells reading from changing and one statement from the next.
struct SQLiteText {
  /// The words outside strings and comments, in upper case, of each statement.
  private(set) var statements: [[String]] = []
  /// A line that only the sqlite3 program understands: `.tables`.
  private(set) var hasDotCommand = false

  init(_ text: String) {
    var words: [String] = []
    var word = ""
    var characters = Array(text)[...]
    func flush() {
      if !word.isEmpty { words.append(word.uppercased()) }
      word = ""
    }
    while let character = characters.popFirst() {
      switch character {
      case "'", "\"", "`", "[":
        flush()
        let end: Character = character == "[" ? "]" : character
        while let inner = characters.popFirst(), inner != end {}
        words.append("?")
      case "-" where characters.first == "-":
        flush()
        while let inner = characters.popFirst(), inner != "\n" {}
      case "/" where characters.first == "*":
        flush()
        while let inner = characters.popFirst() { if inner == "*", characters.first == "/" { break } }
        characters = characters.dropFirst()
      case ";":
        flush()
        // Inside CREATE TRIGGER … BEGIN … END a semicolon ends nothing.
        let isTrigger = words.first == "CREATE" && words.contains("TRIGGER") && words.last != "END"
        if isTrigger { continue }
        if !words.isEmpty { statements.append(words) }
        words = []
      case "." where words.isEmpty && word.isEmpty: hasDotCommand = true
      case _ where character.isLetter || character.isNumber || character == "_": word.append(character)
      default:
        flush()
        if character == "=" { words.append("=") }
      }
    }
    flush()
    if !words.isEmpty { statements.append(words) }
  }

  private static let changing: Set<String> = ["INSERT", "UPDATE", "DELETE", "REPLACE"]

  static func changes(_ words: [String]) -> Bool {
    switch words.first {
    case "SELECT", "VALUES", "EXPLAIN": false
    case "WITH": words.contains { changing.contains($0) }
    case "PRAGMA": words.contains("=")
    default: true
    }
  }

  var isChange: Bool { statements.contains { Self.changes($0) && !Self.isTransaction($0) } }
  var destroys: Bool {
    statements.contains { ["DELETE", "DROP", "REPLACE"].contains($0.first) || $0.contains("DROP") }
  }
  /// VACUUM, ATTACH, PRAGMA …: not in a transaction, or not of this database's content.
  var outside: String? {
    statements.compactMap(\.first).first {
      ["VACUUM", "ATTACH", "DETACH", "PRAGMA", "SAVEPOINT", "ROLLBACK"].contains($0)
    }
  }
  static func isTransaction(_ words: [String]) -> Bool { ["BEGIN", "COMMIT", "END"].contains(words.first) }
}
