import ArgumentParser
import Foundation
import Journal
import Report
import Runbook

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "history", abstract: "List the runs, newest first.")

  @Option(help: "Runs of this service alone.") var service: String?
  @Option(help: "How many.") var limit = 20
  @Option(help: "Which page, from 1.") var page = 1
  @Option(
    help: ArgumentHelp("Remove before-images and output of runs that ended more days ago than this.", valueName: "DAYS")
  ) var prune: Int?
  @OptionGroup var output: OutputOptions

  struct Result: Encodable {
    var runs: [HistoryJSON]
    var page: Int
  }

  mutating func run() async throws {
    guard (1...1000).contains(limit), page >= 1 else {
      throw Failure(.badInput, "--limit takes 1 to 1000 and --page 1 or more.")
    }
    if let prune, prune < 0 { throw Failure(.badInput, "--prune takes days, 0 or more; nothing was removed.") }
    let station = try Station.open()
    if let prune { try await self.prune(olderThan: prune, station) }
    let runs = try await station.journal.runs(service: service, limit: limit, offset: (page - 1) * limit)
    if output.json { return try Console.json(Result(runs: runs.map(HistoryJSON.init), page: page)) }
    Console.print(HistoryScreen(runs: runs, now: station.clock.now()).text)
  }

  private func prune(olderThan days: Int, _ station: Station) async throws {
    let report = try await Retention(home: station.home, journal: station.journal).prune(
      olderThan: days, now: station.clock.now())
    if !output.json {
      Console.print(
        "Removed before-images and output of \(Text.count(report.removed.count, "run")), \(Text.bytes(report.removed.reduce(0) { $0 + $1.bytes }))."
      )
    }
  }
}

/// One run, as `history --json` prints it.
struct HistoryJSON: Encodable {
  var run: String
  var service: String
  var title: String
  var runbook: String
  var procedure: String
  @Null var environment: String?
  var plan: String
  var `operator`: String
  var state: String
  var isFinished: Bool
  var steps: Int
  var proven: Int
  var unproven: Int
  /// ISO 8601, by the wall clock.
  var started: String
  var changed: String
  /// Seconds from the first event to the last.
  var elapsed: Double
  var note: String

  init(_ summary: RunSummary) {
    run = summary.run.text
    service = summary.service
    title = summary.title
    runbook = summary.runbook
    procedure = summary.procedure
    environment = summary.environment
    plan = summary.planHash.hex
    `operator` = summary.operatorName
    state = summary.state
    isFinished = summary.isFinished
    steps = summary.steps
    proven = summary.proven
    unproven = summary.unproven
    started = Timeline.text(of: summary.started)
    changed = Timeline.text(of: summary.changed)
    elapsed = Double(summary.changed.milliseconds(since: summary.started)) / 1000
    note = summary.note
  }
}
