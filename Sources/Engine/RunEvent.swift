import Foundation
import Journal
import Layer
import Planning
import Runbook

/// What happened in a run, as the engine understands a journal entry. The state is nothing but the events applied.
public enum RunEvent: Codable, Hashable, Sendable {
  case started(RunStart)
  /// A process took the run up again: whatever was acting then is unknown now.
  case resumed(by: String)
  /// Questions put to a person; the run waits.
  case asked([Ask])
  case answered(RunAnswer)
  case observing(step: String, attempt: Int)
  /// `effects`: as the session's real words make them, where they differ from the plan's.
  case observed(step: String, before: [Observation], effects: [Effect]?)
  /// `proofHeld`: whether all that is to prove the step held before it already; nil where nobody needs to know. After a
  /// kill, such proof says nothing of whether the step happened.
  case guardPassed(step: String, said: [String], proofHeld: Bool? = nil)
  case guardRefused(step: String, said: String)
  case kept(step: String, images: [BeforeImage], without: String?)
  /// The intent, durable before the effect.
  case acting(step: String, attempt: Int, statement: String?)
  case marked(step: String, marker: JSONValue)
  case acted(step: String, outcome: Outcome)
  case verified(step: String, verdict: Verdict, after: [Observation])
  /// Nobody saw the end.
  case outcomeUnknown(step: String, why: String)
  case probed(step: String, probe: Probe)
  /// It could not be done, and nothing was changed by this attempt: an observation, a keep, a start that failed.
  case failed(step: String, why: String)
  case skipped(step: String, reason: String)
  case noted(text: String, by: String)
  case pauseRequested(by: String)
  case abortRequested(by: String)
  case paused(why: String)
  case ended(RunEnd)
  case undoStarted(UndoStart)
  case undoing(step: String)
  case undone(step: String, result: Undone)
  /// `hasEnded`: its command was seen to end; nil: nobody knows whether it goes on.
  case undoFailed(step: String, why: String, hasEnded: Bool? = nil)
  case undoEnded(by: String)
}

public struct RunStart: Codable, Hashable, Sendable {
  public var planHash: Digest
  /// Of the sealed plan's plain bytes.
  public var planDigest: Digest
  public var operatorName: String
  public var host: String
  public var steps: Int

  public init(planHash: Digest, planDigest: Digest, operatorName: String, host: String, steps: Int) {
    self.planHash = planHash
    self.planDigest = planDigest
    self.operatorName = operatorName
    self.host = host
    self.steps = steps
  }
}

public struct RunAnswer: Codable, Hashable, Sendable {
  /// `Ask.key`.
  public var key: String
  public var value: String
  public var reason: String?
  public var by: String

  public init(key: String, value: String, reason: String? = nil, by: String) {
    self.key = key
    self.value = value
    self.reason = reason
    self.by = by
  }
}

public enum RunEnd: String, Codable, Hashable, Sendable { case succeeded, failed, aborted }

public struct UndoStart: Codable, Hashable, Sendable {
  /// Of the list of steps and what each would put back.
  public var hash: Digest
  /// In the order in which they are undone.
  public var steps: [String]
  public var by: String

  public init(hash: Digest, steps: [String], by: String) {
    self.hash = hash
    self.steps = steps
    self.by = by
  }
}

extension RunEvent {
  /// The journal's form: the case's name, the step, and the rest.
  public func entry() throws -> Entry {
    let value = try JSONValue(encoding: self)
    guard case .object(let members) = value, let (kind, body) = members.first else {
      return Entry(kind: "unreadable", body: value)
    }
    return Entry(kind: kind, step: body["step"]?.stringValue, body: body)
  }

  /// Throws `DecodingError` for an entry that no engine of this version wrote.
  public init(entry: Entry) throws {
    self = try JSONValue.object([entry.kind: entry.body]).decoded()
  }
}
