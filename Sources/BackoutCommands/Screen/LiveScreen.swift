import Engine
import Foundation
import Journal
import Layer
import Planning
import Runbook
import Synchronization

/// A run as it goes: on a terminal the stage, the step in progress and the recovery clock are kept up to date; elsewhere
/// one line an event.
final class LiveScreen: Sendable {
  private let plan: Plan
  private let run: RunIdentifier
  private let options: LiveOptions
  private let clock: any InstantSource
  private let began: Instant
  private let isLive: Bool
  // The engine reports from its actor, output comes from the session's reader and the ticker from a timer: one small
  // critical section keeps their lines apart.
  private let view: Mutex<View>

  private struct View {
    var step: String?
    var stepBegan: Instant?
    var stage: String?
    var stagesShown: Set<String> = []
    var tail: [String] = []
    var partial = ""
    var drawn = 0
    var frame = 0
    var isOver = false
  }

  init(plan: Plan, run: RunIdentifier, options: LiveOptions, clock: any InstantSource) {
    self.plan = plan
    self.run = run
    self.options = options
    self.clock = clock
    began = clock.now()
    isLive = Console.isTerminal && !options.isQuiet
    view = Mutex(View())
  }

  func begin() {
    guard isLive else { return }
    Task { [weak self] in
      while let self, !self.tick() { try? await Task.sleep(for: .milliseconds(120)) }
    }
  }

  func end() {
    view.withLock { view in
      erase(&view)
      view.isOver = true
    }
  }

  // MARK: Events

  func show(_ event: RunEvent, _ state: RunState) {
    if options.events { return printLine(event, state) }
    guard !options.json else { return }
    view.withLock { view in
      erase(&view)
      switch event {
      case .observing(let step, _), .undoing(let step):
        view.step = step
        view.stepBegan = clock.now()
        view.tail = []
        view.partial = ""
        showStage(of: step, &view)
      case .verified(let step, _, _), .skipped(let step, _), .guardRefused(let step, _), .failed(let step, _),
        .outcomeUnknown(let step, _), .undone(let step, _), .undoFailed(let step, _):
        showStage(of: step, &view)
        closeStep(step, state, &view)
      case .answered(let answer):
        let id = answer.key.split(separator: ":").last.map(String.init) ?? answer.key
        showStage(of: id, &view)
        Console.print(
          "     \(Style.accent.paint("»")) \(Text.fit(Wording.short(id), 6)) \(Text.cut(plan.step(id)?.command.firstLine ?? "", 56))  \(answer.value) \(Style.faint.paint("by \(answer.by)"))"
        )
      case .resumed(let name): Console.print(Style.faint.paint("  taken up again by \(name)"))
      case .probed(let step, let probe):
        Console.print("     \(Style.accent.paint("?")) \(Text.fit(Wording.short(step), 6)) \(Self.text(of: probe))")
      default: break
      }
    }
  }

  func output(_ step: String, _ text: String) {
    guard isLive else { return }
    view.withLock { view in
      view.partial += text
      var lines = view.partial.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      view.partial = String((lines.popLast() ?? "").suffix(4096))
      view.tail = (view.tail + lines.filter { !$0.isEmpty }).suffix(3).map { $0 }
    }
  }

  private func showStage(of step: String, _ view: inout View) {
    guard let stage = plan.stages.first(where: { stage in stage.id == step || stage.steps.contains { $0.id == step } }),
      view.stagesShown.insert(stage.id).inserted
    else { return }
    view.stage = stage.title
    let number = Wording.number(of: stage.id) ?? ""
    Console.print(
      "  \(Style.strong.paint(number.isEmpty ? stage.title : "\(number)  \(stage.title)"))  \(Style.faint.paint(stage.estimate?.text ?? ""))"
    )
  }

  private func closeStep(_ id: String, _ state: RunState, _ view: inout View) {
    guard let step = plan.step(id) else { return }
    let record = state.record(id)
    let took =
      view.step == id ? view.stepBegan.map { Text.clock(milliseconds: clock.now().milliseconds(since: $0)) } ?? "" : ""
    view.step = nil
    let title = record.state == .skipped ? step.command.firstLine : step.shownTitle
    let room = max(20, Console.width - 60)
    Console.print(
      "     \(Sign.of(record.state)) \(Text.fit(Wording.short(id), 6)) \(Text.fit(title, 40)) \(Text.fit(took, 6)) \(Style.faint.paint(Text.cut(record.note.isEmpty ? record.state.rawValue : record.note, room)))"
    )
  }

  private static func text(of probe: Probe) -> String {
    switch probe {
    case .happened(let why): "it had happened: \(why)"
    case .notHappened(let why): "it had not happened: \(why)"
    case .undetermined(let why): why
    }
  }

  private struct EventLine: Encodable {
    var run: String
    var kind: String
    var step: String?
    var state: String?
    var note: String?
    var body: JSONValue
  }

  private func printLine(_ event: RunEvent, _ state: RunState) {
    guard let entry = try? event.entry() else { return }
    let record = entry.step.map(state.record)
    let line = EventLine(
      run: run.text, kind: entry.kind, step: entry.step, state: record?.state.rawValue, note: record?.note,
      body: entry.body)
    if let text = try? CanonicalJSON.text(of: line) { Console.print(text) }
  }

  // MARK: The live part

  /// Redraws the step in progress; true when there is nothing more to draw.
  private func tick() -> Bool {
    view.withLock { view in
      if view.isOver { return true }
      erase(&view)
      guard let id = view.step, let step = plan.step(id) else { return false }
      let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
      view.frame = (view.frame + 1) % frames.count
      let now = clock.now()
      let elapsed = view.stepBegan.map { Text.clock(milliseconds: now.milliseconds(since: $0)) } ?? ""
      let total = plan.runbook.procedure(plan.procedure)?.estimate.map { " of \($0.text)" } ?? ""
      var lines = [
        "     \(Style.accent.paint(frames[view.frame])) \(Text.fit(Wording.short(id), 6)) \(Text.fit(step.shownTitle, 40)) \(elapsed)"
      ]
      lines += view.tail.map { Style.faint.paint("         │ " + Text.cut($0, Console.width - 14)) }
      lines.append(
        Style.faint.paint(
          "  recovery clock \(Text.clock(milliseconds: now.milliseconds(since: began)))\(total) · run \(run.short) · Ctrl-C pauses"
        ))
      Console.write(lines.joined(separator: "\n") + "\n")
      view.drawn = lines.count
      return false
    }
  }

  private func erase(_ view: inout View) {
    guard view.drawn > 0 else { return }
    Console.write("\u{1B}[\(view.drawn)A\u{1B}[J")
    view.drawn = 0
  }

  // MARK: Questions

  /// Asks the person at the terminal. Nil: nobody answered, the run waits.
  func ask(_ asks: [Ask], _ state: RunState, by name: String) async -> [RunAnswer]? {
    view.withLock { view in
      erase(&view)
      view.step = nil
    }
    if asks.count > 1, asks.allSatisfy({ $0.kind == .confirmation }) { return askTogether(asks, by: name) }
    guard let ask = asks.first else { return nil }
    return askOne(ask, state, by: name).map { [$0] }
  }

  private func askTogether(_ asks: [Ask], by name: String) -> [RunAnswer]? {
    Console.print("  \(Style.warn.paint("?")) Do these hold?")
    for ask in asks { Console.print("     □ \(Text.fit(Wording.short(ask.id), 6)) \(ask.question.shownLine)") }
    Console.write("    all hold [y], one by one [o], wait here [Enter]: ")
    switch readLine()?.trimmingCharacters(in: .whitespaces).lowercased() {
    case "y", "yes", "all": return asks.map { RunAnswer(key: $0.key, value: "yes", by: name) }
    case "o":
      var answers: [RunAnswer] = []
      for ask in asks {
        Console.write("     \(Text.fit(Wording.short(ask.id), 6)) \(ask.question.shownLine) [y/n] ")
        guard let line = readLine()?.trimmingCharacters(in: .whitespaces).lowercased(), !line.isEmpty else { break }
        let holds = line == "y" || line == "yes"
        answers.append(RunAnswer(key: ask.key, value: holds ? "yes" : "no", by: name))
        if !holds { break }
      }
      return answers.isEmpty ? nil : answers
    default: return nil
    }
  }

  private func askOne(_ ask: Ask, _ state: RunState, by name: String) -> RunAnswer? {
    let isTrouble = ask.kind == .failed || ask.kind == .unknown
    Console.print(
      "  \(isTrouble ? Style.bad.paint("✗") : Style.warn.paint("?")) \(Style.strong.paint(Wording.short(ask.id)))  \(ask.question)"
    )
    if isTrouble, let step = plan.step(ask.id) {
      WaitingRows.trouble(step, ask, state.record(ask.id), Console.width).forEach { Console.print($0) }
    }
    for (index, option) in ask.options.enumerated() {
      Console.print(
        "     \(Style.accent.paint(String(index + 1)))  \(Text.fit(option.id, 12)) \(option.id == option.title ? "" : option.title)"
      )
    }
    while true {
      Console.write("    a number or a name; Enter waits: ")
      guard let line = readLine()?.trimmingCharacters(in: .whitespaces), !line.isEmpty else { return nil }
      let option =
        Int(line).flatMap { ask.options.indices.contains($0 - 1) ? ask.options[$0 - 1] : nil }
        ?? ask.options.first { $0.id == line || ($0.id.hasPrefix(line) && line.count == 1) }
      guard let option else {
        Console.print("    none of these: \(line)")
        continue
      }
      var reason: String?
      if ["skip", "done"].contains(option.id) {
        Console.write("    why: ")
        reason = readLine()?.trimmingCharacters(in: .whitespaces)
        if reason?.isEmpty ?? true { continue }
      }
      return RunAnswer(key: ask.key, value: option.id, reason: reason, by: name)
    }
  }
}
