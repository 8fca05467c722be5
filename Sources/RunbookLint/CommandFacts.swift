import Runbook

/// A simple command with what is read off it again and again.
final class CommandFacts: Sendable {
  let command: ParsedCommand
  /// Where the first command that is the same stands in its statement.
  let index: Int
  let name: String
  let arguments: [String]
  /// The arguments that are no options.
  let operands: [String]
  let call: [String]
  let scriptName: String?
  let downgrade: Downgrade?
  let script: Word?
  let restore: Restore?
  let makesBackup: Bool
  let backupFile: Word?

  init(_ command: ParsedCommand, of statement: ShellStatement) {
    self.command = command
    index = statement.commands.firstIndex(of: command) ?? 0
    name = command.name ?? ""
    arguments = command.arguments
    operands = arguments.filter { !$0.hasPrefix("-") || $0 == "-" }
    call = command.call(of: name, arguments)
    scriptName = command.scriptName(of: name, arguments)
    downgrade = command.downgrade(call: call, scriptName: scriptName)
    let data = DataCommand(
      command: command, arguments: arguments, call: call, scriptName: scriptName, index: index, statement: statement)
    script = data.script
    restore = data.restore
    makesBackup = data.makesBackup
    backupFile = makesBackup ? data.backupFile : nil
  }
}

/// What several rules ask of a command.
extension PlacedCommand {
  var words: [Word] { command.words }
  /// The command as a message names it.
  var shown: String { Shown.text(command.text) }
  /// The commands of its statement that stand after it.
  var rest: [ParsedCommand] {
    guard case .shell(let statement) = step.action else { return [] }
    return Array(statement.commands[(facts.index + 1)...])
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

  private static let starters: Set<String> = ["npx", "bunx", "pnpm", "yarn", "bun"]

  /// The words of a tool that `npx`, `yarn` and their like start; else the command's own.
  var tool: [String] {
    guard let first = command.words.first?.valueOrText else { return [] }
    guard Self.starters.contains(first) else { return [name] + arguments }
    let words = command.words.map(\.valueOrText)
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
    var line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    let isCut = line.utf8.count < text.utf8.count
    while let last = line.last, last.isWhitespace || last == "\\" { line.removeLast() }
    if line.contains("`") { line = line.replacing("`", with: "'") }
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
  /// `text` with everything in quotes, in `$( … )` and after a here-document's mark blanked, byte by byte.
  static func bare(_ text: String) -> String { String(decoding: bareBytes(of: text), as: UTF8.self) }

  private static func bareBytes(of text: String) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    var quote: UInt8 = 0
    var depth = 0
    var previous: UInt8 = 32
    var hasHereDocument = false
    for byte in text.utf8 {
      defer { previous = byte }
      if hasHereDocument, byte == 10 { break }
      let blank: UInt8 = byte == 10 ? 10 : 32
      if quote != 0 {
        if byte == quote, previous != UInt8(ascii: "\\") || quote == UInt8(ascii: "'") { quote = 0 }
        result.append(blank)
      } else if previous == UInt8(ascii: "\\") {
        result.append(32)
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
        result.append(32)
      } else {
        if byte == UInt8(ascii: "("), previous == UInt8(ascii: "$") || depth > 0 { depth += 1 }
        if depth > 0 {
          if byte == UInt8(ascii: ")") { depth -= 1 }
          result.append(blank)
          continue
        }
        if byte == UInt8(ascii: "<"), previous == UInt8(ascii: "<") { hasHereDocument = true }
        result.append(byte)
      }
    }
    return result
  }

  private static let operators = ByteSet("\n;&|")

  /// The words after each `||` outside quotes, up to the next operator, with what stands before it.
  static func alternatives(of text: String) -> [(before: String, after: String)] {
    guard text.contains("||") else { return [] }
    let plain = Array(text.utf8)
    let bare = bareBytes(of: text)
    func part(_ range: Range<Int>) -> String { String(decoding: plain[range], as: UTF8.self) }
    var found: [(before: String, after: String)] = []
    var index = 0
    while index + 1 < bare.count {
      if bare[index] == UInt8(ascii: "|"), bare[index + 1] == UInt8(ascii: "|") {
        var end = index + 2
        while end < bare.count, !operators.contains(bare[end]) { end += 1 }
        found.append((part(0..<index), part(index + 2..<end)))
        index = end
      } else {
        index += 1
      }
    }
    return found
  }
}
