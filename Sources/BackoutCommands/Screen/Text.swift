import Foundation
import Runbook

/// Text in columns.
enum Text {
  /// Columns that `text` takes: escape sequences none, wide characters two.
  static func width(_ text: some StringProtocol) -> Int {
    // Most of what is shown is plain.
    if text.utf8.allSatisfy({ $0 < 0x7F && $0 != 0x1B }) { return text.utf8.count }
    var width = 0
    var isEscape = false
    for scalar in text.unicodeScalars {
      if scalar == "\u{1B}" { isEscape = true }
      if isEscape {
        if scalar.properties.isAlphabetic { isEscape = false }
        continue
      }
      switch scalar.value {
      case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: continue
      case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0x1F300...0x1FAFF:
        width += 2
      default: width += 1
      }
    }
    return width
  }

  /// Cut to `columns`, with an ellipsis, or filled up with blanks. For text without escape sequences.
  static func fit(_ text: String, _ columns: Int) -> String {
    let cut = cut(text, columns)
    return cut + String(repeating: " ", count: max(0, columns - width(cut)))
  }

  static func cut(_ text: String, _ columns: Int) -> String {
    guard columns > 0 else { return "" }
    // Hidden before it is cut: half a secret would not be recognised as one.
    var line = Console.hiding(text)
    if line.utf8.contains(where: { $0 == 9 || $0 == 10 }) {
      line = line.replacingOccurrences(of: "\n", with: " ⏎ ").replacingOccurrences(of: "\t", with: " ")
    }
    guard width(line) > columns else { return line }
    var result = ""
    var used = 0
    for character in line {
      let next = width(String(character))
      if used + next > columns - 1 { break }
      result.append(character)
      used += next
    }
    return result + "…"
  }

  /// Broken into lines of at most `columns`, at blanks; a word longer than a line is broken too. Never empty.
  static func wrap(_ text: String, _ columns: Int) -> [String] {
    let columns = max(8, columns)
    return Console.hiding(text).split(separator: "\n", omittingEmptySubsequences: false).flatMap {
      paragraph -> [String] in
      var lines: [String] = []
      var line = ""
      var used = 0
      func add(_ word: Substring) {
        let width = width(word)
        if !line.isEmpty, used + 1 + width > columns {
          lines.append(line)
          line = String(word)
          used = width
        } else {
          used += line.isEmpty ? width : 1 + width
          if !line.isEmpty { line += " " }
          line += word
        }
      }
      for word in paragraph.split(separator: " ") {
        // No character takes more columns than bytes.
        if word.utf8.count <= columns { add(word) } else { pieces(word, columns).forEach(add) }
      }
      return lines + [line]
    }
  }

  /// `word` in parts that fit, broken after a slash or a comma where one is near.
  private static func pieces(_ word: Substring, _ columns: Int) -> [Substring] {
    var rest = word
    var parts: [Substring] = []
    while width(rest) > columns {
      var end = rest.startIndex
      var used = 0
      while end < rest.endIndex {
        let next = width(String(rest[end]))
        guard used + next <= columns else { break }
        used += next
        end = rest.index(after: end)
      }
      guard end > rest.startIndex else { break }
      let near = rest[..<end].lastIndex { "/,&=".contains($0) }.map { rest.index(after: $0) }
      if let near, rest.distance(from: near, to: end) < columns / 3 { end = near }
      parts.append(rest[..<end])
      rest = rest[end...]
    }
    return parts + (rest.isEmpty ? [] : [rest])
  }

  /// `left`, and `right` at the end of the line; `left` gives way. Both without escape sequences.
  static func ends(_ left: String, _ right: String, _ columns: Int) -> (left: String, gap: String) {
    let room = max(8, columns - (right.isEmpty ? 0 : width(right) + 2))
    let left = cut(left, room)
    return (left, String(repeating: " ", count: max(right.isEmpty ? 0 : 2, columns - width(left) - width(right))))
  }

  /// `0:16`, `1:02:03`.
  static func clock(milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1000
    let minutes = seconds / 60
    let rest = String(format: "%02d", Int(seconds % 60))
    return minutes < 60 ? "\(minutes):\(rest)" : "\(minutes / 60):\(String(format: "%02d", Int(minutes % 60))):\(rest)"
  }

  /// `1.5 MiB`.
  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["bytes", "KiB", "MiB", "GiB", "TiB"] {
      if value < 1024 || unit == "TiB" {
        return unit == "bytes" ? "\(count) bytes" : String(format: value < 10 ? "%.1f %@" : "%.0f %@", value, unit)
      }
      value /= 1024
    }
    return "\(count) bytes"
  }

  /// `1 step`, `3 steps`.
  static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    number.counted(one, many)
  }
}
