import Layer
import Planning
import Runbook
import Testing

@Suite struct QuarantineTests {
  struct Refused: Error {}

  /// Offers for each `git` change a file that is written; and something that no driver knows.
  private func world(_ offers: @escaping @Sendable ([QuarantineChange]) throws -> [QuarantineOffer]) -> PlanningWorld {
    var world = PlanningWorld("git checkout v1", "echo <name>")
    world.drivers[0].offers = offers
    return world
  }

  private static func offer(_ name: String, _ statement: String) -> QuarantineOffer {
    QuarantineOffer(
      name: name, step: "step-1/1", danger: "a job deploys", statement: statement, release: "undo \(statement)")
  }

  private static let three: @Sendable ([QuarantineChange]) throws -> [QuarantineOffer] = { changes in
    #expect(changes.map(\.step) == ["step-1/1"])
    #expect(changes.first?.before?.summary == "as git checkout v1 finds it")
    return [
      QuarantineTests.offer("job", "git tag <name>"), QuarantineTests.offer("job", "git tag two"),
      QuarantineTests.offer("wild", "rm -rf /srv"),
      QuarantineTests.offer("two", "git tag x; git tag y"), QuarantineTests.offer("final", "wipe"),
    ]
  }

  @Test func offersAreNamedOnceAndOnlyWhatADriverKnowsIsOne() async throws {
    let plan = try await world(Self.three).plan()
    #expect(plan.quarantine?.map(\.offer.name) == ["job", "job-2", "two"])
    #expect(plan.quarantine?.allSatisfy { $0.step == nil } == true)
    #expect(plan.stages.map(\.id) == ["step-1"])
    let json = PlannedJSON(plan)
    #expect(json.quarantine.map(\.against) == ["step-1/1", "step-1/1", "step-1/1"] && json.quarantine[0].step == nil)
  }

  @Test func whatIsTakenIsAStepBehindTheOthers() async throws {
    var world = world(Self.three)
    // What a driver wrote is never filled, and no binding means it.
    world.placeholders = [PlanningWorld.angle("name")]
    world.request.set = ["name": "filled"]
    let bare = try await world.plan()
    world.request.quarantine = ["job-2", "job"]
    let plan = try await world.plan()
    #expect(plan.stages.map(\.id) == ["step-1", "quarantine"])
    let steps = try #require(plan.stages.last).steps
    #expect(steps.map(\.id) == ["quarantine/1", "quarantine/2"])
    #expect(steps.map(\.command) == ["git tag <name>", "git tag two"])
    #expect(steps.map(\.from) == ["now", "now"] && steps.allSatisfy { $0.line == 10 && $0.changes })
    #expect(plan.quarantine?.map(\.step) == ["quarantine/1", "quarantine/2", nil])
    #expect(plan.hash != bare.hash)
    #expect(plan.steps.prefix(2).map(\.withoutMeasured) == bare.steps.map(\.withoutMeasured))

    world.request.quarantine = ["all"]
    #expect(try await world.plan().stages.last?.steps.count == 3)
    world.request.quarantine = []
    #expect(try await world.plan().hash == bare.hash)
  }

  @Test func anUnknownNameIsBadInputThatListsTheOthers() async throws {
    var world = world(Self.three)
    world.request.quarantine = ["cron"]
    let unknown = PlanningError.quarantineUnknown("cron", known: ["job", "job-2", "two"])
    await #expect(throws: unknown) { try await world.plan() }
    #expect(unknown.description.hasSuffix("There are: job, job-2, two."))
    world.request.observes = false
    await #expect(throws: PlanningError.quarantineUnknown("cron", known: [])) { try await world.plan() }
  }

  @Test func whatIsLeftOutNeedsNoQuarantineAndALookThatFailsIsSaid() async throws {
    var world = world { _ in throw Refused() }
    let plan = try await world.plan()
    #expect(plan.codes(.note) == ["quarantine-not-looked"])
    #expect(plan.quarantine == [] && plan.verdict == .ready)
    world.request.quarantine = ["all"]
    #expect(try await world.plan().stages.count == 1)
    world.request.from = "step-1/2"
    #expect(try await world.plan().codes(.note) == [])
    world.request.quarantine = []
    world.request.observes = false
    #expect(try await world.plan().quarantine == nil)
  }
}

extension PlannedStep {
  /// What of it does not come from looking.
  fileprivate var withoutMeasured: [String] { [id, command, directory] }
}
