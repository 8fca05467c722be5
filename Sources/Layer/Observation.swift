import Foundation
import Runbook

/// A layer's state as read at one moment. Equal states are equal observations, so it holds neither instants nor
/// secrets: large or secret states stand as digests.
public struct Observation: Codable, Hashable, Sendable {
  /// False: the system did not answer; `summary` says why.
  public var isObserved: Bool
  /// Target → its state.
  public var states: [String: JSONValue]
  /// One line in the layer's own terms: `4f0c2d1 "Two-step lookup", 2 changed files`.
  public var summary: String

  public init(states: [String: JSONValue] = [:], summary: String, isObserved: Bool = true) {
    self.isObserved = isObserved
    self.states = states
    self.summary = summary
  }

  public static func notObserved(_ why: String) -> Observation {
    Observation(summary: "not observed: \(why)", isObserved: false)
  }

  /// Whether both saw the same state. The wording does not count, nor does what a step is to come to: its keys begin with
  /// `wanted `.
  public func isSameState(as other: Observation) -> Bool {
    func state(_ entries: [String: JSONValue]) -> [String: JSONValue] {
      entries.filter { !$0.key.hasPrefix("wanted ") }
    }
    return isObserved && other.isObserved && state(states) == state(other.states)
  }
}

/// What is kept of a state before a step changes it. The bytes lie encrypted in the image store; this says which.
public struct BeforeImage: Codable, Hashable, Sendable {
  public var driver: String
  public var blobs: [BlobReference]
  /// What the driver needs to put it back, without secrets.
  public var facts: JSONValue
  /// One line: `2 changed files`, `128 rows of dev.calls`.
  public var summary: String

  public init(driver: String, blobs: [BlobReference] = [], facts: JSONValue = .null, summary: String) {
    self.driver = driver
    self.blobs = blobs
    self.facts = facts
    self.summary = summary
  }

  public var bytes: Int { blobs.reduce(0) { $0 + $1.bytes } }
}

/// What an action came to.
public struct Outcome: Codable, Hashable, Sendable {
  /// Of the process; nil where none ran.
  public var exitStatus: Int?
  /// Whether it says of itself that it worked. Not a proof.
  public var succeeded: Bool
  /// One line.
  public var summary: String
  /// The end of its output, redacted.
  public var output: String
  /// The value of an answer, for checks on the step's own output: a count, a JSON body.
  public var value: JSONValue?
  /// Of the response; nil where nothing was asked over HTTP.
  public var httpStatus: Int?
  /// Processes that it left in the background, on this machine; nil: none.
  public var background: [Int]?

  public init(
    exitStatus: Int? = nil, succeeded: Bool, summary: String, output: String = "", value: JSONValue? = nil,
    httpStatus: Int? = nil
  ) {
    self.exitStatus = exitStatus
    self.httpStatus = httpStatus
    self.succeeded = succeeded
    self.summary = summary
    self.output = output
    self.value = value
  }
}

/// Decided from observations, never from an exit status alone.
public enum Verdict: Codable, Hashable, Sendable {
  /// The observed state is the wanted state.
  case proven(String)
  /// The observed state is not the wanted state.
  case refuted(String)
  /// Nobody could see.
  case unproven(String)

  public var text: String {
    switch self {
    case .proven(let text), .refuted(let text), .unproven(let text): text
    }
  }
}

/// What happened to an action whose end nobody saw.
public enum Probe: Codable, Hashable, Sendable {
  case happened(String)
  case notHappened(String)
  case undetermined(String)
}

/// What a plan says of an effect, by looking and without changing anything.
public struct Forecast: Codable, Hashable, Sendable {
  public var from: String
  public var to: String
  /// What would be kept, and roughly how many bytes.
  public var keeps: String?
  public var bytes: Int
  public var problems: [Problem]
  /// Facts that must still hold when the step comes: name → value (HEAD, a digest, the target's identity).
  public var pins: [String: JSONValue]
  /// What this effect removes or replaces, where a later step might need it as it is: files as absolute paths, a
  /// running container by its place's label, `container:gateway`.
  public var removes: [String]
  /// What must still be as it is now when the step comes, in the same names: the files of a migration that goes back,
  /// the container in which it is.
  public var needs: [String] = []
  /// Targets that do not run any more afterwards: `service:app`, `process:worker.py`.
  public var ends: [String] = []
  /// Root of a working tree → the commit whose files will be in it.
  public var arrives: [String: String] = [:]
  /// The working tree's root → the files that it will change there, where they are known without a commit that arrives.
  public var changesFiles: [String: [String]] = [:]
  /// Of those, absolute: the working tree or the folder that goes another way as a whole, else the files by themselves.
  public var changing: [String] = []
  /// Bounds in seconds on locks held, for the plan to show.
  public var note: String?
  /// Problem code → beginnings of targets: only an earlier step that changes one of those may cure it. A code that is
  /// not here may be cured by whatever changes one of the effect's own targets.
  public var cures: [String: [String]] = [:]
  /// What looking showed of the reversibility, where it is less than the effect says: a field that is masked, a state
  /// that cannot be read. Nil: as the effect says.
  public var reversibility: Reversibility?

  public init(
    from: String, to: String, keeps: String? = nil, bytes: Int = 0, problems: [Problem] = [],
    pins: [String: JSONValue] = [:], removes: [String] = [], note: String? = nil, reversibility: Reversibility? = nil
  ) {
    self.reversibility = reversibility
    self.from = from
    self.to = to
    self.keeps = keeps
    self.bytes = bytes
    self.problems = problems
    self.pins = pins
    self.removes = removes
    self.note = note
  }
}

/// A target whose state is newer than what the step left.
public struct Conflict: Codable, Hashable, Sendable {
  public var target: String
  public var kept: String
  public var left: String
  public var now: String

  public init(target: String, kept: String, left: String, now: String) {
    self.target = target
    self.kept = kept
    self.left = left
    self.now = now
  }
}

/// What to do where the state is newer than what the step left.
public enum ConflictAnswer: String, Codable, Hashable, Sendable {
  case keepNewer = "keep-newer"
  case putBack = "put-back"
  /// The newer stays; what was kept is written beside it.
  case exportBoth = "export-both"
}

/// What an undo did.
public struct Undone: Codable, Hashable, Sendable {
  /// Targets put back, or already as they were.
  public var restored: [String]
  /// Targets left as they are, since somebody changed them after the step.
  public var conflicts: [Conflict]
  /// What cannot be put back, and why.
  public var notRestored: [String]
  public var summary: String

  public init(restored: [String] = [], conflicts: [Conflict] = [], notRestored: [String] = [], summary: String) {
    self.restored = restored
    self.conflicts = conflicts
    self.notRestored = notRestored
    self.summary = summary
  }

  /// Whether nothing of the step is left.
  public var isWhole: Bool { notRestored.isEmpty && conflicts.isEmpty }
}
