import Runbook

/// How a line is told to be SQL where it stands among shell commands.
enum SQLKeywords {
  /// Keyword → what may follow it, lower-case; empty: anything. In capitals the keyword alone is enough.
  private static let followers: [String: Set<String>] = [
    "select": [], "with": [], "explain": [], "vacuum": [], "reindex": [], "truncate": ["table"],
    "insert": ["into"], "update": [], "delete": ["from"], "merge": ["into"],
    "create": [
      "table", "index", "unique", "view", "or", "database", "schema", "role", "user", "extension", "trigger",
      "function",
      "materialized", "policy", "sequence", "type",
    ],
    "alter": ["table", "index", "view", "database", "schema", "role", "user", "sequence", "type", "policy", "system"],
    "drop": [
      "table", "index", "view", "database", "schema", "role", "user", "extension", "trigger", "function",
      "materialized", "policy", "sequence", "type", "column",
    ],
    "grant": [], "revoke": [], "begin": [";"], "commit": [";"], "rollback": [";"], "start": ["transaction"],
    "savepoint": [], "refresh": ["materialized"], "show": [], "call": [], "analyze": [], "comment": ["on"],
  ]

  private static let longest = followers.keys.map(\.utf8.count).max() ?? 0

  static func begins(_ line: ArraySlice<UInt8>) -> Bool {
    // Most lines of shell begin with no word of SQL.
    let first = line.drop { $0 == 32 || $0 == 9 }.prefix { $0 != 32 && $0 != 9 && $0 != UInt8(ascii: ";") }
    guard first.count <= longest, followers[String(decoding: first, as: UTF8.self).lowercased()] != nil else {
      return false
    }
    var words: [String] = []
    var cursor = line.startIndex
    while cursor < line.endIndex, words.count < 6 {
      while cursor < line.endIndex, line[cursor] == 32 || line[cursor] == 9 { cursor += 1 }
      let start = cursor
      while cursor < line.endIndex, line[cursor] != 32, line[cursor] != 9, line[cursor] != UInt8(ascii: ";") {
        cursor += 1
      }
      if start < cursor { words.append(String(decoding: line[start..<cursor], as: UTF8.self)) }
      if cursor < line.endIndex, line[cursor] == UInt8(ascii: ";") {
        words.append(";")
        cursor += 1
      }
    }
    guard let first = words.first, let allowed = followers[first.lowercased()] else { return false }
    let second = words.count > 1 ? words[1].lowercased() : ""
    let isCapitals = first == first.uppercased()
    if first.lowercased() == "with" || first.lowercased() == "call" || first.lowercased() == "show" {
      // Too common a word for less than capitals.
      guard isCapitals, !second.isEmpty, !second.hasPrefix("=") else { return false }
      return true
    }
    if !allowed.isEmpty {
      if allowed == [";"] { return isCapitals && (second == ";" || second.isEmpty) || second == ";" }
      if allowed.contains(second) { return true }
      return isCapitals && first.lowercased() != "start" && !second.isEmpty && !second.hasPrefix("=")
        && !second.hasPrefix("-")
    }
    guard isCapitals else {
      // `select x in …` is a shell loop, `update` may be a program.
      let rest = words.dropFirst().map { $0.lowercased() }
      return (first.lowercased() == "select" && rest.contains("from"))
        || (first.lowercased() == "update" && rest.contains("set"))
    }
    return !second.isEmpty && !second.hasPrefix("=") && !second.hasPrefix("-")
  }
}
