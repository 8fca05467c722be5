import Runbook

/// Which step each entry of `steps:` means: `is:` decides, never a position.
struct StepBindingMatch {
  /// A step's texts, one as written and one after the `commands` mapping, folded into words.
  struct Candidate {
    var id: String
    var stage: String
    var texts: [[Substring]]
  }

  /// - Parameters:
  ///   - candidates: the procedure's steps, in order.
  ///   - elsewhere: the runbook's other steps: a binding for one of them is left aside.
  /// - Returns: step id → the binding.
  static func match(
    _ bindings: [String: StepBinding], candidates: [Candidate], elsewhere: @autoclosure () -> [Candidate]
  ) throws(PlanningError) -> [String: StepBinding] {
    if bindings.isEmpty { return [:] }
    // `is:` may end in the middle of the first word (`pyth`), which no index by word would find: those are rare enough.
    var byFirstWord: [Substring: [Int]] = [:]
    for (index, candidate) in candidates.enumerated() {
      for word in Set(candidate.texts.compactMap(\.first)) { byFirstWord[word, default: []].append(index) }
    }
    var result: [String: StepBinding] = [:]
    var keys: [String: String] = [:]
    for (key, binding) in bindings.sorted(by: { $0.key < $1.key }) {
      guard let text = binding.is, !text.allSatisfy(\.isWhitespace) else { throw .bindingWithoutIs(key) }
      let words = folded(text)
      let pool =
        words.count > 1
        ? (words.first.flatMap { byFirstWord[$0] } ?? []).map { candidates[$0] } : candidates
      let stage = key.split(separator: "/").first.map(String.init) ?? key
      var found = beginning(with: words, in: pool.filter { $0.stage == stage })
      if found.isEmpty { found = beginning(with: words, in: pool) }
      // A key that is the id of such a step means that step, in whichever procedure it is.
      if found.contains(key) {
        found = [key]
      } else {
        let others = beginning(with: words, in: found.isEmpty || key.contains("/") ? elsewhere() : [])
        if found.isEmpty, others.isEmpty { throw .bindingMatchesNone(key: key, text: text) }
        if found.isEmpty || others.contains(key) { continue }
      }
      guard found.count == 1, let step = found.first else {
        throw .bindingMatchesSeveral(key: key, text: text, steps: found)
      }
      if let other = keys.updateValue(key, forKey: step) {
        throw .bindingsMeanTheSame(first: other, second: key, step: step)
      }
      result[step] = binding
    }
    return result
  }

  static func folded(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  /// By whole words; only where no step begins so may the last word be a beginning itself (`python migrations/004`).
  private static func beginning(with words: [Substring], in candidates: [Candidate]) -> [String] {
    let whole = candidates.filter { $0.texts.contains { $0.starts(with: words) } }.map(\.id)
    if !whole.isEmpty { return whole }
    guard let last = words.last else { return [] }
    let front = words.dropLast()
    return candidates.filter { candidate in
      candidate.texts.contains { text in
        text.count >= words.count && text.starts(with: front) && text[front.count].hasPrefix(last)
      }
    }.map(\.id)
  }
}
