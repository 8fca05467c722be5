import Runbook

/// What would bring the bad version back once the plan is done, and a command that prevents it. Who takes the offer has
/// one more step, which is kept, proven and undone like any other.
public struct QuarantineOffer: Codable, Hashable, Sendable {
  /// `cron-run-unified-pipeline`: what `--quarantine` takes. The planner makes it unique in a plan.
  public var name: String
  /// `QuarantineChange.step` of the step that would be for nothing.
  public var step: String
  /// What would bring it back, in one sentence without a full stop.
  public var danger: String
  /// The exact shell text that prevents it, for whatever folder the shell is in.
  public var statement: String
  /// The exact shell text that takes the quarantine away later.
  public var release: String

  public init(name: String, step: String, danger: String, statement: String, release: String) {
    self.name = name
    self.step = step
    self.danger = danger
    self.statement = statement
    self.release = release
  }

  /// `cron-run-all-py`: what `kind` of offer it is, and what it is about.
  public static func name(_ kind: String, _ what: String) -> String {
    let parts = what.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return ([kind] + (parts.isEmpty ? ["job"] : parts.map(String.init))).joined(separator: "-")
  }
}

/// One change of the plan, for a driver that looks for what would reverse it. Its place and targets are the effect's.
public struct QuarantineChange: Sendable {
  public var step: String
  public var effect: Effect
  /// Where the step's command stands: its folder and variables.
  public var context: ReadingContext
  /// What was observed before; nil: nothing was.
  public var before: Observation?
  /// `Forecast.ends`: targets that do not run any more afterwards.
  public var ends: [String]

  public init(
    step: String, effect: Effect, context: ReadingContext, before: Observation? = nil, ends: [String] = []
  ) {
    self.step = step
    self.effect = effect
    self.context = context
    self.before = before
    self.ends = ends
  }
}
