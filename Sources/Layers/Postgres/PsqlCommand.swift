import Layer
import PostgresAccess
import Runbook

/// `psql … -c SQL`, `psql … <<'SQL'` as its words say it; nil where it would ask a person or nobody knows what it would run.
struct PsqlCommand {
  /// Each `-c` and `-f` in order, else a here-document.
  enum Source: Hashable {
    case text(String)
    case file(String)
  }
  var sources: [Source] = []
  var connection = ConnectionReference()
  /// Something in it only psql itself can do, or only the shell can expand.
  var needsPsql: String?

  private static let valued: [String: String] = [
    "-c": "command", "--command": "command", "-f": "file", "--file": "file", "-h": "host", "--host": "host",
    "-p": "port", "--port": "port", "-U": "user", "--username": "user", "-d": "dbname", "--dbname": "dbname",
    "-v": "set", "--set": "set", "--variable": "set", "-P": "ignored", "--pset": "ignored", "-F": "ignored",
    "--field-separator": "ignored", "-R": "ignored", "--record-separator": "ignored", "-T": "ignored",
    "--table-attr": "ignored", "-o": "psql", "--output": "psql", "-L": "psql", "--log-file": "psql",
  ]
  private static let plain: Set<String> = [
    "-t", "--tuples-only", "-A", "--no-align", "-X", "--no-psqlrc", "-q", "--quiet", "-1", "--single-transaction", "-w",
    "--no-password", "-e", "--echo-queries", "-a", "--echo-all", "-b", "--echo-errors", "-x", "--expanded", "-H",
    "--html",
    "--csv", "-n", "--no-readline", "-z", "-0", "-E", "--echo-hidden",
  ]

  init?(_ command: ParsedCommand, in context: ReadingContext) {
    guard command.name == "psql" else { return nil }
    var positional: [Word] = []
    var words = command.words.dropFirst()[...]
    let input = Self.input(of: command)
    if !command.redirections.isEmpty, input == nil { needsPsql = "its input or output is redirected" }
    if command.context == .pipeline { needsPsql = "it stands in a pipeline" }
    while let word = words.popFirst() {
      guard let value = word.value, value.hasPrefix("-"), value.count > 1 else {
        positional.append(word)
        continue
      }
      if value.hasPrefix("--") {
        let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
        if let meaning = Self.valued[parts[0]] {
          guard let argument = parts.count > 1 ? Word(literal: parts[1]) : words.popFirst() else { return nil }
          take(argument, as: meaning, input: input, in: context)
        } else if !Self.plain.contains(value) {
          needsPsql = "\(value) is psql's own"
        }
        continue
      }
      // Short options may stand together: -tAc 'SELECT 1', -h127.0.0.1.
      var rest = value.dropFirst()
      while let letter = rest.popFirst() {
        if let meaning = Self.valued["-\(letter)"] {
          guard let argument = rest.isEmpty ? words.popFirst() : Word(literal: String(rest)) else { return nil }
          take(argument, as: meaning, input: input, in: context)
          rest = ""
        } else if !Self.plain.contains("-\(letter)") {
          needsPsql = "-\(letter) is psql's own"
        }
      }
    }
    if sources.isEmpty, let input { sources.append(.text(input)) }
    guard !sources.isEmpty else { return nil }
    if let database = positional.first { connect(.init(database), "dbname", word: database, in: context) }
    if positional.count > 1 { connect(.init(positional[1]), "user", word: positional[1], in: context) }
    for assignment in command.assignments {
      if let keyword = ConnectionReference.variableKeywords[assignment.name], connection.keywords[keyword] == nil {
        connect(.init(assignment.value), keyword, word: assignment.value, in: context)
      }
    }
    preferName(in: context)
  }

  /// What it reads from its standard input, where that is a text of the document and the command's only redirection.
  private static func input(of command: ParsedCommand) -> String? {
    guard command.redirections.count == 1, let only = command.redirections.first else { return nil }
    return only.operator == "<<<" ? only.target.value : only.hereDocument
  }

  private mutating func take(_ word: Word, as meaning: String, input: String?, in context: ReadingContext) {
    switch meaning {
    case "command":
      guard let text = word.value else { return needsPsql = "the shell fills in its SQL" }
      sources.append(.text(text))
    case "file":
      if word.value == "-", let input { return sources.append(.text(input)) }
      guard let path = word.value, path != "-" else { return needsPsql = "its file is not known beforehand" }
      sources.append(.file(context.absolutePath(path)))
    case "set":
      if word.value?.hasPrefix("ON_ERROR_STOP") != true { needsPsql = "it sets psql variables" }
    case "psql": needsPsql = "it writes to a file"
    case "ignored": break
    default: connect(.init(word), meaning, word: word, in: context)
    }
  }

  private mutating func connect(
    _ value: ConnectionReference.Value?, _ keyword: String, word: Word, in context: ReadingContext
  ) {
    guard let value else { return needsPsql = "only the shell knows its connection" }
    // Never the value of what may hold a password: it would stand in the plan.
    if case .literal(let text) = value, Self.holdsPassword(text, keyword: keyword) {
      let variables = context.variables.filter { $0.value == text }.keys.sorted()
      let isBound = { context.connections.values.contains(.postgres(.environment($0))) }
      if let variable = variables.first(where: isBound) ?? variables.first {
        connection.keywords[keyword] = .variable(variable)
      } else {
        needsPsql = "a password stands in its arguments"
        if keyword == "dbname", let parts = ConnectionReference.parse(text) {
          for part in ["host", "port", "user", "dbname"] {
            if let value = parts[part] { connection.keywords[part] = .literal(value) }
          }
        }
      }
      return
    }
    connection.keywords[keyword] = value
  }

  private static func holdsPassword(_ text: String, keyword: String) -> Bool {
    if !SecretToken.names(in: text).isEmpty { return false }
    if keyword == "password" { return true }
    guard keyword == "dbname", ConnectionReference.isConnectionString(text) else { return false }
    return ConnectionReference.parse(text).map { $0["password"] != nil } ?? true
  }

  /// `psql "$DATABASE_URL"` is the bound connection that refers to that variable, as long as no step has given it another
  /// value; so is the value itself, which is what the session's shell makes of the word.
  private mutating func preferName(in context: ReadingContext) {
    guard connection.keywords.count == 1, let database = connection.keywords["dbname"] else { return }
    let names = context.connections.filter { _, bound in
      guard case .postgres(.environment(let variable)) = bound else { return false }
      switch database {
      case .literal(let text): return text == context.operatorVariables[variable]
      case .variable(variable): return context.variables[variable] == context.operatorVariables[variable]
      case .variable: return false
      }
    }.keys.sorted()
    if let name = names.contains("default") ? "default" : names.first {
      connection = ConnectionReference(name: name)
    }
  }
}

extension ConnectionReference.Value {
  /// Nil where more than a literal or one variable stands there.
  init?(_ word: Word) {
    if let value = word.value {
      self = .literal(value)
    } else if word.variables.count == 1, let name = word.variables.first, !word.hasCommandSubstitution,
      ["$\(name)", "${\(name)}", "\"$\(name)\"", "\"${\(name)}\""].contains(word.text)
    {
      self = .variable(name)
    } else {
      return nil
    }
  }
}
