import Runbook

/// A word as far as it is known without running a shell.
package enum KnownWord: Hashable, Sendable {
  case value(String)
  /// As written; the variables that nobody has set yet.
  case unknown(text: String, missing: [String])

  package var value: String? { if case .value(let value) = self { value } else { nil } }
  package var valueOrText: String {
    switch self {
    case .value(let value): value
    case .unknown(let text, _): text
    }
  }
}

extension ParsedCommand {
  /// The words with the known variables filled in.
  package func knownWords(in context: ReadingContext) -> [KnownWord] { words.map { $0.known(in: context) } }
}

extension Word {
  /// What this word is with the known variables filled in. Glob characters stay, as in a URL: a pattern that no file
  /// matches is passed on as it stands.
  package func known(in context: ReadingContext) -> KnownWord {
    var word = self
    word.hasGlob = false
    if let value = WordExpansion.expandedValue(of: word, in: context) { return .value(value) }
    return .unknown(text: text, missing: WordExpansion.missingVariables(in: [self], context: context))
  }
}
