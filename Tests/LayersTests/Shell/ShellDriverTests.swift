import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import ShellLayer

@Suite struct ShellDriverTests {
  private let driver = ShellDriver()

  private func recognised(_ words: [String], in environment: StepEnvironment) throws -> Effect {
    try #require(driver.recognise(.command(ParsedCommand(literal: words)), in: environment.context))
  }

  @Test func anUnknownCommandConforms() async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    for words in [["touch", "x"], ["echo", "hello"]] {
      let report = try await exerciseDriver(
        driver,
        DriverScenario(
          name: words[0], action: .command(ParsedCommand(literal: words)), statement: words.joined(separator: " "),
          environment: tools.environment(), isProvable: false))
      #expect(report.violations == [])
    }
  }

  @Test(arguments: [
    ["echo", "x"], ["docker", "ps"], ["docker", "compose", "ps"], ["kubectl", "rollout", "status", "deploy/x"],
    ["alembic", "current"], ["python", "--version"], ["find", ".", "-name", "x"], ["crontab", "-l"],
  ])
  func looksOnly(_ words: [String]) throws {
    let effect = try #require(
      driver.recognise(.command(ParsedCommand(literal: words)), in: ReadingContext(directory: "/")))
    #expect(effect.role == .observe)
  }

  @Test(arguments: [
    ["docker", "compose", "down"], ["kubectl", "rollout", "undo", "deploy/x"], ["find", ".", "-delete"],
    ["alembic", "downgrade", "-1"], ["python", "x.py"], ["date", "-s", "now"], ["hostname", "new"],
    ["sort", "-o", "f"],
    ["env", "X=1", "rm", "x"], ["docker", "--context", "ps", "rm", "x"], ["crontab", "-r"],
  ])
  func mayChange(_ words: [String]) throws {
    let effect = try #require(
      driver.recognise(.command(ParsedCommand(literal: words)), in: ReadingContext(directory: "/")))
    #expect(effect.role == .change)
    #expect(!effect.isRepeatable && !effect.isNative)
    #expect(effect.reversibility == .partial("effect unknown: nothing is kept"))
  }

  @Test func writingOutputIsAChange() throws {
    let command = ParsedCommand(
      words: [Word(literal: "echo")], redirections: [Redirection(operator: ">", target: Word(literal: "f"))])
    let effect = try #require(driver.recognise(.command(command), in: ReadingContext(directory: "/")))
    #expect(effect.role == .change)
  }

  @Test func exitZeroIsNoProof() throws {
    let environment = try ToolFolder([:])
    defer { environment.remove() }
    let effect = try recognised(["make", "deploy"], in: environment.environment())
    let state = Observation(summary: "")
    #expect(
      driver.verify(
        effect, before: state, after: state, outcome: Outcome(exitStatus: 0, succeeded: true, summary: "exit 0"))
        == .unproven("exit 0, nothing was observed"))
    #expect(
      driver.verify(
        effect, before: state, after: state, outcome: Outcome(exitStatus: 2, succeeded: false, summary: "exit 2"))
        == .refuted("exit 2"))
  }

  @Test func whatWouldFailIsFoundByLooking() async throws {
    let tools = try ToolFolder(["here": "exit 0"])
    defer { tools.remove() }
    let environment = tools.environment()
    func problems(_ words: [String]) async throws -> [String] {
      let effect = try recognised(words, in: environment)
      let forecast = try await driver.forecast(effect, before: Observation(summary: ""), in: environment)
      return forecast.problems.map(\.code)
    }
    #expect(try await problems(["here", "x"]) == [])
    #expect(try await problems(["./here", "x"]) == [])
    #expect(try await problems(["no-such-program-at-all"]) == ["command-missing"])
    #expect(try await problems(["./not-here"]) == ["script-missing"])
    #expect(try await problems(["bash", "gone.sh"]) == ["script-missing"])
    #expect(try await problems(["bash", "-x", "here"]) == [])
    #expect(try await problems(["bash", "-c", "gone.sh"]) == [])
    #expect(try await problems(["source", "gone/activate"]) == ["script-missing"])
    let command = ParsedCommand(words: [
      Word(literal: "echo"), Word(text: "$UNSET_X", value: nil, variables: ["UNSET_X"]),
      Word(text: "${OTHER:-x}", value: nil, variables: ["OTHER"]), Word(text: "$?", value: nil, variables: ["?"]),
    ])
    let effect = try #require(driver.recognise(.command(command), in: environment.context))
    let forecast = try await driver.forecast(effect, before: Observation(summary: ""), in: environment)
    #expect(forecast.problems.map(\.code) == ["variable-missing"])
    #expect(forecast.problems.first?.message.hasPrefix("$UNSET_X is not set here") ?? false)
  }

  @Test func checksRunInTheFolder() async throws {
    let tools = try ToolFolder([:], state: ["n": "12"])
    defer { tools.remove() }
    let answer = try #require(try await driver.answer(.command("cat n; exit 3"), in: tools.environment()))
    #expect(answer.text == "12" && answer.exitStatus == 3)
    #expect(try await driver.answer(.confirmation("x"), in: tools.environment()) == nil)
  }

  @Test func aCrashedUnknownCommandIsNeverRepeated() async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    let environment = tools.environment()
    let unknown = try recognised(["make"], in: environment)
    guard
      case .undetermined = try await driver.probe(
        unknown, before: Observation(summary: ""), marker: nil, in: environment)
    else {
      Issue.record("it may have happened")
      return
    }
  }
}
