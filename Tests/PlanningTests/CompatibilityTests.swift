import Layer
import Planning
import Runbook
import Testing

/// Whether what a plan leaves behind fits together, and whether its order can work.
@Suite struct CompatibilityTests {
  /// The code goes back, and its migration file with it; then the schema, by that file.
  static func world(_ commands: [String], needs: [String] = ["/srv/app/versions/0004.py"]) -> PlanningWorld {
    var world = PlanningWorld(stages: [PlanningWorld.stage("step-1", commands.map(PlanningWorld.shell))])
    let schema = FakeDriver(
      id: "schema",
      recognises: { action, context in
        guard case .command(let command) = action, command.name == "alembic" else { return nil }
        return Effect(
          driver: "", layer: .schema, summary: command.text, directory: context.directory, targets: ["schema:app"])
      },
      forecasts: { _ in
        var forecast = Forecast(from: "0004", to: "0003")
        forecast.needs = needs
        return forecast
      })
    world.drivers = [schema, .git(removes: ["/srv/app/versions/0004.py", "container:gateway"]), .shell]
    return world
  }

  @Test(arguments: ["/srv/app/versions/0004.py", "container:gateway"])
  func aStepThatNeedsWhatAnEarlierOneReplacesAsks(_ need: String) async throws {
    let plan = try await Self.world(["git checkout v1", "alembic downgrade -1"], needs: [need]).plan()
    #expect(plan.codes(.question) == ["step-1/2:wrong-order"])
    #expect(plan.verdict == .needsAnswers)
    #expect(plan.steps[1].asks.map(\.kind) == [.problem])
    let found = try #require(plan.compatibility)
    #expect(found.verdict == .conflicts)
    #expect(found.parts.map(\.layer) == [.code, .schema])
    #expect(found.reasons.map(\.code) == ["wrong-order"])
  }

  /// A step is kept as a whole before it runs: what the second command drops would be lost.
  @Test func twoMigrationsInOneStepAreRefused() async throws {
    let stacked = try await Self.world(["alembic downgrade -1 && alembic downgrade -1"]).plan()
    #expect(stacked.codes(.error) == ["step-1/1:migrations-stacked"])
    #expect(try await Self.world(["alembic downgrade -1", "alembic downgrade -1"]).plan().codes(.error).isEmpty)
    #expect(try await Self.world(["alembic downgrade -1 && git checkout v1"]).plan().codes(.error).isEmpty)
  }

  @Test func theOtherOrderFits() async throws {
    let plan = try await Self.world(["alembic downgrade -1", "git checkout v1"]).plan()
    #expect(plan.problems.filter { $0.code == "wrong-order" }.isEmpty)
    let found = try #require(plan.compatibility)
    #expect(found.verdict == .fits && found.reasons.isEmpty)
    #expect(found.parts.map(\.to) == ["git checkout v1", "0003"])
  }

  @Test func optionsOfOneChoiceDoNotFollowOneAnother() async throws {
    var world = Self.world([])
    var steps = ["git checkout v1", "alembic downgrade -1"].map(PlanningWorld.shell)
    steps[0].choice = ChoiceMembership(choice: "first", option: "option-1")
    steps[1].choice = ChoiceMembership(choice: "first", option: "option-2")
    world.stages = [PlanningWorld.stage("first", steps, choices: [ForecastTests.choice])]
    #expect(try await world.plan().codes(.question).isEmpty)
  }

  @Test func whatIsNotSeenIsUnclear() async throws {
    var world = Self.world(["alembic downgrade -1", "git checkout v1"])
    world.drivers[1].observes = { _ in throw Silent() }
    let found = try #require(try await world.plan().compatibility)
    #expect(found.verdict == .unclear)
    #expect(found.reasons.map(\.code) == ["not-observed"])
  }

  @Test func oneLayerAloneIsNotAsked() async throws {
    #expect(try await Self.world(["git checkout v1"]).plan().compatibility == nil)
  }
}
