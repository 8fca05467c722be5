import Runbook

/// "**Name:** rest", "Name: rest".
struct Label {
  var name: String
  var rest: String

  /// Both, as a heading has them.
  var heading: Heading { Heading(name + (rest.isEmpty ? "" : ": " + rest)) }

  /// A paragraph that begins with bold text.
  init?(_ text: InlineText) {
    guard let strong = text.leadingStrong, !strong.isEmpty else { return nil }
    let flat = text.flat
    let code = strong.utf8.contains(UInt8(ascii: "`")) ? strong.filter { $0 != "`" } : strong
    let bare = code.blankSeparated.joined(separator: " ")
    guard let range = flat.firstRange(of: bare) else { return nil }
    var rest = flat[range.upperBound...].trimmed
    var name = Heading.stripped(bare)
    let colon =
      name.hasSuffix(":") || rest.hasPrefix(":") || rest.hasPrefix("-") || rest.hasPrefix("–") || rest.hasPrefix("—")
    if let inner = name.firstIndex(of: ":"), !name.hasSuffix(":"), rest.isEmpty {
      rest = name[name.index(after: inner)...].trimmed
      name = String(name[..<inner]).trimmed
    } else if !colon, !text.isStrong, !rest.hasPrefix("(") {
      return nil
    }
    while let last = name.last, ":".contains(last) { name.removeLast() }
    while let first = rest.first, ":-–— ".contains(first) { rest.removeFirst() }
    self.name = name.trimmed
    self.rest = rest
  }

  /// "Expected: x" in plain text.
  init?(plain text: String) {
    guard let colon = text.firstIndex(of: ":"), text.distance(from: text.startIndex, to: colon) < 40 else { return nil }
    name = text[..<colon].trimmed
    rest = text[text.index(after: colon)...].trimmed
  }
}
