import ArgumentParser
import Engine
import Foundation
import Journal
import Planning
import Runbook

/// A run as the journal has it: its plan, its events, its state.
struct RecordedRun: Sendable {
  var summary: RunSummary
  var plan: Plan
  var events: [Event]
  var state: RunState

  static func load(_ prefix: String?, from station: Station, writes: Bool = false) async throws -> RecordedRun {
    let summary = try await station.run(prefix)
    let plan = try station.plan(of: summary.run)
    Console.hide(await station.redactor(of: plan, writes: writes))
    let events = try await station.events(of: summary.run)
    var state = RunState(plan: plan)
    for event in events { state.apply(try RunEvent(entry: event.entry)) }
    return RecordedRun(summary: summary, plan: plan, events: events, state: state)
  }

  /// Takes in what happened since it was loaded.
  mutating func catchUp(from station: Station) async throws {
    for event in try await station.journal.events(of: summary.run, after: events.last?.sequence ?? 0) {
      state.apply(try RunEvent(entry: event.entry))
      events.append(event)
    }
  }
}

struct RunArgument: ParsableArguments {
  @Argument(help: "The run: its id or the id's beginning. Without one: the unfinished run, else the latest.")
  var run: String?
}

/// What a run waits for, as verbs and `status` show it.
struct StatusJSON: Encodable {
  struct Step: Encodable {
    var id: String
    var title: String
    var layer: String
    var state: String
    var note: String
  }
  struct Waiting: Encodable {
    var id: String
    var kind: String
    var question: String
    var options: [AskOption]
  }
  struct Quarantine: Encodable {
    var name: String
    var step: String
    var release: String
  }
  var run: String
  var service: String
  var state: String
  var procedure: String
  var plan: String
  var note: String
  var proven: Int
  var unproven: Int
  var confirmed: Int
  var steps: [Step]
  var waiting: [Waiting]
  var quarantine: [Quarantine]

  init(plan: Plan, run: RunIdentifier, state: RunState) {
    self.run = run.text
    service = plan.service
    self.state = state.status.rawValue
    procedure = plan.procedure
    self.plan = (state.start?.planHash ?? plan.hash).hex
    note = state.note
    proven = state.count(.proven)
    unproven = state.count(.unproven)
    confirmed = state.confirmed
    steps = plan.steps.map { step in
      let record = state.record(step.id)
      return Step(
        id: step.id, title: step.title, layer: step.layerName, state: record.state.rawValue, note: record.note)
    }
    waiting = state.waiting.map {
      Waiting(id: $0.id, kind: $0.kind.rawValue, question: $0.question, options: $0.options)
    }
    quarantine = plan.quarantines(inForce: state).map {
      Quarantine(name: $0.offer.name, step: $0.step, release: $0.offer.release)
    }
  }
}

extension Plan {
  /// Every id that an answer may be about.
  var answerable: Set<String> {
    Set(
      stages.flatMap { [$0.id, "\($0.id)/*"] + $0.choices.map(\.id) }
        + steps.flatMap { [$0.id] + $0.asks.map(\.id) })
  }

  /// Throws `Failure` where an answer is about nothing in this plan, or no question of that id takes it.
  func check(answers: [Message]) throws {
    for answer in answers {
      guard let id = answer.about else { continue }
      guard answerable.contains(id) else {
        throw Failure(
          .badInput, "--answer \(id)=\(answer.value): the plan has nothing that is called \(id). Nothing was executed.",
          next: "backout plan shows every question with its id")
      }
      // A choice that `--choose` or the bindings decided is no question of the plan any more.
      let choices = stages.flatMap(\.choices).filter { $0.id == id }
      let asked =
        steps.flatMap(\.asks).filter { $0.id == id }.flatMap(\.options).map(\.id)
        + choices.flatMap(\.options).map(\.id) + (choices.isEmpty ? [] : [Choice.noOption])
      let always = ["retry", "skip", "done", "abort"]
      if !asked.isEmpty, !asked.contains(answer.value), !always.contains(answer.value) {
        throw Failure(
          .badInput,
          "--answer \(id)=\(answer.value): \(id) takes \(asked.joined(separator: ", ")). Nothing was executed.")
      }
    }
  }
}

extension PlannedStep {
  /// The layer that the step acts on: the first change's, else the first effect's.
  var layerName: String {
    if !isExecutable { return "person" }
    return (effects.first { $0.role == .change } ?? effects.first)?.layer.rawValue ?? "unknown"
  }
}

extension ExitStatus {
  /// How a run's state reads as an exit status.
  init(of state: RunState) {
    switch state.status {
    case .succeeded, .planned: self = .done
    case .undone: self = state.isUndoWhole ? .done : .stepFailed
    case .failed, .aborted: self = .stepFailed
    case .running, .paused:
      guard let ask = state.waiting.first else {
        self = .waiting
        return
      }
      switch ask.kind {
      case .failed: self = state.record(ask.id).state == .refused ? .blocked : .stepFailed
      case .unknown: self = .unknown
      default: self = .waiting
      }
    }
  }
}
