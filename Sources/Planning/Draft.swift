import Layer
import Runbook

/// A step while its plan is being made.
struct Draft {
  /// One effect, with what was known where its command stands.
  struct Act {
    /// What is known here of the variables that its command uses.
    enum Variables {
      case known
      /// Nothing sets one of them.
      case missing
      /// Nothing but a file that was sourced before, perhaps.
      case maySet
    }

    var effect: Effect
    var context: ReadingContext
    var variables = Variables.known
    /// `PlaceCheck` could not reach its place, and says so.
    var isUnreachable = false
    /// What the observation pass saw, and `Forecast.ends`.
    var before: Observation?
    var ends: [String] = []
    /// What it would bring about is there already, and no earlier step changes it (`AlreadyThere`).
    var isThere = false
  }
  /// A file that the step executes.
  struct Script {
    var command: Int
    /// Position in `ParsedCommand.words`.
    var word: Int
    /// Absolute.
    var path: String
  }

  /// A folder that the step goes to.
  struct Folder {
    /// The command's text.
    var written: String
    /// Absolute.
    var path: String
    /// Where it goes from.
    var start: String
  }

  let source: Step
  var binding: StepBinding?
  var planned: PlannedStep
  var acts: [Act] = []
  var scripts: [Script] = []
  var folders: [Folder] = []
  /// What its output must be, where a check stands for a person's word.
  var answer: Expectation?
  var problems: [Problem] = []
  /// Whether every hole has its value: what is not complete is not looked at.
  var isComplete = true
  /// What the step says that it removes or replaces, and what it needs as it is now (`Forecast.removes`, `.needs`).
  var removes: [String] = []
  var needs: [String] = []
  /// Of its forecast.
  var arrives: [String: String] = [:]
  /// Working trees and folders in which it brings other files, and the files that it edits or brings by themselves.
  var changing: Set<String> = []
  /// The same to the file, as far as git or the targets say which: of a whole working tree, the files that differ.
  var brings: Set<String> = []

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
