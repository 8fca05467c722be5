import Runbook

/// A heading's structure: its number, its label, the rest of its words.
struct Heading: Sendable {
  enum Marker: Hashable, Sendable {
    case step(String), phase(String), scenario(String), option(word: String, label: String)
    /// "1.", "2)".
    case number(String)
  }

  var text: String
  var marker: Marker?
  /// Without the marker.
  var title: String

  init(_ text: String) {
    self.text = text
    var rest = Self.stripped(text)
    title = rest
    var number: String?
    if let (value, after) = Self.leadingNumber(rest) {
      number = value
      rest = after
    }
    title = rest
    if let (word, kind, label, after) = Self.labelled(rest) {
      title = after.isEmpty ? rest : after
      switch kind {
      case 0: marker = .step(label)
      case 1: marker = .phase(label)
      case 2: marker = .scenario(label)
      default: marker = .option(word: word, label: label)
      }
    } else if let number, !number.contains(".") {
      // "2.1" counts sections, "2." may count steps.
      marker = .number(number)
    } else if let way = Self.way(rest) {
      marker = .option(word: "via", label: way)
    }
  }

  /// The heading's text as people read it: without emoji and stray punctuation at its beginning.
  var plain: String { Self.stripped(text) }

  /// The slug of the marker, such as `step-3` or `option-a`.
  var slug: String? {
    switch marker {
    case .step(let label), .number(let label): "step-\(Slug.make(label))"
    case .phase(let label): "phase-\(Slug.make(label))"
    case .scenario(let label): "scenario-\(Slug.make(label))"
    case .option(let word, let label): "\(Slug.make(word))-\(Slug.make(label))"
    case nil: nil
    }
  }

  var isSequence: Bool {
    switch marker {
    case .step, .number: true
    default: false
    }
  }

  private static let beginning = ByteSet.alphanumerics.union(ByteSet("`([<{\"'$/."))

  static func stripped(_ text: String) -> String {
    let text = text.trimmed
    // Most begin with a plain letter or digit, which no mark behind it makes a part of an emoji.
    var bytes = text.utf8.makeIterator()
    if let first = bytes.next(), beginning.contains(first), bytes.next().map({ $0 < 0x80 }) ?? true { return text }
    var rest = text[...]
    while let first = rest.first,
      !(first.isLetter || first.isNumber || "`([<{\"'$/.".contains(first))
        || first.unicodeScalars.contains(where: {
          $0.properties.isEmojiPresentation || $0.value == 0xFE0F || $0.value == 0x20E3
        })
    {
      rest = rest.dropFirst()
    }
    return rest.trimmed
  }

  private static func leadingNumber(_ text: String) -> (String, String)? {
    guard let first = text.utf8.first, ByteSet.digits.contains(first) else { return nil }
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let first = digits.first, first.isNumber else { return nil }
    var rest = text.dropFirst(digits.count)
    let hasDot = digits.last == "."
    let label = digits.split(separator: ".").joined(separator: ".")
    if !hasDot {
      if rest.first == ")" || rest.first == ":" || rest.first == "．" || rest.first == "、" {
        rest = rest.dropFirst()
      } else if !label.contains(".") || rest.first != " " {
        // "3 ways to …" is no number of a heading, "2.1 Stage" is.
        return nil
      }
    }
    guard !rest.trimmed.isEmpty, label.count <= 8 else { return nil }
    return (label, Self.stripped(String(rest)))
  }

  /// The words that make a marker, by its kind; apart, those of languages that put no blanks between words.
  private static let markers: [(words: [(text: String, isWide: Bool)], wide: [String])] = [
    Vocabulary.all.step, Vocabulary.all.phase, Vocabulary.all.scenario, Vocabulary.all.option,
  ].map { words in
    let marked = words.map { ($0, $0.unicodeScalars.contains { $0.value >= 0x2E80 }) }
    return (marked, marked.filter(\.1).map(\.0))
  }

  /// Those that begin with an ASCII letter, by it: most headings do, and few of the words do with theirs.
  private static let latinMarkers: [UInt8: [(kind: Int, word: String)]] = {
    var found: [UInt8: [(kind: Int, word: String)]] = [:]
    for (kind, marker) in markers.enumerated() {
      for (word, _) in marker.words {
        if let first = word.utf8.first, ByteSet.letters.contains(first) {
          found[first, default: []].append((kind, word))
        }
      }
    }
    return found
  }()

  private static func labelled(_ text: String) -> (String, Int, String, String)? {
    if let first = text.utf8.first, ByteSet.letters.contains(first) {
      guard let candidates = latinMarkers[first | 32] else { return nil }
      let lower = beginning(of: text)
      for (kind, word) in candidates where lower.utf8.starts(with: word.utf8) {
        if let (label, rest) = label(of: text, behind: word, isWide: false) { return (word, kind, label, rest) }
      }
      return nil
    }
    let lower = beginning(of: text)
    let digits = text.prefix { $0.isNumber }
    for (kind, marker) in markers.enumerated() {
      for (word, isWide) in marker.words where lower.utf8.starts(with: word.utf8) {
        guard let (label, rest) = label(of: text, behind: word, isWide: isWide) else { continue }
        return (isWide ? "option" : word, kind, label, rest)
      }
      // "1단계: …": the number stands first.
      for word in marker.wide where !digits.isEmpty {
        if text.dropFirst(digits.count).hasPrefix(word) {
          let rest = text.dropFirst(digits.count + word.count)
          return ("option", kind, String(digits), stripped(String(rest)))
        }
      }
    }
    return nil
  }

  /// In lower case, and long enough for any of the words.
  private static func beginning(of text: String) -> String {
    text.utf8.count <= 120 ? text.lowercased() : text.prefix(60).lowercased()
  }

  private static func label(of text: String, behind word: String, isWide: Bool) -> (String, String)? {
    let after = text.dropFirst(word.count)
    if !isWide, let next = after.first, next.isLetter { return nil }
    let tail = after.drop { $0 == " " || $0 == "#" }
    return readLabel(tail, isSpaced: tail.startIndex > after.startIndex || isWide)
  }

  private static let wayBytes = ByteSet(first: Vocabulary.all.viaHeading)

  /// "Via the CLI (recommended)".
  private static func way(_ text: String) -> String? {
    if let first = text.utf8.first, ByteSet.letters.contains(first), !wayBytes.contains(first | 32) { return nil }
    let words = WordList(Slug.withoutParentheses(text)).words
    guard let first = words.first, (2...4).contains(words.count), Vocabulary.all.viaHeading.contains(first) else {
      return nil
    }
    return words.dropFirst().filter { !Vocabulary.all.stop.contains($0) }.joined(separator: "-")
  }

  private static let roman: Set<String> = ["II", "III", "IV", "VI", "VII", "VIII", "IX"]

  /// "3: Title", "A - Title", "1-3: Title", "2.1".
  private static func readLabel(_ text: Substring, isSpaced: Bool) -> (String, String)? {
    guard isSpaced else { return nil }
    let head = text.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "–" || $0 == "/" }
    var label = String(head)
    while let last = label.last, last == "." || last == "-" || last == "–" { label.removeLast() }
    guard let first = label.first else { return nil }
    let isNumber =
      first.isNumber && label.allSatisfy { $0.isNumber || "-.–/".contains($0) || ($0.isLetter && label.count <= 3) }
    let isLetter = label.count == 1 && first.isLetter && first.isASCII
    guard isNumber || isLetter || roman.contains(label) else { return nil }
    let rest = text.dropFirst(head.count)
    // "option a user has": a letter label is followed by punctuation or nothing, or is a capital.
    if isLetter, first.isLowercase, let next = rest.first, next == " " { return nil }
    return (label, stripped(String(rest)))
  }
}

/// `Phase 9-10: Medium Risk` → `phase-9-10-medium-risk`.
enum Slug {
  static func make(_ text: String) -> String {
    guard !text.isASCII else { return make(ascii: text) }
    var result = ""
    for character in text.lowercased() {
      if character.isLetter || character.isNumber {
        result.append(character)
      } else if !result.isEmpty, result.last != "-", character != "'" {
        result.append("-")
      }
    }
    while result.last == "-" { result.removeLast() }
    return String(result.prefix(60))
  }

  private static func make(ascii text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.lowercased().utf8 {
      if ByteSet.alphanumerics.contains(byte) {
        bytes.append(byte)
      } else if let last = bytes.last, last != UInt8(ascii: "-"), byte != UInt8(ascii: "'") {
        bytes.append(UInt8(ascii: "-"))
      }
    }
    while bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
    return String(decoding: bytes.prefix(60), as: UTF8.self)
  }

  /// Without what stands in parentheses.
  static func withoutParentheses(_ text: String) -> String {
    // Most text has none, and single blanks.
    var previous: UInt8 = 32
    let isPlain = text.utf8.allSatisfy { byte in
      defer { previous = byte }
      // 0xEF: of `（`.
      return byte != UInt8(ascii: "(") && byte != 0xEF && (byte != 32 || previous != 32)
    }
    if isPlain, previous != 32 || text.isEmpty { return text }
    var depth = 0
    var result = ""
    for character in text {
      if character == "(" || character == "（" {
        depth += 1
      } else if (character == ")" || character == "）") && depth > 0 {
        depth -= 1
      } else if depth == 0 {
        result.append(character)
      }
    }
    let trimmed = result.split(separator: " ").joined(separator: " ")
    return trimmed.isEmpty ? text : trimmed
  }
}
