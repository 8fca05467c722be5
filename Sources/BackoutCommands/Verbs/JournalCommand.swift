import ArgumentParser
import Foundation
import Journal
import Runbook

struct JournalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal", abstract: "Look at the journal.", subcommands: [JournalVerifyCommand.self])
}

struct JournalVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Walk a run's hash chain again, or all runs'.")

  @OptionGroup var reference: RunArgument
  @Flag(help: "Every run.") var all = false
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    var reports: [ChainReport] = []
    if all {
      var offset = 0
      while true {
        let runs = try await station.journal.runs(service: nil, limit: 500, offset: offset)
        for summary in runs { reports.append(try await station.journal.verify(summary.run)) }
        if runs.count < 500 { break }
        offset += runs.count
      }
    } else {
      reports = [try await station.journal.verify(try await station.run(reference.run).run)]
    }
    let broken = reports.filter { $0.firstBroken != nil }
    if output.json {
      try Console.json(["runs": reports.map(ChainJSON.init)])
    } else {
      for report in broken {
        Console.print("✗ \(report.run)  event \(report.firstBroken ?? 0): \(report.why ?? "does not follow")")
      }
      for report in reports where report.firstBroken == nil && !all {
        Console.print("✓ \(report.run)  \(report.events) events, head \(report.head.short)")
      }
      if all {
        Console.print("\(reports.count - broken.count) of \(reports.count.counted("chain holds", "chains hold")).")
      }
    }
    if !broken.isEmpty { throw Ending(code: .stepFailed) }
  }
}

/// What walking a run's chain came to, as `journal verify --json` prints it.
struct ChainJSON: Encodable {
  var run: String
  var holds: Bool
  var events: Int
  /// The digest of the last event.
  var head: String
  /// The number of the first event that does not follow, and why.
  @Null var firstBroken: Int?
  @Null var why: String?

  init(_ report: ChainReport) {
    run = report.run.text
    holds = report.firstBroken == nil
    events = report.events
    head = report.head.hex
    firstBroken = report.firstBroken
    why = report.why
  }
}
