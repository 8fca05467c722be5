import ArgumentParser
import Foundation
import RunbookReading

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write backout.yaml with every hole that the runbook has.",
    discussion: "Where backout.yaml exists, prints what is missing in it and touches nothing.")

  @Argument(help: "The runbook.") var runbook: String?
  @OptionGroup var output: OutputOptions

  struct Result: Encodable {
    var path: String
    var written: Bool
    var missing: [String]
  }

  mutating func run() async throws {
    let workspace = try Workspace.load(runbook: runbook)
    let template = BindingsTemplate(workspace.runbook, named: workspace.key)
    let missing = template.missing(workspace.hasBindings ? workspace.bindings : nil)
    let written = !workspace.hasBindings
    if written {
      let text = template.text(service: workspace.service)
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: workspace.bindingsPath), options: .withoutOverwriting)
      } catch {
        throw Failure(
          .badInput, "\(workspace.bindingsPath) cannot be written: \((error as NSError).localizedDescription)")
      }
    }
    if output.json { return try Console.json(Result(path: workspace.bindingsPath, written: written, missing: missing)) }
    Console.print(
      written
        ? "Wrote \(workspace.bindingsPath): fill in what it asks for."
        : "\(workspace.bindingsPath) is there; it was not touched.")
    if missing.isEmpty {
      Console.print("Nothing is missing.")
    } else {
      Console.print("Missing:")
      for line in missing { Console.print("  · \(line)") }
    }
    Console.print("Next: backout confirm \(runbook ?? workspace.key), then backout plan \(runbook ?? workspace.key)")
  }
}
