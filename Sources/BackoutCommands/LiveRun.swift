import ArgumentParser
import Dispatch
import Engine
import Foundation
import Journal
import Planning
import Runbook

/// How a run is watched and asked: `run`, `resume` and `undo` share it.
struct LiveOptions: ParsableArguments {
  @Flag(name: [.customShort("y"), .customLong("yes")], help: "Accept the plan. It answers no question of the run.")
  var yes = false
  @Flag(help: "Ask nothing: stop at the first question with exit 4.") var nonInteractive = false
  @Option(
    help: ArgumentHelp(
      "Answer a question before it comes; STAGE/* answers a stage's confirmations.", valueName: "ID=VALUE")) var answer:
    [String] = []
  @Flag(help: "Print a JSON line for each event.") var events = false
  @Flag(name: .long, help: "Print one JSON object at the end.") var json = false

  var isQuiet: Bool { json || events }

  /// Whether the person in front of the terminal says yes. False where there is none.
  func accept(_ question: String) async -> Bool {
    guard Console.isInteractive, !nonInteractive else { return false }
    return await Console.askYesNo(question)
  }

  func presets(choose: [String] = [], of plan: Plan, by name: String, reason: String?) throws -> [Message] {
    let answers = try pairs(answer, option: "--answer").sorted { $0.key < $1.key }
    let choices = try pairs(choose, option: "--choose").sorted { $0.key < $1.key }
    let names = ShownNames(of: plan)
    return (answers + choices).map { id, value in
      Message(kind: .answer, about: names.id(id), value: value, reason: reason, sender: name)
    }
  }
}

/// One call of the engine, watched: shows it, passes signals on, says how it ended.
struct LiveRun {
  var station: Station
  var options: LiveOptions
  var plan: Plan
  var run: RunIdentifier
  /// The plan's, where it is known already.
  var hash: Digest?

  func go(
    withoutKeep: [String: String] = [:], events: [Event] = [], replayed: RunState? = nil,
    _ call: @escaping @Sendable (Executor) async throws -> RunResult
  ) async throws {
    let screen = LiveScreen(plan: plan, run: run, options: options, clock: station.clock, began: events.first?.instant)
    let isAsking = Console.isInteractive && !options.nonInteractive && !options.isQuiet
    let name = station.operatorName
    let ask: (@Sendable ([Ask], RunState) async -> [RunAnswer]?) = { asks, state in
      await screen.ask(asks, state, by: name)
    }
    let context = try await station.context(
      plan: plan, run: run, hash: hash, withoutKeep: withoutKeep, ask: isAsking ? ask : nil,
      report: { event, state in screen.show(event, state) }, output: { step, text in screen.output(step, text) })
    let targetLock = try await TargetLock.acquire(for: context)
    defer { Task { await targetLock?.release() } }
    let executor = try Executor(context: context, events: events, replayed: replayed)
    let signals = Signals { name in
      Task {
        await executor.requestPause(by: name)
        screen.interrupt()
      }
    }
    defer { signals.cancel() }
    screen.begin()
    let result: RunResult
    do {
      result = try await call(executor)
    } catch {
      screen.end()
      var failure = Failure.of(error)
      // The run stands where the journal ends; what became of its last step, resume finds out.
      if case JournalError.notWritable = error { failure.code = .unknown }
      throw failure
    }
    screen.end()
    let ending = RunEnding(plan: plan, run: run, result: result)
    if options.json {
      try Console.json(StatusJSON(plan: plan, run: run, state: result.state), redactor: context.redactor)
    } else if !options.events {
      Console.print(context.redactor.redact(ending.text))
    }
    if ending.status != .done { throw Ending(code: ending.status) }
  }
}

/// SIGINT, SIGTERM and SIGHUP pause after the current step.
struct Signals {
  private let sources: [any DispatchSourceSignal]

  init(_ received: @escaping @Sendable (String) -> Void) {
    sources = [(SIGINT, "Ctrl-C"), (SIGHUP, "a hang-up"), (SIGTERM, "SIGTERM")].map { number, name in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { received(name) }
      source.resume()
      return source
    }
  }

  func cancel() { sources.forEach { $0.cancel() } }
}
