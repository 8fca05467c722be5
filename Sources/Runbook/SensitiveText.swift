/// Values that stand under a sensitive name in printed text: `API_TOKEN=…`, `"secret": "…"`, `Authorization: …`,
/// `scheme://user:…@host`, and private keys. They are secret though nobody said so beforehand.
enum SensitiveText {
  /// The same text with such values replaced by `‹name›`.
  static func masked(_ text: String) -> String {
    var isKey = false
    var changed = false
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.contains("-----BEGIN "), line.contains("PRIVATE KEY-----") {
        isKey = true
        changed = true
        lines.append("‹private key›")
      }
      if isKey {
        if line.contains("-----END ") { isKey = false }
        continue
      }
      var scan = LineScan(line)
      if let masked = scan.masked() {
        changed = true
        lines.append(masked)
      } else {
        lines.append(String(line))
      }
    }
    return changed ? lines.joined(separator: "\n") : text
  }
}

private struct LineScan {
  private let bytes: [UInt8]
  private var masks: [(range: Range<Int>, name: String)] = []

  init(_ line: Substring) { bytes = Array(line.utf8) }

  private static let quotes: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "'")]

  /// Nil: there was nothing to hide.
  mutating func masked() -> String? {
    var index = 0
    while index < bytes.count {
      if let end = password(at: index) {
        index = end
        continue
      }
      guard isName(bytes[index]) else {
        index += 1
        continue
      }
      let start = index
      while index < bytes.count, isName(bytes[index]) { index += 1 }
      guard index < bytes.count, let value = value(after: start..<index) else { continue }
      let name = String(decoding: bytes[start..<index], as: UTF8.self)
      guard SensitiveNames.matches(name), isSecret(value) else { continue }
      masks.append((value, String(name.drop { $0 == "-" })))
      index = value.upperBound
    }
    guard !masks.isEmpty else { return nil }
    var result: [UInt8] = []
    var start = 0
    for mask in masks {
      result += bytes[start..<mask.range.lowerBound]
      result += Array("‹\(mask.name)›".utf8)
      start = mask.range.upperBound
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }

  private func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private func byte(_ index: Int) -> UInt8? { bytes.indices.contains(index) ? bytes[index] : nil }

  private func skippingSpaces(_ index: Int) -> Int {
    var index = index
    while byte(index) == 0x20 || byte(index) == 0x09 { index += 1 }
    return index
  }

  /// Only marks of a diff, a list or a prompt, and words such as `export`, stand before it.
  private func isFirst(_ start: Int) -> Bool {
    var before = bytes[..<start]
    while let first = before.first, " \t+-<>*".utf8.contains(first) { before = before.dropFirst() }
    let words = String(decoding: before, as: UTF8.self).split(separator: " ")
    return words.allSatisfy { ["export", "declare", "-x", "-rx", "set", "env", "local", "typeset"].contains($0) }
  }

  private func value(after name: Range<Int>) -> Range<Int>? {
    let next = name.upperBound
    let mark = name.lowerBound > 0 ? bytes[name.lowerBound - 1] : 0
    if bytes[next] == UInt8(ascii: "="), byte(next + 1) != UInt8(ascii: "=") {
      if let quote = byte(next + 1), Self.quotes.contains(quote) { return quoted(from: next + 2, by: quote) }
      if isFirst(name.lowerBound) { return next + 1..<bytes.count }
      return plain(from: next + 1)
    }
    if Self.quotes.contains(mark) {
      var after = next
      if bytes[after] == UInt8(ascii: "\\") { after += 1 }
      if byte(after) == mark {
        after = skippingSpaces(after + 1)
        guard byte(after) == UInt8(ascii: ":") else { return nil }
        after = skippingSpaces(after + 1)
        if byte(after) == UInt8(ascii: "\\"), byte(after + 1) == UInt8(ascii: "\"") {
          return escapedQuoted(from: after + 2)
        }
        if let quote = byte(after), Self.quotes.contains(quote) { return quoted(from: after + 1, by: quote) }
        return plain(from: after)
      }
      if byte(after) == UInt8(ascii: ":") { return quoted(from: skippingSpaces(after + 1), by: mark) }
      return nil
    }
    guard bytes[next] == UInt8(ascii: ":"), byte(next + 1) == 0x20, isFirst(name.lowerBound) else { return nil }
    let start = skippingSpaces(next + 1)
    if let quote = byte(start), Self.quotes.contains(quote) { return quoted(from: start + 1, by: quote) }
    return start..<bytes.count
  }

  /// To the closing quote, or the line's end where there is none.
  private func quoted(from start: Int, by quote: UInt8) -> Range<Int> {
    var index = start
    while index < bytes.count, bytes[index] != quote {
      index += bytes[index] == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") ? 2 : 1
    }
    return start..<max(start, min(index, bytes.count))
  }

  /// Inside a text in JSON: to the next `\"` whose backslash is not itself escaped.
  private func escapedQuoted(from start: Int) -> Range<Int> {
    var index = start
    while index < bytes.count, !(bytes[index] == UInt8(ascii: "\\") && byte(index + 1) == UInt8(ascii: "\"")) {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return start..<max(start, min(index, bytes.count))
  }

  private func plain(from start: Int) -> Range<Int> {
    var index = start
    while index < bytes.count, !" \t\r&;,)]}\"'".utf8.contains(bytes[index]) { index += 1 }
    return start..<index
  }

  /// Neither empty nor a reference, a mask or a container.
  private func isSecret(_ range: Range<Int>) -> Bool {
    let value = bytes[range]
    guard let first = value.first, !"$<{[".utf8.contains(first) else { return false }
    let text = String(decoding: value, as: UTF8.self)
    if ["true", "false", "null", "None", "nil", "yes", "no"].contains(text) { return false }
    return !text.hasPrefix("‹") && !text.allSatisfy { "*•●█".contains($0) }
  }

  /// A password in a URL that begins here with `://`; the index after it.
  private mutating func password(at index: Int) -> Int? {
    guard bytes[index] == UInt8(ascii: ":"), byte(index + 1) == UInt8(ascii: "/"), byte(index + 2) == UInt8(ascii: "/")
    else { return nil }
    var colon: Int?
    var place = index + 3
    while place < bytes.count, !" \t\r\"'/<>".utf8.contains(bytes[place]) {
      if bytes[place] == UInt8(ascii: ":"), colon == nil { colon = place }
      if bytes[place] == UInt8(ascii: "@") {
        guard let colon, isSecret(colon + 1..<place) else { return place }
        masks.append((colon + 1..<place, "password"))
        return place
      }
      place += 1
    }
    return nil
  }
}
