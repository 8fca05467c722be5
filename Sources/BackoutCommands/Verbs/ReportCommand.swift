import ArgumentParser
import Foundation
import Journal
import Report

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Print the incident report, filled in from what happened.")

  @OptionGroup var reference: RunArgument
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    let recorded = try await RecordedRun.load(reference.run, from: station)
    let chain = try await station.journal.verify(recorded.summary.run)
    let report = IncidentReport(
      plan: recorded.plan, summary: recorded.summary, events: recorded.events, state: recorded.state, chain: chain)
    if output.json {
      return try Console.json(
        ReportJSON(
          status: StatusJSON(plan: recorded.plan, run: recorded.summary.run, state: recorded.state),
          history: HistoryJSON(recorded.summary), timeline: report.timeline.lines, chain: ChainJSON(chain),
          markdown: report.markdown))
    }
    Console.print(report.markdown)
  }
}

/// The report as `report --json` prints it.
struct ReportJSON: Encodable {
  /// As `status --json` prints it.
  var status: StatusJSON
  /// As `history --json` prints it.
  var history: HistoryJSON
  var timeline: [Timeline.Line]
  var chain: ChainJSON
  var markdown: String
}
