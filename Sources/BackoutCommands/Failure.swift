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
