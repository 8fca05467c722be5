import Runbook

/// A text as lower-case words, with the phrases looked for in it.
struct WordList: Sendable {
  let text: String
  let words: [String]
  /// Of each word: most phrases are ruled out by it.
  let marks: [WordMark]
  let isASCII: Bool
  /// Its bytes where it has letters of a language that puts no blanks between words, else empty: emoji and dashes are
  /// common, and must not cost a search for every phrase of those languages.
  let wide: [UInt8]

  /// Characters. What a sentence is for stands near its beginning; a page without a break is not searched to its end.
  static let limit = 1_000

  init(_ text: some StringProtocol) {
    self.text = text.utf8.count <= Self.limit ? text.lowercased() : Self.head(of: text).lowercased()
    isASCII = self.text.isASCII
    wide = !isASCII && self.text.unicodeScalars.contains(where: Self.isWide) ? Array(self.text.utf8) : []
    words =
      isASCII
      ? Self.words(ofASCII: self.text) : self.text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    marks = words.map(WordMark.init)
  }

  private static func words(ofASCII text: String) -> [String] {
    var text = text
    return text.withUTF8 { bytes in
      var words: [String] = []
      words.reserveCapacity(bytes.count / 5 + 1)
      var index = 0
      while index < bytes.count {
        let start = index
        while index < bytes.count, isWord(bytes[index]) { index += 1 }
        if start < index { words.append(String(decoding: bytes[start..<index], as: UTF8.self)) }
        index += 1
      }
      return words
    }
  }

  /// What of a text is looked at.
  static func head<Text: StringProtocol>(of text: Text) -> Text.SubSequence {
    // No text has more characters than bytes.
    text.utf8.count <= limit ? text[...] : text.prefix(limit)
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    (0x2E80...0xD7FF).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
  }

  /// Whether `phrase` stands in `wide`.
  func wideContains(_ phrase: [UInt8]) -> Bool {
    guard let first = phrase.first, phrase.count <= wide.count else { return false }
    for start in 0...(wide.count - phrase.count)
    where wide[start] == first && wide[start..<(start + phrase.count)].elementsEqual(phrase) {
      return true
    }
    return false
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x61 && byte <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x5F
  }

  /// Where the phrase begins, in words; 0 for a language without blanks.
  func index(of phrase: String) -> Int? {
    if !wide.isEmpty, Self.isWide(phrase) { return wideContains(Array(phrase.utf8)) ? 0 : nil }
    return words.indices.first { matches(phrase, at: $0) }
  }

  func contains(_ phrase: String) -> Bool { index(of: phrase) != nil }
  func containsAny(_ phrases: [String]) -> Bool { phrases.contains(where: contains) }

  func begins(withAny phrases: [String]) -> Bool {
    phrases.contains { phrase in
      !wide.isEmpty && Self.isWide(phrase)
        ? text.trimmed.hasPrefix(phrase) : !words.isEmpty && matches(phrase, at: 0)
    }
  }

  /// By bytes, without taking the phrase apart: hundreds are asked for in a sentence.
  private func matches(_ phrase: String, at start: Int) -> Bool {
    var rest = phrase.utf8[...]
    guard let first = rest.first, marks[start].first == first else { return false }
    for word in words[start...] {
      let part = rest.prefix { $0 != 32 }
      let isOpen = part.last == UInt8(ascii: "*")
      guard isOpen ? word.utf8.starts(with: part.dropLast()) : word.utf8.elementsEqual(part) else { return false }
      rest = rest[part.endIndex...].dropFirst()
      if rest.isEmpty { return true }
    }
    return false
  }

  /// A phrase of a language that puts no blanks between words. The first byte of such a letter is 0xE2 at least.
  private static func isWide(_ phrase: String) -> Bool {
    phrase.utf8.contains { $0 >= 0xE2 } && phrase.unicodeScalars.contains { $0.value >= 0x2E80 }
  }
}

/// A word's first byte, and a hash of all of them.
struct WordMark: Sendable {
  var first: UInt8 = 0
  /// Nil beyond ASCII, where equal words may differ in their bytes.
  var hash: UInt16? = 0

  init(_ word: String) {
    first = word.utf8.first ?? 0
    for byte in word.utf8 { hash = byte < 0x80 ? hash.map { $0 &* 31 &+ UInt16(byte) } : nil }
  }
}

/// Texts as words, and what their words say, for as long as one document is read: each sentence is asked a dozen
/// questions, and each heading again at every turn.
final class WordMemory {
  /// Told apart by its bytes: Unicode's equality costs a look at every letter beyond ASCII.
  private struct Key: Hashable {
    var text: String

    static func == (one: Key, other: Key) -> Bool { one.text.hasBytes(of: other.text) }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  private var lists: [Key: WordList] = [:]
  private var kinds: [Key: SectionKind?] = [:]
  /// A page of texts is not held for the sake of a document of ten megabytes.
  private static let limit = 4_096

  func list(of text: String) -> WordList { Self.look(text, in: &lists, else: WordList(text)) }

  func kind(of text: String, else find: @autoclosure () -> SectionKind?) -> SectionKind? {
    Self.look(text, in: &kinds, else: find())
  }

  private static func look<Value>(
    _ text: String, in known: inout [Key: Value], else find: @autoclosure () -> Value
  ) -> Value {
    let key = Key(text: text)
    if let found = known[key] { return found }
    let made = find()
    if known.count == limit { known.removeAll(keepingCapacity: true) }
    known[key] = made
    return made
  }
}
