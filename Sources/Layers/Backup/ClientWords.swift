import Layer
import Runbook

/// The options and operands of one of PostgreSQL's programs, as getopt_long reads them.
struct ClientWords {
  /// Long name → its values in order; a flag has an empty word.
  private(set) var options: [String: [Word]] = [:]
  private(set) var operands: [Word] = []

  /// What a program takes besides the connection.
  struct Grammar {
    /// Letter → long name.
    var letters: [Character: String]
    /// Long names that take a value.
    var valued: Set<String>

    private static let connection: [Character: String] = [
      "h": "host", "p": "port", "U": "username", "w": "no-password", "W": "password",
    ]

    init(_ letters: [Character: String], valued: Set<String>) {
      self.letters = Self.connection.merging(letters) { $1 }
      self.valued = valued.union(["host", "port", "username"])
    }
  }

  /// Nil where an option lacks its value.
  init?(_ words: some Sequence<Word>, _ grammar: Grammar, in context: ReadingContext) {
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      let text = WordExpansion.expandedValue(of: word, in: context) ?? word.text
      if text == "--" {
        operands += rest
        return
      }
      if let long = text.dropping(prefix: "--") {
        let parts = long.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard grammar.valued.contains(parts[0]) else {
          add(parts[0], Word(literal: ""))
          continue
        }
        guard let value = parts.count > 1 ? Self.rest(of: word, parts[1]) : rest.popFirst() else { return nil }
        add(parts[0], value)
      } else if text.hasPrefix("-"), text.count > 1 {
        // Short options may stand together: -tAc, -h127.0.0.1, -Fc.
        var letters = text.dropFirst()
        while let letter = letters.popFirst() {
          let name = grammar.letters[letter] ?? String(letter)
          guard grammar.valued.contains(name) else {
            add(name, Word(literal: ""))
            continue
          }
          guard let value = letters.isEmpty ? rest.popFirst() : Self.rest(of: word, String(letters)) else { return nil }
          add(name, value)
          letters = ""
        }
      } else {
        operands.append(word)
      }
    }
  }

  private mutating func add(_ name: String, _ value: Word) { options[name, default: []].append(value) }

  /// The value that stands in the option's own word.
  private static func rest(of word: Word, _ text: String) -> Word {
    word.value != nil
      ? Word(literal: text)
      : Word(
        text: text, value: word.hasCommandSubstitution || word.hasGlob ? nil : text, variables: word.variables,
        hasCommandSubstitution: word.hasCommandSubstitution, hasGlob: word.hasGlob)
  }

  func has(_ names: String...) -> Bool { names.contains { options[$0] != nil } }
  func last(_ name: String) -> Word? { options[name]?.last }

  // MARK: The programs

  static let psql = Grammar(
    [
      "d": "dbname", "c": "command", "f": "file", "v": "set", "P": "pset", "F": "field-separator",
      "R": "record-separator", "T": "table-attr", "o": "output", "L": "log-file", "1": "single-transaction",
      "l": "list",
    ],
    valued: [
      "dbname", "command", "file", "set", "variable", "pset", "field-separator", "record-separator", "table-attr",
      "output", "log-file",
    ])

  static let restore = Grammar(
    [
      "d": "dbname", "f": "file", "F": "format", "I": "index", "j": "jobs", "l": "list", "L": "use-list", "n": "schema",
      "N": "exclude-schema", "P": "function", "S": "superuser", "t": "table", "T": "trigger", "a": "data-only",
      "c": "clean", "C": "create", "e": "exit-on-error", "s": "schema-only", "1": "single-transaction",
      "O": "no-owner", "x": "no-privileges",
    ],
    valued: [
      "dbname", "file", "format", "index", "jobs", "use-list", "schema", "exclude-schema", "function", "superuser",
      "table", "trigger", "section", "role",
    ])

  /// Options of pg_restore that say which part of an archive is meant.
  static let selecting: Set<String> = [
    "index", "use-list", "schema", "exclude-schema", "function", "table", "trigger", "section", "data-only",
    "schema-only", "format",
  ]

  static let dump = Grammar(
    [
      "d": "dbname", "f": "file", "F": "format", "j": "jobs", "Z": "compress", "n": "schema", "N": "exclude-schema",
      "t": "table", "T": "exclude-table", "E": "encoding", "S": "superuser", "e": "extension", "a": "data-only",
      "c": "clean", "C": "create", "s": "schema-only", "O": "no-owner", "x": "no-privileges",
    ],
    valued: [
      "dbname", "file", "format", "jobs", "compress", "schema", "exclude-schema", "table", "exclude-table", "encoding",
      "superuser", "extension", "lock-wait-timeout", "exclude-table-data", "section", "snapshot", "role",
      "rows-per-insert", "extra-float-digits", "include-foreign-data",
    ])

  static let dumpAll = Grammar(
    ["f": "file", "l": "database", "d": "dbname", "S": "superuser", "E": "encoding", "g": "globals-only"],
    valued: [
      "file", "database", "dbname", "superuser", "encoding", "role", "lock-wait-timeout", "exclude-database",
      "rows-per-insert", "extra-float-digits",
    ])

  static let create = Grammar(
    ["D": "tablespace", "E": "encoding", "l": "locale", "O": "owner", "S": "strategy", "T": "template", "e": "echo"],
    valued: [
      "tablespace", "encoding", "locale", "owner", "strategy", "template", "lc-collate", "lc-ctype", "locale-provider",
      "icu-locale", "maintenance-db",
    ])

  static let drop = Grammar(["e": "echo", "f": "force", "i": "interactive"], valued: ["maintenance-db"])
}
