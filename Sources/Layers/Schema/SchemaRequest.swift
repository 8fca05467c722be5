import Foundation
import Layer
import PostgresAccess
import Runbook

/// A word of a command, as it may stand in a plan: a password never does.
enum ToolWord: Codable, Hashable, Sendable {
  case literal(String)
  /// The session's variable of this name holds it.
  case variable(String)

  /// Nil where a password stands in the word and no variable holds it.
  init?(_ text: String, in context: ReadingContext) {
    guard Self.holdsPassword(text) else {
      self = .literal(text)
      return
    }
    guard let variable = context.variables.filter({ $0.value == text }).keys.min() else { return nil }
    self = .variable(variable)
  }

  /// `postgresql://user:password@host/db`, wherever in the word it begins.
  private static func holdsPassword(_ text: String) -> Bool {
    guard let scheme = text.range(of: "://") else { return false }
    let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    guard let at = authority.lastIndex(of: "@") else { return false }
    return authority[..<at].contains(":") && SecretToken.names(in: text).isEmpty
  }
}

/// The driver's own understanding of one command; it stands in `Effect.parameters`.
struct SchemaRequest: Codable, Hashable, Sendable {
  enum Verb: String, Codable, Hashable, Sendable {
    case down, up
    /// Writes down another revision and changes nothing else.
    case stamp
    /// Asks the database where it is.
    case look
    /// Asks the scripts only.
    case list
  }

  /// `MigrationTool.id`.
  var tool: String
  var verb: Verb
  /// What starts the tool, up to its verb: `uv run alembic -c x.ini`.
  var launcher: [ToolWord] = []
  /// Options that stand after the verb and are needed for the way back too.
  var options: [ToolWord] = []
  /// Assignments before the command.
  var variables: [String: ToolWord] = [:]
  /// As written; nil: the tool's own default.
  var target: String?
  /// Django's application.
  var application: String?
  var declared: DeclaredCommand?
  /// The connection by which the catalog is looked at and rows are kept; nil where none is bound.
  var connection: String?
  /// Why the tool cannot be asked before the run: words that nobody knows yet.
  var unknown: String?

  init(tool: String, verb: Verb) {
    self.tool = tool
    self.verb = verb
  }

  init(_ effect: Effect) throws { self = try effect.parameters.decoded() }

  var changes: Bool { verb == .down || verb == .up || verb == .stamp }
}

/// A command of a tool that `layers:` declares.
struct DeclaredCommand: Codable, Hashable, Sendable {
  /// The entry's name.
  var name: String
  var migrations: DeclaredMigrations
  var captures: [String: String]
}

/// The words of a command, from the tool's own name on.
struct CommandWords {
  /// What starts the tool and is none itself: `uv run`, `python -m`, `bundle exec`.
  var runner: [String] = []
  var name = ""
  var arguments: [String] = []

  private static let runners: [[String]] = [
    ["uv", "run"], ["poetry", "run"], ["pipenv", "run"], ["pdm", "run"], ["hatch", "run"], ["rye", "run"],
    ["bundle", "exec"], ["pnpm", "exec"], ["yarn", "run"], ["npm", "exec"], ["npx"], ["pnpm"], ["yarn"],
    ["nohup"], ["time"], ["env"],
  ]

  /// Nil where no word is left.
  init?(_ words: [String]) {
    var rest = words[...]
    var found = true
    while found {
      found = false
      for prefix in Self.runners where rest.count > prefix.count && Array(rest.prefix(prefix.count)) == prefix {
        runner += prefix
        rest = rest.dropFirst(prefix.count)
        // Flags that take nothing, and `--` itself.
        while let flag = rest.first, rest.count > 1,
          ["--", "--no-sync", "--frozen", "--quiet", "-q", "-y"].contains(flag)
        {
          runner.append(flag)
          rest = rest.dropFirst()
        }
        found = true
      }
    }
    guard let first = rest.first else { return nil }
    if Self.isPython(first), rest.count > 2, rest.dropFirst().first == "-m" {
      runner += rest.prefix(2)
      rest = rest.dropFirst(2)
    }
    guard let program = rest.first else { return nil }
    written = program
    name = program.split(separator: "/").last.map(String.init) ?? program
    arguments = Array(rest.dropFirst())
  }

  /// The program as the command writes it.
  let written: String

  static func isPython(_ word: String) -> Bool {
    let name = word.split(separator: "/").last ?? ""
    return name == "python" || name.hasPrefix("python3") || name.hasPrefix("python2")
  }

  /// Words that start a Python of the tool's own surroundings.
  var python: [String] { runner.last == "-m" ? Array(runner.dropLast()) : runner + ["python3"] }

  /// Takes options off the front of `arguments`; those in `valued` have a value after them. What is left begins with
  /// the verb.
  mutating func takeOptions(valued: Set<String>) -> [String] {
    var taken: [String] = []
    while let option = arguments.first, option.hasPrefix("-"), option.count > 1 {
      let count = valued.contains(option) && arguments.count > 1 ? 2 : 1
      taken += arguments.prefix(count)
      arguments.removeFirst(count)
    }
    return taken
  }

  /// What stands after the verb: options, of which `valued` have a value, and the rest.
  func split(_ words: some Collection<String>, valued: Set<String>) -> (options: [String], rest: [String]) {
    var options: [String] = []
    var rest: [String] = []
    var words = Array(words)[...]
    while let word = words.popFirst() {
      // `-1` is a revision and no option.
      guard word.hasPrefix("-"), word.count > 1, Int(word) == nil else {
        rest.append(word)
        continue
      }
      options.append(word)
      if valued.contains(word), let value = words.popFirst() { options.append(value) }
    }
    return (options, rest)
  }
}
