import BackoutTestKit
import ConfigLayer
import Foundation
import Layer
import Runbook
import Testing

/// A shell whose exported variables stay from statement to statement.
private struct KeepingShell: ShellSession {
  actor Variables {
    var values: [String: String]
    init(_ values: [String: String]) { self.values = values }
    func set(_ new: [String: String]) { values = new }
  }

  let directory: String
  let variables: Variables

  func run(_ statement: String, timeout: Int) async throws -> Outcome {
    let result = try await ProcessRunner().run(
      CommandRequest(
        words: ["bash", "--noprofile", "--norc", "-c", "set -a\n\(statement)\nenv -0"], directory: directory,
        variables: await variables.values, timeout: timeout))
    var now: [String: String] = [:]
    for field in result.text.split(separator: "\0") {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { now[String(parts[0])] = String(parts[1]) }
    }
    await variables.set(now)
    return Outcome(exitStatus: result.status, succeeded: result.status == 0, summary: "exit \(result.status)")
  }
  func expand(_ words: [String]) async throws -> [[String]] { words.map { [$0] } }
  func state() async throws -> SessionState { SessionState(directory: directory, variables: await variables.values) }
}

@Suite struct ConfigDriverTests {
  private func folder() throws -> String {
    let path = NSTemporaryDirectory() + "backout config-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func environment(
    _ folder: String, configFile: String? = nil, secrets: [String: String] = [:]
  ) -> StepEnvironment {
    let variables = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "OLD": "1", "VERSION": "9",
    ]
    return StepEnvironment(
      label: "run/step", context: ReadingContext(directory: folder, variables: variables, configFile: configFile),
      images: MemoryImageStore(), runner: ProcessRunner(),
      session: KeepingShell(directory: folder, variables: .init(variables)), secrets: FixedSecrets(secrets))
  }

  private static let text = """
    # Settings\r
    export KEEP=1\r
    GONG_API_KEY="old key" # rotated\r
    FLAG=true # on\r
    LAST=end
    """

  private func block(_ settings: [String: String], file: String? = nil) -> ParsedAction {
    .config(
      ConfigBlock(
        settings: settings.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value, line: 7) }, file: file,
        text: "env"))
  }

  @Test(arguments: [
    ParsedCommand(words: [Word(literal: "export"), Word(text: "VERSION=0.4.0", value: "VERSION=0.4.0")]),
    ParsedCommand(
      assignments: [Assignment(name: "NEW", value: Word(text: "$VERSION", value: nil, variables: ["VERSION"]))],
      words: []),
    ParsedCommand(literal: ["unset", "OLD"]),
  ])
  func conformsInTheSession(_ command: ParsedCommand) async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let environment = environment(folder)
    let driver = ConfigDriver()
    let effect = try #require(driver.recognise(.command(command), in: environment.context))
    #expect(effect.reversibility == .exact && !effect.isNative)
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    let refuted = driver.verify(effect, before: before, after: before, outcome: nil)
    guard case .refuted = refuted else {
      Issue.record("not refuted before the step: \(refuted)")
      return
    }
    _ = try await environment.session?.run(command.text, timeout: 10)
    let after = try await driver.observe(effect, in: environment)
    guard case .proven = driver.verify(effect, before: before, after: after, outcome: nil) else {
      Issue.record("not proven: \(before.states) \(after.states)")
      return
    }
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.conflicts.isEmpty && undone.summary.contains("session"))
  }

  @Test func conformsInAFile() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/.env"
    let prepare: @Sendable () throws -> Void = {
      try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    }
    try prepare()
    let environment = environment(folder, configFile: ".env", secrets: ["gong": "s3cr3t #1"])
    let report = try await exerciseDriver(
      ConfigDriver(),
      DriverScenario(
        name: "env block",
        action: block(["GONG_API_KEY": SecretToken.token(for: "gong"), "FLAG": "false", "NEW": "a b"]),
        statement: "", environment: environment,
        disturb: {
          let text = try String(contentsOfFile: path, encoding: .utf8)
          try text.replacingOccurrences(of: "FLAG=false", with: "FLAG=maybe")
            .write(toFile: path, atomically: false, encoding: .utf8)
        },
        disturbanceSurvives: { try String(contentsOfFile: path, encoding: .utf8).contains("FLAG=maybe") },
        reset: { try prepare() }))
    #expect(report.violations.isEmpty, "\(report.violations.joined(separator: "\n"))")
    // The other names went back all the same.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == Self.text.replacingOccurrences(of: "FLAG=true # on", with: "FLAG=maybe # on"))
  }

  @Test func editsInPlaceAndPutsBackEveryByte() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/.env"
    try Data(Self.text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    let environment = environment(folder, secrets: ["gong": "it's \"$x\""])
    let driver = ConfigDriver()
    let action = block(["GONG_API_KEY": SecretToken.token(for: "gong"), "FLAG": "false", "NEW": "1"], file: ".env")
    let effect = try #require(driver.recognise(action, in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    _ = try await driver.act(effect, before: before, in: environment)
    let after = try await driver.observe(effect, in: environment)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8) == "# Settings\r\nexport KEEP=1\r\n"
        + "GONG_API_KEY=\"it's \\\"\\$x\\\"\" # rotated\r\nFLAG=false # on\r\nLAST=end\r\nNEW=1\r\n")
    let seen = try CanonicalJSON.text(of: [before, after]) + CanonicalJSON.text(of: effect)
    #expect(!seen.contains("it's") && !seen.contains("old key"))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o640)
    _ = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.text)
  }

  @Test func aNewFileIsItsOwnersAloneAndGoesAgain() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let environment = environment(folder, configFile: "new/.env")
    let report = try await exerciseDriver(
      ConfigDriver(),
      DriverScenario(name: "new file", action: block(["A": "1"]), statement: "", environment: environment))
    #expect(report.violations.isEmpty, "\(report.violations)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/new/.env"))
  }

  @Test func aFlagIsKnownByItsNameAndItsValueShows() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "SEARCH_ENABLED=true\nAPI_KEY=abc\n".write(toFile: folder + "/.env", atomically: true, encoding: .utf8)
    let environment = environment(folder, configFile: ".env", secrets: ["key": "s3cr3t"])
    let driver = ConfigDriver()
    func look(_ action: ParsedAction) async throws -> (LayerKind, Forecast, Observation) {
      let effect = try #require(driver.recognise(action, in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      return (effect.layer, try await driver.forecast(effect, before: before, in: environment), before)
    }
    let (layer, forecast, before) = try await look(block(["SEARCH_ENABLED": "false", "FEATURE_X": "10%"]))
    #expect(layer == .flag)
    #expect(forecast.from == "FEATURE_X not set, SEARCH_ENABLED true")
    #expect(forecast.to == "FEATURE_X 10%, SEARCH_ENABLED false")
    #expect(forecast.note == "counts once what reads .env is restarted" && before.isObserved)
    #expect(forecast.keeps == "2 settings of .env")
    #expect(try await look(block(["SEARCH_ENABLED": "false"])).1.keeps == "1 setting of .env")
    // One setting that is no flag, and the block is none; a value that may be a secret is not shown.
    let (mixed, plain, _) = try await look(block(["SEARCH_ENABLED": "false", "API_KEY": "x"]))
    #expect(mixed == .config && plain.from == "2 of 2 set in .env" && plain.note == nil)
    let (odd, hidden, _) = try await look(block(["SEARCH_FLAG": SecretToken.token(for: "key")]))
    #expect(odd == .flag && hidden.to == "SEARCH_FLAG set")

    let export = ParsedCommand(words: [Word(literal: "export"), Word(literal: "SEARCH_ENABLED=false")])
    let (session, exported, _) = try await look(.command(export))
    #expect(session == .flag && exported.from == "SEARCH_ENABLED not set" && exported.to == "SEARCH_ENABLED false")
    #expect(exported.note == "holds for this session only: a service has it once a later step starts it from here")
    let (version, _, _) = try await look(.command(ParsedCommand(literal: ["export", "VERSION=0.4.0"])))
    #expect(version == .config)
  }

  @Test func saysWhatIsMissing() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let driver = ConfigDriver()
    func codes(_ action: ParsedAction, configFile: String?) async throws -> [String] {
      let environment = environment(folder, configFile: configFile)
      let effect = try #require(driver.recognise(action, in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      return try await driver.forecast(effect, before: before, in: environment).problems.map(\.code)
    }
    #expect(try await codes(block(["A": "1"]), configFile: nil) == ["config-file-unknown"])
    #expect(try await codes(block(["KEY": "<your_gong_access_key>"]), configFile: ".env").contains("hole-unbound"))
    #expect(try await codes(block(["INTEGRATIONS_<NAME>_ENABLED": "x"]), configFile: ".env").contains("hole-unbound"))
    let command = ParsedCommand(words: [
      Word(literal: "export"), Word(text: "A=$NOWHERE", value: nil, variables: ["NOWHERE"]),
    ])
    #expect(try await codes(.command(command), configFile: nil) == ["variable-missing"])
    try "A=1\n".write(toFile: folder + "/.env", atomically: true, encoding: .utf8)
    #expect(try await codes(block(["A": "1"]), configFile: ".env") == ["no-op"])
  }

  @Test func doesNotKnow() {
    let context = ReadingContext(directory: "/srv")
    let withCommand = ParsedCommand(
      assignments: [Assignment(name: "A", value: Word(literal: "1"))], words: [Word(literal: "make")])
    for action: ParsedAction in [.command(withCommand), .command(ParsedCommand(literal: ["set", "-e"])), .manual("x")] {
      #expect(ConfigDriver().recognise(action, in: context) == nil)
    }
  }
}
