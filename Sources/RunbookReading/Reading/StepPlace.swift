import Runbook

enum StepPlace {
  /// Where the statement acts: the one place of its commands, a pipeline's last.
  static func of(_ statement: ShellStatement) -> Place {
    let commands = statement.commands.filter { $0.context != .substitution }
    let elsewhere = Set(commands.map(\.place)).subtracting([.here])
    if elsewhere.count == 1, let only = elsewhere.first {
      if commands.allSatisfy({ $0.place == only }) { return only }
      if commands.last?.place == only, commands.allSatisfy({ $0.context == .pipeline }) { return only }
    }
    return .here
  }
}
