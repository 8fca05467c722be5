import Layer
import Runbook

/// `X=$(git describe --tags)` while planning: what only looks, at what no earlier step changes, is asked now, so that
/// the steps after it are planned with its answer.
struct KnownAnswers {
  let runner: any CommandRunning

  /// Programs that only pass on what git says.
  private static let filters: Set<String> = [
    "head", "tail", "cut", "tr", "wc", "grep", "echo", "printf", "uniq", "sort", "basename", "dirname",
  ]

  /// The variable and its value; nil: known when it runs. A command that fails now fails then: the draft says it.
  func ask(_ draft: inout Draft, after earlier: [Draft]) async -> (name: String, value: String)? {
    guard !draft.isLeftOut, draft.isComplete, draft.planned.choice == nil,
      case .shell(let statement) = draft.planned.action, !statement.isOpaque, let assignment = assigned(statement),
      onlyLooks(draft), !earlier.contains(where: changesGit), let context = draft.acts.first?.context
    else { return nil }
    let words = statement.commands.flatMap { $0.words + $0.assignments.map(\.value) }
    let values = words.flatMap(\.variables).map { context.variables[$0] }
    guard values.allSatisfy({ $0.map { SecretToken.names(in: $0).isEmpty } ?? false }) else { return nil }
    var variables = context.variables
    variables["GIT_OPTIONAL_LOCKS"] = "0"
    variables["GIT_TERMINAL_PROMPT"] = "0"
    let script = "BACKOUT_ANSWER=\(assignment.value.text) && printf %s \"$BACKOUT_ANSWER\""
    guard
      let result = try? await runner.run(
        CommandRequest(
          words: ["bash", "--noprofile", "--norc", "-c", script], directory: context.directory, variables: variables,
          timeout: 30, outputLimit: 1 << 16))
    else { return nil }
    guard result.status == 0 else {
      let said = result.errorText.split(separator: "\n").first.map { ": \($0.prefix(200))" } ?? ""
      draft.report(
        "value-missing", .error,
        "`\(statement.text)` ends with exit \(result.status) here\(said). What it looks for is "
          + "not there, or --set and a parameter must say it")
      return nil
    }
    return result.text.isEmpty ? nil : (assignment.name, result.text)
  }

  /// The one assignment that the statement is, of nothing but commands in `$( … )`.
  private func assigned(_ statement: ShellStatement) -> Assignment? {
    let outer = statement.commands.filter { $0.context != .substitution }
    guard outer.count == 1, let command = outer.first, command.context == .alone, command.words.isEmpty,
      command.redirections.isEmpty, command.place == .here, command.assignments.count == 1
    else { return nil }
    let inner = statement.commands.filter { $0.context == .substitution }
    guard inner.contains(where: { $0.name == "git" }),
      inner.allSatisfy({ $0.name == "git" || Self.filters.contains($0.name ?? "") })
    else { return nil }
    return command.assignments.first
  }

  private func onlyLooks(_ draft: Draft) -> Bool {
    !draft.planned.effects.isEmpty
      && draft.planned.effects.allSatisfy { $0.role == .observe && $0.place == .here }
  }

  private func changesGit(_ draft: Draft) -> Bool {
    !draft.isLeftOut
      && draft.planned.effects.contains { effect in
        effect.role == .change && (effect.isOpaque || effect.targets.contains { $0.hasPrefix("git:") })
      }
  }
}
