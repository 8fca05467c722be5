import Runbook

extension LintDocument {
  /// Whether the document, in lower case, holds one of `words`.
  func mentions(_ words: [String]) -> Bool { lowerText.holds(words) }

  /// Where the document speaks of when, for how long or to whom: under its title, else at its first line.
  var titleLine: Int { headings.first?.line ?? 1 }
}

extension PlacedStep {
  /// Whether the two never run together: they belong to different options of one choice.
  func excludes(_ other: PlacedStep) -> Bool {
    guard let mine = step.choice, let theirs = other.step.choice else { return false }
    return stage.id == other.stage.id && mine.choice == theirs.choice && mine.option != theirs.option
  }

  /// What a person does or says, in lower case; empty for what a machine does.
  var words: String {
    switch step.action {
    case .manual, .confirm: lowerText
    default: ""
    }
  }
}

extension Array where Element == PlacedStep {
  /// The steps before `index` that may have run when it does.
  func before(_ index: Int) -> [PlacedStep] { self[..<index].filter { !$0.excludes(self[index]) } }
  func after(_ index: Int) -> [PlacedStep] { self[(index + 1)...].filter { !$0.excludes(self[index]) } }
}

extension Array where Element == Finding {
  /// A stage that several procedures share is spoken of once.
  var once: [Finding] {
    var seen: Set<Int> = []
    return filter { seen.insert($0.line).inserted }
  }
}
