import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import ProcessLayer

/// What a restart comes to: it is done again by an undo, and what runs then must stay up.
@Suite struct ServiceRestartTests {
  private let driver = ProcessDriver()

  private func recognised(_ words: [String]) throws -> Effect {
    try #require(
      driver.recognise(.command(ParsedCommand(literal: words)), in: ReadingContext(directory: "/tmp")))
  }

  // MARK: Doing it again

  @Test(arguments: ["restart", "reload-or-restart", "reload"])
  func aRestartIsDoneAgainByAnUndo(_ verb: String) async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "--user", verb, "agy"])
    #expect(effect.undoneLast == true)
    let shown = verb == "reload" ? "reload" : "restart"
    #expect(
      effect.reversibility
        == .partial("the \(shown) is done again, after all else was put back; what did not run is stopped"))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try tools.set("agy.pid", "77")
    let after = try await driver.observe(effect, in: environment)
    for _ in 1...2 {
      let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.restored == ["service:agy"] && undone.isWhole, "\(undone)")
      #expect(undone.summary == "done again: agy active (x)")
    }
    #expect(try tools.state("told") == "\(verb) agy\n\(verb) agy")
    let other = try recognised(["systemctl", "start", "agy"])
    #expect(other.undoneLast == nil)
  }

  @Test func whatARestartStartedIsStopped() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    try tools.set("agy.active", "inactive")
    try tools.set("agy.pid", "0")
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "restart", "agy"])
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try tools.set("agy.active", "active")
    try tools.set("agy.pid", "77")
    let after = try await driver.observe(effect, in: environment)
    for _ in 1...2 {
      let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.restored == ["service:agy"] && undone.summary == "as before: agy inactive (x)", "\(undone)")
    }
    #expect(try tools.state("told") == "stop agy")
  }

  @Test func aRestartThatCannotBeDoneAgainIsNotCalledUndone() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "restart", "stuck"])
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    let undone = try await driver.undo(image, of: effect, before: before, after: before, answer: nil, in: environment)
    #expect(
      undone.notRestored == ["service:stuck: still the process from before, it was not restarted"], "\(undone)")

    // Somebody stopped it after the step: it is theirs to say.
    let agy = try recognised(["systemctl", "restart", "agy"])
    let ran = try await driver.observe(agy, in: environment)
    try tools.set("agy.active", "inactive")
    let kept = try await driver.keep(agy, before: ran, in: environment)
    let left = try await driver.undo(kept, of: agy, before: ran, after: ran, answer: nil, in: environment)
    #expect(left.conflicts.map(\.target) == ["service:agy"])
    let put = try await driver.undo(kept, of: agy, before: ran, after: ran, answer: .putBack, in: environment)
    #expect(put.restored == ["service:agy"] && put.isWhole, "\(put)")
    #expect(try tools.state("told") == "restart stuck\nstart agy")
  }

  // MARK: Staying up

  @Test(arguments: [
    (#"echo 99 > "$state/agy.pid""#, "agy active (x): it does not stay up, it was pid 12, and then pid 99"),
    (
      #"echo failed > "$state/agy.active""#,
      "agy failed (x): it does not stay up, it was active (x), and then failed (x)"
    ),
    (#"echo 3 > "$state/agy.restarts""#, "agy active (x): it does not stay up, it was started again by itself"),
  ])
  func oneThatFallsOverIsRefuted(_ next: String, _ why: String) async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    try tools.set("agy.restarts", "2")
    var environment = tools.environment()
    let effect = try recognised(["systemctl", "start", "agy"])
    let before = try await driver.observe(effect, in: environment)
    try tools.set("agy.next", next)
    environment.isVerifying = true
    let after = try await driver.observe(effect, in: environment)
    #expect(driver.verify(effect, before: before, after: after, outcome: nil) == .refuted(why))
  }

  @Test func oneThatStaysUpIsProven() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    var environment = tools.environment()
    let effect = try recognised(["systemctl", "start", "agy"])
    let before = try await driver.observe(effect, in: environment)
    environment.isVerifying = true
    // It takes until the second look.
    try tools.set("agy.active", "activating")
    try tools.set("agy.next", #"echo active > "$state/agy.active""#)
    let clock = ContinuousClock()
    let begun = clock.now
    let after = try await driver.observe(effect, in: environment)
    #expect(begun.duration(to: clock.now) >= environment.watch)
    #expect(driver.verify(effect, before: before, after: after, outcome: nil) == .proven("agy active (x)"))
    // The same state as one look shows: what it took to see it is no part of it.
    #expect(after.isSameState(as: before))
    // A queued restart may come between two looks.
    let queued = try recognised(["systemctl", "--no-block", "restart", "agy"])
    try tools.set("agy.next", #"echo 99 > "$state/agy.pid""#)
    let later = try await driver.observe(queued, in: environment)
    let first = Observation(
      states: ["service:agy": ["known": true, "active": true, "process": "12@1"]], summary: "agy active (x)")
    #expect(
      driver.verify(queued, before: first, after: later, outcome: nil) == .proven("agy active (x), as a new process"))
  }
}
