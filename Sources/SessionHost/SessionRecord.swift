import Foundation
import Journal
import Runbook

/// A process that cannot be taken for another with a reused id.
public struct ProcessMark: Codable, Hashable, Sendable {
  public var pid: Int32
  /// Clock ticks since boot, from `/proc/PID/stat`.
  public var startTime: UInt64
  /// Which boot: start times of two boots cannot be compared.
  public var boot: String

  public init(pid: Int32, startTime: UInt64, boot: String) {
    self.pid = pid
    self.startTime = startTime
    self.boot = boot
  }
}

/// One line of the session's records: what is known of a statement even if the host dies.
public struct SessionRecord: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable {
    case hostStarted = "host-started"
    /// Durable before the statement is handed to the shell.
    case started
    /// Durable before anyone is told how it ended.
    case ended
    case hostEnded = "host-ended"
  }
  public var kind: Kind
  public var instant: Instant
  /// The statement's id, such as `step-4/2#1`.
  public var statement: String?
  /// Of the statement's text.
  public var textDigest: Digest?
  /// The host for `hostStarted`, the shell for `started`.
  public var process: ProcessMark?
  public var processGroup: Int32?
  public var exitStatus: Int?
  /// The signal that ended the shell, where one did.
  public var signal: Int?
  public var timedOut: Bool?
  public var terminated: Bool?
  public var endedShell: Bool?
  /// Bytes.
  public var outputBytes: Int?
  /// What the statement left running.
  public var background: [ProcessMark]?
  /// Of the shell's state after the statement.
  public var stateDigest: Digest?

  public init(
    kind: Kind, instant: Instant, statement: String? = nil, textDigest: Digest? = nil, process: ProcessMark? = nil
  ) {
    self.kind = kind
    self.instant = instant
    self.statement = statement
    self.textDigest = textDigest
    self.process = process
    processGroup = process?.pid
  }
}
