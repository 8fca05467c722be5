import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import ProcessLayer

/// What a restart comes to: it is done again by an undo, and what runs then must stay up.
@Suite struct ServiceRestartTests {
  private let driver = ProcessDriver()

  private func recognised(_ words: [String]) throws -> Effect {
    try #require(
      driver.recognise(.command(ParsedCommand(literal: words)), in: ReadingContext(directory: "/tmp")))
  }

  // MARK: Doing it again

  @Test(arguments: ["restart", "reload-or-restart", "reload"])
  func aRestartIsDoneAgainByAnUndo(_ verb: String) async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", "--user", verb, "agy"])
    #expect(effect.undoneLast == true)
    #expect(
      effect.reversibility
        == .partial("the \(verb) is done again, after all else was put back; what did not run is stopped"))
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
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
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
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
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

  // MARK: What need not be a new process

  @Test(arguments: ["reload-or-restart", "force-reload"])
  func whatMayOnlyBeReloadedMayKeepItsProcess(_ verb: String) async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(["systemctl", verb, "agy"])
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.to == "its settings read again, or running as a new process" && forecast.note == nil)
    func verdict(_ outcome: Outcome?) async throws -> Verdict {
      driver.verify(effect, before: before, after: try await driver.observe(effect, in: environment), outcome: outcome)
    }
    let done = Outcome(exitStatus: 0, succeeded: true, summary: "exit 0")
    let same = "agy active (x), still the process from before; whether it read its settings again cannot be seen"
    #expect(try await verdict(done) == .unproven(same))
    #expect(try await verdict(Outcome(exitStatus: 1, succeeded: false, summary: "exit 1")) == .refuted("exit 1"))
    let probe = try await driver.probe(effect, before: before, marker: nil, in: environment)
    #expect(probe == .undetermined("agy active (x)"))
    try tools.set("agy.pid", "77")
    #expect(try await verdict(done) == .proven("agy active (x), as a new process"))
    try tools.set("agy.active", "failed")
    #expect(try await verdict(done) == .refuted("agy failed (x)"))
  }

  @Test(arguments: ["try-restart", "force-reload"])
  func whatDoesNotRunIsLeftSoAndSaid(_ verb: String) async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    try tools.set("agy.active", "inactive")
    let environment = tools.environment()
    let effect = try recognised(["systemctl", verb, "agy"])
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    #expect(forecast.note == "\(verb) starts nothing that does not run: agy inactive (x)")
    #expect(
      driver.verify(effect, before: before, after: before, outcome: nil)
        == .unproven("agy inactive (x): \(verb) starts nothing that does not run"))
    // One that ran must run.
    try tools.set("agy.active", "active")
    let ran = try await driver.observe(effect, in: environment)
    #expect(driver.verify(effect, before: ran, after: before, outcome: nil) == .refuted("agy inactive (x)"))
    // `service` restarts what cannot be reloaded, and so starts it.
    #expect(
      try #require(ProcessCommand(ParsedCommand(literal: ["service", "agy", verb]), in: environment.context))
        .leavesStopped == (verb == "try-restart"))
  }

  @Test func aOneshotThatRanIsNotRefutedForHavingEnded() async throws {
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
    defer { tools.remove() }
    for (name, text) in [
      ("active", "inactive"), ("pid", "0"), ("type", "oneshot"), ("result", "success"), ("began", "100"),
    ] { try tools.set("agy.\(name)", text) }
    let environment = tools.environment()
    for verb in ["start", "restart"] {
      let effect = try recognised(["systemctl", verb, "agy"])
      try tools.set("agy.began", "100")
      try tools.set("agy.active", "inactive")
      let before = try await driver.observe(effect, in: environment)
      let forecast = try await driver.forecast(effect, before: before, in: environment)
      #expect(forecast.reversibility == .partial("it runs to its end; what it does meanwhile stays"))
      func verdict(_ outcome: Outcome? = nil) async throws -> Verdict {
        driver.verify(
          effect, before: before, after: try await driver.observe(effect, in: environment), outcome: outcome)
      }
      func probe() async throws -> Probe {
        try await driver.probe(effect, before: before, marker: nil, in: environment)
      }
      let unseen = "agy inactive (x): it has not failed; whether it ran cannot be seen"
      #expect(try await verdict() == .unproven(unseen))
      #expect(try await probe() == .notHappened("as before: agy inactive (x)"))
      #expect(try await verdict(Outcome(exitStatus: 1, succeeded: false, summary: "exit 1")) == .refuted("exit 1"))
      try tools.set("agy.began", "200")
      #expect(try await verdict() == .proven("agy inactive (x): it ran to its end"))
      #expect(try await probe() == .happened("agy inactive (x): it ran to its end"))
      // The moment is no part of the state.
      #expect(try await driver.observe(effect, in: environment).isSameState(as: before))
      // systemd forgets it where no other unit wants it.
      try tools.set("agy.began", "0")
      #expect(try await verdict() == .unproven(unseen))
      #expect(try await probe() == .undetermined("agy inactive (x)"))
      try tools.set("agy.active", "activating")
      #expect(try await verdict() == .unproven("agy activating (x): it has not ended yet"))
      try tools.set("agy.active", "failed")
      #expect(try await verdict() == .refuted("agy failed (x)"))
    }
  }

  // MARK: Groups

  /// What a manager prints of a group before and after a command.
  struct Group: Sendable, CustomTestStringConvertible {
    var words: [String]
    var before: String
    var after: String
    var verdict: Verdict
    var testDescription: String { "\(words.joined(separator: " ")): \(verdict.text)" }
  }

  private static func supervised(_ members: (name: String, state: String)...) -> String {
    members.map { "workers:\($0.name)   \($0.state)" }.joined(separator: "\n")
  }
  private static func clustered(_ members: (status: String, pid: Int)...) -> String {
    let entries = members.enumerated().map { id, member in
      #"{"name":"api","pm_id":\#(id),"pid":\#(member.pid),"pm2_env":{"status":"\#(member.status)","restart_time":1}}"#
    }
    return "[\(entries.joined(separator: ","))]"
  }
  private static func units(_ members: (active: String, pid: Int)...) -> String {
    members.enumerated().map { index, member in
      """
      Id=worker@\(index).service
      LoadState=loaded
      ActiveState=\(member.active)
      SubState=x
      MainPID=\(member.pid)
      ExecMainStartTimestampMonotonic=1
      """
    }.joined(separator: "\n\n")
  }

  static let groups = [
    Group(
      words: ["supervisorctl", "restart", "workers:*"],
      before: supervised(("w0", "RUNNING   pid 221, uptime 1:00:00"), ("w1", "RUNNING   pid 222, uptime 1:00:00")),
      after: supervised(("w0", "RUNNING   pid 333, uptime 0:00:01"), ("w1", "FATAL     Exited too quickly")),
      verdict: .refuted("workers:* 1 FATAL (workers:w1), 1 RUNNING")),
    Group(
      words: ["supervisorctl", "restart", "workers:*"],
      before: supervised(("w0", "RUNNING   pid 221, uptime 1:00:00"), ("w1", "RUNNING   pid 222, uptime 1:00:00")),
      after: supervised(("w0", "RUNNING   pid 333, uptime 0:00:01"), ("w1", "RUNNING   pid 222, uptime 1:00:01")),
      verdict: .refuted("workers:* 2 RUNNING, still pid 222 from before: it was not restarted")),
    Group(
      words: ["supervisorctl", "restart", "workers:*"],
      before: supervised(("w0", "RUNNING   pid 221, uptime 1:00:00"), ("w1", "FATAL     Exited too quickly")),
      after: supervised(("w0", "RUNNING   pid 333, uptime 0:00:01"), ("w1", "RUNNING   pid 334, uptime 0:00:01")),
      verdict: .proven("workers:* 2 RUNNING, as new processes")),
    Group(
      words: ["supervisorctl", "stop", "workers:*"],
      before: supervised(("w0", "RUNNING   pid 221, uptime 1:00:00"), ("w1", "RUNNING   pid 222, uptime 1:00:00")),
      after: supervised(("w0", "STOPPED   Nov 27 06:00 AM"), ("w1", "RUNNING   pid 222, uptime 1:00:01")),
      verdict: .refuted("workers:* 1 RUNNING, 1 STOPPED (workers:w0)")),
    Group(
      words: ["pm2", "restart", "api"], before: clustered(("online", 5), ("online", 6)),
      after: clustered(("online", 7), ("errored", 0)), verdict: .refuted("api 1 errored (id 1), 1 online")),
    Group(
      words: ["pm2", "restart", "api"], before: clustered(("online", 5), ("online", 6)),
      after: clustered(("online", 7), ("online", 6)),
      verdict: .refuted("api 2 online, still pid 6 from before: it was not restarted")),
    Group(
      words: ["pm2", "restart", "api"], before: clustered(("online", 5), ("online", 6)),
      after: clustered(("online", 7), ("online", 8)), verdict: .proven("api 2 online, as new processes")),
    Group(
      words: ["systemctl", "restart", "worker@*"], before: units(("active", 11), ("active", 12)),
      after: units(("failed", 0), ("active", 22)),
      verdict: .refuted("worker@* 1 active (x), 1 failed (x) (worker@0)")),
    Group(
      words: ["systemctl", "restart", "worker@*"], before: units(("active", 11), ("active", 12)),
      after: units(("active", 11), ("active", 22)),
      verdict: .refuted("worker@* 2 active (x), still pid 11 from before: it was not restarted")),
    Group(
      words: ["systemctl", "restart", "worker@*"], before: units(("active", 11), ("active", 12)),
      after: units(("active", 21)), verdict: .refuted("worker@* active (x): of 2 processes before, 1 came again")),
    Group(
      words: ["systemctl", "restart", "worker@*"], before: units(("active", 11), ("active", 12)),
      after: units(("active", 21), ("active", 22)), verdict: .proven("worker@* 2 active (x), as new processes")),
    // systemd forgets a unit that it has stopped.
    Group(
      words: ["systemctl", "stop", "worker@*"], before: units(("active", 11), ("active", 12)), after: units(),
      verdict: .proven("worker@* fits no unit")),
  ]

  @Test(arguments: groups) func eachOfAGroupCounts(_ group: Group) async throws {
    let tools = try ToolFolder([group.words[0]: #"cat "$state/list""#], state: ["list": group.before])
    defer { tools.remove() }
    let environment = tools.environment()
    let effect = try recognised(group.words)
    let before = try await driver.observe(effect, in: environment)
    try tools.set("list", group.after)
    let after = try await driver.observe(effect, in: environment)
    #expect(driver.verify(effect, before: before, after: after, outcome: nil) == group.verdict)
  }

  @Test func aPatternThatFitsNoUnitIsSaidBeforehand() async throws {
    let tools = try ToolFolder(["systemctl": ":"])
    defer { tools.remove() }
    let environment = tools.environment()
    for (verb, severity) in [("restart", Problem.Severity.error), ("stop", Problem.Severity.warning)] {
      let effect = try recognised(["systemctl", verb, "worker@*"])
      let before = try await driver.observe(effect, in: environment)
      #expect(before.isObserved && before.summary == "worker@* fits no unit")
      let problems = try await driver.forecast(effect, before: before, in: environment).problems
      #expect(problems.map(\.severity) == [severity] && problems.map(\.code) == ["service-unknown"])
    }
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
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
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
    let tools = try ToolFolder(["systemctl": FakeSystemd.systemctl], state: FakeSystemd.state)
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
}
