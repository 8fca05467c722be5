import Runbook

/// What a database client's command says to its server.
enum ClientNature {
  /// The SQL that stands in the arguments or in a here-document.
  static func statements(name: String, command: ParsedCommand) -> [String] {
    let arguments = command.arguments
    var result: [String] = []
    let flags: Set<String> = name == "psql" ? ["-c", "--command"] : ["-e", "--execute"]
    for (argument, next) in zip(arguments, arguments.dropFirst()) where isFlag(argument, flags, name) {
      result.append(unquoted(next))
    }
    for argument in arguments {
      for flag in flags where flag.hasPrefix("--") {
        if let value = argument.dropping(prefix: flag + "=") { result.append(value) }
      }
    }
    if name == "sqlite3", arguments.count >= 2, let last = arguments.last, !last.hasPrefix("-") {
      result.append(unquoted(last))
    }
    for redirection in command.redirections {
      if let body = redirection.body { result.append(body) }
      if redirection.operator == "<<<" { result.append(redirection.target.valueOrText) }
    }
    return result
  }

  /// `-tAc` is `-t -A -c`.
  private static func isFlag(_ argument: String, _ flags: Set<String>, _ name: String) -> Bool {
    if flags.contains(argument) { return true }
    guard argument.hasPrefix("-"), !argument.hasPrefix("--"), let last = argument.last else { return false }
    return argument.count <= 5 && flags.contains("-\(last)") && argument.dropFirst().allSatisfy(\.isLetter)
  }

  private static func unquoted(_ text: String) -> String {
    guard let first = text.first, first == "\"" || first == "'", text.count >= 2, text.last == first else {
      return text
    }
    return String(text.dropFirst().dropLast())
  }

  private static func all(_ name: String, _ command: ParsedCommand) -> [SQLNature] {
    statements(name: name, command: command).flatMap { text in
      SQLReader.pieces(of: text, line: 1).compactMap { piece -> SQLNature? in
        if case .statement(let statement) = piece { SQLReader.nature(of: statement.text) } else { nil }
      }
    }
  }

  static func reads(name: String, command: ParsedCommand) -> Bool {
    if name == "psql", command.arguments.contains(where: { $0 == "-l" || $0 == "--list" }) { return true }
    let natures = all(name, command)
    let hasFile = command.arguments.contains { $0 == "-f" || $0.hasPrefix("--file") }
    return !natures.isEmpty && natures.allSatisfy(\.isReadOnly) && !hasFile
  }

  static func isDestructive(name: String, command: ParsedCommand) -> Bool {
    all(name, command).contains(where: \.isDestructive)
  }

  /// Nothing to execute was given: it waits at a prompt.
  static func isPrompt(name: String, command: ParsedCommand) -> Bool {
    let arguments = command.arguments
    switch name {
    case "psql":
      return !arguments.contains { argument in
        ["-c", "-f", "-l", "--list", "--version", "--help", "-V"].contains(argument) || argument.hasPrefix("--command")
          || argument.hasPrefix("--file")
          || (argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.count <= 5 && argument.last == "c")
      }
    case "mysql", "mariadb":
      return !arguments.contains { $0 == "-e" || $0.hasPrefix("--execute") || $0.hasPrefix("-e") || $0 == "--version" }
    case "sqlite3": return arguments.filter { !$0.hasPrefix("-") }.count <= 1
    case "redis-cli":
      var words = arguments[...]
      while let first = words.first, first.hasPrefix("-") {
        words = words.dropFirst(["-h", "-p", "-a", "-n", "-u"].contains(first) ? 2 : 1)
      }
      return words.isEmpty && !arguments.contains("--scan") && !arguments.contains("--bigkeys")
    case "bash", "sh", "zsh": return arguments.allSatisfy { ["-l", "-i", "--login", "-il", "-li"].contains($0) }
    case "python", "python3", "node": return arguments.isEmpty || arguments == ["-i"]
    case "mongo", "mongosh":
      return !arguments.contains { $0 == "--eval" || $0.hasSuffix(".js") || $0 == "-f" || $0 == "--file" }
    default: return arguments.isEmpty
    }
  }
}
