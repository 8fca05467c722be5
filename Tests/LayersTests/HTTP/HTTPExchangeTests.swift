import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import HTTPLayer

/// Whether a request arrives, whose it is, and what is said where it does not.
@Suite struct HTTPExchangeTests {
  private let driver = HTTPDriver()

  private func environment() -> StepEnvironment {
    StepEnvironment(
      label: "run/step", context: ReadingContext(directory: "/"), images: MemoryImageStore(), runner: ProcessRunner(),
      secrets: FixedSecrets(), settings: Settings(timeout: 20))
  }

  private func recognised(_ action: ParsedAction, in environment: StepEnvironment) throws -> Effect {
    try #require(driver.recognise(action, in: environment.context))
  }

  @Test func nobodyThere() async throws {
    let environment = environment()
    let words = ["curl", "-X", "PUT", "http://127.0.0.1:1/x", "-d", "{\"a\":1}"]
    let effect = try recognised(.command(ParsedCommand(literal: words)), in: environment)
    let before = try await driver.observe(effect, in: environment)
    #expect(!before.isObserved)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.problems.map(\.code) == ["endpoint-unreachable"] && forecast.problems[0].severity == .error)
    let outcome = try await driver.act(effect, before: before, in: environment)
    #expect(!outcome.succeeded)
    #expect(outcome.summary.hasPrefix("no connection to 127.0.0.1:1"))
    #expect(outcome.summary.hasSuffix("nothing was sent"))
  }

  @Test(arguments: [["-d", "a=1"], []] as [[String]])
  func aPostThatReachesNobodyWasNotSent(_ body: [String]) async throws {
    let environment = environment()
    let words = ["curl", "-X", "POST", "http://127.0.0.1:1/x"] + body
    for words in [words, words + ["-L"]] {
      let effect = try recognised(.command(ParsedCommand(literal: words)), in: environment)
      let outcome = try await driver.act(effect, before: Observation(summary: ""), in: environment)
      #expect(!outcome.succeeded && outcome.summary.hasPrefix("no connection to 127.0.0.1:1: "))
      #expect(outcome.summary.hasSuffix(": nothing was sent"))
    }
  }

  /// The first host had the request.
  @Test func aRedirectToNobodyIsAnUnknownOutcome() async throws {
    let server = try await TestScriptServer.start(
      #"""
      class Handler(BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"
          def do_POST(self):
              self.rfile.read(int(self.headers.get("Content-Length") or 0))
              with lock, open(folder + "/requests", "a") as file: file.write("POST\n")
              self.send_response(307)
              self.send_header("Location", "http://127.0.0.1:1/x")
              self.send_header("Content-Length", "0")
              self.end_headers()
          def log_message(self, *values): pass
      """#)
    defer { server.stop() }
    let environment = environment()
    let words = ["curl", "-L", "-X", "POST", server.base + "/x", "-d", "a=1"]
    let effect = try recognised(.command(ParsedCommand(literal: words)), in: environment)
    let outcome = try await driver.act(effect, before: Observation(summary: ""), in: environment)
    #expect(!outcome.succeeded && outcome.summary.hasSuffix(": whether it happened is not known"))
    #expect(try server.requests() == ["POST"])
  }

  @Test(arguments: [["-d", "a=1"], []] as [[String]])
  func aSlowAnswerIsAnUnknownOutcome(_ body: [String]) async throws {
    try await TestHTTPServer.run { server in
      let environment = environment()
      let words = ["curl", "-m", "1", "-X", "POST", server.base + "/slow"] + body
      let effect = try recognised(.command(ParsedCommand(literal: words)), in: environment)
      let outcome = try await driver.act(effect, before: Observation(summary: ""), in: environment)
      #expect(!outcome.succeeded)
      #expect(outcome.summary == "no answer from 127.0.0.1:\(server.port) within 1 s: whether it happened is not known")
      #expect(try server.requests().count == 1)
    }
  }

  /// One resource, for one user.
  private static let guarded = #"""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            user = "Basic " + base64.b64encode(b"admin:p@w").decode()
            if self.headers.get("Authorization") != user: return self.reply(401, "{}")
            if self.command == "PUT":
                with lock, open(folder + "/state", "w") as file: file.write(body)
            with lock, open(folder + "/state") as file: self.reply(200, file.read())
        def reply(self, status, text):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
        def log_message(self, *values): pass
        do_GET = do_PUT = handle_any
    """#

  @Test func theUserOfTheURLIsSent() async throws {
    let server = try await TestScriptServer.start(Self.guarded) { folder in
      try Data(#"{"n":1}"#.utf8).write(to: folder.appendingPathComponent("state"))
    }
    defer { server.stop() }
    let environment = environment()
    let url = "http://admin:p%40w@127.0.0.1:\(server.port)/api/x"
    let words = ["curl", "-X", "PUT", url, "-d", #"{"n":2}"#]
    let effect = try recognised(.command(ParsedCommand(literal: words)), in: environment)
    #expect(effect.targets == ["http:\(server.base)/api/x"])
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(before.isObserved && forecast.problems.map(\.code) == ["literal-secret"])
    let image = try await driver.keep(effect, before: before, in: environment)
    let outcome = try await driver.act(effect, before: before, in: environment)
    let after = try await driver.observe(effect, in: environment)
    #expect(driver.verify(effect, before: before, after: after, outcome: outcome) == .proven("GET returns n"))
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.isWhole && undone.restored.count == 1)
    let answer = try await HTTPCheck().answer(HTTPQuestion(url: url), in: environment)
    #expect(answer.httpStatus == 200 && answer.value == ["n": 1])
  }
}
