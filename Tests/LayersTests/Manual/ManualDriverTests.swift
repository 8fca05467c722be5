import BackoutTestKit
import Layer
import Runbook
import Testing

@testable import ManualLayer

@Suite struct ManualDriverTests {
  @Test func aPersonDoesIt() async throws {
    let driver = ManualDriver()
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try #require(
      driver.recognise(.manual("Go to the dashboard\nand press Stop"), in: environment.context))
    #expect(effect.summary == "Go to the dashboard" && effect.layer == .person)
    #expect(!effect.reversibility.isPointOfNoReturn)
    let before = try await driver.observe(effect, in: environment)
    #expect(before.isObserved && before.states.isEmpty)
    #expect(driver.verify(effect, before: before, after: before, outcome: nil) == .unproven("a person did it"))
    #expect(
      try await driver.probe(effect, before: before, marker: nil, in: environment)
        == .undetermined("a person knows whether it was done"))
    let image = try await driver.keep(effect, before: before, in: environment)
    #expect(image.blobs.isEmpty)
    let undone = try await driver.undo(image, of: effect, before: before, after: before, answer: nil, in: environment)
    #expect(undone.notRestored == ["Go to the dashboard"])
    #expect(driver.recognise(.command(ParsedCommand(literal: ["ls"])), in: environment.context) == nil)
  }
}
