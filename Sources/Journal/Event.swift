import Foundation
import Runbook

/// What is to be written: one fact about a run. The journal does not look inside; the engine gives it meaning.
public struct Entry: Codable, Hashable, Sendable {
  /// A stable name such as `step-acting`.
  public var kind: String
  /// The step it is about.
  public var step: String?
  public var body: JSONValue

  public init(kind: String, step: String? = nil, body: JSONValue = .null) {
    self.kind = kind
    self.step = step
    self.body = body
  }
}

/// One link of a run's hash chain. `digest` covers everything else, `previous` included; the first event's `previous`
/// is 64 zeros.
public struct Event: Codable, Hashable, Sendable {
  public var run: RunIdentifier
  /// From 1, without gaps.
  public var sequence: Int
  public var instant: Instant
  public var entry: Entry
  public var previous: Digest
  public var digest: Digest

  public init(
    run: RunIdentifier, sequence: Int, instant: Instant, entry: Entry, previous: Digest, digest: Digest
  ) {
    self.run = run
    self.sequence = sequence
    self.instant = instant
    self.entry = entry
    self.previous = previous
    self.digest = digest
  }
}

/// A moment, twice: the wall clock may jump, so durations come from the monotonic one.
public struct Instant: Codable, Hashable, Sendable {
  /// Milliseconds since 1970, by the wall clock.
  public var wall: Int64
  /// Milliseconds by the monotonic clock of this boot (it counts while the machine sleeps).
  public var monotonic: Int64
  /// Which boot: monotonic times of two boots cannot be compared.
  public var boot: String

  public init(wall: Int64, monotonic: Int64, boot: String) {
    self.wall = wall
    self.monotonic = monotonic
    self.boot = boot
  }

  /// Milliseconds from `earlier` to this: by the monotonic clock within a boot, else by the wall clock.
  public func milliseconds(since earlier: Instant) -> Int64 {
    boot == earlier.boot ? monotonic - earlier.monotonic : max(0, wall - earlier.wall)
  }
}

/// Where instants come from.
public protocol InstantSource: Sendable {
  func now() -> Instant
}
