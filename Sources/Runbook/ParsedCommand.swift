/// One simple command of a shell statement, as its syntax tree has it.
public struct ParsedCommand: Codable, Hashable, Sendable {
  /// How the command stands in its statement; it decides what a plan can promise of it.
  public enum Context: String, Codable, Hashable, Sendable, CaseIterable {
    /// The statement is this command.
    case alone
    /// Joined by `&&`, `||` or `;` in one statement.
    case sequence
    /// A member of a pipeline.
    case pipeline
    /// Inside `if`, `for`, `while`, `case`, a function or a subshell: its effect is known only when it runs.
    case controlFlow
    /// Inside `$( … )`.
    case substitution
  }

  /// `VERSION=1` before the command; alone, an assignment to the session.
  public var assignments: [Assignment]
  /// The command's name and arguments. Prefixes that only say where it acts (`sudo`, `ssh host`) are in `place`.
  public var words: [Word]
  public var redirections: [Redirection]
  public var place: Place
  public var context: Context
  /// What stands directly before it in its pipeline; nil elsewhere, and where that is not a simple command.
  public var feed: Feed?
  public var background: Bool
  public var line: Int

  public init(
    assignments: [Assignment] = [], words: [Word], redirections: [Redirection] = [], place: Place = .here,
    context: Context = .alone, feed: Feed? = nil, background: Bool = false, line: Int = 1
  ) {
    self.assignments = assignments
    self.words = words
    self.redirections = redirections
    self.place = place
    self.context = context
    self.feed = feed
    self.background = background
    self.line = line
  }

  /// A command of literal words, as the session's shell expanded them.
  public init(literal words: [String], place: Place = .here, line: Int = 1) {
    self.init(words: words.map(Word.init(literal:)), place: place, line: line)
  }

  /// The command's name without its folder: `/usr/bin/git` is `git`. Nil where it is not literal.
  public var name: String? {
    words.first?.value.map { value in
      guard value.utf8.contains(UInt8(ascii: "/")), !value.hasPrefix("./"), !value.hasPrefix("../") else {
        return value
      }
      return String(value.split(separator: "/").last ?? "")
    }
  }

  /// The arguments after the name: their literal values, or the text as written where an expansion hides the value.
  public var arguments: [String] { words.dropFirst().map(\.valueOrText) }

  /// Whether every word is known without running a shell.
  public var isLiteral: Bool { words.allSatisfy { $0.value != nil } }

  public var text: String {
    (assignments.map { "\($0.name)=\($0.value.text)" } + words.map(\.text)
      + redirections.map { "\($0.descriptor.map(String.init) ?? "")\($0.operator)\($0.target.text)" })
      .joined(separator: " ")
  }
}

/// The simple command whose output a member of a pipeline reads. Dump and database may lie in two places.
public struct Feed: Codable, Hashable, Sendable {
  /// Name and arguments, without the prefix that says where it acts.
  public var words: [Word]
  /// The file after its own `<`.
  public var input: Word?
  public var place: Place

  public init(words: [Word], input: Word? = nil, place: Place = .here) {
    self.words = words
    self.input = input
    self.place = place
  }
}

public struct Assignment: Codable, Hashable, Sendable {
  public var name: String
  public var value: Word

  public init(name: String, value: Word) {
    self.name = name
    self.value = value
  }
}

public struct Redirection: Codable, Hashable, Sendable {
  /// The left-hand descriptor, where one is written.
  public var descriptor: Int?
  /// `>`, `>>`, `<`, `<<`, `<<<`, `>|`, `&>`, `>&` …
  public var `operator`: String
  public var target: Word
  /// A here-document's body.
  public var body: String?
  /// Where the shell that opens the target runs: `ssh host 'psql <dump'` opens it there. Nil: here, as in
  /// `ssh host psql <dump`.
  public var place: Place?

  public init(
    descriptor: Int? = nil, operator: String, target: Word, body: String? = nil, place: Place? = nil
  ) {
    self.descriptor = descriptor
    self.operator = `operator`
    self.target = target
    self.body = body
    self.place = place
  }

  /// A here-document's text as the command reads it; nil where it is none, or the shell fills it in first.
  public var hereDocument: String? {
    guard ["<<", "<<-"].contains(self.operator), let body else { return nil }
    let isQuoted = target.text != target.value
    guard isQuoted || !body.contains(where: { "$`\\".contains($0) }) else { return nil }
    guard self.operator == "<<-" else { return body }
    return body.split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == "\t" } }
      .joined(separator: "\n")
  }

  /// Whether it writes to a file.
  public var writes: Bool { [">", ">>", ">|", "&>", "&>>", "<>"].contains(self.operator) }
}

/// One shell word.
public struct Word: Codable, Hashable, Sendable {
  /// As written, quotes and all.
  public var text: String
  /// What it is after the shell, where that is known without one: no expansion, no glob.
  public var value: String?
  /// Names of the variables that it expands.
  public var variables: [String]
  public var hasCommandSubstitution: Bool
  public var hasGlob: Bool

  public init(
    text: String, value: String?, variables: [String] = [], hasCommandSubstitution: Bool = false, hasGlob: Bool = false
  ) {
    self.text = text
    self.value = value
    self.variables = variables
    self.hasCommandSubstitution = hasCommandSubstitution
    self.hasGlob = hasGlob
  }

  public init(literal: String) {
    self.init(text: ShellQuoting.quoted(literal), value: literal)
  }

  public var valueOrText: String { value ?? text }
}

public enum ShellQuoting {
  /// Whether a value may stand bare in a shell command (design §5): `[A-Za-z0-9._/:@%+=,-]`, not beginning with `-`.
  public static func isPlain(_ value: String) -> Bool { value.utf8.first != UInt8(ascii: "-") && isBare(value) }

  private static func isBare(_ value: String) -> Bool {
    !value.isEmpty
      && value.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "._/:@%+=,-".utf8.contains(byte)
        }
      }
  }

  /// `value` as a person would type it: quoted only where its words would fall apart. For reading, never for a shell.
  public static func shown(_ value: String) -> String {
    if value.first == "\"" || value.first == "'" { return value }
    return value.isEmpty || value.contains(where: \.isWhitespace) ? quoted(value) : value
  }

  /// `words` as text for a shell.
  public static func quoted(_ words: [String]) -> String { words.map { quoted($0) }.joined(separator: " ") }

  /// `value` as one shell word: as it is where a shell takes it so, else in single quotes.
  public static func quoted(_ value: String) -> String {
    if isBare(value) { return value }
    return "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }
}

/// Where a command acts.
public enum Place: Codable, Hashable, Sendable {
  case here
  case sudo(user: String?)
  case ssh(host: String, options: [String])
  /// `docker exec` or `docker compose exec`, with the words of the prefix.
  case container(name: String, prefix: [String])
  case pod(name: String, prefix: [String])
  indirect case nested(outer: Place, inner: Place)

  /// The words put before a command so that it acts there, without asking anybody anything.
  public var prefix: [String] {
    switch self {
    case .here: []
    case .sudo(let user): ["sudo", "-n"] + (user.map { ["-u", $0] } ?? [])
    case .ssh(let host, let options): ["ssh", "-o", "BatchMode=yes"] + options + [host]
    case .container(_, let prefix), .pod(_, let prefix): prefix
    case .nested(let outer, let inner): outer.prefix + inner.prefix
    }
  }

  /// `here`, `sudo`, `ssh:host`, `container:gateway`, `pod:web-0`; nested ones joined by `>`.
  public var label: String {
    switch self {
    case .here: "here"
    case .sudo(let user): user.map { "sudo:\($0)" } ?? "sudo"
    case .ssh(let host, _): "ssh:\(host)"
    case .container(let name, _): "container:\(name)"
    case .pod(let name, _): "pod:\(name)"
    case .nested(let outer, let inner): "\(outer.label)>\(inner.label)"
    }
  }
}

/// Parses shell text. The reader has the real one; planning uses it for commands that a binding brings.
public protocol ShellParsing: Sendable {
  /// The top-level statements of `text`; `line` is the document line of its first line. Never fails: what does not
  /// parse is an opaque statement.
  func statements(of text: String, line: Int) -> [ShellStatement]
}
