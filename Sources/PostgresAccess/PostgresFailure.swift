import Foundation

/// What PostgreSQL or libpq said no to. Recognised by its SQLSTATE, never by its text.
public struct PostgresFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Five characters; nil where the server never answered.
  public var state: String?
  /// For people; holds no password.
  public var message: String
  public var detail: String?
  public var hint: String?
  /// In characters from 1, within the statement.
  public var position: Int?
  /// The statement's connection is gone: what became of an open transaction is not known from here.
  public var isConnectionLost: Bool

  public init(
    state: String?, message: String, detail: String? = nil, hint: String? = nil, position: Int? = nil,
    isConnectionLost: Bool = false
  ) {
    self.state = state
    self.message = message
    self.detail = detail
    self.hint = hint
    self.position = position
    self.isConnectionLost = isConnectionLost
  }

  public var description: String {
    // libpq's own messages have several lines.
    ([state.map { "\(message) (SQLSTATE \($0))" } ?? message] + [detail, hint].compactMap { $0 })
      .joined(separator: "; ")
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
  }

  /// A lock did not come within `lock_timeout`.
  package var isLockHeld: Bool { state == "55P03" }
  /// Another transaction was in the way and the whole transaction may be tried again.
  package var isRetryable: Bool { ["40001", "40P01"].contains(state) }
  /// No answer at all: no connection was ever made, or it is gone.
  package var isUnreachable: Bool { state == nil || state?.hasPrefix("08") == true || state?.hasPrefix("57P") == true }
}
