import ArgumentParser
import Engine
import Foundation
import Journal
import Layer
import Runbook

struct UndoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo", abstract: "Take back what a run changed, last step first; never overwrite what is newer.")

  @OptionGroup var reference: RunArgument
  @OptionGroup var live: LiveOptions
  @Option(help: "Undo exactly this: the undo plan's hash or its first eight or more characters.") var plan: String?
  @Option(help: "Why: goes with --answer into the record.") var reason: String?
  @Flag(help: "Show what would be put back, and stop.") var dryRun = false

  struct Shown: Encodable {
    var run: String
    var hash: String
    var undo: [Step]
    var left: [Step]
    var backups: [Step]

    struct Step: Encodable {
      var id: String
      var title: String
      var from: String
      var to: String
      var undo: String
      @Null var command: String?
      var lost: [String]

      init(_ step: UndoPlan.Step) {
        id = step.id
        title = step.title
        from = step.from
        to = step.to
        undo = step.reversibility.label
        command = step.command
        lost = step.lost
      }
    }
  }

  mutating func run() async throws {
    let station = try Station.open()
    let first = try await RecordedRun.load(reference.run, from: station)
    let lock = try ServiceLock.acquire(service: first.plan.service, in: station.home)
    defer { lock.release() }
    lock.note(run: first.summary.run)
    let recorded = try await RecordedRun.load(first.summary.run.text, from: station)
    let undo = UndoPlan(plan: recorded.plan, state: recorded.state)
    let run = recorded.summary.run
    if recorded.state.status == .undone, undo.steps.isEmpty {
      throw Failure(.badInput, "Run \(run.short) is undone already; nothing was executed.")
    }
    if dryRun {
      if live.json {
        return try Console.json(
          Shown(
            run: run.text, hash: undo.hash.hex, undo: undo.steps.map(Shown.Step.init),
            left: undo.left.map(Shown.Step.init), backups: undo.backups.map(Shown.Step.init)))
      }
      return Console.print(UndoScreen(undo: undo, plan: recorded.plan, run: run).text)
    }
    let isEmpty = undo.steps.isEmpty && recorded.state.undo == nil
    if isEmpty, undo.left.isEmpty, recorded.state.status.isFinished || recorded.state.status == .planned {
      if live.json {
        return try Console.json(StatusJSON(plan: recorded.plan, run: recorded.summary.run, state: recorded.state))
      }
      return Console.print(
        undo.backups.isEmpty
          ? "Run \(run.short) changed nothing: there is nothing to undo."
          : "Run \(run.short) only took a backup, and that stays: there is nothing to undo.")
    }
    if isEmpty, !undo.left.isEmpty {
      throw Failure(
        .blocked,
        "Nothing of what run \(run.short) did can be put back by Backout; nothing was executed.",
        next: "backout undo \(run.short) --dry-run lists it with the reasons"
          + (recorded.state.status.isFinished ? "" : "   or   backout abort \(run.short) ends the run as it is"))
    }
    if isEmpty, !live.isQuiet {
      // An unfinished run is in the way of the next one: undone, it has ended.
      Console.print("Run \(run.short) changed nothing: to undo it ends it.")
    } else if !live.isQuiet {
      Console.print(UndoScreen(undo: undo, plan: recorded.plan, run: run).text)
    }
    if let plan, !(plan.count >= 8 && undo.hash.hex.hasPrefix(plan)) {
      throw Failure(.blocked, "The undo plan is \(undo.hash.short) now, not \(plan): nothing was executed.")
    }
    let isGoingOn = recorded.state.undo != nil && !recorded.state.status.isFinished
    var isAccepted = live.yes || plan != nil || isGoingOn
    if !isAccepted { isAccepted = await live.accept(isEmpty ? "End it?" : "Undo it?") }
    guard isAccepted else {
      throw Failure(
        .waiting, "Nobody accepted the undo plan; nothing was executed.",
        next: isEmpty
          ? "backout undo \(run.short) -y   or   backout abort \(run.short)"
          : "backout undo \(run.short) --plan \(undo.hash.short)")
    }
    let presets = try live.presets(of: recorded.plan, by: station.operatorName, reason: reason)
    try await LiveRun(station: station, options: live, plan: recorded.plan, run: run).go(events: recorded.events) {
      executor in
      try await executor.undo(undo, presets: presets)
    }
  }
}
