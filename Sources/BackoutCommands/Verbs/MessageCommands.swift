import ArgumentParser
import Engine
import Foundation
import Journal
import Planning
import Runbook

/// Verbs that put a message into a run's inbox; whoever holds the run takes it from there.
enum Sending {
  struct Result: Encodable {
    var run: String
    var sent: String
    @Null var about: String?
    var value: String
  }

  static func send(
    _ kind: Message.Kind, about: String? = nil, value: String = "", reason: String?, to recorded: RecordedRun,
    station: Station, json: Bool, next: String
  ) async throws {
    guard !recorded.state.status.isFinished || kind == .note else {
      throw Failure(
        .badInput, "Run \(recorded.summary.run.short) has ended (\(recorded.state.status.rawValue)); nothing was sent.")
    }
    // What a person types may hold a secret, too.
    let value = Console.hiding(value)
    let message = Message(
      kind: kind, about: about, value: value, reason: reason.map(Console.hiding), sender: station.operatorName)
    try await station.journal.send(message, to: recorded.summary.run)
    if json {
      try Console.json(
        Result(run: recorded.summary.run.text, sent: kind.rawValue, about: about, value: value))
    } else {
      Console.print(
        "Run \(recorded.summary.run.short): \(kind.rawValue)\(about.map { " \($0)" } ?? "")\(value.isEmpty ? "" : " \(value)") is in its inbox."
      )
      let isHeld = RunInProgress.holder(
        service: recorded.plan.service, home: station.home, run: recorded.summary.run)
      if !isHeld, kind != .note { Console.print("Next: \(next) \(recorded.summary.run.short)") }
    }
  }
}

struct AnswerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Answer what a run waits for: answer [RUN] ID VALUE.",
    discussion: "VALUE is yes, no or an option's id. STAGE/* answers every confirmation of a stage.")

  @Argument(help: "[RUN] ID VALUE") var words: [String] = []
  @Option(help: "Why; needed for skip and done.") var reason: String?
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    guard words.count == 2 || words.count == 3 else {
      throw Failure(
        .badInput, "answer wants [RUN] ID VALUE; nothing was sent.", next: "backout status shows the questions")
    }
    let station = try Station.open()
    let recorded = try await RecordedRun.load(words.count == 3 ? words[0] : nil, from: station, writes: true)
    let id = ShownNames(of: recorded.plan).id(words[words.count - 2])
    let value = words[words.count - 1]
    try check(id: id, value: value, recorded)
    if ["skip", "done"].contains(value), reason?.isEmpty ?? true {
      throw Failure(.badInput, "\(value) needs --reason: it goes into the record. Nothing was sent.")
    }
    try await Sending.send(
      .answer, about: id, value: value, reason: reason, to: recorded, station: station, json: output.json,
      next: recorded.state.undo == nil ? "backout resume" : "backout undo")
  }

  /// A question that waits now takes only its own options; one that comes later is taken on trust.
  private func check(id: String, value: String, _ recorded: RecordedRun) throws {
    guard recorded.plan.answerable.contains(id) || recorded.state.waiting.contains(where: { $0.id == id }) else {
      throw Failure(
        .badInput, "Run \(recorded.summary.run.short) has nothing that is called \(id); nothing was sent.",
        next: "backout status \(recorded.summary.run.short) shows what it waits for")
    }
    let asked = recorded.state.waiting.filter { $0.id == id }
    guard let ask = asked.first, !asked.contains(where: { $0.options.contains { $0.id == value } }) else { return }
    throw Failure(
      .badInput, "\(id) takes \(ask.options.map(\.id).joined(separator: ", ")), not \(value); nothing was sent.")
  }
}

struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Allow what a run asks approval for.")
  @OptionGroup var reference: RunArgument
  @Option(help: "The approval's id, where several wait.") var id: String?
  @Option(help: "Why.") var reason: String?
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    let recorded = try await RecordedRun.load(reference.run, from: station, writes: true)
    try await Sending.send(
      .approve, about: try recorded.approval(id, "approve", reason), reason: reason, to: recorded, station: station,
      json: output.json, next: "backout resume")
  }
}

struct RejectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject", abstract: "Refuse what a run asks approval for.")
  @OptionGroup var reference: RunArgument
  @Option(help: "The approval's id, where several wait.") var id: String?
  @Option(help: "Why.") var reason: String?
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    let recorded = try await RecordedRun.load(reference.run, from: station, writes: true)
    try await Sending.send(
      .reject, about: try recorded.approval(id, "reject", reason), reason: reason, to: recorded, station: station,
      json: output.json, next: "backout resume")
  }
}

extension RecordedRun {
  /// Which approval is meant: the one that was named, else the only one that waits. Throws `Failure` where none was
  /// named and several wait, or none does: leave that lies ready would be for whatever is asked next.
  fileprivate func approval(_ name: String?, _ verb: String, _ reason: String?) throws -> String? {
    let names = ShownNames(of: plan)
    if let name { return names.id(name) }
    // Whoever sends says of a run that has ended that it has.
    if state.status.isFinished { return nil }
    let run = summary.run.short
    let waiting = state.waiting.filter { $0.kind == .approval }.map(\.id)
    guard !waiting.isEmpty else {
      throw Failure(
        .badInput, "Run \(run): nothing waits for leave now; nothing was sent.",
        next: "backout status \(run) shows what it waits for")
    }
    guard waiting.count > 1 else { return waiting.first }
    let why = reason.map { " --reason \(ShellQuoting.quoted($0))" } ?? ""
    throw Failure(
      .badInput, "Run \(run) waits for \(waiting.count) approvals; nothing was sent.",
      next: waiting.map { "backout \(verb) \(run) --id \(names.shown($0))\(why)" }.joined(separator: "   or   "))
  }
}

struct NoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Write something into a run's record: note [RUN] TEXT.")
  @Argument(help: "[RUN] TEXT") var words: [String] = []
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    guard words.count == 1 || words.count == 2, let text = words.last, !text.isEmpty else {
      throw Failure(.badInput, "note wants [RUN] TEXT, the text as one word; nothing was written.")
    }
    let station = try Station.open()
    let recorded = try await RecordedRun.load(words.count == 2 ? words[0] : nil, from: station, writes: true)
    let isHeld = RunInProgress.holder(service: recorded.plan.service, home: station.home, run: recorded.summary.run)
    guard !isHeld else {
      return try await Sending.send(
        .note, value: text, reason: nil, to: recorded, station: station, json: output.json, next: "")
    }
    // Nobody holds the run: it is written at once.
    let lock = try ServiceLock.acquire(service: recorded.plan.service, in: station.home)
    defer { lock.release() }
    try await station.journal.append(
      [try RunEvent.noted(text: Console.hiding(text), by: station.operatorName).entry()], to: recorded.summary.run)
    if output.json {
      try Console.json(Sending.Result(run: recorded.summary.run.text, sent: "note", about: nil, value: text))
    } else {
      Console.print("Noted in run \(recorded.summary.run.short).")
    }
  }
}

struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pause", abstract: "Pause a run after its current step.")
  @OptionGroup var reference: RunArgument
  @OptionGroup var output: OutputOptions

  mutating func run() async throws {
    let station = try Station.open()
    let recorded = try await RecordedRun.load(reference.run, from: station, writes: true)
    try await Sending.send(
      .pause, reason: nil, to: recorded, station: station, json: output.json,
      next: "it stands still already; backout resume")
  }
}
