import Runbook

/// What the bindings leave of the steps' texts.
struct BoundSteps {
  /// Each step's text with what is expected of it, as the document has it and as it runs; nil: it is left out.
  private let texts: [(written: String, runs: String?)]

  init(_ steps: [PlacedStep], _ bindings: RunbookBindings) {
    let replacement = CommandReplacement(bindings.commands)
    let mapped = steps.map { placed -> String? in
      guard case .shell(let statement) = placed.step.action else { return nil }
      return replacement.replaced(in: statement.text)
    }
    let candidates = steps.indices.map { index in
      [steps[index].step.text, mapped[index]].compactMap(\.self).map(Self.folded)
    }
    var bound: [Int: StepBinding] = [:]
    for (key, binding) in bindings.steps {
      guard let text = binding.is else { continue }
      var found = Self.beginning(with: Self.folded(text), in: candidates)
      // The key says which, where several begin so.
      let stage = key.split(separator: "/").first.map(String.init)
      for isMeant in [{ $0.stage.id == stage }, { $0.step.id == key }] as [(PlacedStep) -> Bool] {
        let meant = found.filter { isMeant(steps[$0]) }
        if !meant.isEmpty { found = meant }
      }
      for index in found { bound[index] = binding }
    }
    texts = steps.indices.map { index -> (written: String, runs: String?) in
      let step = steps[index].step
      let binding = bound[index]
      let expected = step.expectations.flatMap { check in
        check.expectation.contains + [check.expectation.prose].compactMap(\.self)
      }
      func text(_ own: String) -> String { ([own] + expected).joined(separator: "\n") }
      return (text(step.text), binding?.skip == nil ? text(binding?.run ?? mapped[index] ?? step.text) : nil)
    }
  }

  /// Whether every step that uses `hole` is left out or runs something else.
  func replace(_ hole: Placeholder) -> Bool {
    func uses(_ text: String) -> Bool {
      hole.form == .variable ? text.contains("$") && text.contains(hole.name) : text.contains(hole.spelling)
    }
    let users = texts.filter { uses($0.written) }
    return !users.isEmpty && users.allSatisfy { $0.runs.map { !uses($0) } ?? true }
  }

  private static func folded(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  /// By whole words; only where no step begins so may the last word be a beginning itself, as in a plan.
  private static func beginning(with words: [Substring], in candidates: [[[Substring]]]) -> [Int] {
    guard let last = words.last else { return [] }
    let whole = candidates.indices.filter { candidates[$0].contains { $0.starts(with: words) } }
    if !whole.isEmpty { return whole }
    let front = words.dropLast()
    return candidates.indices.filter { index in
      candidates[index].contains { text in
        text.count >= words.count && text.starts(with: front) && text[front.count].hasPrefix(last)
      }
    }
  }
}
