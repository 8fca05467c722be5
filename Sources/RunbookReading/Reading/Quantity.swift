import Runbook

/// Durations and bounds in prose.
enum Quantity {
  /// A token of the text: a number, a word or a sign.
  private enum Token: Hashable {
    case number(Double)
    case word(String)
    case sign(Character)
  }

  private static func tokens(_ text: String) -> [Token] {
    var result: [Token] = []
    let characters = Array(WordList.head(of: text).lowercased())
    var index = 0
    while index < characters.count {
      let character = characters[index]
      if character.isASCII, character.isNumber {
        var number = ""
        while index < characters.count,
          (characters[index].isASCII && characters[index].isNumber)
            || ((characters[index] == "." || characters[index] == ",") && index + 1 < characters.count
              && characters[index + 1].isASCII && characters[index + 1].isNumber)
        {
          if characters[index] != "," { number.append(characters[index]) }
          index += 1
        }
        result.append(.number(Double(number) ?? 0))
      } else if character.isLetter {
        var word = ""
        while index < characters.count, characters[index].isLetter || characters[index] == "'" {
          word.append(characters[index])
          index += 1
        }
        result.append(.word(word))
      } else {
        if !character.isWhitespace { result.append(.sign(character)) }
        index += 1
      }
    }
    return result
  }

  private static let joins: Set<Token> = [.sign("-"), .sign("–"), .sign("—"), .sign("~"), .sign("～"), .word("to")]
  private static let under: Set<Token> = [
    .sign("<"), .sign("≤"), .word("under"), .word("within"), .word("than"), .word("max"), .word("most"), .word("to"),
  ]

  private static func unit(_ token: Token?) -> Double? {
    guard case .word(let word)? = token else { return nil }
    return Vocabulary.all.minuteUnits.first {
      $0.words.contains(word) || $0.words.contains { wide($0) && word.hasPrefix($0) }
    }?
    .seconds
  }

  private static func wide(_ word: String) -> Bool { word.unicodeScalars.contains { $0.value >= 0x2E80 } }

  private static func hasDigit(_ text: String) -> Bool { ByteSet.digits.isIn(text) }

  /// The first duration in `text`: "10-15 minutes", "<5 minutes", "30+ minutes", "1.5-3 hours", "24-48 hours".
  static func estimate(_ text: String) -> Estimate? {
    guard hasDigit(text) else { return nil }
    let tokens = tokens(text)
    for index in tokens.indices {
      guard case .number(let first) = tokens[index] else { continue }
      func at(_ offset: Int) -> Token? { tokens.indices.contains(index + offset) ? tokens[index + offset] : nil }
      // A range: "10-15 minutes", "10 minutes - 1 hour", "5 to 10 min".
      var next = 1
      let firstUnit = unit(at(1))
      if firstUnit != nil { next = 2 }
      if let join = at(next), joins.contains(join), case .number(let second)? = at(next + 1),
        let last = unit(at(next + 2))
      {
        return made(first * (firstUnit ?? last), second * last, text)
      }
      if case .sign("+")? = at(1), let seconds = unit(at(2)) { return made(first * seconds, nil, text) }
      guard let seconds = firstUnit else { continue }
      if case .sign("+")? = at(2) { return made(first * seconds, nil, text) }
      let before = tokens.indices.contains(index - 1) ? tokens[index - 1] : nil
      if let before, under.contains(before) { return made(nil, first * seconds, text) }
      if before == .sign(">") || before == .sign("≥") { return made(first * seconds, nil, text) }
      // "1 hour 30 minutes"
      if case .number(let more)? = at(2), let smaller = unit(at(3)), smaller < seconds {
        let total = first * seconds + more * smaller
        return made(total, total, text)
      }
      return made(first * seconds, first * seconds, text)
    }
    return nil
  }

  private static func made(_ minimum: Double?, _ maximum: Double?, _ text: String) -> Estimate {
    Estimate(minimum: minimum.map(seconds), maximum: maximum.map(seconds), text: text.trimmed)
  }

  private static func seconds(_ value: Double) -> Int { value < 1e12 ? Int(value.rounded()) : Int(1e12) }

  struct Bound: Hashable {
    var quantity: String
    var comparison: Comparison
    var bound: Double
    var unit: String?
    /// Seconds.
    var window: Int?
  }

  private static let signs: [(Character, Comparison)] = [
    (">", .greater), ("<", .less), ("≥", .greaterOrEqual), ("≤", .lessOrEqual),
  ]
  private static let words: [(String, Comparison)] = [
    ("greater than or equal to", .greaterOrEqual), ("less than or equal to", .lessOrEqual), ("greater than", .greater),
    ("more than", .greater), ("less than", .less), ("at least", .greaterOrEqual), ("at most", .lessOrEqual),
    ("fewer than", .less), ("higher than", .greater), ("lower than", .less), ("exceeds", .greater),
    ("exceed", .greater), ("exceeding", .greater), ("above", .greater), ("over", .greater), ("below", .less),
    ("under", .less), ("beyond", .greater),
  ]

  /// "Error rate >20% for 6+ hours": quantity, comparison, bound, unit, window.
  static func bound(_ whole: String) -> Bound? {
    guard hasDigit(whole) else { return nil }
    let text = String(WordList.head(of: whole))
    var found: (position: String.Index, end: String.Index, comparison: Comparison)?
    let lower = text.lowercased()
    for (sign, comparison) in signs {
      guard let position = lower.firstIndex(of: sign), found.map({ position < $0.position }) ?? true else { continue }
      var end = lower.index(after: position)
      var kind = comparison
      if end < lower.endIndex, lower[end] == "=" {
        kind = comparison == .greater ? .greaterOrEqual : .lessOrEqual
        end = lower.index(after: end)
      }
      found = (position, end, kind)
    }
    if found == nil {
      for (phrase, comparison) in words {
        guard let range = lower.firstRange(of: phrase) else { continue }
        let before = range.lowerBound == lower.startIndex ? " " : lower[lower.index(before: range.lowerBound)]
        let after = range.upperBound == lower.endIndex ? " " : lower[range.upperBound]
        guard !before.isLetter, !after.isLetter else { continue }
        // The word counts only with a number soon after it.
        let ahead = lower[range.upperBound...].drop { $0 == " " || $0 == "~" || $0 == "$" || $0 == "a" }
        guard ahead.first?.isNumber ?? false else { continue }
        if found.map({ range.lowerBound < $0.position }) ?? true {
          found = (range.lowerBound, range.upperBound, comparison)
        }
      }
    }
    guard let found else { return nil }
    let rest = lower[found.end...].drop { $0 == " " || $0 == "~" || $0 == "$" }
    let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == ",") }
    guard digits.first?.isNumber ?? false else { return nil }
    var number = digits.filter { $0 != "," }
    while number.last == "." { number.removeLast() }
    guard let value = Double(number) else { return nil }
    var tail = rest.dropFirst(digits.count)
    // "6+ hours"
    if tail.first == "+" { tail = tail.dropFirst() }
    let unitText = tail.drop { $0 == " " }.prefix { $0.isLetter || $0 == "%" || $0 == "/" }
    var unit: String?
    if unitText.hasPrefix("%") {
      unit = "%"
    } else if !unitText.isEmpty, tail.first.map({ $0 != " " }) ?? false || Self.unit(.word(String(unitText))) != nil {
      unit = String(unitText)
    } else if !unitText.isEmpty, !["for", "and", "or", "in", "within", "of", "per", "over"].contains(String(unitText)) {
      unit = String(unitText)
    }
    let start = lower.distance(from: lower.startIndex, to: found.position)
    var quantity = String(text.prefix(start)).trimmed
    while let last = quantity.last, "([:-–".contains(last) { quantity = String(quantity.dropLast()).trimmed }
    let afterUnit = String(tail.drop { $0 == " " }.dropFirst(unitText.count))
    var window: Int?
    if let cue = ["for ", "in ", "over ", "within ", "per ", "during "].first(where: afterUnit.contains),
      let range = afterUnit.firstRange(of: cue), let estimate = estimate(String(afterUnit[range.upperBound...]))
    {
      window = estimate.minimum ?? estimate.maximum
    }
    return Bound(
      quantity: Heading.stripped(quantity), comparison: found.comparison, bound: value, unit: unit, window: window)
  }
}
