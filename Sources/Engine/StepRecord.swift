import Layer
import Runbook

/// The step's state machine: `docs/state-machine.md` draws it, and a test holds the two together.
public enum StepState: String, Codable, Hashable, Sendable, CaseIterable {
  case pending, observing, guarded, waiting, keeping, acting, verifying
  case proven, unproven, refused, failed, unknown, skipped, undone

  /// Nothing more happens to it by itself.
  public var isClosed: Bool { [.proven, .unproven, .skipped, .undone].contains(self) }
}

/// Everything known of one step of a run.
public struct StepRecord: Hashable, Sendable {
  public var state: StepState = .pending
  public var attempt = 0
  public var before: [Observation] = []
  public var images: [BeforeImage] = []
  /// Why nothing was kept, where the operator said so.
  public var withoutKeep: String?
  public var hasKept = false
  /// The attempt that kept: its images lie under that number.
  public var keptAttempt: Int?
  public var marker: JSONValue?
  /// The statement's id in the session, where one was given to it.
  public var statement: String?
  public var outcome: Outcome?
  public var verdict: Verdict?
  public var after: [Observation] = []
  /// One line: why it is in this state.
  public var note = ""
  /// All that is to prove it held before its last attempt: that it holds now says nothing of the attempt.
  public var proofHeld = false
  /// A person said so, and nothing was observed.
  public var isConfirmed = false
  /// Whether it ever acted: only then is there something to undo.
  public var hasActed = false
  public var undone: Undone?
  /// Whether a probe, or a person, decided on the outcome of the attempt before this one.
  public var isDecided = false
  /// Left out by a person after it failed, was refused or became unknown.
  public var isGivenUp = false
  /// The effects as the session's real words made them, where they differ from the plan's.
  public var effects: [Effect]?
  /// An undo of it has begun and its end is not known.
  public var isUndoing = false
  /// Why its undo did not go through.
  public var undoTrouble: String?

  public init() {}
}
