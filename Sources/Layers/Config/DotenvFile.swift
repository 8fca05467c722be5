import Foundation
import Layer

/// The text of a dotenv file, edited line by line: what is not meant stays as it is, byte for byte.
struct DotenvFile {
  private(set) var lines: [Line]
  private var lineEnd: String

  struct Line {
    /// Without its line end.
    var text: String
    /// As it was; the last line may have none.
    var end: String
  }

  init(_ text: String) {
    lines = []
    var rest = text.unicodeScalars[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: "\n")
      var line = String(String.UnicodeScalarView(rest[..<(end ?? rest.endIndex)]))
      var lineEnd = end == nil ? "" : "\n"
      if end != nil, line.unicodeScalars.last == "\r" {
        line.unicodeScalars.removeLast()
        lineEnd = "\r\n"
      }
      lines.append(Line(text: line, end: lineEnd))
      rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
    }
    lineEnd = lines.first?.end == "\r\n" ? "\r\n" : "\n"
  }

  var text: String { lines.map { $0.text + $0.end }.joined() }

  /// The last line that sets `name`: it is the one that counts.
  private func index(of name: String) -> Int? { lines.lastIndex { DotenvLine.name(of: $0.text) == name } }

  /// The whole line that sets `name`, as it stands; nil where none does.
  func line(of name: String) -> String? { index(of: name).map { lines[$0].text } }

  /// The value as a dotenv reader would have it: quotes and what follows them removed.
  func value(of name: String) -> String? { line(of: name).flatMap(DotenvLine.value) }

  /// Sets `name`, keeping the line's place, its `export`, its quotes and the comment behind it. Appends where it is new.
  mutating func set(_ name: String, to value: String) {
    guard let index = index(of: name), let equals = lines[index].text.firstIndex(of: "=") else {
      append(line: "\(name)=\(Self.quoted(value, like: nil))")
      return
    }
    let text = lines[index].text
    let old = text[text.index(after: equals)...]
    let quote = old.trimmingCharacters(in: .whitespaces).first.flatMap { $0 == "\"" || $0 == "'" ? $0 : nil }
    var comment = ""
    if let quote, let end = old.lastIndex(of: quote) {
      let rest = old[old.index(after: end)...]
      if rest.trimmingCharacters(in: .whitespaces).hasPrefix("#") { comment = String(rest) }
    } else if let start = old.range(of: " #") {
      comment = String(old[start.lowerBound...])
    }
    lines[index].text = text[...equals] + Self.quoted(value, like: quote) + comment
  }

  /// Puts a whole line back, or takes it away.
  mutating func replace(_ name: String, line: String?) {
    switch (index(of: name), line) {
    case (let index?, let line?): lines[index].text = line
    case (let index?, nil):
      lines.remove(at: index)
    case (nil, let line?): append(line: line)
    case (nil, nil): break
    }
  }

  /// A last line that had no end got one when another was put after it: it loses that again.
  mutating func end(like kept: DotenvFile) {
    guard let last = lines.last, let old = kept.lines.last, last.text == old.text else { return }
    lines[lines.count - 1].end = old.end
  }

  private mutating func append(line: String) {
    if !lines.isEmpty, lines[lines.count - 1].end.isEmpty { lines[lines.count - 1].end = lineEnd }
    lines.append(Line(text: line, end: lineEnd))
  }

  private static func quoted(_ value: String, like quote: Character?) -> String {
    let isPlain = !value.contains { $0.isWhitespace || $0.isNewline || "\"'#\\$`".contains($0) }
    if isPlain { return quote.map { "\($0)\(value)\($0)" } ?? value }
    // In single quotes nothing is special, so only a quote or a line end needs the other form.
    if quote != "\"", !value.contains("'"), !value.contains(where: \.isNewline) { return "'\(value)'" }
    var escaped = ""
    for character in value {
      if character.isNewline {
        escaped += "\\n"
      } else {
        if "\"\\$`".contains(character) { escaped.append("\\") }
        escaped.append(character)
      }
    }
    return "\"\(escaped)\""
  }
}
