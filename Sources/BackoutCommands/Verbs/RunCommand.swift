import ArgumentParser
import Engine
import Foundation
import Journal
import Layer
import Planning
import Runbook

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the plan: step by step, with proof, keeping what is destroyed.",
    discussion: """
      -y accepts the plan. It never answers a question of the run.

      --plan names what runs: the document, the bindings, every step's command as it will run, its effects, what can be \
      undone and what will be asked. Not what was seen of the system, nor the problems found there, nor what was \
      accepted or answered: the system is looked at again, and problems that are new block. What matters of the \
      system (a commit, a digest, the target's identity) is looked at again before its step.
      """)

  @OptionGroup var runbook: RunbookOptions
  @OptionGroup var live: LiveOptions
  @Option(help: "Run these commands and no others: the plan's hash, or its first eight or more characters.") var plan:
    String?
  @Option(help: ArgumentHelp("Keep nothing of what this step destroys; with --reason.", valueName: "STEP"))
  var withoutKeep: [String] = []

  mutating func run() async throws {
    var workspace = try await runbook.load()
    let station = try Station.open()
    try await confirmed(&workspace, operatorName: station.operatorName)
    if !withoutKeep.isEmpty, runbook.reason?.isEmpty ?? true {
      throw Failure(.badInput, "--without-keep needs --reason; nothing was executed.")
    }
    let bare = Dictionary(withoutKeep.map { ($0, runbook.reason ?? "") }, uniquingKeysWith: { first, _ in first })
    let lock = try ServiceLock.acquire(service: workspace.service, in: station.home)
    defer { lock.release() }
    if let unfinished = try await station.journal.runs(service: workspace.service, limit: 20, offset: 0).first(where: {
      !$0.isFinished
    }) {
      throw Failure(
        .blocked,
        "Run \(unfinished.run) of \(workspace.service) is \(unfinished.state): \(unfinished.note). Nothing was executed.",
        next: "backout resume \(unfinished.run.short)   or   backout abort \(unfinished.run.short)")
    }
    let made = try await PlanMaker(
      workspace: workspace, options: runbook, home: station.home, confirmation: .confirmed, withoutKeep: bare
    ).plan()
    let redactor = await Secrets(
      references: made.secrets, variables: workspace.variables, directory: workspace.directory,
      runner: ProcessRunner()
    ).redactor(variables: made.secretVariables, configFile: made.bindings.configFile)
    Console.hide(redactor)
    let presets = try live.presets(
      choose: runbook.choose, of: made, by: station.operatorName,
      reason: runbook.accept.isEmpty && withoutKeep.isEmpty ? runbook.reason : nil)
    try made.check(answers: presets)
    let hash = made.hash
    let key = workspace.key
    func typed(accepting problem: String? = nil) -> String {
      ([
        runbook.typed(
          key: key, quarantine: QuarantineRows.taken(of: made), accepting: problem, withoutKeep: withoutKeep)
      ] + live.answer.map { "--answer \(ShellQuoting.quoted($0))" }).joined(separator: " ")
    }
    // Who names a plan has seen it.
    if !live.isQuiet, plan == nil {
      Console.print(
        redactor.redact(
          PlanScreen(
            plan: made, confirmation: .confirmed, hash: hash,
            typed: (run: typed(), confirm: runbook.typedForConfirm(key: key))
          ).text))
    }
    if let plan, !(plan.count >= 8 && hash.hex.hasPrefix(plan)) {
      throw Failure(
        .blocked, "The plan is \(hash.short) now, not \(plan): nothing was executed.",
        next: "backout plan \(typed()) shows it")
    }
    if made.verdict == .blocked {
      let list = made.blocking.map { "  \($0.name): \(redactor.redact($0.message))" }.joined(separator: "\n")
      if live.isQuiet { Console.error(list) }
      throw Failure(
        .blocked,
        "The plan is blocked by \(made.blocking.count.counted("problem")); nothing was executed.",
        next: "mend it, or: backout run \(typed(accepting: made.blocking.first?.name))")
    }
    var isAccepted = live.yes || plan != nil
    if !isAccepted { isAccepted = await live.accept("Run it?") }
    guard isAccepted else {
      throw Failure(
        .waiting, "Nobody accepted the plan; nothing was executed.", next: "backout run \(typed()) --plan \(hash.short)"
      )
    }
    let run = station.newRun()
    lock.note(run: run)
    let digest = try station.store(made, for: run)
    let watched = LiveRun(station: station, options: live, plan: made, run: run, hash: hash)
    let names = ShownNames(of: made)
    let unkept = Dictionary(bare.map { (names.id($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    try await watched.go(withoutKeep: unkept) { executor in
      try await executor.start(planDigest: digest, presets: presets)
    }
  }

  /// A reading that nobody confirmed, or that changed since, is shown and asked for; `-y` does not answer that.
  private func confirmed(_ workspace: inout Workspace, operatorName: String) async throws {
    let name = runbook.typedForConfirm(key: workspace.key)
    let lines: [String]
    switch workspace.confirmation(environment: runbook.environment) {
    case .confirmed: return
    case .never: lines = ["This reading was never confirmed."]
    case .changed(let changes): lines = ["The reading changed since it was confirmed:"] + changes.map { "  \($0)" }
    case .commandsChanged(let commands):
      lines = ["The commands that run at plan time changed since they were confirmed:"] + commands.map { "  \($0)" }
    }
    guard Console.isInteractive, !live.nonInteractive else {
      throw Failure(
        .waiting, lines.joined(separator: "\n") + "\nNothing was executed.",
        next: "backout confirm \(name) --digest \(workspace.runbook.digest.short)")
    }
    Console.print(ReadingScreen(workspace: workspace, environment: runbook.environment).text)
    lines.forEach { Console.print($0) }
    guard await Console.askYesNo("Is this what shall run?") else {
      throw Failure(.waiting, "Nothing was confirmed and nothing was executed.", next: "backout confirm \(name)")
    }
    try workspace.confirm(environment: runbook.environment, by: operatorName, at: Date())
  }
}
