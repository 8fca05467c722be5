import Foundation
import Runbook

/// One statement to run as written.
public struct StatementRequest: Codable, Hashable, Sendable {
  /// Unique in the session, such as `step-4/2#1`.
  public var id: String
  public var text: String
  /// Seconds; nil: none.
  public var timeout: Double?
  /// Bytes of output kept, encrypted: the first half and the last half.
  public var outputLimit: Int
  /// Whether its input and output are the client's terminal. Then no output is kept.
  public var interactive: Bool
  /// The terminal, where it is not this process's standard input.
  public var terminal: String?

  public init(
    id: String, text: String, timeout: Double? = nil, outputLimit: Int = 1 << 20, interactive: Bool = false,
    terminal: String? = nil
  ) {
    self.id = id
    self.text = text
    self.timeout = timeout
    self.outputLimit = outputLimit
    self.interactive = interactive
    self.terminal = terminal
  }
}

/// How a statement ended.
public struct StatementResult: Codable, Hashable, Sendable {
  /// As the shell has it: 128 + the signal for a command that a signal ended.
  public var exitStatus: Int
  /// The signal that ended the shell itself, where one did.
  public var signal: Int?
  public var timedOut: Bool
  /// Whether `terminate` ended it.
  public var terminated: Bool
  /// Whether the shell ended with it (`exit`, `set -e`, `exec`): the session goes on in a new one, with the state at
  /// the exit where that is known, else with the state before the statement.
  public var endedShell: Bool
  /// Whether `exit` state was known; false: what the statement changed in the shell itself is lost.
  public var stateKept: Bool
  /// The end of the output, at most 64 KiB.
  public var outputTail: Data
  /// All of it, in bytes.
  public var outputBytes: Int
  /// Bytes of the middle that were not kept.
  public var outputLeftOut: Int
  /// Processes that the statement left running.
  public var backgroundProcesses: [Int32]
  /// Milliseconds, by the monotonic clock.
  public var milliseconds: Int
  /// What a person should know, a sentence each.
  public var notices: [String]
  /// Where the shell stands after it, and the digest of its state; nil: its folder is gone.
  var state: StateMark?

  public init(exitStatus: Int) {
    self.exitStatus = exitStatus
    timedOut = false
    terminated = false
    endedShell = false
    stateKept = true
    outputTail = Data()
    outputBytes = 0
    outputLeftOut = 0
    backgroundProcesses = []
    milliseconds = 0
    notices = []
  }
}

public enum StatementStatus: Codable, Hashable, Sendable {
  case notStarted
  /// Milliseconds since it was started.
  case running(elapsed: Int)
  case ended(StatementResult)
  /// It was started, and its host died: nobody saw its end.
  case unknown
}

/// What tells two states of a shell apart.
struct StateMark: Codable, Hashable, Sendable {
  var directory: String
  var digest: Digest
}

/// The shell's own state, as far as others need it.
public struct SessionSnapshot: Codable, Hashable, Sendable {
  public var directory: String
  /// Whether that folder still exists.
  public var directoryExists: Bool
  /// The exported variables.
  public var variables: [String: String]
  var mark: StateMark?

  public init(directory: String, directoryExists: Bool, variables: [String: String]) {
    self.directory = directory
    self.directoryExists = directoryExists
    self.variables = variables
  }
}
