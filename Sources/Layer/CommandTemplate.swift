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
    /// Where the simple command begins, for each level.
    var starts = [text.startIndex]
    var rest = text[...]
    while let character = rest.first {
      if character == "{", let (name, value, length) = placeholder(at: rest, in: values) {
        if ShellQuoting.isPlain(value) {
          result += value
          rest = rest.dropFirst(length)
          continue
        }
        let isProgram = handsOn || Self.isProgram(text[(starts.last ?? text.startIndex)..<rest.startIndex])
        if name == "rest", levels.last == .some(nil), !isProgram {
          result += ShellQuoting.quoted(self.rest)
        } else {
          guard !isProgram else { throw UnsafeValue(name: name, command: text) }
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
        starts.append(rest.startIndex)
        continue
      }
      let last = levels.count - 1
      switch (character, levels[last]) {
      case ("'", nil), ("\"", nil): levels[last] = character
      case ("'", "'"), ("\"", "\""): levels[last] = nil
      case (")", nil) where levels.count > 1:
        levels.removeLast()
        starts.removeLast()
      case ("|", nil), (";", nil), ("&", nil), ("\n", nil): starts[last] = text.index(after: rest.startIndex)
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
    return words.contains { ["eval", "ssh", "-c", "-e", "-lc", "xargs"].contains($0) }
  }

  /// Whether what follows `beginning` may be a program of its own; what a pipe brings to it is data.
  private static func isProgram(_ beginning: Substring) -> Bool {
    beginning.split(whereSeparator: \.isWhitespace).contains { ["awk", "sed", "jq"].contains($0) }
  }
}
