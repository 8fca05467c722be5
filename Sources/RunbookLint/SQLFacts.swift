import Runbook

/// One SQL statement of the document, with what its leading words say.
struct SQLStatement: Sendable {
  var text: String
  /// In the document.
  var line: Int
  /// The words outside quotes and comments, in upper case.
  var words: [String]

  var isChange: Bool { Self.changes.contains(words.first ?? "") }
  /// Runs outside any transaction: inside one the server refuses it.
  var refusesTransaction: Bool {
    words.contains("CONCURRENTLY") || words.contains("VACUUM") || words.starts(with: ["ALTER", "SYSTEM"])
      || ["CREATE", "DROP"].contains(words.first ?? "") && words.dropFirst().first == "DATABASE"
  }
  var begins: Bool { words.first == "BEGIN" || words.starts(with: ["START", "TRANSACTION"]) }
  var ends: Bool { ["COMMIT", "ROLLBACK", "END"].contains(words.first ?? "") }
  /// Takes stored data away: rows, a table, a column.
  var destroys: Bool {
    switch words.first {
    case "DROP": return ["TABLE", "SCHEMA", "DATABASE"].contains(words.dropFirst().first ?? "")
    case "TRUNCATE", "DELETE": return true
    case "ALTER": return words.contains("DROP") && words.contains("COLUMN")
    default: return false
    }
  }

  private static let changes: Set<String> = [
    "UPDATE", "DELETE", "INSERT", "ALTER", "DROP", "CREATE", "TRUNCATE", "RENAME", "GRANT", "REVOKE", "MERGE",
    "REPLACE",
  ]

  /// The statements of `text`, whose first line is `line`: split at semicolons outside quotes, comments and `$$` bodies.
  static func statements(of text: String, line: Int) -> [SQLStatement] {
    var scan = SQLScan(text: text, line: line)
    return scan.statements()
  }
}

/// A lexer for what splits SQL; what a statement means is the reading's to say.
private struct SQLScan {
  private let characters: [Character]
  private var index = 0
  private var line: Int
  private var result: [SQLStatement] = []
  private var text = ""
  private var words: [String] = []
  private var word = ""
  private var start: Int?

  init(text: String, line: Int) {
    characters = Array(text)
    self.line = line
  }

  mutating func statements() -> [SQLStatement] {
    while index < characters.count {
      let character = characters[index]
      let next = index + 1 < characters.count ? characters[index + 1] : " "
      if character == "-" && next == "-" || character == "#" && word.isEmpty {
        skip { $0 == "\n" }
      } else if character == "/" && next == "*" {
        index += 2
        while index < characters.count, !(characters[index] == "*" && peek(1) == "/") { step() }
        index += 2
      } else if character == "'" || character == "\"" || character == "`" {
        quoted(by: character)
      } else if character == "$", let tag = dollarTag() {
        body(of: tag)
      } else if character == ";" {
        close()
        index += 1
      } else {
        take(character)
        step()
      }
    }
    close()
    return result
  }

  private func peek(_ offset: Int) -> Character { index + offset < characters.count ? characters[index + offset] : " " }

  private mutating func step() {
    if characters[index] == "\n" { line += 1 }
    index += 1
  }

  private mutating func skip(to isEnd: (Character) -> Bool) {
    while index < characters.count, !isEnd(characters[index]) { step() }
  }

  private mutating func take(_ character: Character) {
    if character.isWhitespace && text.isEmpty { return }
    if start == nil { start = line }
    text.append(character)
    if character.isLetter || character.isNumber || character == "_" {
      word.append(character)
    } else {
      endWord()
    }
  }

  private mutating func endWord() {
    if !word.isEmpty { words.append(word.uppercased()) }
    word = ""
  }

  private mutating func quoted(by quote: Character) {
    if start == nil { start = line }
    endWord()
    text.append(quote)
    step()
    while index < characters.count, characters[index] != quote {
      text.append(characters[index])
      step()
    }
    text.append(quote)
    index += 1
  }

  private func dollarTag() -> String? {
    var end = index + 1
    while end < characters.count, characters[end].isLetter || characters[end] == "_" { end += 1 }
    guard end < characters.count, characters[end] == "$" else { return nil }
    return String(characters[index...end])
  }

  private mutating func body(of tag: String) {
    index += tag.count
    let mark = Array(tag)
    while index < characters.count, Array(characters[index...].prefix(mark.count)) != mark { step() }
    index = min(characters.count, index + mark.count)
  }

  private mutating func close() {
    endWord()
    if let start, !words.isEmpty {
      result.append(SQLStatement(text: text.trimmingEnd, line: start, words: words))
    }
    text = ""
    words = []
    start = nil
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}

extension SQLStatement {
  static func statements(of step: Step, commands: [CommandFacts]) -> [SQLStatement] {
    if case .sql(let sql) = step.action { return statements(of: sql.text, line: step.line) }
    return commands.flatMap { found -> [SQLStatement] in
      let call = found.call
      var texts: [String] = []
      switch call.first {
      case "psql", "mysql", "mariadb":
        let options = ["-c", "--command", "-e", "--execute"]
        texts += zip(call, call.dropFirst()).filter { options.contains($0.0) }.map(\.1)
      case "sqlite3": texts += call.dropFirst(2).filter { !$0.hasPrefix("-") && !$0.hasPrefix(".") }
      case "supabase": texts += call.starts(with: ["supabase", "db", "query"]) ? call.dropFirst(3).prefix(1) : []
      default: return []
      }
      texts += found.command.redirections.filter { $0.operator.hasPrefix("<<") }.compactMap(\.body)
      return texts.flatMap { statements(of: $0, line: found.command.line) }
    }
  }
}

extension PlacedStep {
  /// Whether it changes stored data: by SQL, by a migration taken back, by a restore.
  var changesData: Bool {
    sql.contains(where: \.isChange) || commands.contains { $0.downgrade != nil || $0.restore != nil }
  }
}
