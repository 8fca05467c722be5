import Foundation
import Runbook

/// The append-only, hash-chained log of runs. Acknowledged means on disk: `append` returns after its fsync.
public protocol Journal: Sendable {
  /// Appends `entries` in one durable commit, with what `summary` now says of the run, and takes `consumed` out of its
  /// inbox, all or nothing. A run's first append brings its summary. Throws `JournalError`; then nothing was written.
  @discardableResult
  func append(
    _ entries: [Entry], to run: RunIdentifier, summary: RunSummary?, consuming consumed: [Int]
  ) async throws -> [Event]
  /// All events of a run after `sequence`, in order.
  func events(of run: RunIdentifier, after sequence: Int) async throws -> [Event]
  /// Newest first; `service` nil: of all services.
  func runs(service: String?, limit: Int, offset: Int) async throws -> [RunSummary]
  /// Runs whose id begins with `prefix` (letters of either case), newest first, at most ten.
  func runs(matching prefix: String) async throws -> [RunSummary]
  /// Every run that still can go on, newest first; `service` nil: of all services.
  func unfinishedRuns(service: String?) async throws -> [RunSummary]
  func summary(of run: RunIdentifier) async throws -> RunSummary?

  /// Puts a message into a run's inbox, durably; any process may.
  func send(_ message: Message, to run: RunIdentifier) async throws
  /// What lies in the inbox, oldest first; it stays until an append consumes it.
  func inbox(of run: RunIdentifier) async throws -> [ReceivedMessage]

  /// Walks the chain again.
  func verify(_ run: RunIdentifier) async throws -> ChainReport
}

extension Journal {
  @discardableResult
  public func append(_ entries: [Entry], to run: RunIdentifier) async throws -> [Event] {
    try await append(entries, to: run, summary: nil, consuming: [])
  }
}

/// One row of the history, kept beside the events and written in the same commit.
public struct RunSummary: Codable, Hashable, Sendable {
  public var run: RunIdentifier
  public var service: String
  public var title: String
  public var runbook: String
  public var procedure: String
  public var environment: String?
  public var planHash: Digest
  public var operatorName: String
  /// The run's state by name: `running`, `paused`, `succeeded` …
  public var state: String
  /// Whether it still can go on.
  public var isFinished: Bool
  public var proven: Int
  public var unproven: Int
  public var steps: Int
  public var started: Instant
  public var changed: Instant
  /// Why it waits or how it ended, one line.
  public var note: String

  public init(
    run: RunIdentifier, service: String, title: String, runbook: String, procedure: String, environment: String?,
    planHash: Digest, operatorName: String, state: String, isFinished: Bool, proven: Int, unproven: Int, steps: Int,
    started: Instant, changed: Instant, note: String
  ) {
    self.run = run
    self.service = service
    self.title = title
    self.runbook = runbook
    self.procedure = procedure
    self.environment = environment
    self.planHash = planHash
    self.operatorName = operatorName
    self.state = state
    self.isFinished = isFinished
    self.proven = proven
    self.unproven = unproven
    self.steps = steps
    self.started = started
    self.changed = changed
    self.note = note
  }
}

/// What another process says to a run: an answer, an approval, a pause, a note.
public struct Message: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable {
    case answer, approve, reject, note, pause, abort
  }
  public var kind: Kind
  /// The id of the question it answers: a step's, a choice's, `plan`.
  public var about: String?
  public var value: String
  public var reason: String?
  public var sender: String

  public init(kind: Kind, about: String? = nil, value: String = "", reason: String? = nil, sender: String) {
    self.kind = kind
    self.about = about
    self.value = value
    self.reason = reason
    self.sender = sender
  }
}

public struct ReceivedMessage: Codable, Hashable, Sendable {
  /// What `consuming:` takes.
  public var id: Int
  public var instant: Instant
  public var message: Message

  public init(id: Int, instant: Instant, message: Message) {
    self.id = id
    self.instant = instant
    self.message = message
  }
}

public struct ChainReport: Codable, Hashable, Sendable {
  public var run: RunIdentifier
  public var events: Int
  /// The digest of the last event: noted elsewhere, it proves that none was cut off.
  public var head: Digest
  /// The first event that does not follow from the one before, and why; nil: the chain holds.
  public var firstBroken: Int?
  public var why: String?

  public init(run: RunIdentifier, events: Int, head: Digest, firstBroken: Int? = nil, why: String? = nil) {
    self.run = run
    self.events = events
    self.head = head
    self.firstBroken = firstBroken
    self.why = why
  }
}

public enum JournalError: Error, Hashable, Sendable {
  /// No room, or no right to write. Nothing was written.
  case notWritable(path: String, why: String)
  /// Written by a newer Backout.
  case newerVersion(path: String, found: Int, known: Int)
  /// The file is not a journal, or is damaged.
  case damaged(path: String, why: String)
  case unknownRun(String)
}
