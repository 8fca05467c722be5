import Layer
import Runbook

/// Which effects a command has: its own, and those of the files it writes by redirection.
public enum ActionRecognition {
  public static func effects(
    of command: ParsedCommand, drivers: DriverList, in context: ReadingContext
  ) -> [Effect] {
    let writing = command.redirections.filter { $0.writes && $0.target.value != "/dev/null" }
    if command.words.isEmpty, writing.isEmpty { return [] }
    var effects = command.words.isEmpty ? [] : drivers.recognise(.command(command), in: context).map { [$0] } ?? []
    guard !writing.isEmpty else { return effects }
    var alone = command
    alone.words = []
    alone.assignments = []
    alone.redirections = writing
    if let effect = drivers.recognise(.command(alone), in: context), effect.layer != .unknown,
      !effects.contains(where: { $0.driver == effect.driver && $0.targets == effect.targets })
    {
      effects.append(effect)
    }
    return effects
  }
}
