import Engine

/// What simulated runs came to.
public struct SimulationResult: Sendable {
  public struct Violation: Hashable, Sendable, CustomStringConvertible {
    public var seed: UInt64
    public var what: String
    public var description: String { "seed \(seed): \(what)" }
  }

  /// What a machine does: from, by which event, to.
  public struct Transition: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var from: String
    public var event: String
    public var to: String

    public init(from: String, event: String, to: String) {
      self.from = from
      self.event = event
      self.to = to
    }
    public var description: String { "\(from) | \(event) | \(to)" }
    public static func < (left: Transition, right: Transition) -> Bool {
      (left.from, left.event, left.to) < (right.from, right.event, right.to)
    }
  }

  public enum Count: String, CaseIterable, Sendable {
    case directives, events, crashes, resumes, unknowns, probes, asks, answers, ignored, pauses, undos, conflicts
    case clockJumps = "clock jumps"
    case roundTrips = "round trips"
    case acts, succeeded, failed, aborted, undone, waiting
  }

  public var seeds = 0
  public var violations: [Violation] = []
  public var counts: [Count: Int] = [:]
  public var stepTransitions: Set<Transition> = []
  public var runTransitions: Set<Transition> = []
  /// A line for each thing that happened; only where it was asked for.
  public var trace: [String] = []

  public init() {}

  public mutating func add(_ other: SimulationResult) {
    seeds += other.seeds
    // Enough to see what is wrong.
    violations += other.violations.prefix(max(0, 50 - violations.count))
    counts.merge(other.counts, uniquingKeysWith: +)
    stepTransitions.formUnion(other.stepTransitions)
    runTransitions.formUnion(other.runTransitions)
    trace += other.trace
  }

  mutating func count(_ what: Count) { counts[what, default: 0] += 1 }

  public var totals: String {
    Count.allCases.map { "\(counts[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
  }
}
