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
    // Never the local state by mistake.
    for index in effects.indices where effects[index].place == .here { effects[index].place = command.place }
    // The session's shell opens a file here, wherever the command acts.
    for place in Set(writing.map { $0.place ?? .here }).sorted(by: { $0.label < $1.label }) {
      var alone = command
      alone.words = []
      alone.assignments = []
      alone.place = place
      alone.redirections = writing.filter { $0.place ?? .here == place }
      if let effect = drivers.recognise(.command(alone), in: context), effect.layer != .unknown,
        !effects.contains(where: { Set($0.targets).isSuperset(of: effect.targets) })
      {
        effects.append(effect)
      }
    }
    return effects
  }
}
