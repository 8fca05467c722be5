import ArgumentParser
import Foundation
import Journal
import Layer
import Planning
import RunbookLint

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Look at the real system, read-only, and show each step's effect before anything runs.")

  @OptionGroup var runbook: RunbookOptions
  @OptionGroup var output: OutputOptions
  @Flag(help: "Do not look at the system.") var noObserve = false
  @Option(help: ArgumentHelp("Keep nothing of what this step destroys; with --reason.", valueName: "STEP"))
  var withoutKeep: [String] = []
  @Option(help: ArgumentHelp("Explain a problem that the plan names.", valueName: "NAME")) var explain: String?
  @Flag(help: "List every problem that a plan can name.") var problems = false
  @Flag(help: ArgumentHelp("With --problems: the page docs/problems.md.", visibility: .hidden)) var markdown = false

  mutating func run() async throws {
    if let explain { return try show(problem: explain) }
    if problems { return try listProblems() }
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

  // MARK: The names of problems

  private func show(problem name: String) throws {
    guard let problem = KnownProblems.find(name) else {
      let code = KnownProblems.code(of: name)
      throw Explanation.unknown(
        code, what: "problem of a plan", among: KnownProblems.all.map(\.code),
        next: allRules.contains { $0.id == code }
          ? "backout lint --explain \(code)" : "backout plan --problems lists them")
    }
    if output.json { return try Console.json(KnownProblemJSON(problem)) }
    Console.print(KnownProblemScreen(problem: problem).lines(min(max(Console.width, 60), 100)).joined(separator: "\n"))
  }

  private func listProblems() throws {
    if markdown { return Console.write(ProblemsPage.text()) }
    if output.json { return try Console.json(KnownProblems.all.map(KnownProblemJSON.init)) }
    let width = KnownProblems.all.map(\.code.count).max() ?? 0
    for area in KnownProblems.areas {
      Console.print((area.title == KnownProblems.areas.first?.title ? "" : "\n") + Style.strong.paint(area.title))
      for problem in area.problems {
        let severities = problem.occurrences.map(\.severity.rawValue).joined(separator: ", ")
        Console.print("  \(Text.fit(problem.code, width))  \(severities)")
      }
    }
  }
}
