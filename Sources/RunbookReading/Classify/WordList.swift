import Foundation
import Runbook

/// A text as lower-case words, and the phrases looked for in it. Words are places in its bytes: a document has thousands
/// of texts, and most words of them are asked for by nothing.
struct WordList: Sendable {
  /// In lower case, letters with their marks as one where there is such a letter.
  let text: String
  let isASCII: Bool
  /// Of `text`.
  let bytes: [UInt8]
  let marks: [WordMark]
  /// Whether it has letters of a language that puts no blanks between words: emoji and dashes are common, and must not
  /// cost a search for every phrase of those languages.
  let isWide: Bool

  /// Characters. What a sentence is for stands near its beginning; a page without a break is not searched to its end.
  static let limit = 1_000

  init(_ text: some StringProtocol) {
    let lower = text.utf8.count <= Self.limit ? text.lowercased() : Self.head(of: text).lowercased()
    isASCII = lower.isASCII
    if isASCII {
      self.text = lower
      bytes = Array(lower.utf8)
      isWide = false
      marks = Self.marks(ofASCII: bytes)
    } else {
      let text = lower.unicodeScalars.contains(where: Self.isMark) ? lower.precomposedStringWithCanonicalMapping : lower
      let bytes = Array(text.utf8)
      self.text = text
      self.bytes = bytes
      isWide = text.unicodeScalars.contains { Self.isWide($0.value) }
      marks = Self.marks(of: text, bytes)
    }
  }

  private static func marks(of text: String, _ bytes: [UInt8]) -> [WordMark] {
    var marks: [WordMark] = []
    var start: Int?
    func end(at index: Int) {
      if let first = start { marks.append(WordMark(first..<index, of: bytes)) }
      start = nil
    }
    var index = 0
    while index < bytes.count {
      var isWord = isWord(bytes[index])
      var length = 1
      // What is beyond ASCII may belong to the letter before it.
      if bytes[index] >= 0x80 || index + 1 < bytes.count && bytes[index + 1] >= 0x80 {
        let character = text[text.utf8.index(text.utf8.startIndex, offsetBy: index)]
        isWord = character.isLetter || character.isNumber || character == "_"
        length = character.utf8.count
      }
      if isWord { start = start ?? index } else { end(at: index) }
      index += length
    }
    end(at: index)
    return marks
  }

  private static func marks(ofASCII bytes: [UInt8]) -> [WordMark] {
    var marks: [WordMark] = []
    marks.reserveCapacity(bytes.count / 5 + 1)
    var index = 0
    while index < bytes.count {
      let start = index
      while index < bytes.count, isWord(bytes[index]) { index += 1 }
      if start < index { marks.append(WordMark(start..<index, of: bytes)) }
      index += 1
    }
    return marks
  }

  var isEmpty: Bool { marks.isEmpty }
  var count: Int { marks.count }
  var words: [String] { marks.map { String(decoding: bytes[$0.range], as: UTF8.self) } }

  /// What of a text is looked at.
  static func head<Text: StringProtocol>(of text: Text) -> Text.SubSequence {
    // No text has more characters than bytes.
    text.utf8.count <= limit ? text[...] : text.prefix(limit)
  }

  private static func isWide(_ scalar: UInt32) -> Bool {
    (0x2E80...0xD7FF).contains(scalar) || (0xF900...0xFAFF).contains(scalar)
  }

  /// An accent or a vowel sign that stands apart from its letter.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    (0x300...0x36F).contains(scalar.value) || (0x1100...0x11FF).contains(scalar.value)
      || (0x3099...0x309A).contains(scalar.value)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x61 && byte <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x5F
  }

  /// Whether `phrase`, of a language that puts no blanks between words, stands in it.
  func wideContains(_ phrase: [UInt8]) -> Bool {
    guard let first = phrase.first, phrase.count <= bytes.count else { return false }
    for start in 0...(bytes.count - phrase.count)
    where bytes[start] == first && bytes[start..<(start + phrase.count)].elementsEqual(phrase) {
      return true
    }
    return false
  }

  func contains(_ phrase: String) -> Bool {
    if isWide, Self.isWide(phrase) { return wideContains(Array(phrase.utf8)) }
    return marks.indices.contains { matches(phrase, at: $0) }
  }

  func containsAny(_ phrases: [String]) -> Bool { phrases.contains(where: contains) }

  func begins(withAny phrases: [String]) -> Bool {
    phrases.contains { phrase in
      isWide && Self.isWide(phrase) ? text.trimmed.hasPrefix(phrase) : !isEmpty && matches(phrase, at: 0)
    }
  }

  /// Without taking the phrase apart: hundreds are asked for in a sentence.
  private func matches(_ phrase: String, at start: Int) -> Bool {
    var rest = phrase.utf8[...]
    guard let first = rest.first, marks[start].first == first else { return false }
    for mark in marks[start...] {
      let part = rest.prefix { $0 != 32 }
      let word = bytes[mark.range]
      let isOpen = part.last == UInt8(ascii: "*")
      guard isOpen ? word.starts(with: part.dropLast()) : word.elementsEqual(part) else { return false }
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

/// Where a word stands in the bytes of its text, its first byte, and a hash of all of them: most phrases are ruled out by
/// these.
struct WordMark: Sendable {
  private let start: Int32
  private let end: Int32
  let first: UInt8
  let hash: UInt32

  /// `range` is not empty.
  init(_ range: Range<Int>, of bytes: [UInt8]) {
    start = Int32(range.lowerBound)
    end = Int32(range.upperBound)
    first = bytes[range.lowerBound]
    hash = Self.hash(of: bytes[range])
  }

  var range: Range<Int> { Int(start)..<Int(end) }

  static func hash(of word: some Sequence<UInt8>) -> UInt32 {
    word.reduce(0) { $0 &* 31 &+ UInt32($1) }
  }
}

/// Texts as words, and what their words say, for as long as one document is read: each sentence is asked a dozen
/// questions, and each heading again at every turn.
final class WordMemory {
  /// Told apart by its bytes: Unicode's equality costs a look at every letter beyond ASCII.
  private struct Key: Hashable {
    var text: String

    static func == (one: Key, other: Key) -> Bool { one.text.hasBytes(of: other.text) }

    /// Its length and both its ends: a text is hashed at every question, and compared whole only where it is known.
    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { bytes in
        hasher.combine(bytes.count)
        hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.prefix(16))))
        hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.dropFirst(16).suffix(16))))
      }
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
