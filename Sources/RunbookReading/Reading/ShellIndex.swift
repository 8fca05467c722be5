import Runbook

/// Every piece of shell text of a document, parsed in one go.
struct ShellIndex {
  private var fences: [Int: [ShellItem]] = [:]
  private var inline: [String: ShellStatement] = [:]

  init(_ document: MarkdownDocument, shell: ShellReader) throws {
    var texts: [ShellText] = []
    var keys: [(line: Int?, code: String)] = []
    var seen: Set<String> = []
    document.blocks.walk { block in
      switch block.content {
      case .fence(let fence) where fence.kind == .shell:
        texts.append(ShellText(text: ConsoleText.commands(of: fence), line: fence.firstLine))
        keys.append((fence.firstLine, ""))
      case .paragraph(let text), .heading(_, let text):
        for code in text.codes where InlineCommand.looksLikeCommand(code.text) && seen.insert(code.text).inserted {
          texts.append(ShellText(text: code.text, line: text.firstLine))
          keys.append((nil, code.text))
        }
      case .table(let table):
        for row in table.rows {
          for code in row.codes where InlineCommand.looksLikeCommand(code) && seen.insert(code).inserted {
            texts.append(ShellText(text: code, line: row.line))
            keys.append((nil, code))
          }
        }
      default: break
      }
    }
    for (key, items) in zip(keys, try shell.read(texts)) {
      if let line = key.line {
        fences[line] = items
      } else {
        let statements = items.compactMap { item -> ShellStatement? in
          if case .statement(let located) = item { located.statement } else { nil }
        }
        if statements.count == 1, let only = statements.first, !only.isOpaque { inline[key.code] = only }
      }
    }
  }

  func items(of fence: Fence) -> [ShellItem] { fences[fence.firstLine] ?? [] }

  /// The command that inline code holds, or nil where it is a name, a path or a value.
  func command(_ code: String) -> ShellStatement? { inline[code] }
}

/// Commands among the output of a console session.
enum ConsoleText {
  /// Whether a line of `text` begins with a prompt.
  static func hasPrompt(_ text: String) -> Bool {
    text.utf8.contains(UInt8(ascii: "$")) && text.textLines.contains { $0.hasPrefix("$ ") }
  }

  /// The fence's text with every line that is not a command left blank, and prompts taken away.
  static func commands(of fence: Fence) -> String {
    guard hasPrompt(fence.text) else { return fence.text }
    var continues = false
    return fence.lines.map { _, line -> String in
      if let command = String(line).dropping(prefix: "$ ") {
        continues = command.hasSuffix("\\")
        return command
      }
      if continues || line.hasPrefix("#") {
        let text = line.hasPrefix("> ") ? String(line.dropFirst(2)) : String(line)
        continues = continues && text.hasSuffix("\\")
        return text
      }
      return ""
    }.joined(separator: "\n") + "\n"
  }

  /// The lines of a console session that are output.
  static func output(of fence: Fence) -> [(line: Int, text: Substring)] {
    guard hasPrompt(fence.text) else { return [] }
    let commands = commands(of: fence).split(separator: "\n", omittingEmptySubsequences: false)
    return zip(fence.lines, commands).compactMap { line, command in command.isEmpty && !line.text.isEmpty ? line : nil }
  }
}

/// Commands that stand as inline code in a sentence.
enum InlineCommand {
  private static let names: Set<String> = Set(ReadOnlyCommands.subcommands.keys)
    .union(ReadOnlyCommands.interpreters).union(ReadOnlyCommands.testers).union(DestructiveCommands.subcommands.keys)
    .union([
      "rm", "cp", "mv", "mkdir", "chmod", "chown", "ln", "curl", "wget", "psql", "pg_dump", "pg_restore", "mysql",
      "mysqldump", "ssh",
      "scp", "rsync", "sudo", "systemctl", "sed", "tar", "kill", "pkill", "killall", "export", "cd", "source", "ls",
      "cat", "grep",
      "tail", "head", "echo", "df", "ps", "jq", "sleep", "createdb", "dropdb", "mongorestore", "mongodump", "skaffold",
      "brew",
      "yum", "dnf", "apt-get", "journalctl", "certbot", "forge", "cdk", "sam", "serverless", "sls", "pulumi",
      "ansible-playbook",
      "goose", "flyway", "liquibase", "dbmate", "sqitch", "migrate", "drizzle-kit", "code", "vi", "vim", "nano", "tail",
    ])

  static func looksLikeCommand(_ code: String) -> Bool {
    guard code.utf8.count <= 400 || code.count <= 400, !code.contains("\n") else { return false }
    let words = code.split(separator: " ")
    guard let first = words.first else { return false }
    if first.hasPrefix("./"), words.count > 1 || first.hasSuffix(".sh") { return true }
    return words.count > 1 && names.contains(String(first))
  }
}
