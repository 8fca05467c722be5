import Runbook

/// A simple command with what is read off it again and again.
final class CommandFacts: Sendable {
  let command: ParsedCommand
  let name: String
  let arguments: [String]
  /// The arguments that are no options.
  let operands: [String]
  let call: [String]
  let downgrade: Downgrade?

  init(_ command: ParsedCommand) {
    self.command = command
    name = command.name ?? ""
    arguments = command.arguments
    operands = arguments.filter { !$0.hasPrefix("-") || $0 == "-" }
    call = command.call
    downgrade = command.downgrade
  }
}

/// What several rules ask of a command.
extension PlacedCommand {
  var words: [Word] { command.words }
  /// The command as a message names it.
  var shown: String { Shown.text(command.text) }
  /// The commands of its statement that stand after it.
  var rest: [ParsedCommand] {
    guard case .shell(let statement) = step.action,
      let index = statement.commands.firstIndex(of: command)
    else { return [] }
    return Array(statement.commands[(index + 1)...])
  }
  /// Whether something is written to its standard input: by a pipe, or from a file.
  var isFed: Bool {
    if command.redirections.contains(where: { $0.operator.hasPrefix("<") }) { return true }
    guard command.context == .pipeline, case .shell(let statement) = step.action else { return false }
    return statement.commands.first { $0.context == .pipeline } != command
  }

  private static let valued: Set<String> = [
    "-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory", "-H", "--host",
    "--context", "-c",
  ]

  /// The verb of `docker compose` or `docker-compose`, and what stands after it; nil: another command.
  var compose: [String]? {
    var rest = arguments[...]
    func skipOptions() {
      while let first = rest.first, first.hasPrefix("-") { rest = rest.dropFirst(Self.valued.contains(first) ? 2 : 1) }
    }
    guard name == "docker-compose" || name == "docker" || name == "podman" else { return nil }
    skipOptions()
    if name != "docker-compose" {
      guard rest.first == "compose" else { return nil }
      rest = rest.dropFirst()
      skipOptions()
    }
    return rest.isEmpty ? nil : Array(rest)
  }

  /// The words of a tool that `npx`, `yarn` and their like start; else the command's own.
  var tool: [String] {
    let words = command.words.map(\.valueOrText)
    guard let first = words.first else { return [] }
    guard ["npx", "bunx", "pnpm", "yarn", "bun"].contains(first) else { return [name] + arguments }
    let rest = words.dropFirst().drop { $0.hasPrefix("-") || ["exec", "dlx", "run", "x"].contains($0) }
    return rest.isEmpty ? words : Array(rest)
  }
}

extension LintDocument {
  /// What runs before the command at `index` in one run: of its procedure, and of no alternative to it.
  func commands(before index: Int) -> [PlacedCommand] { commands[..<index].filter { goes(with: commands[index], $0) } }
  func commands(after index: Int) -> [PlacedCommand] {
    commands[(index + 1)...].filter { goes(with: commands[index], $0) }
  }

  private func goes(with one: PlacedCommand, _ other: PlacedCommand) -> Bool {
    one.placed.procedure.id == other.placed.procedure.id && !one.placed.excludes(other.placed)
  }

  /// The steps of its stage that stand after `placed`, alternatives apart.
  func steps(after placed: PlacedStep) -> [PlacedStep] {
    steps.filter { other in
      other.procedure.id == placed.procedure.id && other.stage.id == placed.stage.id
        && other.step.line > placed.step.line && !placed.excludes(other)
    }
  }

  /// Whether an earlier command sets `option` of the shell: `set -euo pipefail`.
  func sets(_ option: String, letter: Character?, before index: Int) -> Bool {
    commands(before: index).contains { found in
      found.name == "set"
        && (found.arguments.contains(option) || letter.map { found.has(short: $0) } ?? false)
    }
  }
}

extension Finding {
  func `as`(_ severity: Severity) -> Finding {
    var copy = self
    copy.severity = severity
    return copy
  }
}

/// Texts in messages.
enum Shown {
  /// On one line, without what ends a code span, and cut where it is long.
  static func text(_ text: String) -> String {
    var line = text.split(separator: "\n").first.map(String.init) ?? ""
    let isCut = line.count < text.count
    while let last = line.last, last.isWhitespace || last == "\\" { line.removeLast() }
    line = line.replacing("`", with: "'")
    if line.count > 70 { return line.prefix(67) + "…" }
    return isCut ? line + " …" : line
  }

  /// `line 4`, `lines 4, 9 and 12`.
  static func lines(_ numbers: [Int]) -> String {
    guard let last = numbers.last, numbers.count > 1 else { return "line \(numbers.first ?? 0)" }
    let shown = numbers.count > 6 ? numbers.prefix(5).map(String.init) + ["\(numbers.count - 6) more"] : nil
    let first = shown ?? numbers.dropLast().map(String.init)
    return "lines \(first.joined(separator: ", ")) and \(last)"
  }
}

/// The small runbooks of the rules.
enum Example {
  static func shell(_ commands: String, language: String = "bash") -> String {
    "# Rollback\n\n## Rollback steps\n\n```\(language)\n\(commands)\n```\n"
  }
}

/// Shell text by its quotes.
enum ShellScan {
  /// `text` with everything in quotes, in `$( … )` and after a here-document's mark blanked, character by character.
  static func bare(_ text: String) -> String {
    var result = ""
    var quote: Character?
    var depth = 0
    var previous: Character = " "
    var hasHereDocument = false
    for character in text {
      defer { previous = character }
      if hasHereDocument, character == "\n" { break }
      if let open = quote {
        if character == open, previous != "\\" || open == "'" { quote = nil }
        result.append(character == "\n" ? "\n" : " ")
        continue
      }
      if previous == "\\" {
        result.append(" ")
        continue
      }
      if character == "'" || character == "\"" {
        quote = character
        result.append(" ")
        continue
      }
      if character == "(", previous == "$" || depth > 0 { depth += 1 }
      if depth > 0 {
        if character == ")" { depth -= 1 }
        result.append(character == "\n" ? "\n" : " ")
        continue
      }
      if character == "<", previous == "<" { hasHereDocument = true }
      result.append(character)
    }
    return result
  }

  /// The words after each `||` outside quotes, up to the next operator, with what stands before it.
  static func alternatives(of text: String) -> [(before: String, after: String)] {
    guard text.contains("||") else { return [] }
    let plain = Array(text)
    let bare = Array(bare(text))
    var found: [(before: String, after: String)] = []
    var index = 0
    while index + 1 < bare.count {
      if bare[index] == "|", bare[index + 1] == "|" {
        var end = index + 2
        while end < bare.count, !"\n;&|".contains(bare[end]) { end += 1 }
        found.append((String(plain[..<index]), String(plain[(index + 2)..<end])))
        index = end
      } else {
        index += 1
      }
    }
    return found
  }
}
