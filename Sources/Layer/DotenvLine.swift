import Foundation

/// One line of a dotenv file.
public enum DotenvLine {
  /// `NAME` of `NAME=…`, `export NAME=…`; nil for comments and other lines.
  public static func name(of line: String) -> String? {
    guard let equals = line.firstIndex(of: "=") else { return nil }
    var name = line[..<equals].trimmingCharacters(in: .whitespaces)
    if name.hasPrefix("export ") { name = name.dropFirst(7).trimmingCharacters(in: .whitespaces) }
    guard let first = name.first, first.isLetter || first == "_",
      name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "-" })
    else { return nil }
    return name
  }

  /// The value as a dotenv reader would have it: quotes and what follows them removed. Nil where it sets nothing.
  public static func value(of line: String) -> String? {
    guard let equals = line.firstIndex(of: "=") else { return nil }
    let text = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    guard let quote = text.first, quote == "\"" || quote == "'" else {
      // A comment after a bare value needs a blank before it.
      return text.range(of: " #").map { String(text[..<$0.lowerBound]).trimmingCharacters(in: .whitespaces) } ?? text
    }
    var value = ""
    var isEscaped = false
    for character in text.dropFirst() {
      if isEscaped {
        value += character == "n" ? "\n" : String(character)
        isEscaped = false
      } else if character == "\\", quote == "\"" {
        isEscaped = true
      } else if character == quote {
        return value
      } else {
        value.append(character)
      }
    }
    return text
  }
}
