import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import HTTPLayer

/// Requests whose change another address shows.
@Suite struct DeclaredRequestTests {
  private let driver = HTTPDriver()
  private static let path = "/api/admin/projects/default/features/search/environments/production"
  private static let address = "https://flags.shop.test" + path

  /// As Unleash's API: it asks for a token, holds the state in `enabled`, and answers on and off with 200 and no body.
  private static let unleash = #"""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def handle_any(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock, open(folder + "/requests", "a") as file: file.write("%s %s\n" % (self.command, self.path))
            if self.headers.get("Authorization") != "*:production.t0ken": return self.reply(401, {"name": "AuthenticationRequired"})
            name, _, rest = self.path.partition("/api/admin/projects/default/features/")[2].partition("/environments/")
            environment, _, action = rest.partition("/")
            file = "%s/%s.%s" % (folder, name, environment)
            if not name or not os.path.exists(file): return self.reply(404, {"name": "NotFoundError"})
            if self.command == "POST" and action in ("on", "off"):
                with lock, open(file, "w") as state: state.write("true" if action == "on" else "false")
                return self.reply(200, None)
            if self.command == "GET" and not action:
                with open(file) as state: enabled = state.read() == "true"
                return self.reply(200, {"name": environment, "enabled": enabled, "type": environment, "strategies": []})
            self.reply(405, {"name": "MethodNotAllowed"})
        def reply(self, status, value):
            data = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        def log_message(self, *values): pass
        do_GET = do_POST = do_PUT = do_DELETE = handle_any
    """#

  private struct Flags {
    let server: TestScriptServer
    private var file: URL { server.folder.appendingPathComponent("search.production") }

    func isOn() throws -> Bool { try String(contentsOf: file, encoding: .utf8) == "true" }
    func set(_ isOn: Bool) throws { try Data((isOn ? "true" : "false").utf8).write(to: file) }
  }

  private func withFlags(_ isOn: Bool = true, _ body: (Flags) async throws -> Void) async throws {
    let server = try await TestScriptServer.start(Self.unleash) { folder in
      try Data((isOn ? "true" : "false").utf8).write(to: folder.appendingPathComponent("search.production"))
    }
    defer { server.stop() }
    try await body(Flags(server: server))
  }

  private func environment(
    _ flags: Flags?, token: String = "*:production.t0ken", layers: [String: DeclaredLayer] = [:],
    binding: StepBinding? = nil
  ) -> StepEnvironment {
    let endpoints = flags.map { ["https://flags.shop.test": $0.server.base] } ?? [:]
    return StepEnvironment(
      label: "run/step",
      context: ReadingContext(
        directory: "/", variables: ["PATH": "/usr/bin:/bin"], endpoints: endpoints, layers: layers, binding: binding),
      images: MemoryImageStore(), runner: ProcessRunner(), secrets: FixedSecrets(["TOKEN": token]),
      redactor: Redactor(secrets: ["TOKEN": token]), settings: Settings(timeout: 20))
  }

  private func action(_ line: String) throws -> ParsedAction {
    let statement = try #require(ShellReader().statements(of: line, line: 1).first)
    return .command(try #require(statement.commands.last))
  }

  private func turning(_ word: String) throws -> ParsedAction {
    try action("curl -X POST \(Self.address)/\(word) -H 'Authorization: ⟦secret:TOKEN⟧'")
  }

  // MARK: Matching

  static let lines: [(line: String, name: String?)] = [
    ("curl -X POST \(address)/off", "unleash-off"),
    ("curl -sf -XPOST '\(address)/off' -H 'Authorization: x' -H 'Content-Type: application/json'", "unleash-off"),
    ("curl --request POST --url \(address)/on", "unleash-on"),
    ("curl -X POST http://localhost:4242/unleash\(path)/on -d '{}'", "unleash-on"),
    ("curl -X POST \(address)/off?x=1", nil), ("curl \(address)/off", nil), ("curl -X PUT \(address)/off", nil),
    ("curl -X POST \(address)/strategies/off", nil), ("curl -X POST \(address)", nil),
  ]

  @Test(arguments: lines) func matchesItsRequestAndNoOther(_ line: (line: String, name: String?)) throws {
    let context = ReadingContext(directory: "/")
    let effect = try #require(driver.recognise(try action(line.line), in: context))
    #expect(try effect.httpParameters().declared?.name == line.name)
    #expect((effect.layer == .flag) == (line.name != nil))
  }

  @Test func everyFileIsReadAndTheDocumentationNamesEveryOne() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appending(path: "Sources/Layers/HTTP/Tools")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let texts = try files.map { try Array(Data(contentsOf: $0)) }
    #expect(Set(texts) == Set(DeclaredRequest.files), "a file is not in the list, or the build is older than it")
    let page = try String(contentsOf: root.appending(path: "docs/layers/declared.md"), encoding: .utf8)
    for bytes in DeclaredRequest.files {
      for (name, layer) in try BindingsReader.read(String(decoding: bytes, as: UTF8.self)).layers {
        #expect(page.contains("`\(name)`"), "docs/layers/declared.md lacks \(name)")
        #expect(DeclaredRequest.shipped.first { $0.name == name }?.layer == layer)
        #expect(layer.layer.flatMap(LayerKind.init(rawValue:)) != nil && layer.undo != nil)
      }
    }
  }

  // MARK: A flag service

  @Test(arguments: ["off", "on"]) func conforms(_ word: String) async throws {
    try await withFlags(word == "off") { flags in
      let report = try await exerciseDriver(
        driver,
        DriverScenario(
          name: word, action: try turning(word), statement: "", environment: environment(flags),
          reset: { try flags.set(word == "off") }))
      #expect(report.violations == [])
    }
  }

  @Test func aFlagIsShownKeptProvenAndPutBack() async throws {
    try await withFlags { flags in
      let environment = environment(flags)
      let effect = try #require(driver.recognise(try turning("off"), in: environment.context))
      #expect(effect.isNative && effect.layer == .flag && effect.reversibility == .exact && effect.isUnseen == nil)
      let before = try await driver.observe(effect, in: environment)
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      #expect(forecast.from == "enabled true" && forecast.to == "enabled false")
      #expect(forecast.problems == [] && forecast.keeps == "the present state")
      let image = try await driver.keep(effect, before: before, in: environment)
      #expect(image.blobs.count == 1 && image.summary == "the present state: enabled true")
      let outcome = try await driver.act(effect, before: before, in: environment)
      #expect(try outcome.httpStatus == 200 && !flags.isOn())
      let after = try await driver.observe(effect, in: environment)
      let verdict = driver.verify(effect, before: before, after: after, outcome: outcome)
      #expect(verdict == .proven("GET returns enabled false"))
      #expect(
        try await driver.probe(effect, before: before, marker: nil, in: environment)
          == .happened("GET returns enabled false"))
      let again = try await driver.forecast(effect, before: after, in: environment)
      #expect(again.note == "already as wanted")
      let undone = try await driver.undo(
        image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.isWhole && undone.summary == "enabled true, as before")
      #expect(try flags.isOn())
      #expect(try !CanonicalJSON.text(of: effect).contains("t0ken"))
    }
  }

  @Test func anAnswerAloneIsNoProof() async throws {
    try await withFlags { flags in
      let environment = environment(flags)
      let effect = try #require(driver.recognise(try turning("off"), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      let accepted = Outcome(succeeded: true, summary: "200 OK", httpStatus: 200)
      #expect(
        driver.verify(effect, before: before, after: before, outcome: accepted)
          == .refuted("GET returns enabled true"))
      #expect(
        try await driver.probe(effect, before: before, marker: nil, in: environment)
          == .notHappened("enabled true, as before"))
    }
  }

  @Test func whatIsInTheWayIsSaidBeforehand() async throws {
    try await withFlags { flags in
      let cases = [
        (try turning("off"), "wrong-token", "credentials-refused"),
        (
          try action(
            "curl -X POST https://flags.shop.test/api/admin/projects/default/features/x/environments/y/off"
              + " -H 'Authorization: ⟦secret:TOKEN⟧'"), "*:production.t0ken", "target-missing"
        ),
        (try action("curl -X POST http://127.0.0.1:1\(Self.path)/off"), "*:production.t0ken", "endpoint-unreachable"),
      ]
      for (action, token, code) in cases {
        let environment = environment(flags, token: token)
        let effect = try #require(driver.recognise(action, in: environment.context))
        let before = try await driver.observe(effect, in: environment)
        #expect(!before.isObserved)
        let forecast = try await driver.forecast(effect, before: before, in: environment)
        #expect(forecast.problems.map(\.code) == [code])
        await #expect(throws: NothingKept.self) { try await driver.keep(effect, before: before, in: environment) }
      }
      #expect(try flags.isOn())
    }
  }

  // MARK: The team's own

  /// Else the token and the undo go to the real service while the request goes to the one that stands in for it.
  @Test(arguments: ["https://flags.shop.test", "{base}"])
  func everyAddressKeepsToTheEndpoints(_ base: String) async throws {
    let path = "/api/admin/projects/default/features/{feature}/environments/{environment}"
    let real = "https://flags.shop.test" + path
    let own = DeclaredLayer(
      match: "POST \(base)\(path)/off", observe: "GET \(real)", fields: ["enabled"], wanted: .text("false"),
      undo: "POST \(real)/on", layer: "flag")
    try await withFlags { flags in
      let environment = environment(flags, layers: ["ours": own])
      let effect = try #require(driver.recognise(try turning("off"), in: environment.context))
      let declared = try #require(try effect.httpParameters().declared)
      #expect(declared.name == "ours" && declared.url == flags.server.base + Self.path)
      #expect(declared.undo?.url == flags.server.base + Self.path + "/on")
      #expect(effect.targets == ["http:" + flags.server.base + Self.path])
      let before = try await driver.observe(effect, in: environment)
      let image = try await driver.keep(effect, before: before, in: environment)
      _ = try await driver.act(effect, before: before, in: environment)
      let after = try await driver.observe(effect, in: environment)
      #expect(after.summary == "enabled false")
      let undone = try await driver.undo(
        image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(try undone.isWhole && flags.isOn())
    }
  }

  /// As a small flag service: what it shows lies in `state`, PUT of `…/variant/NAME` sets `variant` there.
  private static let variants = #"""
    from urllib.parse import unquote
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            kind = self.headers.get("Content-Type") or "-"
            with lock, open(folder + "/requests", "a") as file:
                file.write("%s %s %s %s\n" % (self.command, self.path, kind, body))
            with lock, open(folder + "/state") as file: state = json.load(file)
            if self.command == "PUT" and "/variant/" in self.path:
                state["variant"] = unquote(self.path.split("/variant/")[1])
                with lock, open(folder + "/state", "w") as file: json.dump(state, file)
            data = json.dumps(state, separators=(",", ":")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        def log_message(self, *values): pass
        do_GET = do_POST = do_PUT = handle_any
    """#

  private func withVariants(_ state: String, _ body: (TestScriptServer) async throws -> Void) async throws {
    let server = try await TestScriptServer.start(Self.variants) { folder in
      try Data(state.utf8).write(to: folder.appendingPathComponent("state"))
    }
    defer { server.stop() }
    try await body(server)
  }

  @Test(
    arguments: [
      (#"{"on":true,"client_token":"tok_9f8e7d6c5b"}"#, []),
      (#"{"flag":{"on":true,"client_token":"tok_9f8e7d6c5b"}}"#, ["flag"]),
      (#"{"on":true,"url":"https://me:tok_9f8e7d6c5b@flags.test/"}"#, ["url"]),
    ] as [(String, [String])])
  func aSecretThatIsObservedIsNotShown(_ state: String, _ fields: [String]) async throws {
    let own = DeclaredLayer(match: "POST {base}/flags/{flag}/off", observe: "GET {base}/flags/{flag}", fields: fields)
    try await withVariants(state) { server in
      let environment = environment(nil, layers: ["ours": own])
      let effect = try #require(
        driver.recognise(try action("curl -X POST \(server.base)/flags/banner/off"), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      #expect(before.isObserved && before.summary.contains("digest "))
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      let image = try await driver.keep(effect, before: before, in: environment)
      let verdict = driver.verify(effect, before: before, after: before, outcome: nil)
      for text in [
        try CanonicalJSON.text(of: before), try CanonicalJSON.text(of: forecast), image.summary, verdict.text,
      ] {
        #expect(!text.contains("tok_9f8e7d6c5b"))
      }
    }
  }

  private static let green = "PUT {base}/flags/{flag}/variant/green"

  private func painting(_ server: TestScriptServer) throws -> ParsedAction {
    try action(
      "curl -X PUT \(server.base)/flags/banner/variant/green -H 'Content-Type: application/json' -d '{\"why\":\"\"}'")
  }

  @Test func theUndoNamesWhatWasKept() async throws {
    let own = DeclaredLayer(
      match: Self.green, observe: "GET {base}/flags/{flag}", fields: ["variant"], wanted: .text("green"),
      undo: "PUT {base}/flags/{flag}/variant/{before}", layer: "flag")
    try await withVariants(#"{"variant":"dark blue/1"}"#) { server in
      let environment = environment(nil, layers: ["ours": own])
      let effect = try #require(driver.recognise(try painting(server), in: environment.context))
      #expect(effect.reversibility == .exact)
      let before = try await driver.observe(effect, in: environment)
      #expect(try await driver.forecast(effect, before: before, in: environment).reversibility == nil)
      let image = try await driver.keep(effect, before: before, in: environment)
      let outcome = try await driver.act(effect, before: before, in: environment)
      let after = try await driver.observe(effect, in: environment)
      let verdict = driver.verify(effect, before: before, after: after, outcome: outcome)
      #expect(verdict == .proven("GET returns variant green"))
      let undone = try await driver.undo(
        image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.isWhole && undone.summary == "variant dark blue/1, as before")
      // Without the step's own body, which says what the step wanted.
      let puts = try server.requests().filter { $0.hasPrefix("PUT") }
      #expect(puts.last?.trimmingCharacters(in: .whitespaces) == "PUT /flags/banner/variant/dark%20blue%2F1 -")
    }
  }

  @Test func anUndoThatNamesNoStateIsNotPromisedToBeExact() async throws {
    try await withVariants(#"{"variant":"blue"}"#) { server in
      var own = DeclaredLayer(
        match: Self.green, observe: "GET {base}/flags/{flag}", fields: ["variant"], wanted: .text("green"),
        undo: "PUT {base}/flags/{flag}/variant/red")
      var environment = environment(nil, layers: ["ours": own])
      let effect = try #require(driver.recognise(try painting(server), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      #expect(
        try await driver.forecast(effect, before: before, in: environment).reversibility
          == .partial("the undo request says nothing of the state before, blue"))
      own.wanted = nil
      environment.context.layers = ["ours": own]
      let unknown = try #require(driver.recognise(try painting(server), in: environment.context))
      #expect(unknown.reversibility == .partial("the undo request says nothing of the state before"))
      #expect(unknown.isUnseen == true)
    }
  }

  @Test func aDeclarationOfWhatIsCalledFitsToo() throws {
    let called = "http://127.0.0.1:4242"
    let own = DeclaredLayer(
      match: "POST \(called)/flags/{flag}/off", observe: "GET \(called)/flags/{flag}", fields: ["on"])
    let context = ReadingContext(
      directory: "/", endpoints: ["https://flags.shop.test": called], layers: ["ours": own])
    let effect = try #require(
      driver.recognise(try action("curl -X POST https://flags.shop.test/flags/banner/off"), in: context))
    #expect(try effect.httpParameters().declared?.url == called + "/flags/banner")
    let query = try #require(
      driver.recognise(try action("curl -X POST https://flags.shop.test/flags/banner/off?now=1"), in: context))
    #expect(try query.httpParameters().declared == nil)
  }

  @Test func theTeamsOwnWins() async throws {
    let own = DeclaredLayer(
      match: "POST {base}/features/search/environments/{environment}/off",
      observe: "GET {base}/features/search/environments/{environment}", fields: ["type", "enabled"], layer: "config")
    try await withFlags { flags in
      let environment = environment(flags, layers: ["ours": own])
      let effect = try #require(driver.recognise(try turning("off"), in: environment.context))
      #expect(try effect.httpParameters().declared?.name == "ours")
      #expect(effect.layer == .config && effect.reversibility == .none("no undo declared") && effect.isUnseen == true)
      let before = try await driver.observe(effect, in: environment)
      #expect(before.summary == #"{"enabled":true,"type":"production"}"#)
      _ = try await driver.act(effect, before: before, in: environment)
      let after = try await driver.observe(effect, in: environment)
      guard case .unproven = driver.verify(effect, before: before, after: after, outcome: nil) else {
        Issue.record("what is wanted is not declared")
        return
      }
    }
  }
}
