import Layer
import Runbook

/// Which effects a command has: its own, and those of the files it writes by redirection.
public enum ActionRecognition {
  public static func effects(
    of command: ParsedCommand, drivers: DriverList, in context: ReadingContext
  ) -> [Effect] {
    var effects = drivers.recognise(.command(command), in: context).map { [$0] } ?? []
    guard command.redirections.contains(where: \.writes), !command.words.isEmpty else { return effects }
    var redirection = command
    redirection.words = []
    redirection.assignments = []
    if let effect = drivers.recognise(.command(redirection), in: context), !effects.contains(effect) {
      effects.append(effect)
    }
    return effects
  }
}
