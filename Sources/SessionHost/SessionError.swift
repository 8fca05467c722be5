import Foundation

/// The host died or was dropped. A statement that ran then has an unknown outcome: look at the records.
public struct SessionLost: Error, Hashable, Sendable, CustomStringConvertible {
  /// The session's folder.
  public var folder: String
  public var why: String

  public init(folder: String, why: String) {
    self.folder = folder
    self.why = why
  }
  public var description: String { "the session in \(folder) was lost: \(why)" }
}

/// Why the session did not do what was asked. Where a statement was to run, it was not started.
public enum SessionError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The statement's text holds a NUL byte.
  case holdsNUL
  /// A statement with this id was started before; nothing is repeated.
  case alreadyStarted(String)
  case unknownStatement(String)
  /// Another statement runs.
  case statementRunning(String)
  /// The session belongs to another process that is alive.
  case inUse(pid: Int32)
  case hostAlive(pid: Int32)
  /// The host was never told where its shell begins; it ends.
  case neverBegun
  /// The shell's folder is gone; the session now stands in `fallback`.
  case folderGone(String, fallback: String)
  case recordNotWritten(path: String, errno: Int32)
  case outputNotCaptured(path: String, errno: Int32)
  case shellNotStarted(path: String, folder: String, errno: Int32)
  /// The shell ended before it was ready.
  case shellEnded(status: Int)
  case terminalNotOpened(path: String, errno: Int32)
  /// The word would run a command, or is not one word of shell syntax.
  case notExpandable(String)
  case snapshotNotRead(path: String, why: String)
  case hostNotStarted(path: String, errno: Int32)
  case folderNotUsable(path: String, errno: Int32)

  public var description: String {
    func text(_ number: Int32) -> String { String(cString: strerror(number)) }
    return switch self {
    case .holdsNUL: "the statement holds a NUL byte, which no shell takes; it was not started"
    case .alreadyStarted(let id): "\(id) was started before; it was not started again"
    case .unknownStatement(let id): "\(id) was never started in this session"
    case .statementRunning(let id): "\(id) still runs; nothing was started"
    case .inUse(let pid): "the session is in use by process \(pid)"
    case .hostAlive(let pid): "the session already has a host, process \(pid)"
    case .neverBegun: "the session's host was never told where to begin; nothing was started"
    case .folderGone(let path, let fallback):
      "the session's folder \(path) is gone; the statement was not started, and the session now stands in \(fallback)"
    case .recordNotWritten(let path, let number):
      "the record could not be written to \(path) (\(text(number))); the statement was not started"
    case .outputNotCaptured(let path, let number):
      "no file for output could be made in \(path) (\(text(number))); the statement was not started"
    case .shellNotStarted(let path, let folder, let number):
      "\(path) could not be started in \(folder): \(text(number))"
    case .shellEnded(let status): "the shell ended with status \(status) before it was ready"
    case .terminalNotOpened(let path, let number):
      "the terminal \(path) could not be opened (\(text(number))); the statement was not started"
    case .notExpandable(let word): "the word cannot be expanded without running a command: \(word)"
    case .snapshotNotRead(let path, let why): "the session's state could not be read from \(path): \(why)"
    case .hostNotStarted(let path, let number): "\(path) could not be started: \(text(number))"
    case .folderNotUsable(let path, let number): "the session's folder \(path) cannot be used: \(text(number))"
    }
  }
}
