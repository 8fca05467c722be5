import Runbook

/// A word as far as it is known without running a shell.
package enum KnownWord: Hashable, Sendable {
  case value(String)
  /// As written; the variables that nobody has set yet.
  case unknown(text: String, missing: [String])

  package var value: String? { if case .value(let value) = self { value } else { nil } }
  package var valueOrText: String {
    switch self {
    case .value(let value): value
    case .unknown(let text, _): text
    }
  }
}

extension ParsedCommand {
  /// The words with the known variables filled in.
  package func knownWords(in context: ReadingContext) -> [KnownWord] { words.map { $0.known(in: context) } }
}

extension Word {
  /// What this word is with the known variables filled in. Glob characters stay: a pattern that no file matches is
  /// passed on as it stands.
  package func known(in context: ReadingContext) -> KnownWord {
    if let value { return .value(value) }
    let missing = variables.filter { context.variables[$0] == nil }
    guard !hasCommandSubstitution, missing.isEmpty else { return .unknown(text: text, missing: missing) }
    var reader = WordReader(text: text, variables: context.variables)
    return reader.read().map(KnownWord.value) ?? .unknown(text: text, missing: [])
  }
}

/// Reads one shell word: quotes, backslashes, `$NAME` and `${NAME}`. Anything else that expands is not known.
private struct WordReader {
  private var rest: Substring
  private let variables: [String: String]
  private var result = ""

  init(text: String, variables: [String: String]) {
    rest = text[...]
    self.variables = variables
  }

  mutating func read() -> String? {
    if rest == "~" || rest.hasPrefix("~/"), let home = variables["HOME"] {
      result = home
      rest.removeFirst()
    }
    while let character = rest.popFirst() {
      switch character {
      case "'":
        guard let end = rest.firstIndex(of: "'") else { return nil }
        result += rest[..<end]
        rest = rest[rest.index(after: end)...]
      case "\"": if !readDoubleQuoted() { return nil }
      case "\\": if let next = rest.popFirst(), next != "\n" { result.append(next) }
      case "`": return nil
      case "$":
        guard let value = readVariable() else { return nil }
        // Unquoted, the shell would split it into several words.
        guard !value.isEmpty, !value.contains(where: { $0.isWhitespace || "*?[".contains($0) }) else { return nil }
        result += value
      default: result.append(character)
      }
    }
    return result
  }

  private mutating func readDoubleQuoted() -> Bool {
    while let character = rest.popFirst() {
      switch character {
      case "\"": return true
      case "`": return false
      case "\\":
        guard let next = rest.popFirst() else { return false }
        if next == "\n" { continue }
        if !"$`\"\\".contains(next) { result.append("\\") }
        result.append(next)
      case "$":
        guard let value = readVariable() else { return false }
        result += value
      default: result.append(character)
      }
    }
    return false
  }

  /// After the `$`. A lone `$` is itself.
  private mutating func readVariable() -> String? {
    let isBraced = rest.first == "{"
    if isBraced { rest.removeFirst() }
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    rest = rest.dropFirst(name.count)
    if isBraced { guard rest.popFirst() == "}" else { return nil } }
    guard let first = name.first else {
      guard !isBraced, rest.first.map({ !"('\"@*#?-$!".contains($0) }) ?? true else { return nil }
      return "$"
    }
    return first.isNumber ? nil : variables[String(name)]
  }
}
