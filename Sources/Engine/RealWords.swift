import Foundation
import Layer
import Planning
import Runbook

/// Recognises a step's commands again with the words that the session's shell really expands, and finds where they
/// touch more than the plan showed.
struct RealWords {
  var context: RunContext

  struct Result {
    var effects: [Effect]
    /// Why the step must stop before acting.
    var wider: String?
  }

  func effects(of step: PlannedStep, in environment: StepEnvironment, session: (any RunSession)?) async throws -> Result
  {
    guard case .shell(let statement) = step.action, let session,
      statement.commands.contains(where: { $0.words.contains(where: isExpandable) })
        || step.effects.contains(where: { $0.layer != .unknown && $0.place == .here })
    else { return Result(effects: step.effects) }
    var effects: [Effect] = []
    for command in statement.commands {
      var real = command
      real.words = try await expanded(command.words, of: command, by: session)
      if let feed = command.feed {
        real.feed?.words = try await expanded(feed.words, of: command, by: session)
        if let input = feed.input {
          real.feed?.input = try await expanded([input], of: command, by: session).first ?? input
        }
      }
      effects += ActionRecognition.effects(of: real, drivers: context.drivers, in: environment.context)
    }
    let planned = step.effects.filter { $0.role == .change }.flatMap(\.targets)
    let extra = effects.filter { $0.role == .change }.flatMap(\.targets).filter { target in
      !planned.contains { Self.covers($0, target) }
    }
    guard let first = extra.first else { return Result(effects: effects) }
    let names = extra.prefix(5).joined(separator: ", ")
    return Result(
      effects: effects,
      wider: "it would touch \(names), which the plan did not show"
        + (planned.isEmpty ? "" : " (it showed \(planned.prefix(3).joined(separator: ", ")))")
        + ": nothing was changed; look at the variables in \(first == names ? "the command" : "its words") and make a new plan"
    )
  }

  private func expanded(
    _ words: [Word], of command: ParsedCommand, by session: any RunSession
  ) async throws -> [Word] {
    var result: [Word] = []
    for word in words {
      guard isExpandable(word) else {
        result.append(word)
        continue
      }
      // Inside control flow a loop's variable has no value yet: the plan said that it is known only then.
      let values = try await session.expand([word.text]).first ?? []
      result += command.context == .controlFlow && values.isEmpty ? [word] : values.map(Word.init(literal:))
    }
    return result
  }

  private func isExpandable(_ word: Word) -> Bool {
    word.value == nil && !word.variables.isEmpty && !word.hasCommandSubstitution
  }

  /// Whether what the plan showed includes `target`: the same, a pattern it matches, or a folder it is in.
  static func covers(_ planned: String, _ target: String) -> Bool {
    if planned == target || target.hasPrefix(planned + "/") { return true }
    guard planned.contains(where: { "*?[".contains($0) }) else { return false }
    return fnmatch(planned, target, 0) == 0
  }
}
