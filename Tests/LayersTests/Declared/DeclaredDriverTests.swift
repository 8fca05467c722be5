import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing
import Yams

@testable import DeclaredLayer

/// A folder with small executables that hold their state in files, first in PATH.
struct ToolFolder: Sendable {
  let folder: URL

  init(_ tools: [String: String], state: [String: String] = [:]) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("backout-tools-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, script) in tools {
      let file = folder.appendingPathComponent(name)
      try Data(("#!/bin/bash\nstate=$(dirname \"$0\")\n" + script).utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    for (name, text) in state { try set(name, text) }
  }

  func set(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }
  func state(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
  func remove() { try? FileManager.default.removeItem(at: folder) }

  var variables: [String: String] { ["PATH": folder.path + ":/usr/local/bin:/usr/bin:/bin"] }

  func environment(
    layers: [String: DeclaredLayer] = [:], binding: StepBinding? = nil, variables more: [String: String] = [:],
    secrets: [String: String] = [:]
  ) -> StepEnvironment {
    let variables = variables.merging(more) { $1 }
    return StepEnvironment(
      label: "run/step",
      context: ReadingContext(directory: folder.path, variables: variables, layers: layers, binding: binding),
      images: MemoryImageStore(), runner: ProcessRunner(),
      session: PlainShell(directory: folder.path, variables: variables), secrets: FixedSecrets(secrets),
      redactor: Redactor(secrets: secrets), settings: Settings(timeout: 20))
  }
}

@Suite struct DeclaredDriverTests {
  private let driver = DeclaredDriver()

  private struct Declarations: Decodable { var layers: [String: DeclaredLayer] }

  private func declarations(_ name: String) throws -> [String: DeclaredLayer] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appendingPathComponent("Examples/declarations/\(name).yaml"), encoding: .utf8)
    return try YAMLDecoder().decode(Declarations.self, from: text).layers
  }

  private static let kubectl = """
    case "$1" in
      get) [ "$2" = deployment/web ] && [ "$3 $4" = "-n prod" ] || exit 1; cat "$state/image" ;;
      set) [ "$3" = deployment/web ] && [ "$5 $6" = "-n prod" ] || exit 1; printf %s "${4#app=}" > "$state/image" ;;
    esac
    """
  private static let vercel = """
    case "$1" in
      inspect) [ "$2" = shop.test ] || exit 1; echo "  id $(cat "$state/deployment")" >&2 ;;
      rollback | promote) printf %s "$2" > "$state/deployment" ;;
    esac
    """
  private static let supervisorctl = """
    case "$1" in
      status) echo "worker   $(cat "$state/worker")   pid 12, uptime 0:01"; grep -q RUNNING "$state/worker" || exit 3 ;;
      start) echo RUNNING > "$state/worker" ;;
      stop) echo STOPPED > "$state/worker" ;;
    esac
    """

  /// One example of `Examples/declarations`, with the tool it is for.
  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    var script: String
    var command: [String]
    var file: String
    var before: String
    var disturbed: String
    var testDescription: String { name }
  }

  static let examples = [
    Example(
      name: "kubectl", script: kubectl,
      command: ["kubectl", "set", "image", "deployment/web", "app=r/app:1.3", "-n", "prod"], file: "image",
      before: "r/app:1.4", disturbed: "r/app:1.5"),
    Example(
      name: "vercel", script: vercel, command: ["vercel", "rollback", "dpl_1", "--yes"], file: "deployment",
      before: "dpl_2", disturbed: "dpl_3"),
    Example(
      name: "supervisorctl", script: supervisorctl, command: ["supervisorctl", "stop", "worker"], file: "worker",
      before: "RUNNING", disturbed: "FATAL"),
  ]

  @Test(arguments: examples) func theExampleConforms(_ example: Example) async throws {
    let tools = try ToolFolder([example.name: example.script], state: [example.file: example.before])
    defer { tools.remove() }
    let file = example.name == "supervisorctl" ? "supervisor" : example.name
    let command = ParsedCommand(literal: example.command)
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: example.name, action: .command(command), statement: command.text,
        environment: tools.environment(layers: try declarations(file), variables: ["VERCEL_DOMAIN": "shop.test"]),
        disturb: { try tools.set(example.file, example.disturbed) },
        disturbanceSurvives: { try tools.state(example.file) == example.disturbed },
        reset: { try tools.set(example.file, example.before) }))
    #expect(report.violations == [])
  }

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
    if case .undetermined = try await driver.probe(effect, before: after, marker: nil, in: environment) {
    } else {
      Issue.record("a command without a declared wanted state must not be repeated")
    }
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

  @Test func whatCannotBeSeenIsNotObserved() async throws {
    let tools = try ToolFolder([:])
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
