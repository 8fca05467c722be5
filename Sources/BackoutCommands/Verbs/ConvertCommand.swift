import ArgumentParser
import Foundation
import RunbookReading

struct ConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Print how the runbook was understood: as explicit YAML, or as JSON.")

  @Argument(help: "The runbook.") var runbook: String?
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let workspace = try Workspace.load(runbook: runbook)
    if output.json { return try Console.json(ConvertedRunbook(workspace.runbook)) }
    Console.print(try YAMLRunbook.text(of: workspace.runbook))
  }
}
