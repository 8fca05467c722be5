import Foundation
import Layer
import Runbook

/// What a sed script of one `s` command does to every line that is exactly one text: `s|^0 2 \* \* \* old\.py$|# &|`.
struct LineEdit: Codable, Hashable, Sendable {
  var line: String
  var replacement: String

  /// What a line in quarantine begins with.
  static let mark = "# quarantined by backout: "

  // MARK: Writing

  /// sed that puts a line behind the mark, and the reverse. Nil where the line has a character that sed or cron might
  /// read in another way, or no delimiter is left.
  static func quarantine(of line: String) -> (there: String, back: String)? {
    // A blank at an end would be lost on whoever copies the command.
    let scalars = line.unicodeScalars
    guard !line.isEmpty, line == line.trimmingCharacters(in: .whitespaces),
      scalars.allSatisfy({ $0.value >= 32 && $0.value != 127 || $0 == "\t" }),
      let delimiter = "|,/!@~;".unicodeScalars.first(where: { !scalars.contains($0) })
    else { return nil }
    // By scalars: a full stop with an accent on it is still a full stop to sed.
    var pattern = "".unicodeScalars
    for scalar in scalars {
      if specials.contains(scalar) || scalar == "\t" { pattern.append("\\") }
      // A tab as it is would be lost on whoever copies the command.
      pattern.append(scalar == "\t" ? "t" : scalar)
    }
    let exact = String(pattern)
    return (
      "s\(delimiter)^\(exact)$\(delimiter)\(mark)&\(delimiter)",
      "s\(delimiter)^\(mark)\\(\(exact)\\)$\(delimiter)\\1\(delimiter)"
    )
  }

  /// What means something in a basic regular expression.
  private static let specials: Set<Unicode.Scalar> = ["\\", ".", "*", "[", "]", "^", "$"]

  // MARK: Reading

  /// Nil where the script is more than this, or its pattern fits more than one text.
  init?(sed script: String) {
    guard !script.unicodeScalars.contains("\n") else { return nil }
    var rest = Array(script.unicodeScalars)[...]
    guard rest.popFirst() == "s", let delimiter = rest.popFirst(), !Self.specials.contains(delimiter),
      rest.popFirst() == "^"
    else { return nil }
    var line = "".unicodeScalars
    var group: String.UnicodeScalarView?
    var isOpen = false
    pattern: while true {
      guard let character = rest.popFirst() else { return nil }
      switch character {
      case delimiter: return nil
      case "$":
        guard rest.popFirst() == delimiter else { return nil }
        break pattern
      case "\\":
        guard let next = rest.popFirst() else { return nil }
        if next == "(", group == nil {
          group = "".unicodeScalars
          isOpen = true
        } else if next == ")", isOpen {
          isOpen = false
        } else if Self.specials.contains(next) || next == "t" {
          let meant = next == "t" ? "\t" : next
          line.append(meant)
          if isOpen { group?.append(meant) }
        } else {
          return nil
        }
      case _ where Self.specials.contains(character): return nil
      default:
        line.append(character)
        if isOpen { group?.append(character) }
      }
    }
    guard !isOpen, !line.isEmpty else { return nil }
    var replacement = "".unicodeScalars
    var isClosed = false
    while !isClosed, let character = rest.popFirst() {
      switch character {
      case delimiter: isClosed = true
      case "&": replacement += line
      case "\\":
        switch rest.popFirst() {
        case "1": if let group { replacement += group } else { return nil }
        case "&": replacement.append("&")
        case "\\": replacement.append("\\")
        default: return nil
        }
      default: replacement.append(character)
      }
    }
    guard isClosed, rest.isEmpty else { return nil }
    self.line = String(line)
    self.replacement = String(replacement)
  }

  /// The edit that `sed SCRIPT`, in front of a command, makes of what runs through it.
  init?(feed: Feed?, in context: ReadingContext) {
    guard let feed, feed.input == nil else { return nil }
    let words = feed.words.compactMap { WordExpansion.expandedValue(of: $0, in: context) }
    guard words.count == feed.words.count, words.first == "sed" else { return nil }
    switch words.count {
    case 2: self.init(sed: words[1])
    case 3 where words[1] == "-e": self.init(sed: words[2])
    default: return nil
    }
  }

  // MARK: Doing

  /// `list` as sed makes it, and how many lines that were.
  func applied(to list: JobList) -> (list: JobList, count: Int) {
    let wanted = Data(line.utf8)
    var count = 0
    let lines = list.text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { old in
      guard old == wanted else { return Data(old) }
      count += 1
      return Data(replacement.utf8)
    }
    return (JobList(text: Data(lines.joined(separator: [UInt8(ascii: "\n")]))), count)
  }
}
