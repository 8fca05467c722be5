import Planning
import Runbook
import Testing

/// What the screens show of an id means that id.
@Suite struct ShownNamesTests {
  private func world(_ ids: String...) -> PlanningWorld {
    PlanningWorld(
      stages: ids.map { PlanningWorld.stage($0, ["echo a", "git checkout <x>"].map(PlanningWorld.shell)) })
  }

  @Test func aStepsNumberIsTakenWhereverItsIDIs() async throws {
    var world = world("step-1", "step-2")
    world.placeholders = [PlanningWorld.angle("x")]
    world.request.accepted = ["1.2:hole-unbound": "known", "2/2:hole-unbound": "known"]
    #expect(try await world.plan().verdict == .ready)
    world.request.from = "2.1"
    #expect(try await world.plan().steps.filter { $0.skip == nil }.map(\.id) == ["step-2/1", "step-2/2"])
    world.request.from = nil
    world.request.only = "2"
    #expect(try await world.plan().steps.filter { $0.skip == nil }.map(\.id) == ["step-2/1", "step-2/2"])
    world.request.withoutKeep = ["2.2": "no room"]
    #expect(try await world.plan().steps[3].keeps == "nothing: no room")
    world.request.from = "2.9"
    await #expect(throws: PlanningError.stepUnknown("2.9")) { try await world.plan() }
  }

  @Test func choicesAndQuestions() async throws {
    var world = ForecastTests.database()
    world.checks = FakeChecks(count: 0)
    world.request.choices = ["1": "option-2"]
    #expect(try await world.plan().steps[0].skip == "option-2 was chosen")
    world.request.choices = [:]
    let names = ShownNames(of: try await world.plan())
    #expect(names.id("first") == "first" && names.id("1") == "first")
    #expect(names.id("first.3") == "first/3" && names.id("1.3") == "first/3" && names.id("1/*") == "first/*")
    #expect(names.id("1.3:wrong-order") == "first/3:wrong-order" && names.id("plan") == "plan")
    #expect(names.shown("first/3") == "first.3")
  }

  @Test func whatIsShownOfTwoMeansNeither() async throws {
    let names = ShownNames(of: try await world("step-1", "phase-1").plan())
    #expect(names.id("1.1") == "1.1" && names.id("phase-1/1") == "phase-1/1")
    #expect(names.shown("phase-1/1") == "phase-1/1")
    // Where other stages have a number, a place is none.
    let mixed = ShownNames(of: try await world("before", "step-3").plan())
    #expect(mixed.id("1.1") == "1.1" && mixed.id("3.1") == "step-3/1" && mixed.id("before.1") == "before/1")
  }
}
