import Foundation

/// Where a test may end a process, to see that nothing is lost. In release builds nothing listens.
public enum FaultPoint: String, Sendable, CaseIterable {
  /// Just before and just after a journal commit.
  case journalBefore = "journal-before"
  case journalAfter = "journal-after"
  /// Just before and just after the session host makes a record durable.
  case recordBefore = "record-before"
  case recordAfter = "record-after"
  /// While a statement runs in the session's shell.
  case statementRunning = "statement-running"
  /// While a driver makes its change itself.
  case nativeActing = "native-acting"
}

/// Ends processes at chosen points: `BACKOUT_FAULT=journal-after:17:tool|host|both`, debug builds only.
///
/// `BACKOUT_FAULT_LOG` names a file to which every point passed is appended, a line each, so that a test can count them.
public struct FaultInjector: Sendable {
  public typealias Hit = @Sendable (FaultPoint) -> Void
  private let hit: Hit

  public init(_ hit: @escaping Hit) { self.hit = hit }
  public static let none = FaultInjector { _ in }

  public func reach(_ point: FaultPoint) { hit(point) }
}
