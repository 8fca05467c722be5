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
  private let isLive: Bool
  // The engine reports from its actor, output comes from the session's reader and the ticker from a timer: one small
  // critical section keeps their lines apart.
  private let drawing: Mutex<Drawing>

  private struct Drawing {
    var view: LiveView
    var log: EventLog
    /// Columns of each line that can still be erased.
    var drawn: [Int] = []
    var isAsking = false
    var isOver = false
    var isInterrupted = false
  }

  /// - Parameter began: when the run began, where it was not now.
  init(plan: Plan, run: RunIdentifier, options: LiveOptions, clock: any InstantSource, began: Instant? = nil) {
    self.plan = plan
    self.run = run
    self.options = options
    self.clock = clock
    let began = began ?? clock.now()
    isLive = Console.isTerminal && !options.isQuiet
    drawing = Mutex(
      Drawing(view: LiveView(plan: plan, run: run, began: began), log: EventLog(plan: plan, began: began)))
  }

  func begin() {
    guard isLive else { return }
    Task { [weak self] in
      while let self, !self.tick() { try? await Task.sleep(for: .milliseconds(120)) }
    }
  }

  func end() {
    drawing.withLock { drawing in
      if isLive {
        let now = clock.now()
        drawing.view.step = nil
        let width = Self.width
        let closing = drawing.view.closing(width, at: now)
        let still = drawing.view.still(width, rows: .max, at: now)
        draw(closing + still, [], &drawing)
      } else if !options.isQuiet {
        drawing.log.flush().forEach { Console.print($0) }
      }
      drawing.isOver = true
    }
  }

  /// A signal asked for a pause: a question on the screen is left unanswered.
  func interrupt() {
    drawing.withLock {
      $0.isInterrupted = true
      $0.view.isPausing = true
    }
  }

  // MARK: Events

  func show(_ event: RunEvent, _ state: RunState) {
    if options.events { return printLine(event, state) }
    guard !options.json else { return }
    let now = clock.now()
    drawing.withLock { drawing in
      // A state that is kept here is copied by the engine's next event: only a live screen keeps one.
      guard isLive else { return drawing.log.lines(for: event, state, at: now).forEach { Console.print($0) } }
      drawing.view.state = state
      switch event {
      case .observing(let step, _), .undoing(let step): drawing.view.begin(step, at: now)
      case .verified(let step, _, _), .skipped(let step, _), .guardRefused(let step, _), .failed(let step, _),
        .outcomeUnknown(let step, _), .undone(let step, _), .undoFailed(let step, _, _):
        drawing.view.close(step, at: now)
      default: break
      }
      let width = Self.width
      var above = drawing.view.closing(width, at: now)
      switch event {
      case .undone(let step, _), .undoFailed(let step, _, _):
        if let planned = plan.step(step) {
          above.append(StepRows.line(planned, state.record(step), width, time: drawing.view.took[step] ?? ""))
        }
      case .probed(let step, let probe):
        above.append(
          Style.faint.paint(Text.cut("  looked at \(Wording.short(step)): \(EventLog.text(of: probe))", width)))
      case .resumed(let name): above.append(Style.faint.paint("  taken up again by \(name)"))
      default: break
      }
      if !drawing.isAsking, !drawing.isOver { draw(above, frame(drawing.view, now), &drawing) }
    }
  }

  func output(_ step: String, _ text: String) {
    guard isLive else { return }
    drawing.withLock { $0.view.output(text) }
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

  private static var width: Int { min(Console.width, 132) }

  /// Redraws the step in progress; true when there is nothing more to draw.
  private func tick() -> Bool {
    drawing.withLock { drawing in
      if drawing.isOver { return true }
      guard !drawing.isAsking else { return false }
      drawing.view.spin += 1
      draw([], frame(drawing.view, clock.now()), &drawing)
      return false
    }
  }

  private func frame(_ view: LiveView, _ now: Instant) -> [String] {
    view.frame(Self.width, rows: Console.height - 1, at: now)
  }

  /// One write: over the lines drawn before, `above` to stay and `frame` to be drawn over next time.
  private func draw(_ above: [String], _ frame: [String], _ drawing: inout Drawing) {
    // After the terminal became narrower a line takes several rows.
    let columns = max(1, Console.width)
    let rows = drawing.drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
    let up = min(rows, Console.height - 1)
    var text = "\u{1B}[?2026h" + (up > 0 ? "\u{1B}[\(up)A" : "") + "\r"
    for line in above + frame { text += line + "\u{1B}[K\n" }
    Console.write(text + "\u{1B}[J\u{1B}[?2026l")
    drawing.drawn = frame.map(Text.width)
  }

  // MARK: Questions

  /// Asks the person at the terminal. Nil: nobody answered, the run waits.
  func ask(_ asks: [Ask], _ state: RunState, by name: String) async -> [RunAnswer]? {
    let questions = Questions(plan: plan, name: name) { lines, prompt in await self.question(lines, prompt) }
    drawing.withLock { drawing in
      drawing.view.state = state
      drawing.view.step = nil
      drawing.isAsking = true
    }
    let answers = await questions.ask(asks, state, Self.width)
    drawing.withLock { drawing in
      drawing.isAsking = false
      draw([], [], &drawing)
    }
    return answers
  }

  /// Draws the stage so far, the question and its prompt, and reads one line; nil where nobody answers.
  private func question(_ lines: [String], _ prompt: String) async -> String? {
    drawing.withLock { drawing in
      let rows = max(1, Console.height - lines.count - 3)
      let still = drawing.view.still(Self.width, rows: rows, at: clock.now())
      draw([], still + [""] + lines, &drawing)
      Console.write(prompt)
    }
    let line = await Console.readLine { drawing.withLock { $0.isInterrupted } }
    drawing.withLock { drawing in
      if line == nil { Console.write("\n") }
      drawing.drawn.append(Text.width(prompt) + Text.width(line ?? ""))
    }
    return line
  }
}
