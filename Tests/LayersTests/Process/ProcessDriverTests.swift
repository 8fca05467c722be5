import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import ProcessLayer

@Suite struct ProcessDriverTests {
  private let driver = ProcessDriver()

  private func action(_ words: [String], background: Bool = false) -> ParsedAction {
    var command = ParsedCommand(literal: words)
    command.background = background
    return .command(command)
  }

  private func recognised(_ words: [String], background: Bool = false) throws -> Effect {
    try #require(
      driver.recognise(action(words, background: background), in: ReadingContext(directory: "/tmp")))
  }

  @Test(arguments: ["stop", "disable", "mask", "restart", "start"]) func servicesConform(_ verb: String) async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    if verb == "start" { try tools.set("agy.active", "inactive") }
    let words = ["systemctl", verb, "agy"]
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: verb, action: action(words), statement: words.joined(separator: " "), environment: tools.environment()))
    #expect(report.violations == [])
    if verb != "restart" { #expect(try recognised(words).reversibility == .exact) }
  }

  @Test func aUnitIsOneTargetHoweverItIsWritten() async throws {
    for words in [["systemctl", "stop", "agy"], ["systemctl", "stop", "agy.service"], ["service", "agy", "stop"]] {
      #expect(try recognised(words).targets == ["service:agy"])
    }
    #expect(try recognised(["systemctl", "stop", "agy.timer"]).targets == ["service:agy.timer"])
    #expect(try recognised(["supervisorctl", "stop", "agy.service"]).targets == ["service:agy.service"])

    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let words = ["systemctl", "stop", "agy.service"]
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: "full name", action: action(words), statement: words.joined(separator: " "),
        environment: tools.environment()))
    #expect(report.violations == [])
  }

  @Test func aMaskIsTakenOffBeforeWhatItHidesIsStarted() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "mask", "--now", "agy"])
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try tools.set("agy.was", "enabled")
    try tools.set("agy.enabled", "masked")
    try tools.set("agy.active", "inactive")
    let after = try await driver.observe(effect, in: environment)
    #expect(
      driver.verify(effect, before: before, after: after, outcome: nil) == .proven("agy inactive (x), masked"))
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.restored == ["service:agy"])
    #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
  }

  @Test func aRestartThatDidNothingIsRefuted() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "restart", "stuck"])
    let before = try await driver.observe(effect, in: environment)
    let after = try await driver.observe(effect, in: environment)
    guard case .refuted(let why) = driver.verify(effect, before: before, after: after, outcome: nil) else {
      Issue.record("nothing was restarted")
      return
    }
    #expect(why == "stuck active (x), still the process from before: it was not restarted")
  }

  @Test func whatTheServiceManagerDoesNotKnow() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let unknown = try recognised(["systemctl", "restart", "agy-backend"])
    let environment = tools.environment()
    let before = try await driver.observe(unknown, in: environment)
    let forecast = try await driver.forecast(unknown, before: before, in: environment)
    #expect(forecast.problems.map(\.code) == ["service-unknown"])
    #expect(forecast.problems[0].message == "systemctl knows no service agy-backend")

    let missing = tools.environment(variables: ["PATH": tools.folder.path + "/none"])
    let none = try await driver.observe(unknown, in: missing)
    #expect(!none.isObserved)
    #expect(try await driver.forecast(unknown, before: none, in: missing).problems.map(\.code) == ["tool-missing"])

    let broken = try ToolFolder(["systemctl": "echo 'not booted with systemd' >&2; exit 1"])
    defer { broken.remove() }
    let silent = try await driver.observe(unknown, in: broken.environment())
    #expect(silent.summary == "not observed: systemd does not answer: not booted with systemd")
  }

  @Test func otherManagers() async throws {
    let tools = try ToolFolder(
      [
        "supervisorctl": """
        case "$1" in
          status) [ "$2" = worker ] || { echo "$2: ERROR (no such process)"; exit 4; }
            echo "worker   $(cat "$state/worker")   pid 12, uptime 0:00:01" ;;
          start) echo RUNNING > "$state/worker" ;;
          stop) echo STOPPED > "$state/worker" ;;
        esac
        """,
        "pm2": """
        case "$1" in
          jlist) echo "note"; echo '[{"name":"api","pm_id":0,"pid":5,"pm2_env":{"status":"online","restart_time":'$(cat "$state/n")'}}]' ;;
          restart) echo 4 > "$state/n" ;;
        esac
        """,
      ], state: ["worker": "RUNNING", "n": "3"])
    defer { tools.remove() }
    for words in [["supervisorctl", "stop", "worker"], ["pm2", "restart", "api"]] {
      let report = try await exerciseDriver(
        driver,
        DriverScenario(
          name: words[0], action: action(words), statement: words.joined(separator: " "),
          environment: tools.environment()))
      #expect(report.violations == [])
    }
    for words in [["supervisorctl", "stop", "nobody"], ["pm2", "restart", "nobody"]] {
      let effect = try recognised(words)
      let before = try await driver.observe(effect, in: tools.environment())
      let forecast = try await driver.forecast(effect, before: before, in: tools.environment())
      #expect(forecast.problems.map(\.code) == ["service-unknown"])
    }
  }

  @Test func aNameThatNoProcessHas() async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    // As `python run_unified_pipeline.py`: the process is named after its interpreter.
    let script = "run_unified_\(UUID().uuidString.prefix(8)).py"
    try tools.set(script, "sleep 60\n")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [tools.folder.appendingPathComponent(script).path]
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    // Until it has become bash, it is still seen as a copy of this process.
    for _ in 0..<500 {
      let line = FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/cmdline") ?? Data()
      if String(decoding: line, as: UTF8.self).contains(script) { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    let environment = tools.environment()
    let effect = try recognised(["killall", "-9", script])
    #expect(effect.isDestructive && effect.reversibility.isPointOfNoReturn)
    let before = try await driver.observe(effect, in: environment)
    #expect(before.summary == "no such process")
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.problems.map(\.code) == ["no-op"])
    #expect(
      forecast.problems[0].message.contains("(pid \(process.processIdentifier)) has it in its command line: pkill -f"))
    guard case .refuted = driver.verify(effect, before: before, after: before, outcome: nil) else {
      Issue.record("what was to be ended still runs")
      return
    }
    let nobody = try recognised(["pkill", "no-such-name-\(UUID().uuidString.prefix(6))"])
    let none = try await driver.observe(nobody, in: environment)
    let told = try await driver.forecast(nobody, before: none, in: environment)
    #expect(told.problems.map(\.severity) == [.question])
    #expect(
      driver.verify(nobody, before: none, after: none, outcome: nil)
        == .unproven("no such process was there: nothing was ended"))
  }

  @Test func killingIsProvenByLooking() async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    let name = "bo-\(UUID().uuidString.prefix(8))"
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: "/bin/sleep").resolvingSymlinksInPath(), to: tools.folder.appendingPathComponent(name))
    let process = Process()
    process.executableURL = tools.folder.appendingPathComponent(name)
    process.arguments = ["60"]
    process.environment = ["PATH": "/usr/bin"]
    try process.run()
    let environment = tools.environment()
    let exact = try recognised(["killall", name])
    try await Task.sleep(for: .milliseconds(100))
    let before = try await driver.observe(exact, in: environment)
    #expect(before.summary == "pid \(process.processIdentifier)")
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let after = try await driver.observe(exact, in: environment)
    #expect(
      driver.verify(exact, before: before, after: after, outcome: nil)
        == .proven("pid \(process.processIdentifier) ended"))
    let undone = try await driver.undo(
      try await driver.keep(exact, before: before, in: environment), of: exact, before: before, after: after,
      answer: nil,
      in: environment)
    #expect(!undone.notRestored.isEmpty)
  }

  @Test func whatWasStartedInTheBackgroundIsEnded() async throws {
    let tools = try ToolFolder(["worker": "exec sleep \"$1\""])
    defer { tools.remove() }
    let seconds = "6\(Int.random(in: 100_000...999_999))"
    let environment = tools.environment()
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: "background", action: action(["sleep", seconds], background: true),
        statement: "sleep \(seconds) >/dev/null 2>&1 & sleep 0.2", environment: environment))
    #expect(report.violations == [])
    let gone = try recognised(["./not-there.sh"], background: true)
    let forecast = try await driver.forecast(gone, before: Observation(summary: ""), in: environment)
    #expect(forecast.problems.map(\.code) == ["script-missing"])
  }

  @Test func whatEndedInTheBackgroundIsUnproven() async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    let script = "serve-\(UUID().uuidString.prefix(8)).py"
    try tools.set(script, "sleep 60\n")
    var environment = tools.environment()
    let effect = try recognised(["nohup", "uv", "run", script], background: true)
    let before = try await driver.observe(effect, in: environment)
    environment.isVerifying = true
    let started = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0")
    let none = try await driver.observe(effect, in: environment)
    #expect(
      driver.verify(effect, before: before, after: none, outcome: started)
        == .unproven("it does not run: it ended, and whether well is not known"))

    // A launcher hands over to another command line: something of the name runs.
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [tools.folder.appendingPathComponent(script).path]
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    let after = try await driver.observe(effect, in: environment)
    #expect(
      driver.verify(effect, before: before, after: after, outcome: started)
        == .unproven("pid \(process.processIdentifier) runs and may be it, with another command line"))
    #expect(after.isSameState(as: before))

    // Under another name, what the step left in the background tells.
    let launcher = try recognised(["./launch-\(UUID().uuidString.prefix(8))"], background: true)
    let nothing = try await driver.observe(launcher, in: tools.environment())
    environment.leftInBackground = [Int(process.processIdentifier)]
    let left = try await driver.observe(launcher, in: environment)
    #expect(
      driver.verify(launcher, before: nothing, after: left, outcome: started)
        == .unproven("pid \(process.processIdentifier) runs and may be it, with another command line"))
  }

  @Test func whatMayBeWhatWasStartedIsNotCalledEnded() async throws {
    let tools = try ToolFolder([:])
    defer { tools.remove() }
    var environment = tools.environment()
    // `exec sleep 60` of a script: neither its name nor its words are the script's any more.
    let script = "./launch-\(UUID().uuidString.prefix(8))"
    let effect = try recognised([script], background: true)
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sleep")
    process.arguments = ["60"]
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    environment.isVerifying = true
    environment.leftInBackground = [Int(process.processIdentifier)]
    let after = try await driver.observe(effect, in: environment)

    func undone(_ after: Observation) async throws -> Undone {
      try await driver.undo(
        image, of: effect, before: before, after: after, answer: nil, in: tools.environment())
    }
    let left = try await undone(after)
    let pid = process.processIdentifier
    #expect(
      left.notRestored == ["process:\(script): pid \(pid) may be what it started and runs: end it by hand"]
        && left.restored == [], "\(left)")
    #expect(process.isRunning)
    let unseen = try await undone(.notObserved("the connection was lost"))
    #expect(unseen.notRestored == ["process:\(script)"], "\(unseen)")
    kill(pid, SIGKILL)
    process.waitUntilExit()
    #expect(try await undone(after).restored == ["process:\(script)"])
  }

  @Test(arguments: [
    (["python", "-m", "uvicorn", "app:api", "--host", "0.0.0.0"], "python"), (["./bin/serve", "-p", "8.1"], "serve"),
    (["uv", "run", "python", "server.py"], "server.py"), (["gunicorn", "app:api"], "gunicorn"),
  ])
  func isKnownBy(_ words: [String], _ name: String) {
    #expect(ProcessTable.name(of: words) == name)
  }

  @Test func listeningPortsAreSeen() async throws {
    try await TestHTTPServer.run { server in
      let table = try await ProcessTable(
        of: try recognised(["kill", "\(server.processIdentifier)"]), in: try ToolFolder([:]).environment())
      let found = table.processes.filter { $0.pid == Int(server.processIdentifier) }
      #expect(ProcessTable.listeningPorts(of: found) == [server.port])
    }
  }

  @Test(arguments: [
    ["systemctl", "status", "x"], ["systemctl", "is-active", "x"], ["pm2", "list"], ["supervisorctl", "status"],
    ["kill", "-0", "12"], ["service", "x", "status"],
  ])
  func looksOnly(_ words: [String]) throws {
    #expect(try recognised(words).role == .observe)
  }

  @Test(arguments: [
    ["systemctl", "daemon-reload"], ["systemctl", "--host", "h", "stop", "x"], ["kill", "%1"], ["kill", "-l"],
    ["pkill", "-u", "me"], ["pkill", "-P", "4194000"], ["pkill", "-U", "nobody"], ["pkill", "-G", "ops"],
    ["pkill", "-9", "-P", "12"], ["pkill", "-s", "12", "x"], ["kill", "-s", "FOO", "12"], ["kill", "-65", "12"],
    ["killall", "-I", "x"], ["pkill", "a.*"], ["pm2", "start", "app.js"], ["service", "--status-all"], ["killall"],
    ["kill", "-9", "-1"], ["ls"],
  ])
  func isNotItsOwn(_ words: [String]) {
    #expect(driver.recognise(action(words), in: ReadingContext(directory: "/")) == nil)
  }

  @Test func readsSignals() throws {
    let command = try #require(
      ProcessCommand(ParsedCommand(literal: ["kill", "-s", "HUP", "12"]), in: ReadingContext(directory: "/")))
    #expect(command.signal == "HUP" && !command.ends && command.subject == .pids([12]))
    let killed = try #require(
      ProcessCommand(ParsedCommand(literal: ["pkill", "-SIGKILL", "-f", "run me"]), in: ReadingContext(directory: "/")))
    #expect(killed.signal == "KILL" && killed.subject == .named(["run me"], wholeLine: true))
    for (word, signal) in [("RTMIN+3", "RTMIN+3"), ("SIGRTMAX-1", "RTMAX-1"), ("64", "64"), ("SIGUSR1", "USR1")] {
      let sent = try #require(
        ProcessCommand(ParsedCommand(literal: ["pkill", "-\(word)", "app"]), in: ReadingContext(directory: "/")))
      #expect(sent.signal == signal && sent.subject == .named(["app"], wholeLine: false))
    }
    let nohup = ParsedCommand(
      words: ["nohup", "./run", "x"].map(Word.init(literal:)), background: true)
    #expect(
      try #require(ProcessCommand(nohup, in: ReadingContext(directory: "/"))).subject == .started(["./run", "x"]))
  }
}
