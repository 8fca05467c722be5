import ArgumentParser
import Foundation
import Journal
import Planning
import Runbook

/// What ends a verb: said once, on standard error, with a documented exit status.
public struct Failure: Error, Sendable, CustomStringConvertible {
  public var code: ExitStatus
  /// What happened, where, what was changed and what was not.
  public var message: String
  /// What to type next.
  public var next: String?

  public init(_ code: ExitStatus, _ message: String, next: String? = nil) {
    self.code = code
    self.message = message
    self.next = next
  }

  public var description: String { next.map { "\(message)\n  \($0)" } ?? message }
}

/// The exit statuses of `docs/exit-codes.md`.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  case done = 0
  case stepFailed = 1
  case badInput = 2
  case blocked = 3
  case waiting = 4
  case unknown = 5
  case findings = 6
  case internalError = 70
}

extension Failure {
  /// The one place that turns an error into what is said and the exit status.
  static func of(_ error: any Error) -> Failure {
    switch error {
    case let failure as Failure: return failure
    case let error as JournalError: return of(journal: error)
    case let error as ServiceLockError:
      return Failure(
        .blocked, "\(error).", next: "backout status shows it; backout abort ends it")
    case let error as HomeFolderError: return Failure(.badInput, "\(error)")
    case let error as FolderError: return Failure(.badInput, "\(error)")
    case let error as SealedFileError: return Failure(.badInput, "\(error)")
    case let error as SealingKeyError: return Failure(.badInput, "\(error)")
    default:
      return Failure(
        .internalError, "Something went wrong inside Backout: \(error)",
        next: "the journal has everything up to here: backout status; please attach this message to a report")
    }
  }

  private static func of(journal error: JournalError) -> Failure {
    switch error {
    case .notWritable(let path, let why):
      Failure(
        .badInput,
        "The journal \(path) cannot be written: \(why). Nothing more was done: what is not in the journal did not begin.",
        next: "make room or mend the rights, then: backout resume")
    case .newerVersion(let path, let found, let known):
      Failure(
        .badInput,
        "\(path) was written by a newer Backout (format \(found), this one knows \(known)). Nothing was read or changed.",
        next: "use that newer backout")
    case .damaged(let path, let why):
      Failure(.badInput, "\(path) is not a journal that can be read: \(why). It was not changed.")
    case .unknownRun(let run):
      Failure(.badInput, "No run is \(run).", next: "backout history lists the runs")
    }
  }
}
