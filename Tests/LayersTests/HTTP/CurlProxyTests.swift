import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import HTTPLayer

@Suite struct CurlProxyTests {
  private static func choice(
    _ url: String, _ variables: [String: String], option: String? = nil, exceptions: String? = nil
  ) -> CurlProxy.Choice {
    CurlProxy.choice(for: url, option: option, exceptions: exceptions, variables: variables)
  }

  private static let proxy = CurlProxy.Choice.server(CurlProxy(host: "p", port: 3128))

  @Test(arguments: [
    ("http://h/x", "http_proxy", true), ("http://h/x", "HTTP_PROXY", false), ("http://h/x", "https_proxy", false),
    ("http://h/x", "all_proxy", true), ("http://h/x", "ALL_PROXY", true), ("https://h/x", "https_proxy", true),
    ("https://h/x", "HTTPS_PROXY", true), ("https://h/x", "http_proxy", false), ("https://h/x", "ALL_PROXY", true),
    ("http://127.0.0.1:8000/x", "http_proxy", false), ("https://localhost/x", "all_proxy", false),
  ])
  func theVariableOfTheScheme(_ url: String, _ name: String, _ isUsed: Bool) {
    #expect(Self.choice(url, [name: "http://p:3128/"]) == (isUsed ? Self.proxy : .direct))
  }

  @Test func theMoreExactWins() {
    #expect(Self.choice("http://h/x", ["http_proxy": "p:3128", "all_proxy": "q:1"]) == Self.proxy)
    #expect(Self.choice("https://h/x", ["https_proxy": "p:3128", "HTTPS_PROXY": "q:1"]) == Self.proxy)
    #expect(Self.choice("http://h/x", ["http_proxy": "", "all_proxy": "p:3128"]) == Self.proxy)
    #expect(Self.choice("http://h/x", ["http_proxy": "q:1"], option: "p:3128") == Self.proxy)
    #expect(Self.choice("http://h/x", ["http_proxy": "q:1"], option: "") == .direct)
    #expect(Self.choice("http://127.0.0.1/x", [:], option: "p:3128") == Self.proxy)
    #expect(Self.choice("http://h/x", ["http_proxy": "q:1", "no_proxy": "h"], option: "p:3128") == .direct)
    #expect(Self.choice("http://h/x", ["http_proxy": "p:3128", "no_proxy": "h"], exceptions: "") == Self.proxy)
    #expect(Self.choice("http://h/x", ["http_proxy": "p:3128"], exceptions: "*") == .direct)
    #expect(Self.choice("http://h/x", ["http_proxy": "p:3128", "NO_PROXY": "h"]) == .direct)
  }

  @Test func itsAddress() {
    let named = CurlProxy(host: "p", port: 1080, credentials: "me@x:p:w")
    #expect(Self.choice("http://h", [:], option: "me%40x:p%3Aw@p") == .server(named))
    #expect(Self.choice("http://h", [:], option: "[::1]:8080") == .server(CurlProxy(host: "::1", port: 8080)))
    #expect(CurlProxy(host: "::1", port: 8080).authority == "[::1]:8080")
    for text in ["socks5h://p:1", "socks4://p", "https://p:443", "http://", "p:x", "p:70000"] {
      guard case .notUnderstood = Self.choice("http://h", ["all_proxy": text]) else {
        Issue.record("\(text) is only for curl")
        continue
      }
    }
  }

  @Test(arguments: [
    ("h.test", "*", true), ("h.test", "h.test", true), ("a.h.test", "h.test", true), ("a.h.test", ".h.test", true),
    ("h.test", ".h.test", true), ("ah.test", "h.test", false), ("h.test", "a.h.test", false),
    ("H.Test.", "x, h.test", true), ("h.test", "x *", false), ("127.0.0.1", "127.0.0.1", true),
    ("127.0.0.1", "localhost", false), ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false),
    ("1.10.0.0", "10.0.0.0", false), ("::1", "[::1]", true), ("fd00::9", "fd00::/8", true), ("h.test", "", false),
  ])
  func whoGoesWithout(_ host: String, _ list: String, _ isExcepted: Bool) {
    #expect(CurlProxy.isExcepted(host, by: list) == isExcepted)
  }

  // MARK: Through a real one

  private let driver = HTTPDriver()

  private func environment(_ variables: [String: String], secrets: [String: String] = ["KEY": "sesame"])
    -> StepEnvironment
  {
    StepEnvironment(
      label: "run/step", context: ReadingContext(directory: "/", variables: variables), images: MemoryImageStore(),
      runner: ProcessRunner(), secrets: FixedSecrets(secrets), redactor: Redactor(secrets: secrets),
      settings: Settings(timeout: 20))
  }

  private func recognised(_ words: [String], in environment: StepEnvironment) throws -> Effect {
    try #require(driver.recognise(.command(ParsedCommand(literal: words)), in: environment.context))
  }

  private static let put = [
    "curl", "-X", "PUT", "http://api.nowhere.test/v1/a?b=c", "-H", "x-key: ⟦secret:KEY⟧", "-d", #"{"n":2}"#,
  ]

  @Test(arguments: [false, true]) func everyRequestOfAStepGoesThroughIt(_ isOption: Bool) async throws {
    try await TestHTTPServer.run(["/v1/a": ["n": 1]]) { server in
      try await TestHTTPProxy.run(to: server.port, credentials: "me:p:w") { proxy in
        let address = "http://me:p%3Aw@127.0.0.1:\(proxy.port)"
        let environment = environment(isOption ? ["http_proxy": "127.0.0.1:1"] : ["http_proxy": address])
        let effect = try recognised(Self.put + (isOption ? ["-x", address] : []), in: environment)
        #expect(effect.isNative && effect.reversibility == .exact)
        let before = try await driver.observe(effect, in: environment)
        #expect(before.isObserved, "\(before.summary)")
        let forecast = try await driver.forecast(effect, before: before, in: environment)
        #expect(forecast.problems.map(\.code) == (isOption ? ["literal-secret"] : []))
        let image = try await driver.keep(effect, before: before, in: environment)
        let outcome = try await driver.act(effect, before: before, in: environment)
        #expect(outcome.succeeded, "\(outcome.summary)")
        let after = try await driver.observe(effect, in: environment)
        #expect(driver.verify(effect, before: before, after: after, outcome: outcome) == .proven("GET returns n"))
        let undone = try await driver.undo(
          image, of: effect, before: before, after: after, answer: nil, in: environment)
        #expect(undone.restored.count == 1)
        #expect(try server.resource("/v1/a")?["n"] == 1)
        let requests = try proxy.requests()
        #expect(requests.allSatisfy { $0.hasSuffix(" http://api.nowhere.test/v1/a?b=c") })
        #expect(try requests.count == server.requests().count)
        if !isOption { #expect(try !CanonicalJSON.text(of: effect).contains("p%3Aw")) }
      }
    }
  }

  @Test func aProxyThatRefusesIsSaid() async throws {
    try await TestHTTPServer.run(["/v1/a": ["n": 1]]) { server in
      try await TestHTTPProxy.run(to: server.port, credentials: "me:right") { proxy in
        let wrong = environment(["all_proxy": "http://me:wr0ng@127.0.0.1:\(proxy.port)"])
        let effect = try recognised(Self.put, in: wrong)
        let before = try await driver.observe(effect, in: wrong)
        #expect(!before.isObserved)
        let forecast = try await driver.forecast(effect, before: before, in: wrong)
        #expect(forecast.problems.map(\.code) == ["credentials-refused"])
        let tls = try recognised(["curl", "https://api.nowhere.test/v1/a"], in: wrong)
        let outcome = try await driver.act(tls, before: Observation(summary: ""), in: wrong)
        let name = "the proxy 127.0.0.1:\(proxy.port)"
        #expect(outcome.summary == "no way to api.nowhere.test: \(name) refuses the credentials")
        let right = environment(["all_proxy": "http://me:right@127.0.0.1:\(proxy.port)"])
        let refused = try await driver.act(tls, before: Observation(summary: ""), in: right)
        #expect(refused.summary == "no way to api.nowhere.test: \(name) does not connect to it")
        #expect(try proxy.requests().suffix(1) == ["CONNECT api.nowhere.test:443"])
        #expect(try server.requests().isEmpty)
      }
    }
  }

  @Test func aProxyThatOnlyCurlKnowsRunsAsWritten() throws {
    let effect = try recognised(Self.put, in: environment(["all_proxy": "socks5://p:1080"]))
    #expect(!effect.isNative)
    #expect(effect.reversibility == .partial("curl's a proxy by socks5 is not understood: nothing is kept"))
  }

  @Test func aCheckGoesThroughItToo() async throws {
    try await TestHTTPServer.run { server in
      try await TestHTTPProxy.run(to: server.port) { proxy in
        let question = HTTPQuestion(url: "http://shop.nowhere.test/status/200")
        let plain = self.environment(["http_proxy": "127.0.0.1:\(proxy.port)"])
        let answer = try await HTTPCheck().answer(question, in: plain)
        #expect(answer.httpStatus == 200)
        #expect(try proxy.requests() == ["GET http://shop.nowhere.test/status/200"])
        let socks = self.environment(["http_proxy": "socks5://127.0.0.1:1"])
        await #expect(throws: (any Error).self) { _ = try await HTTPCheck().answer(question, in: socks) }
      }
    }
  }

  // MARK: Whether anybody answers

  @Test(arguments: ["http://127.0.0.1:1/x", "https://127.0.0.1:1/x", "http://[::1]:1/x"])
  func aPostToNobodyIsSaidBeforehand(_ url: String) async throws {
    let environment = environment([:])
    let effect = try recognised(["curl", "-X", "POST", url, "-d", "a=1"], in: environment)
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.problems.map(\.code) == ["endpoint-unreachable"])
    #expect(forecast.problems.first?.severity == .error)
    #expect(forecast.cures["endpoint-unreachable"]?.contains("service:") == true)
    let host = URLText.parts(of: url).host
    #expect(forecast.problems.first?.message.hasPrefix("no connection to \(host): nothing listens there") == true)
  }

  @Test func aPostIsNotSentToTry() async throws {
    try await TestHTTPServer.run { server in
      let environment = environment([:])
      let effect = try recognised(["curl", server.base + "/v1/x", "-d", "a=1"], in: environment)
      let forecast = try await driver.forecast(effect, before: Observation(summary: ""), in: environment)
      #expect(forecast.problems == [])
      #expect(try server.requests().isEmpty)
      let hole = try recognised(["curl", "http://<host>/x", "-d", "a=1"], in: environment)
      let told = try await driver.forecast(hole, before: Observation(summary: ""), in: environment)
      #expect(told.problems.map(\.code) == ["hole-unbound"])
      // The proxy is what must answer, and the name is its to know.
      try await TestHTTPProxy.run(to: server.port) { proxy in
        let words = ["curl", "http://api.nowhere.test/x", "-d", "a=1", "-x"]
        let through = try recognised(words + ["127.0.0.1:\(proxy.port)"], in: environment)
        let good = try await driver.forecast(through, before: Observation(summary: ""), in: environment)
        #expect(good.problems == [])
        #expect(try proxy.requests().isEmpty)
        let closed = try recognised(words + ["127.0.0.1:1"], in: environment)
        let bad = try await driver.forecast(closed, before: Observation(summary: ""), in: environment)
        #expect(bad.problems.map(\.code) == ["endpoint-unreachable"])
        #expect(bad.problems.first?.message.hasPrefix("no connection to the proxy 127.0.0.1:1: ") == true)
      }
    }
  }

  // MARK: Messages

  /// As Teams: 200 whatever became of the message.
  private static let teams = #"""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            failed = "Webhook message delivery failed with error: Teams returned HTTP error 413"
            data = {"good": "1", "large": failed}.get(body, "thanks").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        def log_message(self, *values): pass
    """#

  /// What is printed does not count: `-o /dev/null` hides it.
  @Test(arguments: [[], ["-o", "/dev/null"]] as [[String]])
  func whatTeamsSaysCountsAndNotItsStatus(_ options: [String]) async throws {
    let server = try await TestScriptServer.start(Self.teams)
    defer { server.stop() }
    try await TestHTTPProxy.run(to: server.port) { proxy in
      let environment = environment(["http_proxy": "127.0.0.1:\(proxy.port)"])
      func verdict(_ body: String) async throws -> Verdict {
        let words = ["curl", "-s", "-d", body, "http://shop.webhook.office.com/webhookb2/x"]
        let effect = try recognised(words + options, in: environment)
        #expect(effect.layer == .message && effect.isNative && effect.isUnseen == nil)
        let before = Observation(summary: "")
        let outcome = try await driver.act(effect, before: before, in: environment)
        #expect(outcome.httpStatus == 200)
        return driver.verify(effect, before: before, after: before, outcome: outcome)
      }
      let verdicts = [try await verdict("good"), try await verdict("large"), try await verdict("other")]
      #expect(
        verdicts == [
          .proven("accepted by the chat's server: 200 OK"),
          .refuted("not delivered: Webhook message delivery failed with error: Teams returned HTTP error 413"),
          .unproven("200 OK, but Teams does not say that it is delivered"),
        ])
    }
  }

  @Test func aMessageIsProvenByTheAnswer() async throws {
    try await TestHTTPServer.run { server in
      try await TestHTTPProxy.run(to: server.port) { proxy in
        let environment = environment(["http_proxy": "127.0.0.1:\(proxy.port)"])
        func sent(_ status: Int) async throws -> (effect: Effect, verdict: Verdict) {
          let url = "http://hooks.slack.com/status/\(status)"
          let effect = try recognised(["curl", "-X", "POST", url, "-d", #"{"text":"done"}"#], in: environment)
          let before = try await driver.observe(effect, in: environment)
          #expect(try await driver.forecast(effect, before: before, in: environment).problems == [])
          let outcome = try await driver.act(effect, before: before, in: environment)
          return (effect, driver.verify(effect, before: before, after: before, outcome: outcome))
        }
        let good = try await sent(200)
        #expect(good.verdict == .proven("accepted by the chat's server: 200 OK"))
        #expect(good.effect.layer == .message && good.effect.isUnseen == nil && good.effect.isNative)
        #expect(good.effect.reversibility.isPointOfNoReturn)
        #expect(try await sent(404).verdict == .refuted("404 Not Found"))
        #expect(try await sent(302).verdict == .refuted("not accepted by the chat's server: 302 Found"))
        // As written nobody sees the answer.
        let url = "http://hooks.slack.com/status/200"
        let written = try recognised(["curl", "--http2", url, "-d", "a=1"], in: environment)
        #expect(written.layer == .message && written.isUnseen == true)
        let exit = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0")
        let nothing = Observation(summary: "")
        guard case .unproven = driver.verify(written, before: nothing, after: nothing, outcome: exit) else {
          Issue.record("an exit status is no proof")
          return
        }
      }
    }
  }
}
