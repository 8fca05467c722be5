import ArgumentParser
import Foundation

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say where a run stands and what it waits for.")

  @OptionGroup var reference: RunArgument
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    let recorded = try await RecordedRun.load(reference.run, from: station)
    if output.json {
      return try Console.json(StatusJSON(plan: recorded.plan, run: recorded.summary.run, state: recorded.state))
    }
    let holder = RunInProgress.holder(service: recorded.plan.service, home: station.home, run: recorded.summary.run)
    Console.print(StatusScreen(recorded: recorded, isHeld: holder).text)
  }
}
