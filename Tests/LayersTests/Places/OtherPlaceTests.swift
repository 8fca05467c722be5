import BackoutTestKit
import ConfigLayer
import FilesLayer
import Foundation
import HTTPLayer
import ImageLayer
import Layer
import PostgresLayer
import Runbook
import SQLiteLayer
import Testing

/// What the drivers do whose state is only looked at from here: in another place they keep nothing, and say so; they never
/// claim to know what happened there.
@Suite struct OtherPlaceTests {
  static let elsewhere: [TestPlace.Kind] = [.container, .ssh].filter(\.isAvailable)
  static let notHere: [TestPlace.Kind] = [.sudo, .container, .ssh].filter(\.isAvailable)

  /// `command` runs as written, and everything that is said of it beforehand, afterwards and of its undo is honest.
  private func runsUnseen(
    _ driver: any LayerDriver, _ command: String, in place: TestPlace, from environment: StepEnvironment,
    warning: String?
  ) async throws {
    let statement = place.text(command)
    let environment = place.reached(from: environment)
    let effect = try #require(driver.recognise(try TestPlace.action(statement), in: environment.context))
    #expect(effect.role == .change && !effect.isNative && effect.reversibility != .exact && !effect.place.isHere)
    let before = try await driver.observe(effect, in: environment)
    #expect(!before.isObserved)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    if let warning { #expect(forecast.problems.map(\.code).contains(warning), "\(forecast.problems)") }
    await #expect(throws: NotNative.self) { try await driver.act(effect, before: before, in: environment) }
    let outcome = try #require(try await environment.session?.run(statement, timeout: 60))
    #expect(outcome.succeeded, "\(outcome.output)")
    let after = try await driver.observe(effect, in: environment)
    guard case .unproven = driver.verify(effect, before: before, after: after, outcome: outcome) else {
      Issue.record("what nobody looked at is proven")
      return
    }
    let probe = try await driver.probe(effect, before: before, marker: nil, in: environment)
    guard case .undetermined = probe else {
      Issue.record("what nobody looked at is known: \(probe)")
      return
    }
    guard let image = try? await driver.keep(effect, before: before, in: environment) else { return }
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.restored.isEmpty && undone.notRestored == effect.targets)
  }

  // MARK: Data

  @Test(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"), arguments: notHere)
  func psqlElsewhereIsNotKept(_ kind: TestPlace.Kind) async throws {
    let world = try await CallsWorld()
    let tools = try ToolFolder([:], state: ["fix.sql": "DELETE FROM dev.heap"])
    defer { tools.remove() }
    let server = world.database.server
    let folder = tools.folder.path
    try tools.set("pass", "*:*:*:*:\(server.password)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/pass")
    let connection =
      "'host=127.0.0.1 port=\(server.port) user=postgres dbname=\(world.database.name) passfile=\(folder)/pass'"
    try await TestPlace.run(kind, folders: [folder]) { place in
      for command in ["-c 'DELETE FROM dev.notes'", "-f \(folder)/fix.sql"] {
        try await runsUnseen(
          PostgresDriver(), "psql -q -d \(connection) \(command)", in: place, from: world.environment,
          warning: "not-kept")
      }
    }
    #expect(try await world.database.run("SELECT count(*) FROM dev.notes") == "0")
    #expect(try await world.database.run("SELECT count(*) FROM dev.heap") == "0")
  }

  /// A file of the same name here, which only looks, is another one.
  @Test(arguments: ["", "-c 'SELECT 1' "]) func aFileElsewhereIsNotReadHere(_ before: String) throws {
    let tools = try ToolFolder([:], state: ["fix.sql": "SELECT 1"])
    defer { tools.remove() }
    let text = "ssh db psql -d x \(before)-f \(tools.folder.path)/fix.sql"
    let effect = try #require(
      PostgresDriver().recognise(try TestPlace.action(text), in: ReadingContext(directory: "/")))
    #expect(effect.role == .change && !effect.isRepeatable)
    #expect(effect.summary.contains("fix.sql") || !before.isEmpty)
  }

  @Test(arguments: notHere) func sqliteElsewhereIsNotKept(_ kind: TestPlace.Kind) async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    let path = tools.folder.path + "/db"
    func ask(_ sql: String) async throws -> String {
      try await ProcessRunner().run(CommandRequest(words: ["sqlite3", path, sql], directory: "/")).trimmed
    }
    _ = try await ask("CREATE TABLE a (b); INSERT INTO a VALUES (1)")
    try await TestPlace.run(kind, folders: [tools.folder.path]) { place in
      try await runsUnseen(
        SQLiteDriver(), "sqlite3 \(path) 'DELETE FROM a'", in: place, from: tools.environment(), warning: nil)
    }
    #expect(try await ask("SELECT count(*) FROM a") == "0")
  }

  // MARK: Endpoint

  /// The same machine: what sudo's curl reaches is what is reached from here.
  @Test(.enabled(if: TestPlace.Kind.sudo.isAvailable, Comment(rawValue: TestPlace.Kind.sudo.whyNot ?? "")))
  func curlBySudoConforms() async throws {
    let hook: JSONValue = ["url": "https://a.test/hook", "retries": 3]
    try await TestHTTPServer.run(["/v1/hook": hook]) { server in
      let tools = try ToolFolder([:])
      defer { tools.remove() }
      try await TestPlace.run(.sudo, folders: []) { place in
        let curl = "curl -s -H 'x-key: sesame' \(server.base)/v1/hook"
        try await place.exercise(
          HTTPDriver(), "\(curl) -X PUT -d '{\"retries\":5}'", from: tools.environment(),
          disturb: { try server.set("/v1/hook", ["url": "https://a.test/hook", "retries": 9]) },
          survives: { try server.resource("/v1/hook")?["retries"] == 9 }, reset: { try server.set("/v1/hook", hook) })
        try await place.exercise(HTTPDriver(), curl, from: tools.environment(), isRead: true)
      }
    }
  }

  @Test(arguments: elsewhere) func curlElsewhereIsNotKept(_ kind: TestPlace.Kind) async throws {
    try await TestHTTPServer.run(["/v1/hook": ["retries": 3]]) { server in
      let tools = try ToolFolder([:])
      defer { tools.remove() }
      try await TestPlace.run(kind, folders: []) { place in
        try await runsUnseen(
          HTTPDriver(), "curl -s -H 'x-key: sesame' -X PUT -d '{\"retries\":5}' \(server.base)/v1/hook", in: place,
          from: tools.environment(), warning: nil)
        try await place.exercise(
          HTTPDriver(), "curl -s -H 'x-key: sesame' \(server.base)/v1/hook", from: tools.environment(), isRead: true)
      }
      #expect(try server.resource("/v1/hook")?["retries"] == 5)
    }
  }

  // MARK: Image

  @Test(
    .enabled(if: TestDocker.isAvailable, Comment(rawValue: TestDocker.whyNot ?? "")),
    arguments: [TestPlace.Kind.sudo, .ssh].filter(\.isAvailable))
  func dockerConforms(_ kind: TestPlace.Kind) async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    let docker = world.docker
    let start =
      "docker rm -fv \(name)-a >/dev/null 2>&1; docker run -d --init --name \(name)-a \(name):1 sleep 500"
    try await docker.run(start)
    let engine = world.docker.variables.filter { ["DOCKER_HOST", "XDG_RUNTIME_DIR"].contains($0.key) }
    let set = engine.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value) " }.joined()
    try await TestPlace.run(kind, folders: [], variables: engine) { place in
      try await place.exercise(
        world.driver, "docker stop -t 1 \(name)-a", options: kind == .sudo ? set : "", from: world.environment(),
        disturb: { _ = try await docker.run("docker rm -f \(name)-a; docker run -d --name \(name)-a \(name):2") },
        survives: {
          try await docker.run("docker inspect -f '{{.Config.Image}}' \(name)-a") == "\(name):2"
        }, reset: { _ = try await docker.run(start) })
      try await place.exercise(
        world.driver, "docker inspect \(name)-a", options: kind == .sudo ? set : "", from: world.environment(),
        isRead: true)
    }
  }

  // MARK: Config

  /// What is set over there ends with its shell: there is nothing to keep.
  @Test(arguments: ["sudo export A=1", "ssh host 'export A=1'", "docker exec box export A=1"])
  func aVariableElsewhereIsNoConfig(_ statement: String) throws {
    #expect(
      ConfigDriver().recognise(try TestPlace.action(statement), in: ReadingContext(directory: "/srv")) == nil)
  }

  // MARK: Files

  /// `>` is opened by the session's own shell, wherever the command before it acts.
  @Test(arguments: elsewhere) func whatIsRedirectedHereIsKeptHere(_ kind: TestPlace.Kind) async throws {
    let world = try await FilesWorld()
    defer { world.end() }
    try await world.shell("cp -a . ../saved")
    // The folder is not in the container.
    try await TestPlace.run(kind, folders: []) { place in
      let statement = place.text("cat /etc/hostname") + " >app.conf"
      let environment = place.reached(from: world.environment())
      let action = try TestPlace.action(statement)
      let effect = try #require(FilesDriver().recognise(action, in: environment.context))
      #expect(effect.targets == ["file:\(world.folder)/app.conf"] && effect.place.isHere)
      let report = try await exerciseDriver(
        FilesDriver(),
        DriverScenario(
          name: "redirected", action: action, statement: statement, environment: environment,
          disturb: { try await world.shell("printf mine >app.conf") },
          disturbanceSurvives: { try await world.shell("cat app.conf") == "mine" },
          reset: { try await world.shell("cp -a ../saved/app.conf .") }, isProvable: false))
      #expect(report.violations == [])
    }
  }

  @Test func whatIsSplitOverTwoPlacesSaysSo() throws {
    let effect = try #require(
      FilesDriver().recognise(
        try TestPlace.action("ssh host rm -rf /srv/old >removed.log"), in: ReadingContext(directory: "/srv")))
    #expect(effect.place.label == "ssh:host" && effect.targets == ["file:/srv/old"])
    #expect(effect.reversibility.label.hasPrefix("partial: the file that its output goes to"))
  }
}
