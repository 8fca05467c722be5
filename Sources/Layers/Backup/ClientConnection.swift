import Foundation
import Layer
import Runbook

/// Which server and database a command means. It names where a password is and never holds it: it stands in the plan.
struct ClientConnection: Codable, Hashable, Sendable {
  enum Value: Codable, Hashable, Sendable {
    case literal(String)
    /// The session's variable of this name.
    case variable(String)
  }

  /// libpq keyword → value. `dbname` may be a URL.
  var keywords: [String: Value] = [:]
  /// Why nobody can connect as the command does.
  var unknown: String?

  static let variableKeywords = [
    "PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname",
    "PGPASSWORD": "password", "PGPASSFILE": "passfile", "PGSERVICE": "service", "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey", "PGOPTIONS": "options",
  ]

  init(_ words: ClientWords, of command: ParsedCommand, database: Word? = nil, in context: ReadingContext) {
    for (option, keyword) in [("host", "host"), ("port", "port"), ("username", "user"), ("dbname", "dbname")] {
      if let word = words.last(option) { set(keyword, word, in: context) }
    }
    if let database { set("dbname", database, in: context) }
    for assignment in command.assignments {
      if let keyword = Self.variableKeywords[assignment.name], keywords[keyword] == nil {
        set(keyword, assignment.value, in: context)
      }
    }
  }

  private mutating func set(_ keyword: String, _ word: Word, in context: ReadingContext) {
    let isVariable =
      word.variables.count == 1 && !word.hasCommandSubstitution
      && ["$\(word.variables[0])", "${\(word.variables[0])}"].contains(
        word.text.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))
    guard let value = WordExpansion.expandedValue(of: word, in: context) else {
      if isVariable {
        keywords[keyword] = .variable(word.variables[0])
      } else {
        unknown = "only the shell knows its connection"
      }
      return
    }
    guard Self.holdsPassword(value, keyword: keyword) else {
      keywords[keyword] = .literal(value)
      return
    }
    if isVariable {
      keywords[keyword] = .variable(word.variables[0])
    } else if let name = context.variables.filter({ $0.value == value }).keys.sorted().first {
      keywords[keyword] = .variable(name)
    } else {
      unknown = "a password stands in its arguments: give it by a variable"
      for (part, value) in ConnectionText.parse(value) ?? [:] where part != "password" {
        keywords[part] = .literal(value)
      }
    }
  }

  private static func holdsPassword(_ text: String, keyword: String) -> Bool {
    if !SecretToken.names(in: text).isEmpty { return false }
    if keyword == "password" { return true }
    guard keyword == "dbname", ConnectionText.isOne(text) else { return false }
    return ConnectionText.parse(text).map { $0["password"] != nil } ?? true
  }

  /// What is known without asking anybody: keyword → value.
  func known(at place: Place, in context: ReadingContext) -> [String: String] {
    var parts: [String: String] = [:]
    // Another place has variables of its own.
    if place.isHere {
      for (variable, keyword) in Self.variableKeywords { parts[keyword] = context.variables[variable] }
    }
    for (keyword, value) in keywords.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .literal(let text): parts[keyword] = text
      case .variable(let name): parts[keyword] = context.variables[name] ?? "$\(name)"
      }
    }
    if let database = parts["dbname"], ConnectionText.isOne(database) {
      parts["dbname"] = nil
      parts.merge(ConnectionText.parse(database) ?? [:]) { $1 }
    }
    return parts
  }

  /// `host:port/`, before a database's name in a target.
  func server(at place: Place, in context: ReadingContext) -> String {
    let parts = known(at: place, in: context)
    let host = parts["host"] ?? parts["hostaddr"] ?? (place.isHere ? "localhost" : place.label)
    return "\(host):\(parts["port"] ?? "5432")/"
  }
}

/// A connection URL or a conninfo string.
enum ConnectionText {
  static func isOne(_ text: String) -> Bool {
    text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") || text.contains("=")
  }

  /// Nil where it is neither.
  static func parse(_ text: String) -> [String: String]? {
    text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") ? url(text) : conninfo(text)
  }

  private static func url(_ text: String) -> [String: String]? {
    guard let parts = URLComponents(string: text) else { return nil }
    var result: [String: String] = [:]
    for item in parts.queryItems ?? [] { result[item.name] = item.value }
    if let host = parts.host, !host.isEmpty { result["host"] = host.trimmingCharacters(in: ["[", "]"]) }
    if let port = parts.port { result["port"] = String(port) }
    if let user = parts.user, !user.isEmpty { result["user"] = user }
    if let password = parts.password { result["password"] = password }
    let path = parts.path.dropFirst()
    if !path.isEmpty { result["dbname"] = String(path) }
    return result
  }

  /// `host=db port=5432 password='a b'`.
  private static func conninfo(_ text: String) -> [String: String]? {
    var result: [String: String] = [:]
    var rest = text[...]
    func blanks() { rest = rest.drop(while: \.isWhitespace) }
    while true {
      blanks()
      if rest.isEmpty { return result }
      let key = rest.prefix { $0 != "=" && !$0.isWhitespace }
      rest = rest.dropFirst(key.count)
      blanks()
      guard !key.isEmpty, rest.popFirst() == "=" else { return nil }
      blanks()
      let isQuoted = rest.first == "'"
      if isQuoted { rest.removeFirst() }
      var value = ""
      while let character = rest.first, isQuoted ? character != "'" : !character.isWhitespace {
        rest.removeFirst()
        if character == "\\", let next = rest.popFirst() { value.append(next) } else { value.append(character) }
      }
      if isQuoted, rest.popFirst() != "'" { return nil }
      result[String(key)] = value
    }
  }
}
