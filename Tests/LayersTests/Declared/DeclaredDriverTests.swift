import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import DeclaredLayer

@Suite struct DeclaredDriverTests {
  private let driver = DeclaredDriver()

  @Test func withoutAWantedStateNothingIsProven() async throws {
    let tools = try ToolFolder(["tool": "echo \"$1\" > \"$state/s\""], state: ["s": "old\n"])
    defer { tools.remove() }
    let layer = DeclaredLayer(match: "tool {to}", observe: "cat s", undo: "./tool {before}")
    let environment = tools.environment(layers: ["x": layer])
    let effect = try #require(
      driver.recognise(.command(ParsedCommand(literal: ["tool", "new"])), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    #expect(before.summary == "old")
    let same = driver.verify(effect, before: before, after: before, outcome: nil)
    #expect(same == .unproven("x is old, as before"))
    try tools.set("s", "new")
    let after = try await driver.observe(effect, in: environment)
    let changed = driver.verify(effect, before: before, after: after, outcome: nil)
    #expect(changed == .unproven("x changed: old → new; what is wanted is not declared"))
    // As before: it is not claimed to have happened, and done again only where a person called it repeatable.
    let probe = try await driver.probe(effect, before: after, marker: nil, in: environment)
    #expect(probe == .notHappened("x is as before") && !effect.isRepeatable)
  }

  @Test func aProgramOrScriptThatIsNotThere() async throws {
    let tools = try ToolFolder([:], state: ["s": "old\n"])
    defer { tools.remove() }
    let layers = [
      "x": DeclaredLayer(match: "no-such-tool {to}", observe: "cat s"),
      "y": DeclaredLayer(match: "bash {script}", observe: "cat s"),
      "z": DeclaredLayer(match: "flag {to}", observe: "cat s", act: "printf %s {to} > s"),
    ]
    let environment = tools.environment(layers: layers)
    func problems(_ words: [String]) async throws -> [Problem] {
      let effect = try #require(driver.recognise(.command(ParsedCommand(literal: words)), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      return try await driver.forecast(effect, before: before, in: environment).problems
    }
    let program = try await problems(["no-such-tool", "new"])
    #expect(program.map(\.code) == ["command-missing"] && program.first?.severity == .error)
    #expect(program.first?.message.contains("no-such-tool is not installed") == true)
    let script = try await problems(["bash", "cutover.sh"])
    #expect(script.map(\.code) == ["script-missing"] && script.first?.severity == .error)
    // What the driver does itself needs no program of that name.
    #expect(try await problems(["flag", "on"]) == [])
  }

  @Test func actAndVerifyAreDeclared() async throws {
    let tools = try ToolFolder([:], state: ["s": "off"])
    defer { tools.remove() }
    let layer = DeclaredLayer(
      match: "flag {to}", observe: "cat s", act: "printf %s {to} > s", verify: "grep -q {to} s",
      undo: "printf %s {before} > s", layer: "flag")
    let environment = tools.environment(layers: ["flag": layer])
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: "act", action: .command(ParsedCommand(literal: ["flag", "it's on"])), statement: "",
        environment: environment, disturb: { try tools.set("s", "else") },
        disturbanceSurvives: { try tools.state("s") == "else" }, reset: { try tools.set("s", "off") }))
    #expect(report.violations == [])
    let effect = try #require(
      driver.recognise(.command(ParsedCommand(literal: ["flag", "on"])), in: environment.context))
    #expect(effect.isNative && effect.layer == .flag)
  }

  @Test func oneStepMayBeDeclared() async throws {
    let tools = try ToolFolder(["deploy": "echo \"$1\" > \"$state/s\""], state: ["s": "2.0"])
    defer { tools.remove() }
    let environment = tools.environment(binding: StepBinding(undo: "./deploy {before}", observe: "cat s"))
    let command = ParsedCommand(literal: ["./deploy", "1.0"])
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: "binding", action: .command(command), statement: command.text, environment: environment,
        disturb: { try tools.set("s", "3.0") }, disturbanceSurvives: { try tools.state("s") == "3.0" },
        reset: { try tools.set("s", "2.0\n") }, isProvable: false))
    #expect(report.violations == [])
    #expect(driver.recognise(.command(command), in: tools.environment().context) == nil)
  }

  @Test func secretsAndLongStatesAreDigests() async throws {
    let tools = try ToolFolder([:], state: ["s": "token hunter22", "long": String(repeating: "x", count: 500)])
    defer { tools.remove() }
    let layers = [
      "a": DeclaredLayer(match: "secret", observe: "cat s"), "b": DeclaredLayer(match: "long", observe: "cat long"),
    ]
    let environment = tools.environment(layers: layers, secrets: ["KEY": "hunter22"])
    for name in ["secret", "long"] {
      let effect = try #require(
        driver.recognise(.command(ParsedCommand(literal: [name])), in: environment.context))
      #expect(effect.reversibility == .none("no undo declared"))
      let state = try await driver.observe(effect, in: environment)
      #expect(state.summary.hasPrefix("digest "))
      #expect(try !CanonicalJSON.text(of: state).contains("hunter22"))
    }
  }

  /// A restart whose `undo` is itself runs again though what is observed is as before, and need not change it.
  @Test func aRestartIsDoneAgainWhateverIsSeen() async throws {
    let tools = try ToolFolder(["restart": "echo x >> \"$state/starts\""], state: ["s": "1.0", "starts": ""])
    defer { tools.remove() }
    let layer = DeclaredLayer(match: "./restart", observe: "cat s", undo: "./restart")
    let environment = tools.environment(layers: ["service": layer])
    let effect = try #require(
      driver.recognise(.command(ParsedCommand(literal: ["./restart"])), in: environment.context))
    #expect(effect.undoneLast == true && !effect.isRepeatable)
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    #expect(
      driver.verify(effect, before: before, after: before, outcome: nil) == .unproven("service is 1.0, as before"))
    let undone = try await driver.undo(image, of: effect, before: before, after: before, answer: nil, in: environment)
    #expect(undone.restored == effect.targets)
    #expect(try tools.state("starts") == "x")
    try tools.set("s", "1.1")
    let other = try await driver.undo(image, of: effect, before: before, after: before, answer: nil, in: environment)
    #expect(other.restored.isEmpty && other.notRestored == effect.targets)
  }

  @Test func whatIsSetForTheCommandAloneIsSetForLookingToo() async throws {
    let tools = try ToolFolder([:], state: ["a": "of a", "b": "of b"])
    defer { tools.remove() }
    let environment = tools.environment(
      layers: ["x": DeclaredLayer(match: "x", observe: "cat \"$CLUSTER\"", undo: "true {before}")],
      variables: ["CLUSTER": "a", "OTHER": "b"])
    func seen(_ assignments: [Assignment]) async throws -> Observation {
      let command = ParsedCommand(assignments: assignments, words: [Word(literal: "x")])
      let effect = try #require(driver.recognise(.command(command), in: environment.context))
      return try await driver.observe(effect, in: environment)
    }
    #expect(try await seen([]).summary == "of a")
    let other = Assignment(name: "CLUSTER", value: Word(text: "$OTHER", value: nil, variables: ["OTHER"]))
    #expect(try await seen([other]).summary == "of b")
    let unknown = Assignment(name: "CLUSTER", value: Word(text: "$NOWHERE", value: nil, variables: ["NOWHERE"]))
    #expect(try await !seen([unknown]).isObserved)
  }

  @Test func whatCannotBeSeenIsNotObserved() async throws {
    let tools = try ToolFolder(["x": "true"])
    defer { tools.remove() }
    let environment = tools.environment(layers: ["a": DeclaredLayer(match: "x", observe: "echo broken >&2; exit 4")])
    let effect = try #require(driver.recognise(.command(ParsedCommand(literal: ["x"])), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    #expect(!before.isObserved && before.summary.contains("exits 4: broken"))
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.problems.map(\.code) == ["not-observed"])
  }

  @Test func anUndoThatDoesNotGoBackIsNotRestored() async throws {
    let tools = try ToolFolder([:], state: ["s": "old"])
    defer { tools.remove() }
    let environment = tools.environment(
      layers: ["a": DeclaredLayer(match: "x", observe: "cat s", undo: "true # {before}")])
    let effect = try #require(driver.recognise(.command(ParsedCommand(literal: ["x"])), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try tools.set("s", "new")
    let after = try await driver.observe(effect, in: environment)
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.restored.isEmpty && undone.notRestored.count == 1)
    #expect(undone.summary == "the declared undo exits 0, and a is new, not old")
  }
}
