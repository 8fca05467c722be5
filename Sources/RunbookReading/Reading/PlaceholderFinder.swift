import Runbook

/// Finds candidate holes in the text of steps.
struct PlaceholderFinder {
  private var order: [String] = []
  private var found: [String: Placeholder] = [:]
  /// Variables that a step sets.
  private var defined: Set<String> = []

  static func find(in procedures: [Procedure]) -> [Placeholder] {
    var finder = PlaceholderFinder()
    var seen: Set<Int> = []
    for procedure in procedures {
      for step in procedure.stages.flatMap(\.steps) where seen.insert(step.line).inserted { finder.read(step) }
    }
    return finder.order.compactMap { finder.found[$0] }
  }

  private mutating func read(_ step: Step) {
    switch step.action {
    case .manual, .confirm, .code, .file: return
    case .shell(let statement):
      text(statement.text, line: step.line, isShell: true, commands: statement.commands)
      for command in statement.commands {
        for assignment in command.assignments { defined.insert(assignment.name) }
        if ["export", "read", "declare", "local"].contains(command.name ?? "") {
          for word in command.words.dropFirst() { defined.insert(String(word.text.prefix { $0 != "=" })) }
        }
        for word in command.words + command.assignments.map(\.value) {
          for name in word.variables where !defined.contains(name) && name.contains(where: \.isLetter) {
            add(name, spelling: "$\(name)", form: .variable, line: command.line, required: false)
          }
        }
      }
    case .sql(let sql): text(sql.text, line: step.line, isShell: false, commands: [])
    case .config(let block):
      for setting in block.settings {
        text(setting.name + "=" + setting.value, line: setting.line, isShell: false, commands: [])
      }
    }
  }

  private mutating func add(_ name: String, spelling: String, form: Placeholder.Form, line: Int, required: Bool) {
    if found[spelling] == nil {
      order.append(spelling)
      found[spelling] = Placeholder(name: name, spelling: spelling, form: form, lines: [line], required: required)
    } else if let last = found[spelling]?.lines.last, last != line {
      // Lines mostly come in order: only one that goes back is looked for among those before it.
      if line > last || found[spelling]?.lines.contains(line) == false { found[spelling]?.lines.append(line) }
    }
  }

  private mutating func text(_ text: String, line first: Int, isShell: Bool, commands: [ParsedCommand]) {
    // jq, awk and Go templates have braces of their own.
    let templated = commands.contains { ["jq", "awk", "sed", "yq", "perl", "gawk"].contains($0.name ?? "") }
    let goTemplate =
      text.contains("{{.") || text.contains("{{ .") || text.contains("{{range") || text.contains("{{json")
    let isTest = commands.contains { ["[", "[[", "test"].contains($0.name ?? "") }
    // Sent as it stands, `[x]` is a pattern that matches some letter: only outside quotes and here-documents.
    let globs = commands.flatMap(\.words).filter(\.hasGlob).map(\.text)
    for (offset, part) in text.textLines.enumerated() {
      let line = first + offset
      let bytes = Array(part.utf8)
      let rest = angles(bytes, line: line, isShell: isShell)
      if !templated, !goTemplate, bytes.contains(UInt8(ascii: "{")) { braces(String(part), line: line) }
      if !isTest, !templated, bytes.contains(UInt8(ascii: "[")) { brackets(String(part), line: line, globs: globs) }
      words(rest, line: line)
    }
  }

  /// Returns the line without what stands in angle brackets.
  private mutating func angles(_ bytes: [UInt8], line: Int, isShell: Bool) -> String {
    var rest: [UInt8] = []
    var index = 0
    var quote: UInt8 = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\") {
        rest += bytes[index..<min(index + 2, bytes.count)]
        index += 2
        continue
      }
      if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\""), isShell {
        if quote == 0 { quote = byte } else if quote == byte { quote = 0 }
      }
      if byte == UInt8(ascii: "<"), index == 0 || bytes[index - 1] != UInt8(ascii: "<"),
        let end = PlaceholderSyntax.angleEnd(in: bytes, at: index)
      {
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        // Tags of HTML and XML, and comparisons in SQL.
        let isTag = ["div", "html", "br", "p", "b", "i", "a", "span", "body", "head", "title"].contains(
          name.lowercased())
        if !isTag { add(name, spelling: "<\(name)>", form: .angle, line: line, required: true) }
        index = end
      } else {
        rest.append(byte)
      }
      index += 1
    }
    return String(decoding: rest, as: UTF8.self)
  }

  private mutating func braces(_ text: String, line: Int) {
    let characters = Array(text)
    var index = 0
    while index < characters.count {
      // `${x}` is the shell's, `%{x}` curl's.
      guard characters[index] == "{", index == 0 || !"$%".contains(characters[index - 1]) else {
        index += 1
        continue
      }
      let isDouble = index + 1 < characters.count && characters[index + 1] == "{"
      let start = index + (isDouble ? 2 : 1)
      var end = start
      while end < characters.count,
        characters[end].isLetter || characters[end].isNumber || "_-. ".contains(characters[end])
      { end += 1 }
      let name = String(characters[min(start, characters.count)..<end]).trimmed
      let closes =
        end < characters.count && characters[end] == "}"
        && (!isDouble || (end + 1 < characters.count && characters[end + 1] == "}"))
      if closes, let first = name.first, first.isLetter || first == "_", !name.contains(" "),
        !name.contains(".") || !isDouble,
        !name.contains("..")
      {
        if isDouble {
          add(name, spelling: "{{\(name)}}", form: .doubleBrace, line: line, required: false)
        } else if !["print", "a", "b"].contains(name) {
          add(
            name, spelling: "{\(name)}", form: .brace, line: line, required: text.contains("://") || text.contains("/{")
          )
        }
        index = end + 1
      }
      index += 1
    }
  }

  private mutating func brackets(_ text: String, line: Int, globs: [String]) {
    let characters = Array(text)
    var index = 0
    while index < characters.count {
      guard characters[index] == "[",
        index == 0 || !(characters[index - 1].isLetter || "]$)[*\\".contains(characters[index - 1]))
      else {
        index += 1
        continue
      }
      var end = index + 1
      while end < characters.count,
        characters[end].isLetter || characters[end].isNumber || "_- ".contains(characters[end])
      { end += 1 }
      guard end < characters.count, characters[end] == "]" else {
        index += 1
        continue
      }
      let name = String(characters[(index + 1)..<end])
      // `[0-9]` and `[a-z]` are patterns; a name has two letters in a row at least.
      if name.count > 2, name.first?.isLetter ?? false, name.trimmed == name, !isPattern(name) {
        let spelling = "[\(name)]"
        add(name, spelling: spelling, form: .bracket, line: line, required: globs.contains { $0.contains(spelling) })
      }
      index = end + 1
    }
  }

  private func isPattern(_ name: String) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count >= 2 && parts.allSatisfy { $0.count <= 1 } || ["A-Z", "a-z", "a-zA-Z", "A-Za-z"].contains(name)
      || name.hasPrefix("a-z") || name.hasPrefix("A-Z")
  }

  private mutating func words(_ text: String, line: Int) {
    for piece in text.utf8.split(whereSeparator: Self.separators.contains) where piece.count > 4 {
      var word = String(Substring(piece))
      while let last = word.utf8.last, last == UInt8(ascii: ".") || last == UInt8(ascii: "\\") { word.removeLast() }
      capitals(word, line: line)
      dates(word, line: line)
      samples(word, line: line)
    }
    hosts(text, line: line)
  }

  private static let separators = ByteSet(" \t\"'=:/@,;()|<>{}[]$?&`*")

  private static let capitals: Set<String> = [
    "PREVIOUS_VERSION", "PREVIOUS_COMMIT", "COMMIT_HASH", "PREVIOUS_REVISION", "BACKUP_FILE", "PREVIOUS_TAG",
    "COMMIT_SHA", "DEPLOYMENT_ID", "X.Y.Z", "VX.Y.Z", "vX.Y.Z",
  ]
  private static let capitalBytes = ByteSet(first: capitals)

  private mutating func capitals(_ word: String, line: Int) {
    // The shortest that is meant.
    guard word.utf8.count > 4, let first = word.utf8.first else { return }
    if Self.capitalBytes.contains(first), Self.capitals.contains(word) {
      add(word, spelling: word, form: .capitals, line: line, required: true)
    }
    guard first | 32 == UInt8(ascii: "y") || first == UInt8(ascii: "R"), word.count > 5 else { return }
    if word.hasPrefix("YOUR_") || word.hasPrefix("YOUR-") || word.hasPrefix("REPLACE_"), word == word.uppercased() {
      add(word, spelling: word, form: .capitals, line: line, required: true)
      return
    }
    let lower = word.lowercased()
    if lower.hasPrefix("your-") || lower.hasPrefix("your_"), !word.contains(".") {
      add(word, spelling: word, form: .sample, line: line, required: false)
    }
  }

  private mutating func dates(_ word: String, line: Int) {
    guard word.contains("MM") else { return }
    for form in [
      "YYYY-MM-DD-HHMMSS", "YYYYMMDD_HHMMSS", "YYYYMMDD-HHMMSS", "YYYY-MM-DD", "YYYYMMDD", "YYYY_MM_DD", "HHMMSS",
    ] where word.contains(form) {
      add(form, spelling: form, form: .date, line: line, required: true)
      return
    }
  }

  private static let samples: Set<String> = [
    "abc123", "abc1234", "abc123d", "def456", "a1b2c3d", "xyz789", "deadbeef", "123abc", "abcdef", "abcdef1",
    "abc123def", "ghi789", "abcd1234",
  ]

  private mutating func samples(_ word: String, line: Int) {
    if 6...9 ~= word.utf8.count, Self.samples.contains(word.lowercased()) {
      add(word, spelling: word, form: .sample, line: line, required: false)
    }
  }

  private static let hostBytes = ByteSet.alphanumerics.union(ByteSet(".-"))
  private static let endings = [
    "example.com", "example.org", "example.net", "your-domain.com", "yourdomain.com", "your-app.com", "yourapp.com",
    "yoursite.com", "your-site.com", "company.com", "your-company.com", "yourcompany.com", "mydomain.com", "domain.com",
  ]

  /// Those that a host's name may be made of.
  private static func hostParts(of text: String) -> [Substring] {
    guard text.utf8.contains(UInt8(ascii: ".")) else { return [] }
    guard text.isASCII else { return text.split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") } }
    return text.utf8.split { !hostBytes.contains($0) }.map(Substring.init)
  }

  private mutating func hosts(_ text: String, line: Int) {
    for piece in Self.hostParts(of: text)
    where piece.utf8.count > 6 && piece.utf8.contains(UInt8(ascii: ".")) {
      let host = piece.lowercased()
      guard host.count > 6 else { continue }
      let isYours = host.hasPrefix("your") || host.contains(".your-")
      guard
        Self.endings.contains(where: { host == $0 || host.hasSuffix("." + $0) })
          || isYours && host.split(separator: ".").count >= 2 && !host.hasSuffix(".sql") && !host.hasSuffix(".sh")
            && !host.hasSuffix(".yml") && !host.hasSuffix(".yaml") && !host.hasSuffix(".json")
            && !host.hasSuffix(".tar.gz") && !host.hasSuffix(".env") && !host.hasSuffix(".conf")
      else { continue }
      add(String(piece), spelling: String(piece), form: .host, line: line, required: false)
    }
  }
}
