import ArgumentParser
import Foundation
import RunbookLint
import RunbookReading

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Say what was understood of the runbook, and write backout.yaml with its holes.",
    discussion: """
      Without a runbook's name, looks for one below this folder. Where backout.yaml exists, prints what is missing in it \
      and touches nothing. With --new, starts a runbook for what stands in this repository.
      """)

  @Argument(help: "The runbook.") var runbook: String?
  @Flag(help: "Write a new ROLLBACK.md for what is in this repository.") var new = false
  @OptionGroup var output: OutputOptions

  struct Result: Encodable {
    var path: String
    var written: Bool
    var missing: [String]
    var runbook: String
    var grade: Grade
    /// Other runbooks below this folder.
    var others: [String]
  }

  mutating func run() async throws {
    let here = FileManager.default.currentDirectoryPath
    if new { try await start(in: here) }
    let found = runbook == nil ? RunbookFinder.runbooks(in: here) : []
    guard let named = runbook ?? found.first else {
      throw Failure(
        .badInput, "No rollback runbook was found below \(here); nothing was written.",
        next: "backout init --new starts one   ·   backout init PATH/TO/RUNBOOK.md takes one of another name")
    }
    let workspace = try Workspace.load(runbook: named)
    let sight = await RepositorySight(of: workspace.directory)
    let template = BindingsTemplate(
      workspace.runbook, named: workspace.key,
      previousRelease: sight.releases.previous == nil ? nil : ReleaseSight.previous,
      remarks: NewRunbook(seeing: sight).remarks,
      hasFolder: { Workspace.isFolder(($0 as NSString).expandingTildeInPath) })
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
    let missing = template.missing(try Workspace.load(runbook: named).bindings)
    let linted = try LintCommand.lint(workspace.path, text: workspace.document)
    let others = Array(found.dropFirst())
    if output.json {
      return try Console.json(
        Result(
          path: workspace.bindingsPath, written: written, missing: missing, runbook: workspace.path,
          grade: linted.grade, others: others))
    }
    Console.print(
      InitScreen(
        workspace: workspace, linted: linted, missing: missing, written: written, others: others,
        name: named
      ).text)
  }

  /// Writes the new runbook. Throws where there is one already: nothing is overwritten.
  private mutating func start(in folder: String) async throws {
    let path = runbook ?? "ROLLBACK.md"
    let absolute = Workspace.absolute(path, in: folder)
    let text = NewRunbook(seeing: await RepositorySight(of: folder)).text
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: absolute), options: .withoutOverwriting)
    } catch {
      throw Failure(
        .badInput, "\(absolute) cannot be written: \((error as NSError).localizedDescription) Nothing was changed.",
        next: "backout init \(path), where it is there already")
    }
    runbook = path
    if !output.json { Console.print("Wrote \(absolute).\n") }
  }
}
