import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import ProcessLayer

@Suite struct ProcessDriverTests {
  private let driver = ProcessDriver()

  /// A systemd of two services: `agy`, and `stuck`, which no restart changes. `told` lists what it was told, and a
  /// service's `.next` is run after each look at it.
  private static let systemctl = """
    [ "$1" = --user ] && shift
    [ "$1" = show ] || echo "$*" >> "$state/told"
    case "$1" in
      show)
        case "$2" in
          agy | stuck) active=$(cat "$state/$2.active"); enabled=$(cat "$state/$2.enabled"); pid=$(cat "$state/$2.pid")
            echo "LoadState=loaded"; echo "ActiveState=$active"; echo "SubState=x"; echo "UnitFileState=$enabled"
            echo "MainPID=$pid"; echo "ExecMainStartTimestampMonotonic=1"
            echo "FragmentPath=$(cat "$state/$2.file" 2>/dev/null || echo "/lib/systemd/system/$2.service")"
            if [ -e "$state/$2.restarts" ]; then echo "NRestarts=$(cat "$state/$2.restarts")"; fi
            if [ -e "$state/$2.next" ]; then . "$state/$2.next"; fi ;;
          *) echo "LoadState=not-found"; echo "ActiveState=inactive"; echo "SubState=dead"; echo "UnitFileState="
            echo "MainPID=0"; echo "ExecMainStartTimestampMonotonic=0" ;;
        esac ;;
      start) echo active > "$state/$2.active"; echo $RANDOM > "$state/$2.pid" ;;
      stop) echo inactive > "$state/$2.active"; echo 0 > "$state/$2.pid" ;;
      reload) ;;
      restart | reload-or-restart) [ "$2" = stuck ] || { echo active > "$state/$2.active"; echo $$ > "$state/$2.pid"; } ;;
      mask) cp "$state/$2.enabled" "$state/$2.was"; echo masked > "$state/$2.enabled" ;;
      unmask) cp "$state/$2.was" "$state/$2.enabled" ;;
      enable) echo enabled > "$state/$2.enabled" ;;
      disable) echo disabled > "$state/$2.enabled" ;;
    esac
    """
  private static let state = [
    "agy.active": "active", "agy.enabled": "enabled", "agy.pid": "12", "stuck.active": "active",
    "stuck.enabled": "static", "stuck.pid": "13",
  ]

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
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
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

  @Test func aStoppedServiceThatWouldStartAgainIsOfferedForAMask() async throws {
    let tools = try ToolFolder(
      ["systemctl": Self.systemctl, "readlink": #"cat "$state/$(basename "$1" .service).link" 2>/dev/null"#],
      state: Self.state)
    defer { tools.remove() }
    let environment = tools.environment()
    func change(_ words: [String]) throws -> QuarantineChange {
      QuarantineChange(
        step: words.joined(separator: " "), effect: try recognised(words), context: environment.context)
    }
    let stop = try change(["systemctl", "stop", "agy", "stuck", "gone"])
    let offers = try await driver.quarantines(after: [stop], in: environment)
    #expect(offers.map(\.name) == ["mask-agy", "mask-stuck"])
    #expect(offers.map(\.statement) == ["systemctl mask agy", "systemctl mask stuck"])
    #expect(offers.map(\.release) == ["systemctl unmask agy", "systemctl unmask stuck"])
    #expect(offers[0].danger == "agy is enabled: the next boot starts it again" && offers[0].step == stop.step)
    #expect(try recognised(["systemctl", "unmask", "agy"]).reversibility == .exact)

    let start = try change(["systemctl", "start", "agy"])
    #expect(try await driver.quarantines(after: [stop, start], in: environment).map(\.name) == ["mask-stuck"])
    #expect(try await driver.quarantines(after: [start, try change(["killall", "agy"])], in: environment) == [])
    var remote = stop
    remote.effect.place = .sudo(user: nil)
    // sudo is not in the folder: nothing is known, so nothing is offered.
    let bare = tools.environment(variables: ["PATH": tools.folder.path])
    #expect(try await driver.quarantines(after: [remote], in: bare) == [])
    // systemd refuses to mask what stands where the mask would be.
    try tools.set("agy.file", "/etc/systemd/system/agy.service")
    try tools.set("stuck.file", "/etc/systemd/system/stuck.service")
    let own = try await driver.quarantines(after: [stop], in: environment)
    #expect(own.map(\.name) == ["disable-agy"])
    #expect(own.map(\.statement) == ["systemctl disable agy"] && own.map(\.release) == ["systemctl enable agy"])
    // To disable what is only linked would take its link away; a user's own folders are looked at for --user alone.
    try tools.set("agy.link", "/srv/app/agy.service")
    #expect(try await driver.quarantines(after: [stop], in: environment) == [])
    try tools.set("agy.link", "../../../lib/systemd/system/agy.service")
    #expect(try await driver.quarantines(after: [stop], in: environment).map(\.name) == ["disable-agy"])
    try tools.set("agy.link", "")
    let mine = try change(["systemctl", "--user", "stop", "agy"])
    for (file, ofUser) in [("/srv/app/agy.service", 0), ("/home/me/.config/systemd/user/agy.service", 1)] {
      try tools.set("agy.file", file)
      #expect(try await driver.quarantines(after: [stop], in: environment) == [])
      #expect(try await driver.quarantines(after: [mine], in: environment).count == ofUser)
    }
    try tools.set("agy.file", "/etc/systemd/system/agy.service")
    try tools.set("agy.enabled", "disabled")
    try tools.set("stuck.enabled", "masked")
    #expect(try await driver.quarantines(after: [stop], in: environment) == [])
  }

  @Test func aMaskIsTakenOffBeforeWhatItHidesIsStarted() async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
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
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
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

  // MARK: Doing it again

  @Test(arguments: ["restart", "reload-or-restart", "reload"])
  func aRestartIsDoneAgainByAnUndo(_ verb: String) async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "--user", verb, "agy"])
    #expect(effect.undoneLast == true)
    let shown = verb == "reload" ? "reload" : "restart"
    #expect(
      effect.reversibility
        == .partial("the \(shown) is done again, after all else was put back; what did not run is stopped"))
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try tools.set("agy.pid", "77")
    let after = try await driver.observe(effect, in: environment)
    for _ in 1...2 {
      let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.restored == ["service:agy"] && undone.isWhole, "\(undone)")
      #expect(undone.summary == "done again: agy active (x)")
    }
    #expect(try tools.state("told") == "\(verb) agy\n\(verb) agy")
    let other = try recognised(["systemctl", "start", "agy"])
    #expect(other.undoneLast == nil)
  }

  @Test func whatARestartStartedIsStopped() async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
    defer { tools.remove() }
    try tools.set("agy.active", "inactive")
    try tools.set("agy.pid", "0")
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "restart", "agy"])
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    try tools.set("agy.active", "active")
    try tools.set("agy.pid", "77")
    let after = try await driver.observe(effect, in: environment)
    for _ in 1...2 {
      let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.restored == ["service:agy"] && undone.summary == "as before: agy inactive (x)", "\(undone)")
    }
    #expect(try tools.state("told") == "stop agy")
  }

  @Test func aRestartThatCannotBeDoneAgainIsNotCalledUndone() async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "restart", "stuck"])
    let before = try await driver.observe(effect, in: environment)
    let image = try await driver.keep(effect, before: before, in: environment)
    let undone = try await driver.undo(image, of: effect, before: before, after: before, answer: nil, in: environment)
    #expect(
      undone.notRestored == ["service:stuck: still the process from before, it was not restarted"], "\(undone)")

    // Somebody stopped it after the step: it is theirs to say.
    let agy = try recognised(["systemctl", "restart", "agy"])
    let ran = try await driver.observe(agy, in: environment)
    try tools.set("agy.active", "inactive")
    let kept = try await driver.keep(agy, before: ran, in: environment)
    let left = try await driver.undo(kept, of: agy, before: ran, after: ran, answer: nil, in: environment)
    #expect(left.conflicts.map(\.target) == ["service:agy"])
    let put = try await driver.undo(kept, of: agy, before: ran, after: ran, answer: .putBack, in: environment)
    #expect(put.restored == ["service:agy"] && put.isWhole, "\(put)")
    #expect(try tools.state("told") == "restart stuck\nstart agy")
  }

  // MARK: Staying up

  @Test(arguments: [
    (#"echo 99 > "$state/agy.pid""#, "agy active (x): it does not stay up, it was pid 12, and then pid 99"),
    (
      #"echo failed > "$state/agy.active""#,
      "agy failed (x): it does not stay up, it was active (x), and then failed (x)"
    ),
    (#"echo 3 > "$state/agy.restarts""#, "agy active (x): it does not stay up, it was started again by itself"),
  ])
  func oneThatFallsOverIsRefuted(_ next: String, _ why: String) async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
    defer { tools.remove() }
    try tools.set("agy.restarts", "2")
    var environment = tools.environment()
    let effect = try recognised(["systemctl", "start", "agy"])
    let before = try await driver.observe(effect, in: environment)
    try tools.set("agy.next", next)
    environment.isVerifying = true
    let after = try await driver.observe(effect, in: environment)
    #expect(driver.verify(effect, before: before, after: after, outcome: nil) == .refuted(why))
  }

  @Test func oneThatStaysUpIsProven() async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
    defer { tools.remove() }
    var environment = tools.environment()
    let effect = try recognised(["systemctl", "start", "agy"])
    let before = try await driver.observe(effect, in: environment)
    environment.isVerifying = true
    // It takes until the second look.
    try tools.set("agy.active", "activating")
    try tools.set("agy.next", #"echo active > "$state/agy.active""#)
    let clock = ContinuousClock()
    let begun = clock.now
    let after = try await driver.observe(effect, in: environment)
    #expect(begun.duration(to: clock.now) >= environment.watch)
    #expect(driver.verify(effect, before: before, after: after, outcome: nil) == .proven("agy active (x)"))
    // The same state as one look shows: what it took to see it is no part of it.
    #expect(after.isSameState(as: before))
    // A queued restart may come between two looks.
    let queued = try recognised(["systemctl", "--no-block", "restart", "agy"])
    try tools.set("agy.next", #"echo 99 > "$state/agy.pid""#)
    let later = try await driver.observe(queued, in: environment)
    let first = Observation(
      states: ["service:agy": ["known": true, "active": true, "process": "12@1"]], summary: "agy active (x)")
    #expect(
      driver.verify(queued, before: first, after: later, outcome: nil) == .proven("agy active (x), as a new process"))
  }

  @Test func whatTheServiceManagerDoesNotKnow() async throws {
    let tools = try ToolFolder(["systemctl": Self.systemctl], state: Self.state)
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
    ["pkill", "-u", "me"],
    ["pkill", "a.*"], ["pm2", "start", "app.js"], ["service", "--status-all"], ["killall"], ["kill", "-9", "-1"],
    ["ls"],
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
    let nohup = ParsedCommand(
      words: ["nohup", "./run", "x"].map(Word.init(literal:)), background: true)
    #expect(
      try #require(ProcessCommand(nohup, in: ReadingContext(directory: "/"))).subject == .started(["./run", "x"]))
  }
}
