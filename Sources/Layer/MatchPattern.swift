import Runbook

/// `kubectl set image deployment/{name} {container}={image}` as a pattern over words.
///
/// With `passes` or `ignores`, options may stand anywhere, and one that is named nowhere makes it another command. Without,
/// words are compared in their order, and `*` takes the rest.
package struct MatchPattern: Sendable {
  /// What is not an option, in order.
  private let words: [Substring]
  private let takesRest: Bool
  /// Options by name; the pattern of their value, nil where they take none.
  private let required: [String: Substring?]
  private let passes: [String: Bool]
  private let ignores: [String: Bool]
  private let hasOptions: Bool
  /// How much of it is said: of two that fit, the one that says more is meant.
  package let weight: Int

  package init(_ text: String, passes: [String] = [], ignores: [String] = []) {
    var words = Self.words(of: text)
    takesRest = words.last == "*"
    if takesRest { words.removeLast() }
    hasOptions = !passes.isEmpty || !ignores.isEmpty
    var required: [String: Substring?] = [:]
    if hasOptions {
      for word in words where Self.isOption(word) {
        let (name, value) = Self.parts(of: word)
        required[String(name)] = .some(value)
      }
      words.removeAll(where: Self.isOption)
    }
    self.words = words
    self.required = required
    self.passes = Self.options(passes)
    self.ignores = Self.options(ignores)
    weight = Self.literals(of: text)
  }

  /// The patterns of a layer; `{deployment,deploy}/{name}` stands for one with each word, as in a shell.
  package static func all(of layer: DeclaredLayer) -> [MatchPattern] {
    layer.match.flatMap(expanded).map { MatchPattern($0, passes: layer.passes, ignores: layer.ignores) }
  }

  package static func expanded(_ text: String) -> [String] {
    var search = text[...]
    while let open = search.firstIndex(of: "{"), let close = search[open...].firstIndex(of: "}") {
      let inner = text[text.index(after: open)..<close]
      let tail = text[text.index(after: close)...]
      if inner.contains(","), !inner.contains("{") {
        return inner.split(separator: ",", omittingEmptySubsequences: false).flatMap {
          expanded(String(text[..<open] + $0 + tail))
        }
      }
      search = search[search.index(after: open)...]
    }
    return [text]
  }

  /// By which program the last command of it is known: `socat` of `echo … | socat …`.
  package var program: String? {
    let last = words.lastIndex(of: "|").map { words[($0 + 1)...] } ?? words[...]
    return last.first.map(String.init)
  }

  /// The captured words, with those that `*` or the options took (as `{rest}` too); nil where it is another command.
  package func match(_ candidate: [String]) -> (captures: [String: String], rest: [String])? {
    var captures: [String: String] = [:]
    var rest: [String] = []
    var positional = candidate[...]
    if hasOptions {
      guard let split = split(candidate), Self.bind(split.required, to: &captures) else { return nil }
      rest = split.passed
      positional = split.positional[...]
    }
    guard takesRest ? positional.count >= words.count : positional.count == words.count, !words.isEmpty else {
      return nil
    }
    guard Self.bind(Array(zip(words, positional)), to: &captures) else { return nil }
    rest += positional.dropFirst(words.count)
    if takesRest || hasOptions { captures["rest"] = rest.joined(separator: " ") }
    return (captures, rest)
  }

  // MARK: Options

  private struct Split {
    var positional: [String] = []
    var passed: [String] = []
    var required: [(pattern: Substring, word: String)] = []
  }

  private func split(_ candidate: [String]) -> Split? {
    var split = Split()
    var seen: Set<String> = []
    var words = candidate[...]
    while let word = words.popFirst() {
      guard Self.isOption(word[...]) else {
        split.positional.append(word)
        continue
      }
      guard let (name, value) = known(word[...]) else { return nil }
      let takesValue = required[name].map { $0 != nil } ?? passes[name] ?? ignores[name] ?? false
      // `--wait=false` says the contrary of the bare option.
      guard takesValue || value == nil else { return nil }
      var written = [word]
      var given = value.map(String.init)
      if takesValue, given == nil {
        guard let next = words.popFirst() else { return nil }
        written.append(next)
        given = next
      }
      if let pattern = required[name] {
        guard seen.insert(name).inserted else { return nil }
        if let pattern, let given { split.required.append((pattern, given)) }
      } else if passes[name] != nil {
        split.passed += written
      }
    }
    return seen.count == required.count ? split : nil
  }

  /// The option's name, as the pattern has it, and the value that the word brings along: `--app=x`, `-nprod`.
  private func known(_ word: Substring) -> (name: String, value: Substring?)? {
    func isKnown(_ name: String) -> Bool { required[name] != nil || passes[name] != nil || ignores[name] != nil }
    let (name, value) = Self.parts(of: word)
    if isKnown(String(name)) { return (String(name), value) }
    guard !word.hasPrefix("--") else { return nil }
    let short = String(word.prefix(2))
    return isKnown(short) ? (short, word.dropFirst(2)) : nil
  }

  private static func isOption(_ word: Substring) -> Bool { word.hasPrefix("-") && word.count > 1 }

  private static func parts(of word: Substring) -> (name: Substring, value: Substring?) {
    guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
    return (word[..<equals], word[word.index(after: equals)...])
  }

  /// Name → whether it takes a value.
  private static func options(_ texts: [String]) -> [String: Bool] {
    Dictionary(
      texts.map { text in text.hasSuffix("=") ? (String(text.dropLast()), true) : (text, false) },
      uniquingKeysWith: { first, _ in first })
  }

  // MARK: Words

  /// Split at blanks; quotes hold a word together.
  private static func words(of text: String) -> [Substring] {
    var words: [Substring] = []
    var word = ""
    var isOpen = false
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        isOpen = true
      } else if character.isWhitespace {
        if isOpen { words.append(Substring(word)) }
        word = ""
        isOpen = false
      } else {
        word.append(character)
        isOpen = true
      }
    }
    if isOpen { words.append(Substring(word)) }
    return words
  }

  private static func literals(of text: String) -> Int {
    var depth = 0
    return text.count { character in
      if character == "{" { depth += 1 }
      defer { if character == "}" { depth = max(0, depth - 1) } }
      return depth == 0 && character != "*"
    }
  }

  private static func bind(_ pairs: [(Substring, String)], to captures: inout [String: String]) -> Bool {
    for (pattern, word) in pairs {
      guard let found = match(pattern, word[...]) else { return false }
      for (name, value) in found {
        if let known = captures[name], known != value { return false }
        captures[name] = value
      }
    }
    return true
  }

  private static func match(_ pattern: Substring, _ word: Substring) -> [String: String]? {
    guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
      return pattern == word ? [:] : nil
    }
    let head = pattern[..<open]
    let name = String(pattern[pattern.index(after: open)..<close])
    let tail = pattern[pattern.index(after: close)...]
    guard word.hasPrefix(head) else { return nil }
    let rest = word.dropFirst(head.count)
    // The shortest capture for which what follows still fits.
    for length in 1...max(1, rest.count) where length <= rest.count {
      if var found = match(tail, rest.dropFirst(length)) {
        let value = String(rest.prefix(length))
        if let known = found[name], known != value { continue }
        found[name] = value
        return found
      }
    }
    return nil
  }
}
