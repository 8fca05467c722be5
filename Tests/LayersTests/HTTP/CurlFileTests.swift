import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import HTTPLayer

/// Files that a curl writes.
@Suite struct CurlFileTests {
  private let driver = HTTPDriver()

  private func environment(_ server: TestHTTPServer) -> StepEnvironment {
    StepEnvironment(
      label: "run/step",
      context: ReadingContext(directory: server.folder.path, endpoints: ["https://api.test": server.base]),
      images: MemoryImageStore(), runner: ProcessRunner(), secrets: FixedSecrets(["KEY": "sesame"]),
      redactor: Redactor(secrets: ["KEY": "sesame"]), settings: Settings(timeout: 20))
  }

  private func recognised(_ action: ParsedAction, in environment: StepEnvironment) throws -> Effect {
    try #require(driver.recognise(action, in: environment.context))
  }

  @Test(arguments: [true, false]) func theFileOfAnAnswerIsKept(_ exists: Bool) async throws {
    try await TestHTTPServer.run { server in
      let file = server.folder.appendingPathComponent("answer.json")
      @Sendable func reset() throws {
        if exists { try Data("old".utf8).write(to: file) } else { try? FileManager.default.removeItem(at: file) }
      }
      try reset()
      var environment = environment(server)
      environment.session = PlainShell(
        directory: server.folder.path, variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
      let command = ParsedCommand(literal: ["curl", "-s", "-o", "answer.json", server.base + "/status/200"])
      let report = try await exerciseDriver(
        driver,
        DriverScenario(
          name: "-o", action: .command(command), statement: command.text, environment: environment,
          disturb: { try Data("newer".utf8).write(to: file) },
          disturbanceSurvives: { try String(contentsOf: file, encoding: .utf8) == "newer" },
          reset: { try reset() }, isProvable: false))
      #expect(report.violations == [])
    }
  }

  @Test func whatCurlNamesByTheURLIsKept() async throws {
    try await TestHTTPServer.run { server in
      let file = server.folder.appendingPathComponent("200")
      @Sendable func reset() throws { try Data("old".utf8).write(to: file) }
      try reset()
      var environment = environment(server)
      environment.session = PlainShell(
        directory: server.folder.path, variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
      let command = ParsedCommand(literal: ["curl", "-sLO", server.base + "/status/200"])
      let effect = try recognised(.command(command), in: environment)
      #expect(effect.role == .change && effect.layer == .files && effect.reversibility == .exact)
      #expect(effect.targets.last == "file:\(file.path)")
      let before = try await driver.observe(effect, in: environment)
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      #expect(forecast.from == "\(file.path), 3 bytes" && forecast.note == nil)
      let report = try await exerciseDriver(
        driver,
        DriverScenario(
          name: "-O", action: .command(command), statement: command.text, environment: environment,
          disturb: { try Data("newer".utf8).write(to: file) },
          disturbanceSurvives: { try String(contentsOf: file, encoding: .utf8) == "newer" },
          reset: { try reset() }, isProvable: false))
      #expect(report.violations == [])
    }
  }

  /// Where the answer goes says nothing of what the request changes.
  @Test func aChangeWithAFileIsSeenAsOneWithout() async throws {
    try await TestHTTPServer.run(["/v1/webhooks/wh_1": HTTPDriverTests.webhook]) { server in
      let environment = environment(server)
      func effect(_ method: String) throws -> Effect {
        let words = ["curl", "-s", "-o", "answer.json", "-X", method, "https://api.test/v1/webhooks/wh_1"]
        let rest = ["-H", "x-key: ⟦secret:KEY⟧", "-d", #"{"retries":9}"#]
        return try recognised(.command(ParsedCommand(literal: words + rest)), in: environment)
      }
      let exit = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0")
      let put = try effect("PUT")
      #expect(put.layer == .endpoint && put.isUnseen == nil && put.targets.contains { $0.hasSuffix("/answer.json") })
      let before = try await driver.observe(put, in: environment)
      let forecast = try await driver.forecast(put, before: before, in: environment)
      #expect(forecast.from == "retries 3" && forecast.note == "what stands in answer.json is not kept")
      #expect(forecast.problems.map(\.code) == ["curl-as-written"])
      // The server refused it, and curl exits 0.
      #expect(
        driver.verify(put, before: before, after: before, outcome: exit) == .refuted("GET returns another retries"))
      let post = try effect("POST")
      #expect(post.layer == .endpoint && post.isUnseen == true && post.reversibility.isPointOfNoReturn)
      let nothing = try await driver.observe(post, in: environment)
      guard case .unproven = driver.verify(post, before: nothing, after: nothing, outcome: exit) else {
        Issue.record("nobody saw what the POST changed")
        return
      }
      let told = try await driver.forecast(post, before: nothing, in: environment)
      #expect(told.note == "what a POST changes cannot be seen; what stands in answer.json is not kept")
    }
  }

  @Test(arguments: [
    (["-D", "head.txt"], "--dump-header"), (["-K", "curl.conf"], "--config"), (["--next", "http://h/y"], "--next"),
  ])
  func whatAReadWritesBesideIsSaid(_ option: [String], _ name: String) async throws {
    try await TestHTTPServer.run { server in
      let environment = environment(server)
      let words = ["curl", server.base + "/status/200"] + option
      let effect = try recognised(.command(ParsedCommand(literal: words)), in: environment)
      #expect(effect.role == .change && effect.isUnseen == true && !effect.isNative && !effect.isRepeatable)
      #expect(effect.reversibility == .partial("what curl's \(name) changes is not kept"))
      let before = try await driver.observe(effect, in: environment)
      #expect(before == .notObserved("curl's \(name) is not understood"))
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      #expect(forecast.problems.map(\.code) == ["curl-as-written"] && forecast.problems[0].severity == .warning)
      let exit = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0")
      guard case .unproven = driver.verify(effect, before: before, after: before, outcome: exit),
        case .undetermined = try await driver.probe(effect, before: before, marker: nil, in: environment)
      else {
        Issue.record("what nobody looked at is known")
        return
      }
      #expect(try server.requests().isEmpty)
    }
  }
}
