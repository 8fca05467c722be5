import Runbook

/// Words that another program reads as its own source: a value there could become that language's syntax.
enum InterpreterSource {
  private static let withFlag: Set<String> = [
    "bash", "sh", "dash", "zsh", "ksh", "python", "python2", "python3", "perl", "ruby", "node", "php", "psql", "mysql",
    "mariadb", "su", "lua", "pwsh",
  ]
  private static let whole: Set<String> = [
    "eval", "awk", "gawk", "mawk", "sed", "jq", "yq", "sqlite3", "mongo", "mongosh", "redis-cli", "watch", "trap",
  ]

  static func words(of command: ParsedCommand) -> [(Word, String)] {
    if command.place.isRemoteShell { return command.allWords.map { ($0, "ssh hands it to another shell") } }
    var result: [(Word, String)] = []
    var interpreter: String?
    var takesNext = false
    for word in command.words {
      let text = word.valueOrText
      if takesNext, let interpreter {
        result.append((word, "\(interpreter) reads it as its own source"))
        takesNext = false
      }
      let name = text.split(separator: "/").last.map(String.init) ?? text
      if whole.contains(name) {
        return command.words.map { ($0, "\(name) reads it as its own source") }
      }
      if withFlag.contains(name) || name.hasPrefix("python3.") {
        interpreter = name
      } else if let interpreter, text.hasPrefix("-"), !text.hasPrefix("--"), let last = text.last, "cer".contains(last)
      {
        _ = interpreter
        takesNext = true
      } else if let interpreter,
        ["--command", "--eval", "--execute", "--print"].contains(where: { text.hasPrefix($0) })
      {
        if text.contains("=") {
          result.append((word, "\(interpreter) reads it as its own source"))
        } else {
          takesNext = true
        }
      } else if let interpreter, text.hasPrefix("-c") || text.hasPrefix("-e"), text.count > 2, !text.hasPrefix("--") {
        result.append((word, "\(interpreter) reads it as its own source"))
      }
    }
    return result
  }
}

extension Place {
  /// Words given there are joined and parsed again by a shell on the other side.
  var isRemoteShell: Bool {
    switch self {
    case .ssh: true
    case .nested(let outer, let inner): outer.isRemoteShell || inner.isRemoteShell
    case .here, .sudo, .container, .pod: false
    }
  }
}

extension ParsedCommand {
  var allWords: [Word] { assignments.map(\.value) + words + redirections.map(\.target) }

  func mapWords(_ change: (Word) -> Word) -> ParsedCommand {
    var command = self
    for index in command.assignments.indices {
      command.assignments[index].value = change(command.assignments[index].value)
    }
    command.words = command.words.map(change)
    for index in command.redirections.indices {
      command.redirections[index].target = change(command.redirections[index].target)
    }
    command.feed = feed.map { Feed(words: $0.words.map(change), input: $0.input.map(change), place: $0.place) }
    return command
  }
}
