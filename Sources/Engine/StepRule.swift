import Planning
import Runbook

/// What the machine must know of a step; everything else is the executor's.
public struct StepRule: Hashable, Sendable {
  public var id: String
  public var stage: String
  public var choice: ChoiceMembership?
  /// Left out by the plan, with this reason.
  public var skip: String?
  /// The choice that the step is an option's of: asked before anything but the stage's gate.
  public var entryAsks: [Ask]
  /// Asked after the guard: approval, point of no return, problem.
  public var crossingAsks: [Ask]
  /// A person does it or says so: there is nothing to run.
  public var confirmation: Ask?
  /// Whose answer `no` leaves this step out: the stage where it is optional, asked first; the step itself, asked once
  /// its option was chosen.
  public var gates: [Ask]
  public var keeps: Bool
  public var isRepeatable: Bool

  public init(
    id: String, stage: String, choice: ChoiceMembership? = nil, skip: String? = nil, entryAsks: [Ask] = [],
    crossingAsks: [Ask] = [], confirmation: Ask? = nil, gates: [Ask] = [], keeps: Bool = false,
    isRepeatable: Bool = false
  ) {
    self.id = id
    self.stage = stage
    self.choice = choice
    self.skip = skip
    self.entryAsks = entryAsks
    self.crossingAsks = crossingAsks
    self.confirmation = confirmation
    self.gates = gates
    self.keeps = keeps
    self.isRepeatable = isRepeatable
  }
}
