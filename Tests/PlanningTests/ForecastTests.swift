import Foundation
import Layer
import Planning
import Runbook
import Testing

struct Silent: Error, CustomStringConvertible { var description: String { "connection refused" } }

@Suite struct ForecastTests {
  static let choice = Choice(
    id: "first", line: 1, question: "Which?",
    options: [
      ChoiceOption(id: "option-1", title: "Delete", line: 1), ChoiceOption(id: "option-2", title: "Update", line: 2),
    ])

  /// Delete or update, then the migration that is guarded.
  static func database(
    _ forecast: @escaping @Sendable (Effect) throws -> Forecast = { Forecast(from: "128", to: $0.summary) }
  ) -> PlanningWorld {
    var steps = ["DELETE FROM dev.calls", "UPDATE dev.calls SET a = 1"].map(PlanningWorld.sql)
    steps[0].choice = ChoiceMembership(choice: "first", option: "option-1")
    steps[1].choice = ChoiceMembership(choice: "first", option: "option-2")
    steps.append(PlanningWorld.shell("python migrations/004.py downgrade"))
    var world = PlanningWorld(stages: [PlanningWorld.stage("first", steps, optional: true, choices: [choice])])
    world.drivers = [.sql(forecast), .person, .shell]
    world.bindings.connections = ["default": .postgresLiteral("postgresql://h/d")]
    world.bindings.steps = [
      "first/3": StepBinding(
        is: "python migrations/004",
        guard: BoundCheck(
          question: .sql(SQLText(text: "SELECT count(*) FROM dev.calls")), expectation: Expectation(equals: .integer(0))
        ))
    ]
    world.checks = FakeChecks(count: 128)
    return world
  }

  @Test func guardThatAnOptionCuresIsANote() async throws {
    let plan = try await Self.database().plan()
    let problem = try #require(plan.problems.first)
    #expect(plan.problems.count == 1)
    #expect(problem.name == "first/3:guard-would-refuse")
    #expect(problem.severity == .note)
    #expect(problem.message.contains("128"))
    #expect(problem.message.hasSuffix("option-1 or option-2 of first changes it before"))
    #expect(plan.verdict == .needsAnswers)
  }

  @Test func whatMustBeReadyIsCuredByNothing() async throws {
    var world = Self.database()
    let count = BoundCheck(
      question: .sql(SQLText(text: "SELECT count(*) FROM dev.calls")), expectation: Expectation(equals: .integer(0)),
      title: "calls in the way")
    world.bindings.steps = ["first/3": StepBinding(is: "python migrations/004", ready: [count])]
    let plan = try await world.plan()
    #expect(plan.codes() == ["first/3:not-ready"])
    #expect(plan.problems.first?.message == "calls in the way: 128, expected 0")
    #expect(plan.steps[2].guards.map(\.role) == [.ready])
    world.checks = FakeChecks(count: 0)
    #expect(try await world.plan().problems.isEmpty)
  }

  @Test func whatNoStepMendsStaysAnError() async throws {
    var world = PlanningWorld("git checkout a", "git pull")
    var git = FakeDriver.git(removes: [])
    git.forecasts = { effect in
      let gone = [Problem(code: "remote-unreachable", message: "origin is silent")]
      return Forecast(from: "", to: "", problems: effect.summary.hasPrefix("git pull") ? gone : [])
    }
    world.drivers = [git, .shell]
    #expect(try await world.plan().codes() == ["step-1/2:remote-unreachable"])
  }

  @Test func whatAStepBeforeMayStartIsAWarning() async throws {
    let http = FakeDriver(
      id: "http",
      recognises: { action, context in
        guard case .command(let command) = action, let name = command.name else { return nil }
        return Effect(
          driver: "", layer: .endpoint, summary: name, directory: context.directory,
          targets: [name == "start" ? "service:app" : "http:app"])
      },
      forecasts: { effect in
        guard effect.targets == ["http:app"] else { return Forecast(from: "", to: "") }
        let problem = Problem(code: "endpoint-unreachable", message: "nobody answers")
        var forecast = Forecast(from: "", to: "", problems: [problem])
        forecast.cures["endpoint-unreachable"] = ["service:"]
        return forecast
      })
    for first in ["start app", "post b"] {
      var world = PlanningWorld(first, "post a")
      world.drivers = [http]
      let problem = try await world.plan().problems.last { $0.code == "endpoint-unreachable" }
      let severity: Problem.Severity = first == "start app" ? .warning : .error
      #expect(problem?.severity == severity)
    }
  }

  @Test func guardThatNothingCuresIsAnError() async throws {
    var world = Self.database()
    world.request.choices = ["first": "none"]
    #expect(try await world.plan().codes() == ["first/3:guard-would-refuse"])
    world.checks = FakeChecks(count: 0)
    #expect(try await world.plan().problems.isEmpty)
  }

  @Test func errorInOneOptionDoesNotBlock() async throws {
    var world = Self.database { effect in
      var forecast = Forecast(from: "", to: "")
      if effect.summary.hasPrefix("UPDATE") {
        forecast.problems = [Problem(code: "column-missing", message: "no column a")]
      }
      return forecast
    }
    world.checks = FakeChecks(count: 0)
    let plan = try await world.plan()
    #expect(plan.codes(.warning) == ["first/2:column-missing"])
    #expect(plan.problems.first?.message == "if option-2 is chosen: no column a")
    world.request.choices = ["first": "option-2"]
    #expect(try await world.plan().codes() == ["first/2:column-missing"])
    world.request.choices = ["first": "option-1"]
    #expect(try await world.plan().problems.isEmpty)
  }

  @Test func errorInEveryOptionBlocks() async throws {
    var world = Self.database { _ in throw Silent() }
    world.checks = nil
    let plan = try await world.plan()
    #expect(plan.codes() == ["first/1:not-observed", "first/2:not-observed"])
    #expect(plan.problems.first?.message.contains("connection refused") == true)
    #expect(plan.verdict == .blocked)
  }

  @Test func acceptedProblemDoesNotBlock() async throws {
    var world = PlanningWorld("git checkout <x>")
    world.placeholders = [PlanningWorld.angle("x")]
    world.request.accepted = ["step-1/1:hole-unbound": "I know"]
    #expect(try await world.plan().verdict != .blocked)
  }

  @Test func silentSystemIsAProblemAndTheRestStillShows() async throws {
    var world = PlanningWorld("curl http://h", "git checkout a", "frobnicate")
    var http = FakeDriver.http
    http.observes = { _ in .notObserved("connection refused") }
    world.drivers[1] = http
    let plan = try await world.plan()
    #expect(plan.codes() == ["step-1/1:not-observed"])
    #expect(plan.steps[1].to == "git checkout a")
    world.request.observes = false
    #expect(try await world.plan().problems.isEmpty)
  }

  @Test func laterStepSaysThatItsStateIsOfNow() async throws {
    let plan = try await PlanningWorld("git checkout a", "git checkout b").plan()
    #expect(plan.steps[0].note == nil)
    #expect(plan.steps[1].note == "as it is now, before step-1/1 changes it")
  }

  @Test func problemThatAnEarlierStepCuresDoesNotBlock() async throws {
    var world = PlanningWorld(stages: [
      PlanningWorld.stage(
        "s",
        [
          PlanningWorld.sql("UPDATE dev.calls SET a = 1"),
          PlanningWorld.sql("ALTER TABLE dev.calls ALTER a SET NOT NULL"),
        ])
    ])
    world.bindings.connections = ["default": .postgresLiteral("postgresql://h/d")]
    world.drivers = [
      .sql { effect in
        let problems = effect.summary.hasPrefix("ALTER") ? [Problem(code: "null-rows", message: "128 rows")] : []
        return Forecast(from: "", to: "", problems: problems)
      }
    ]
    let plan = try await world.plan()
    #expect(plan.codes(.warning) == ["s/2:null-rows"])
    #expect(plan.problems.first?.message.contains("s/1 changes it before") == true)
  }

  /// A checkout's targets are no files: what it brings cures what files decide, and nothing else.
  @Test(arguments: [("abc", "no-op", true), ("abc", "too-wide", false), ("", "no-op", false)])
  func whatACheckoutBringsCuresWhatFilesDecide(commit: String, code: String, cures: Bool) async throws {
    var world = PlanningWorld("git checkout abc", "> x")
    var git = FakeDriver.git(removes: [])
    git.forecasts = { effect in
      var forecast = Forecast(from: "", to: effect.summary)
      if !commit.isEmpty { forecast.arrives = ["/srv/app": commit] }
      return forecast
    }
    var files = FakeDriver.files
    files.forecasts = { _ in Forecast(from: "", to: "", problems: [Problem(code: code, message: "as it is now")]) }
    world.drivers = [git, files, .shell]
    let byHand = "git -C /srv/app diff --name-only -z --no-renames --no-ext-diff HEAD --"
    func differing(_ files: String) -> CommandResult { CommandResult(status: 0, output: Data(files.utf8)) }
    world.runner.results = ["--": differing("x\0"), byHand: differing("")]
    #expect(try await world.plan().codes(cures ? .warning : .error) == ["step-1/2:\(code)"])
    // It brings another file; what somebody changed by hand it leaves alone.
    world.runner.results = ["--": differing("y\0"), byHand: differing("")]
    #expect(try await world.plan().codes() == ["step-1/2:\(code)"])
    world.runner.results = ["--": differing("x\0"), byHand: differing("x\0")]
    #expect(try await world.plan().codes() == ["step-1/2:\(code)"])
  }

  @Test func unboundConnectionIsAProblem() async throws {
    var world = PlanningWorld(stages: [PlanningWorld.stage("s", [PlanningWorld.sql("SELECT 1")])])
    #expect(try await world.plan().codes() == ["s/1:connection-unbound"])
    world.bindings.connections = ["default": .postgres(.environment("DATABASE_URL"))]
    #expect(try await world.plan().codes() == ["s/1:variable-missing"])
    world.request.variables["DATABASE_URL"] = "postgresql://u:pw@h/d"
    let plan = try await world.plan()
    #expect(plan.problems.isEmpty)
    #expect(plan.secretVariables == ["DATABASE_URL"])
  }

  @Test func diskMustHoldTheLargestWay() async throws {
    var world = PlanningWorld("git checkout a")
    world.drivers = [.git(removes: [], bytes: 5 << 20)]
    world.request.freeBytes = 8 << 20
    #expect(try await world.plan().codes() == ["disk-too-small"])
    world.request.freeBytes = 10 << 20
    #expect(try await world.plan().problems.isEmpty)
    world.request.bindings.settings.keepMaximum = 1 << 20
    let plan = try await world.plan()
    #expect(plan.codes(.question) == ["step-1/1:keep-maximum"])
    #expect(plan.problems.first?.message.contains("--without-keep step-1/1") == true)
    #expect(plan.steps.first?.asks.map(\.kind) == [.problem])
    world.request.withoutKeep = ["step-1/1": "no room"]
    let without = try await world.plan()
    #expect(without.problems.isEmpty)
    #expect(without.steps.first?.reversibility == Reversibility.none("nothing is kept: no room"))
    world.request.withoutKeep = ["step-9/1": "no room"]
    await #expect(throws: PlanningError.stepUnknown("step-9/1")) { try await world.plan() }
  }
}
