import Layer

/// The world that the steps change: one value a step, and what really became of it.
struct SimulatedWorld {
  /// 0: as before the run; 1: as the step wants it; 2: half done; from 10: somebody else's.
  private(set) var values: [String: Int] = [:]
  /// What the step's action came to say, where the session's host saw its end.
  var exits: [String: Outcome] = [:]
  private var foreign = 10

  func value(_ step: String) -> Int { values[step] ?? 0 }

  mutating func set(_ step: String, _ value: Int) { values[step] = value }

  /// Somebody else changes what the step is about.
  mutating func meddle(_ step: String) {
    foreign += 1
    values[step] = foreign
  }

  func observation(_ step: String) -> Observation {
    Observation(states: [step: .integer(value(step))], summary: "value \(value(step))")
  }
}
