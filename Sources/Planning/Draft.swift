import Layer
import Runbook

/// A step while its plan is being made.
struct Draft {
  /// One effect, with what was known where its command stands.
  struct Act {
    var effect: Effect
    var context: ReadingContext
  }
  /// A file that the step executes.
  struct Script {
    var command: Int
    /// Position in `ParsedCommand.words`.
    var word: Int
    /// Absolute.
    var path: String
  }

  let source: Step
  var binding: StepBinding?
  var planned: PlannedStep
  var acts: [Act] = []
  var scripts: [Script] = []
  var problems: [Problem] = []
  /// Whether every hole has its value: what is not complete is not looked at.
  var isComplete = true
  /// What the step says that it removes, absolute.
  var removes: [String] = []

  var isLeftOut: Bool { planned.skip != nil }
  var id: String { planned.id }
  var targets: [String] { planned.effects.flatMap(\.targets) }

  mutating func report(_ code: String, _ severity: Problem.Severity, line: Int? = nil, _ message: String) {
    let problem = Problem(
      code: code, step: planned.id, line: line ?? planned.line, severity: severity, message: message)
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// Whether both can be in one run: not two options of one choice.
  func excludes(_ other: Draft) -> Bool {
    guard let mine = planned.choice, let theirs = other.planned.choice else { return false }
    return mine.choice == theirs.choice && mine.option != theirs.option
  }
}

/// The steps before one that change the same targets.
struct EarlierChanges {
  private var byTarget: [String: [Int]] = [:]

  mutating func add(_ draft: Draft, at index: Int) {
    for effect in draft.planned.effects where effect.role == .change {
      for target in effect.targets where byTarget[target]?.last != index { byTarget[target, default: []].append(index) }
    }
  }

  /// The nearest step before that changes one of `targets` and can be in the same run.
  func changer(of targets: [String], before draft: Draft, in drafts: [Draft]) -> Draft? {
    for target in targets {
      if let index = byTarget[target]?.last(where: { !drafts[$0].excludes(draft) }) { return drafts[index] }
    }
    return nil
  }

  /// The nearest step before that changes a target which begins with one of `beginnings`.
  func changer(ofTargetsUnder beginnings: [String], before draft: Draft, in drafts: [Draft]) -> Draft? {
    let targets = byTarget.filter { target, _ in beginnings.contains { target.hasPrefix($0) } }
    return targets.values.compactMap { $0.last { !drafts[$0].excludes(draft) } }.max().map { drafts[$0] }
  }

  /// The same by name, where a question gives no targets: `dev.calls` of `postgres:default dev.calls`, as a word of
  /// `text`.
  func changer(namedIn text: String, before draft: Draft, in drafts: [Draft]) -> Draft? {
    let words = Set(text.split { $0.isWhitespace || "(),;\"".contains($0) }.map(String.init))
    var found: Int?
    for (target, indices) in byTarget {
      guard let name = target.split(separator: " ").last.map(String.init), name != target, words.contains(name) else {
        continue
      }
      if let index = indices.last(where: { !drafts[$0].excludes(draft) }) { found = max(found ?? index, index) }
    }
    return found.map { drafts[$0] }
  }
}
