import Foundation
import Journal
import Runbook

/// Writes many runs fast, in big commits, for tests and measurements of the history.
public struct JournalFiller: Sendable {
  public var services: [String]
  public var eventsPerRun: Int
  /// Runs in one commit.
  public var batch: Int

  public init(services: [String] = ["agy-backend"], eventsPerRun: Int = 10, batch: Int = 2_000) {
    self.services = services.isEmpty ? ["agy-backend"] : services
    self.eventsPerRun = eventsPerRun
    self.batch = max(1, batch)
  }

  /// Writes `count` finished runs, a second apart, the first at `start` (milliseconds since 1970); the services take
  /// turns. The same arguments give the same runs. Throws `JournalError`.
  public func fill(_ journal: SQLiteJournal, runs count: Int, from start: Int64 = 1_700_000_000_000) async throws {
    for first in stride(from: 0, to: count, by: batch) {
      try await journal.fill((first..<min(first + batch, count)).map { run($0, start: start) })
    }
  }

  private func run(_ index: Int, start: Int64) -> (summary: RunSummary, entries: [Entry]) {
    let wall = start + Int64(index) * 1000
    let instant = Instant(wall: wall, monotonic: Int64(index) * 1000, boot: "filler")
    let run = RunIdentifier(milliseconds: UInt64(wall), random: (UInt64(index), 0))
    let summary = RunSummary(
      run: run, service: services[index % services.count], title: "Webhook refactor", runbook: "ROLLBACK.md",
      procedure: "full", environment: nil, planHash: Digest(of: "plan \(index)"), operatorName: "filler",
      state: "succeeded", isFinished: true, proven: eventsPerRun, unproven: 0, steps: eventsPerRun, started: instant,
      changed: instant, note: "")
    let entries = (0..<eventsPerRun).map { event in
      Entry(
        kind: "step-verifying", step: "step-1/\(event + 1)",
        body: ["verdict": "proven", "summary": "HEAD is 91ab3e2", "elapsed": .integer(event)])
    }
    return (summary, entries)
  }
}
