import Runbook

/// A statement of a shell that bash does not speak: it is a step, and runs only where a binding says how.
struct ScriptStatement {
  var language: String
  var text: String
  var line: Int
  var endLine: Int
}

/// Cuts PowerShell, or a batch file, into statements: as far as it takes to tell one from the next, and what it does.
enum PowerShell {
  static let tags: Set<String> = ["powershell", "ps1", "pwsh", "ps", "cmd", "bat", "batch", "dos", "batchfile"]

  static func items(of fence: Fence) -> [FenceItem] {
    var result: [FenceItem] = []
    var open: [(line: Int, text: Substring)] = []
    var depth = 0
    func close() {
      guard let first = open.first, let last = open.last else { return }
      let text = open.map { String($0.text) }.joined(separator: "\n").trimmed
      result.append(
        .script(ScriptStatement(language: fence.language, text: text, line: first.line, endLine: last.line)))
      open = []
      depth = 0
    }
    for (line, raw) in fence.lines {
      let text = raw.trimmed
      if open.isEmpty {
        if text.isEmpty {
          result.append(.blank)
          continue
        }
        if let comment = comment(text) {
          result.append(.comment(line: line, text: comment))
          continue
        }
      }
      open.append((line, raw))
      depth += nesting(of: text)
      let goesOn = text.last.map { "`|,^".contains($0) } ?? false
      // A block that nothing closes must not swallow the rest of the fence.
      if depth <= 0 && !goesOn || open.count > 200 { close() }
    }
    close()
    return result
  }

  private static func comment(_ text: String) -> String? {
    for mark in ["#", "::", "REM ", "rem "] where text.hasPrefix(mark) {
      return text.drop { "#:".contains($0) }.dropFirst(mark.hasSuffix(" ") ? mark.count : 0).trimmed
    }
    return nil
  }

  /// Brackets that the line opens, less those it closes, outside of quotes.
  private static func nesting(of text: String) -> Int {
    var depth = 0
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if "({[".contains(character) {
        depth += 1
      } else if ")}]".contains(character) {
        depth -= 1
      }
    }
    return depth
  }

  static func nature(of statement: ScriptStatement, verifies: Bool, title: String) -> CommandNature {
    var text = statement.text[...]
    // `$name = command …`
    if text.hasPrefix("$"), let equals = text.firstIndex(of: "="),
      text[..<equals].dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " || $0 == ":" })
    {
      text = text[text.index(after: equals)...].drop { $0 == " " }
    }
    let words = words(of: text)
    guard let name = words.first else {
      return CommandNature(ShellStatement(text: statement.text, commands: []), title: title, verifies: verifies)
    }
    let command = ParsedCommand(words: words.map(Word.init(literal:)), line: statement.line)
    let parsed = ShellStatement(text: statement.text, commands: [command])
    var nature = CommandNature(parsed, title: title, verifies: verifies)
    if let role = role(of: name, words: words, text: statement.text, verifies: verifies) { nature.role = role }
    if destroying.contains(name.lowercased()) { nature.isDestructive = true }
    return nature
  }

  private static let destroying: Set<String> = ["remove-item", "del", "rd", "rmdir", "erase", "clear-content"]

  private static func role(of name: String, words: [String], text: String, verifies: Bool) -> Step.Role? {
    let lower = name.lowercased()
    let pipes = text.lowercased()
    if pipes.contains("foreach-object") || pipes.contains("| % {"), hasChange(text) { return .change }
    if text.contains(" > ") || pipes.contains("out-file") || pipes.contains("set-content") { return .change }
    if lower == "start-sleep" || lower == "timeout" && words.dropFirst().first?.hasPrefix("/") == true { return .wait }
    if lower == "if" || lower == "foreach" || lower == "try" {
      return verifies || !hasChange(text) ? .observe : .change
    }
    let looks = ["get-", "test-", "write-", "select-", "measure-", "compare-", "show-", "find-", "resolve-", "format-"]
    if looks.contains(where: lower.hasPrefix) { return .observe }
    if lower == "invoke-webrequest" || lower == "invoke-restmethod" || lower == "iwr" || lower == "irm" {
      let words = WordList(text)
      return words.containsAny(["post", "put", "patch", "delete"]) && !verifies ? .change : .observe
    }
    if ["dir", "type", "findstr", "where", "echo", "tasklist", "netstat", "ipconfig"].contains(lower) {
      return .observe
    }
    return nil
  }

  private static func hasChange(_ text: String) -> Bool {
    WordList(text).words.contains {
      [
        "set", "remove", "stop", "start", "restart", "new", "copy", "move", "invoke", "apply", "destroy", "rm",
        "delete",
        "terminate", "update", "create",
      ].contains($0)
    }
  }

  /// Words of the first command of a pipeline, without quotes.
  private static func words(of text: Substring) -> [String] {
    var result: [String] = []
    var word = ""
    var quote: Character?
    for character in text.prefix(4_000) {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "|" || character == "\n" || character == ";" {
        break
      } else if character == " " || character == "\t" || character == "(" {
        if !word.isEmpty { result.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { result.append(word) }
    return result
  }
}
