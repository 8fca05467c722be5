import Runbook

/// A command of `backout.yaml` with `{name}` where a value goes.
package struct CommandTemplate {
  /// A value that is not plain stands where no quoting makes it safe.
  package struct UnsafeValue: Error, CustomStringConvertible {
    package var name: String
    package var command: String
    package var description: String {
      "{\(name)} is not a plain value, and `\(command)` hands it to another interpreter or a here-document: nothing was run"
    }
  }

  private let text: String
  /// What `*` took: several words where nothing quotes them.
  private let rest: [String]

  package init(text: String, rest: [String] = []) {
    self.text = text
    self.rest = rest
  }

  /// The command with the values as single words, whatever quotes stand around them. Other braces stay as they are.
  /// Throws `UnsafeValue`.
  package func filled(_ values: [String: String]) throws -> String {
    var result = ""
    /// The quotes that are open, innermost last; a `$(` opens a new, unquoted level.
    var levels: [Character?] = [nil]
    var rest = text[...]
    while let character = rest.first {
      if character == "{", let (name, value, length) = placeholder(at: rest, in: values) {
        if ShellQuoting.isPlain(value) {
          result += value
        } else if name == "rest", levels.last == .some(nil), !handsOn {
          result += self.rest.map(ShellQuoting.quoted).joined(separator: " ")
        } else {
          guard !handsOn else { throw UnsafeValue(name: name, command: text) }
          let quoted = ShellQuoting.quoted(value)
          switch levels.last ?? nil {
          case "'": result += "'\(quoted)'"
          case "\"": result += "\"\(quoted)\""
          default: result += quoted
          }
        }
        rest = rest.dropFirst(length)
        continue
      }
      let isSingle = levels.last == "'"
      if character == "\\", !isSingle {
        result += rest.prefix(2)
        rest = rest.dropFirst(2)
        continue
      }
      if !isSingle, rest.hasPrefix("$(") {
        levels.append(nil)
        result += "$("
        rest = rest.dropFirst(2)
        continue
      }
      let last = levels.count - 1
      switch (character, levels[last]) {
      case ("'", nil), ("\"", nil): levels[last] = character
      case ("'", "'"), ("\"", "\""): levels[last] = nil
      case (")", nil) where levels.count > 1: levels.removeLast()
      default: break
      }
      result.append(character)
      rest = rest.dropFirst()
    }
    return result
  }

  /// Values put in as they are: for text that no shell reads.
  package func plain(_ values: [String: String]) -> String {
    var result = ""
    var rest = text[...]
    while let character = rest.first {
      if character == "{", let (_, value, length) = placeholder(at: rest, in: values) {
        result += value
        rest = rest.dropFirst(length)
      } else {
        result.append(character)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  private func placeholder(
    at text: Substring, in values: [String: String]
  ) -> (name: String, value: String, length: Int)? {
    guard let end = text.firstIndex(of: "}") else { return nil }
    let name = String(text[text.index(after: text.startIndex)..<end])
    return values[name].map { (name, $0, name.count + 2) }
  }

  /// Whether some of the text is read by a second interpreter, or stands where quotes do nothing.
  private var handsOn: Bool {
    if text.contains("<<") || text.contains("`") { return true }
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    return words.contains { ["eval", "ssh", "-c", "-e", "-lc", "xargs", "awk", "sed"].contains($0) }
  }
}

/// `kubectl set image deployment/{name} *` as a pattern over words.
package struct MatchPattern {
  private let words: [String]
  private let takesRest: Bool

  package init(_ text: String) {
    var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    takesRest = words.last == "*"
    if takesRest { words.removeLast() }
    self.words = words
  }

  /// The captured words, with those that `*` took (as `{rest}` too); nil where `candidate` is another command.
  package func match(_ candidate: [String]) -> (captures: [String: String], rest: [String])? {
    guard takesRest ? candidate.count >= words.count : candidate.count == words.count, !words.isEmpty else {
      return nil
    }
    var captures: [String: String] = [:]
    for (pattern, word) in zip(words, candidate) {
      guard let found = Self.match(pattern[...], word[...]) else { return nil }
      for (name, value) in found {
        if let known = captures[name], known != value { return nil }
        captures[name] = value
      }
    }
    let rest = Array(candidate.dropFirst(words.count))
    if takesRest { captures["rest"] = rest.joined(separator: " ") }
    return (captures, rest)
  }

  private static func match(_ pattern: Substring, _ word: Substring) -> [String: String]? {
    guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
      return pattern == word ? [:] : nil
    }
    let head = pattern[..<open]
    let name = String(pattern[pattern.index(after: open)..<close])
    let tail = pattern[pattern.index(after: close)...]
    guard word.hasPrefix(head) else { return nil }
    let rest = word.dropFirst(head.count)
    // The shortest capture for which what follows still fits.
    for length in 1...max(1, rest.count) where length <= rest.count {
      if var found = match(tail, rest.dropFirst(length)) {
        let value = String(rest.prefix(length))
        if let known = found[name], known != value { continue }
        found[name] = value
        return found
      }
    }
    return nil
  }
}
