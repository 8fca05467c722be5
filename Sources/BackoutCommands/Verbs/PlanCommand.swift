import ArgumentParser
import Foundation
import Journal
import Layer
import Planning

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Look at the real system, read-only, and show each step's effect before anything runs.")

  @OptionGroup var runbook: RunbookOptions
  @OptionGroup var output: OutputOptions
  @Flag(help: "Do not look at the system.") var noObserve = false
  @Option(help: ArgumentHelp("Keep nothing of what this step destroys; with --reason.", valueName: "STEP"))
  var withoutKeep: [String] = []

  mutating func run() async throws {
    let workspace = try await runbook.load()
    let home = try HomeFolder(environment: workspace.variables)
    let reason = runbook.reason ?? ""
    let confirmation = workspace.confirmation(environment: runbook.environment)
    var plan = try await PlanMaker(
      workspace: workspace, options: runbook, home: home, confirmation: confirmation, observes: !noObserve,
      withoutKeep: Dictionary(withoutKeep.map { ($0, reason) }, uniquingKeysWith: { first, _ in first })
    ).plan()
    plan.problems += await RunInProgress.problems(service: workspace.service, home: home)
    let redactor = await Secrets(
      references: plan.secrets, variables: workspace.variables, directory: workspace.directory, runner: ProcessRunner()
    ).redactor(variables: plan.secretVariables, configFile: plan.bindings.configFile)
    Console.hide(redactor)
    if output.json {
      try Console.json(PlannedJSON(plan), redactor: redactor)
    } else {
      let typed = (
        run: runbook.typed(key: workspace.key, quarantine: QuarantineRows.taken(of: plan), withoutKeep: withoutKeep),
        confirm: runbook.typedForConfirm(key: workspace.key)
      )
      Console.print(redactor.redact(PlanScreen(plan: plan, confirmation: confirmation, typed: typed).text))
    }
    if plan.verdict == .blocked { throw Ending(code: .blocked) }
  }
}
