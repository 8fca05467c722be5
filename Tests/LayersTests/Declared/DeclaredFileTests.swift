import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import DeclaredLayer

/// A declared file: its fields are the state.
@Suite struct DeclaredFileTests {
  private let driver = DeclaredDriver()

  /// What the second-hand script of a pipeline's cutover does: it writes the whole file anew.
  private static let cutover = """
    import json, sys
    path = "config/traffic.json"
    config = json.load(open(path))
    config.update(current_phase="manual_only", dlt_enabled=False, manual_enabled=True, rollback_timestamp="2025-11-07")
    json.dump(config, open(path, "w"), indent=2)
    """
  private static let config = """
    {
      "current_phase": "10%",
      "dlt_enabled": true,
      "manual_enabled": true,
      "weights": { "dlt": 10, "manual": 90 },
      "subreddits": ["a", "b"]
    }

    """

  /// As a team writes it.
  private static func layers(_ more: String = "") throws -> [String: DeclaredLayer] {
    try BindingsReader.read(
      """
      layers:
        cutover:
          match: python3 cutover.py --action rollback
          file: config/traffic.json
          fields: [current_phase, dlt_enabled, manual_enabled, weights]
          layer: traffic
      \(more)
      """
    ).layers
  }

  private func world(_ script: String = cutover, config: String = config) throws -> ToolFolder {
    let tools = try ToolFolder([:])
    try FileManager.default.createDirectory(
      at: tools.folder.appendingPathComponent("config"), withIntermediateDirectories: true)
    try tools.set("cutover.py", script)
    try tools.set("config/traffic.json", config)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: tools.folder.appendingPathComponent("config/traffic.json").path)
    return tools
  }

  private static let line = "python3 cutover.py --action rollback"

  private static func text(_ tools: ToolFolder) throws -> String {
    try String(contentsOf: tools.folder.appendingPathComponent("config/traffic.json"), encoding: .utf8)
  }

  private static let wanted = "    wanted: { current_phase: manual_only, dlt_enabled: false }"

  @Test(arguments: [wanted, ""]) func conforms(_ more: String) async throws {
    let tools = try world()
    defer { tools.remove() }
    let environment = tools.environment(layers: try Self.layers(more))
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: "cutover", action: .command(ParsedCommand(literal: Self.line.components(separatedBy: " "))),
        statement: Self.line, environment: environment,
        disturb: {
          let text = try Self.text(tools)
          try tools.set(
            "config/traffic.json", text.replacingOccurrences(of: "\"manual_only\"", with: "\"50%\""))
        },
        disturbanceSurvives: { try Self.text(tools).contains("\"50%\"") },
        reset: { try tools.set("config/traffic.json", Self.config) }, isProvable: !more.isEmpty))
    #expect(report.violations == [])
    // Of the fields that nobody else touched, the old ones are back; the rest is as others left it.
    let value = try JSONValue(parsing: Self.text(tools))
    #expect(value["current_phase"] == "50%" && value["dlt_enabled"] == true)
    #expect(value["rollback_timestamp"] == "2025-11-07")
  }

  /// Kept, run and returned.
  private func run(
    _ tools: ToolFolder, _ environment: StepEnvironment
  ) async throws -> (effect: Effect, before: Observation, image: BeforeImage, after: Observation) {
    let command = ParsedCommand(literal: Self.line.components(separatedBy: " "))
    let effect = try #require(driver.recognise(.command(command), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    let outcome = try await environment.session?.run(Self.line, timeout: 20)
    #expect(outcome?.succeeded == true, "\(outcome?.output ?? "")")
    return (effect, before, image, try await driver.observe(effect, in: environment))
  }

  @Test func whatTheStepLeftGoesBackToTheByte() async throws {
    let tools = try world()
    defer { tools.remove() }
    let environment = tools.environment(layers: try Self.layers(Self.wanted))
    let (effect, before, image, after) = try await run(tools, environment)
    #expect(effect.layer == .traffic && effect.reversibility == .exact)
    #expect(effect.targets == ["file:\(tools.folder.path)/config/traffic.json"])
    #expect(
      before.summary == "current_phase 10%, dlt_enabled true, manual_enabled true, weights.dlt 10, weights.manual 90")
    let verdict = driver.verify(effect, before: before, after: after, outcome: nil)
    guard case .proven = verdict else {
      Issue.record("\(verdict)")
      return
    }
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.conflicts.isEmpty && undone.notRestored.isEmpty)
    #expect(try Self.text(tools) == Self.config)
    let path = tools.folder.appendingPathComponent("config/traffic.json").path
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
  }

  @Test func whatOthersAddedStaysAsTheyWroteIt() async throws {
    let tools = try world()
    defer { tools.remove() }
    let environment = tools.environment(layers: try Self.layers())
    let (effect, before, image, after) = try await run(tools, environment)
    let others = try Self.text(tools).replacingOccurrences(of: "\"dlt\": 10", with: "\"dlt\":   12")
      .replacingOccurrences(of: "\"b\"", with: "\"b\", \"c\"")
    try tools.set("config/traffic.json", others)
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.conflicts.isEmpty && undone.notRestored.isEmpty)
    #expect(
      try Self.text(tools)
        == others.replacingOccurrences(of: "\"manual_only\"", with: "\"10%\"")
        .replacingOccurrences(of: "\"dlt_enabled\": false", with: "\"dlt_enabled\": true"))
  }

  @Test func aConflictIsAnswered() async throws {
    for (answer, phase) in [(ConflictAnswer.putBack, "10%"), (.keepNewer, "50%"), (.exportBoth, "50%")] {
      let tools = try world()
      defer { tools.remove() }
      let environment = tools.environment(layers: try Self.layers())
      let (effect, before, image, after) = try await run(tools, environment)
      try tools.set(
        "config/traffic.json", try Self.text(tools).replacingOccurrences(of: "manual_only", with: "50%"))
      let undone = try await driver.undo(
        image, of: effect, before: before, after: after, answer: answer, in: environment)
      #expect(undone.conflicts.map(\.now) == (answer == .putBack ? [] : ["50%"]))
      #expect(try JSONValue(parsing: Self.text(tools))["current_phase"]?.plainText == phase)
      let copy = try? tools.state("config/traffic.json.backout-kept")
      #expect((copy == Self.config.trimmingCharacters(in: .whitespacesAndNewlines)) == (answer == .exportBoth))
    }
  }

  @Test func aScriptThatChangesNothingIsRefutedAndSaidBefore() async throws {
    let tools = try world("import sys")
    defer { tools.remove() }
    var environment = tools.environment(layers: try Self.layers(Self.wanted))
    let (effect, before, _, after) = try await run(tools, environment)
    #expect(
      driver.verify(effect, before: before, after: after, outcome: nil)
        == .refuted("current_phase in traffic.json is 10%, wanted manual_only"))
    let probe = try await driver.probe(effect, before: before, marker: nil, in: environment)
    #expect(probe == .notHappened("cutover is as before"))
    environment = tools.environment(layers: try Self.layers("    wanted: { current_phase: 10% }"))
    let command = ParsedCommand(literal: Self.line.components(separatedBy: " "))
    let same = try #require(driver.recognise(.command(command), in: environment.context))
    let now = try await driver.observe(same, in: environment)
    #expect(try await driver.forecast(same, before: now, in: environment).problems.map(\.code) == ["no-op"])
  }

  @Test func aMisspeltFieldOrAMissingFileIsSaid() async throws {
    let tools = try world()
    defer { tools.remove() }
    func codes(_ layer: DeclaredLayer) async throws -> [String] {
      let environment = tools.environment(layers: ["x": layer])
      let effect = try #require(driver.recognise(.command(ParsedCommand(literal: ["true"])), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      return try await driver.forecast(effect, before: before, in: environment).problems.map(\.code)
    }
    try tools.set("bad.yaml", "a: [")
    #expect(try await codes(DeclaredLayer(match: "true", file: "config/traffic.json", fields: ["dlt_enabled"])) == [])
    #expect(
      try await codes(DeclaredLayer(match: "true", file: "config/traffic.json", fields: ["dtl_enabled"]))
        == ["field-missing"])
    #expect(try await codes(DeclaredLayer(match: "true", file: "config/none.json", fields: ["a"])) == ["field-missing"])
    #expect(try await codes(DeclaredLayer(match: "true", file: "bad.yaml", fields: ["a"])) == ["not-observed"])
    try tools.set("config/traffic.json", "{")
    #expect(
      try await codes(DeclaredLayer(match: "true", file: "config/traffic.json", fields: ["a"])) == ["not-observed"])
  }

  /// What is measured is shown, and is no part of the state.
  @Test func theShareThatIsSeenStandsBesideTheFile() async throws {
    let tools = try ToolFolder([:], state: ["flags.yaml": "search: # ours\n  share: 50%\nkey: s3cr3t99\n"])
    defer { tools.remove() }
    let layer = DeclaredLayer(
      match: "share {share}", observe: "date +%N", file: "flags.yaml", fields: ["search.share", "key"],
      verify: "grep -q {share} flags.yaml", wanted: .fields(["search.share": "{share}"]))
    let environment = tools.environment(layers: ["share": layer], secrets: ["KEY": "s3cr3t99"])
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: "yaml", action: .command(ParsedCommand(literal: ["share", "0%"])),
        statement: "sed -i 's/share: .*/share: 0%/' flags.yaml", environment: environment,
        disturb: { try tools.set("flags.yaml", "search: # ours\n  share: 7%\nkey: s3cr3t99\nmore: 1\n") },
        disturbanceSurvives: { try tools.state("flags.yaml").contains("share: 7%") },
        reset: { try tools.set("flags.yaml", "search: # ours\n  share: 50%\nkey: s3cr3t99\n") }))
    #expect(report.violations == [])
    let effect = try #require(
      driver.recognise(.command(ParsedCommand(literal: ["share", "0%"])), in: environment.context))
    let seen = try await driver.observe(effect, in: environment)
    #expect(seen.summary.contains("seen: ") && !seen.summary.contains("s3cr3t99"))
    #expect(try !CanonicalJSON.text(of: seen).contains("s3cr3t99"))
  }
}
