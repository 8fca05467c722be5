import Engine
import Foundation
import Journal
import Layer
import Planning
import Runbook

/// What happened, a line a fact, in order.
public struct Timeline: Encodable, Sendable {
  public struct Line: Encodable, Sendable {
    /// ISO 8601, by the wall clock.
    public var at: String
    /// Milliseconds since the run began, by the monotonic clock within a boot.
    public var elapsed: Int64
    @Null public var step: String?
    public var kind: String
    public var text: String
  }

  public var lines: [Line]

  public init(events: [Event]) {
    guard let first = events.first else {
      lines = []
      return
    }
    var elapsed: Int64 = 0
    var last = first.instant
    lines = events.compactMap { event in
      elapsed += max(0, event.instant.milliseconds(since: last))
      last = event.instant
      guard let happened = try? RunEvent(entry: event.entry), let text = Self.text(of: happened) else { return nil }
      return Line(
        at: Self.text(of: event.instant), elapsed: elapsed,
        step: event.entry.step, kind: event.entry.kind, text: text)
    }
  }

  /// ISO 8601, by the wall clock.
  public static func text(of instant: Instant) -> String {
    Date(timeIntervalSince1970: Double(instant.wall) / 1000).formatted(.iso8601)
  }

  /// In words; nil for beats that nobody asks about afterwards.
  static func text(of event: RunEvent) -> String? {
    switch event {
    case .started(let start): "started by \(start.operatorName) on \(start.host), plan \(start.planHash.short)"
    case .resumed(let name): "taken up again by \(name)"
    case .asked(let asks): "asked: \(asks.map { "\($0.id) (\($0.kind.rawValue))" }.joined(separator: ", "))"
    case .answered(let answer):
      "\(answer.by) answered \(answer.key): \(answer.value)" + (answer.reason.map { " (\($0))" } ?? "")
    case .observing, .guardPassed, .acting, .marked, .undoing: nil
    case .observed(_, let before, _): before.isEmpty ? nil : "before: \(before.map(\.summary).joined(separator: "; "))"
    case .guardRefused(_, let said): "refused by its guard: \(said)"
    case .kept(_, let images, let without):
      without.map { "kept nothing, since \($0)" }
        ?? (images.isEmpty ? nil : "kept: \(images.map(\.summary).joined(separator: "; "))")
    case .acted(_, let outcome): "\(outcome.succeeded ? "done" : "failed"): \(outcome.summary)"
    case .verified(_, let verdict, _):
      switch verdict {
      case .proven(let why): "proven: \(why)"
      case .refuted(let why): "refuted: \(why)"
      case .unproven(let why): "unproven: \(why)"
      }
    case .outcomeUnknown(_, let why): "outcome unknown: \(why)"
    case .probed(_, let probe):
      switch probe {
      case .happened(let why): "looked: it had happened (\(why))"
      case .notHappened(let why): "looked: it had not happened (\(why))"
      case .undetermined(let why): "looked: \(why)"
      }
    case .failed(_, let why): "failed: \(why)"
    case .skipped(_, let reason): "left out: \(reason)"
    case .noted(let text, let name): "note by \(name): \(text)"
    case .pauseRequested(let name): "pause asked for by \(name)"
    case .abortRequested(let name): "abort asked for by \(name)"
    case .paused(let why): "paused: \(why)"
    case .ended(let end): "ended: \(end.rawValue)"
    case .undoStarted(let start): "undo begun by \(start.by): \(start.steps.joined(separator: ", "))"
    case .undone(_, let result): "undone: \(result.summary)"
    case .undoFailed(_, let why, _): "undo failed: \(why)"
    case .undoEnded: "undo ended"
    }
  }
}
