import ArgumentParser
import Foundation
import Journal

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
    var runs: [RunSummary]
    var page: Int
  }

  mutating func run() async throws {
    guard (1...1000).contains(limit), page >= 1 else {
      throw Failure(.badInput, "--limit takes 1 to 1000 and --page 1 or more.")
    }
    let station = try Station.open()
    if let prune { try await self.prune(olderThan: prune, station) }
    let runs = try await station.journal.runs(service: service, limit: limit, offset: (page - 1) * limit)
    if output.json { return try Console.json(Result(runs: runs, page: page)) }
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
