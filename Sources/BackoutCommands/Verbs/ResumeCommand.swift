import ArgumentParser
import Engine
import Foundation
import Journal

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a run where it stopped.",
    discussion: "A step whose outcome is unknown is looked at first; nothing is repeated blindly.")

  @OptionGroup var reference: RunArgument
  @OptionGroup var live: LiveOptions
  @Option(help: "Why: goes with --answer into the record.") var reason: String?

  mutating func run() async throws {
    let station = try Station.open()
    var recorded = try await RecordedRun.load(reference.run, from: station)
    guard !recorded.state.status.isFinished else {
      throw Failure(
        .badInput,
        "Run \(recorded.summary.run.short) has ended (\(recorded.state.status.rawValue)); nothing was executed.",
        next: "backout report \(recorded.summary.run.short)   or   backout undo \(recorded.summary.run.short)")
    }
    guard FileManager.default.fileExists(atPath: recorded.plan.directory) else {
      throw Failure(
        .blocked,
        "\(recorded.plan.directory), where run \(recorded.summary.run.short) acts, is not there; nothing was executed.",
        next: "put it back, then: backout resume \(recorded.summary.run.short)   or   backout abort "
          + "\(recorded.summary.run.short)")
    }
    let lock = try ServiceLock.acquire(service: recorded.plan.service, in: station.home)
    defer { lock.release() }
    lock.note(run: recorded.summary.run)
    // What was read before the lock may be old by now.
    try await recorded.catchUp(from: station)
    let presets = try live.presets(of: recorded.plan, by: station.operatorName, reason: reason)
    if reference.run == nil, !live.isQuiet {
      Console.print("Run \(recorded.summary.run.text) of \(recorded.plan.service)")
    }
    let live = LiveRun(
      station: station, options: live, plan: recorded.plan, run: recorded.summary.run,
      hash: recorded.state.start?.planHash)
    try await live.go(events: recorded.events, replayed: recorded.state) { executor in
      try await executor.resume(presets: presets)
    }
  }
}

struct AbortCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort", abstract: "End a run here. What it did stays; backout undo takes it back.")

  @OptionGroup var reference: RunArgument
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    let recorded = try await RecordedRun.load(reference.run, from: station)
    guard !recorded.state.status.isFinished else {
      throw Failure(.badInput, "Run \(recorded.summary.run.short) has ended (\(recorded.state.status.rawValue)).")
    }
    let message = Message(kind: .abort, sender: station.operatorName)
    try await station.journal.send(message, to: recorded.summary.run)
    let lock: ServiceLock
    do {
      lock = try ServiceLock.acquire(service: recorded.plan.service, in: station.home)
    } catch is ServiceLockError {
      if output.json {
        return try Console.json(Sending.Result(run: recorded.summary.run.text, sent: "abort", about: nil, value: ""))
      }
      return Console.print("Run \(recorded.summary.run.short) ends after its current step.")
    }
    defer { lock.release() }
    let events = try await station.events(of: recorded.summary.run)
    let executor = try Executor(
      context: try await station.context(plan: recorded.plan, run: recorded.summary.run), events: events)
    let result = try await executor.resume()
    if output.json {
      return try Console.json(StatusJSON(plan: recorded.plan, run: recorded.summary.run, state: result.state))
    }
    Console.print(RunEnding(plan: recorded.plan, run: recorded.summary.run, result: result).text)
  }
}
