import Layer
import Runbook

/// Two commands of one step that move one schema: each is looked at, and kept, before the first of them runs.
enum StackedMigrations {
  /// Nil where no command before it in its step moves the schema of `acts[position]`.
  static func problem(of acts: [Draft.Act], at position: Int) -> Problem? {
    let effect = acts[position].effect
    guard effect.layer == .schema, effect.role == .change else { return nil }
    guard
      let first = acts[..<position].first(where: {
        $0.effect.role == .change && $0.effect.layer == .schema
          && !Set($0.effect.targets).isDisjoint(with: effect.targets)
      })
    else { return nil }
    return Problem(
      code: "migrations-stacked", severity: .error,
      message: "`\(first.effect.summary)` of the same step moves this schema before `\(effect.summary)` does: what the "
        + "second takes away would not be kept, and neither could be proven. Make it one command, or a line for each")
  }
}
