import Planning
import Runbook
import Testing

@Suite struct SelectionTests {
  static let stages = [
    PlanningWorld.stage("step-1", [PlanningWorld.shell("ls"), PlanningWorld.shell("git checkout a")]),
    PlanningWorld.stage("step-2", [PlanningWorld.shell("rm x")], optional: true),
    PlanningWorld.stage(
      "step-3", [PlanningWorld.shell("git checkout b"), PlanningWorld.shell("python migrations/004_x.py downgrade")]),
  ]

  @Test func severalProceduresAreListed() async throws {
    var world = PlanningWorld(stages: [])
    world.request.runbook.procedures = [
      Procedure(id: "quick", title: "Quick", line: 1), Procedure(id: "full", title: "Full", line: 2),
    ]
    await #expect {
      try await world.plan()
    } throws: { error in
      guard case PlanningError.procedureNotNamed(_, let offers) = error else { return false }
      return offers.map(\.id) == ["quick", "full"] && "\(error)".contains("quick  Quick")
    }
    world.request.procedure = "nope"
    await #expect(throws: PlanningError.self) { try await world.plan() }
    world.request.procedure = "full"
    #expect(try await world.plan().procedure == "full")
  }

  @Test func composedProcedureTakesStagesAndSteps() async throws {
    var world = PlanningWorld(stages: Self.stages)
    world.bindings.procedures = ["part": ["step-3/1", "step-3/2", "step-1"], "wrong": ["step-9"]]
    world.request.procedure = "part"
    let plan = try await world.plan()
    #expect(plan.steps.map(\.id) == ["step-3/1", "step-3/2", "step-1/1", "step-1/2"])
    #expect(plan.stages.map(\.id) == ["step-3", "step-1"])
    world.request.procedure = "wrong"
    await #expect(throws: PlanningError.memberUnknown(procedure: "wrong", member: "step-9")) { try await world.plan() }
    world.request.procedure = nil
    #expect(try await world.plan().procedure == "full")
  }

  @Test func onlyAndFromLeaveOut() async throws {
    var world = PlanningWorld(stages: Self.stages)
    world.request.only = "step-2"
    #expect(try await world.plan().steps.filter { $0.skip == nil }.map(\.id) == ["step-2/1"])
    world.request.only = nil
    world.request.from = "step-3/2"
    #expect(try await world.plan().steps.filter { $0.skip == nil }.map(\.id) == ["step-3/2"])
    world.request.from = "step-9/9"
    await #expect(throws: PlanningError.stepUnknown("step-9/9")) { try await world.plan() }
  }

  @Test func isDecidesAndNotThePosition() async throws {
    var world = PlanningWorld(stages: Self.stages)
    world.bindings.steps = [
      "step-1/7": StepBinding(is: "git  checkout a", timeout: 5),
      "anything": StepBinding(is: "python migrations/004", undo: "python migrations/004_x.py upgrade"),
    ]
    let plan = try await world.plan()
    #expect(plan.step("step-1/2")?.timeout == 5)
    #expect(plan.step("step-3/2")?.undoCommand == "python migrations/004_x.py upgrade")
  }

  @Test func isSearchesTheStageFirst() async throws {
    var world = PlanningWorld(stages: Self.stages)
    world.bindings.steps = ["step-3": StepBinding(is: "git checkout", timeout: 7)]
    let plan = try await world.plan()
    #expect(plan.step("step-3/1")?.timeout == 7)
    #expect(plan.step("step-1/2")?.timeout == 900)
  }

  @Test func aKeyThatNamesAStepMeansItInItsOwnProcedure() async throws {
    var world = PlanningWorld(stages: [])
    world.request.runbook.procedures = ["a", "b"].map { id in
      Procedure(id: id, title: id, line: 1, stages: [PlanningWorld.stage("step-\(id)", [PlanningWorld.shell("ls x")])])
    }
    world.bindings.steps = [
      "step-a/1": StepBinding(is: "ls", timeout: 3), "step-b/1": StepBinding(is: "ls", timeout: 4),
    ]
    world.request.procedure = "a"
    #expect(try await world.plan().step("step-a/1")?.timeout == 3)
    world.request.procedure = "b"
    #expect(try await world.plan().step("step-b/1")?.timeout == 4)
  }

  @Test func isMustMeanOneStep() async throws {
    var world = PlanningWorld(stages: Self.stages)
    world.bindings.steps = ["x": StepBinding(is: "git checkout")]
    await #expect(
      throws: PlanningError.bindingMatchesSeveral(key: "x", text: "git checkout", steps: ["step-1/2", "step-3/1"])
    ) {
      try await world.plan()
    }
    world.bindings.steps = ["step-3/1": StepBinding(is: "git checkout", timeout: 3)]
    #expect(try await world.plan().step("step-3/1")?.timeout == 3)
    world.bindings.steps = ["x": StepBinding(is: "git push")]
    await #expect(throws: PlanningError.bindingMatchesNone(key: "x", text: "git push")) { try await world.plan() }
    world.bindings.steps = ["step-1/1": StepBinding(skip: "why")]
    await #expect(throws: PlanningError.bindingWithoutIs("step-1/1")) { try await world.plan() }
    world.bindings.steps = ["a": StepBinding(is: "ls"), "b": StepBinding(is: "ls")]
    await #expect(throws: PlanningError.bindingsMeanTheSame(first: "a", second: "b", step: "step-1/1")) {
      try await world.plan()
    }
  }

  @Test func isBeginsWithWholeWordsWhereItCan() async throws {
    var world = PlanningWorld("rm -rf a", "rm -r b")
    world.bindings.steps = ["x": StepBinding(is: "rm -r", timeout: 1)]
    #expect(try await world.plan().step("step-1/2")?.timeout == 1)
  }

  @Test func bindingOfAStepElsewhereIsLeftAside() async throws {
    var world = PlanningWorld(stages: Self.stages)
    world.bindings.procedures = ["part": ["step-1"]]
    world.bindings.steps = ["step-3/2": StepBinding(is: "python migrations/004")]
    world.request.procedure = "part"
    #expect(try await world.plan().steps.count == 2)
  }

  @Test func commandsAreMappedByWholeWords() async throws {
    var world = PlanningWorld(
      "sudo systemctl restart app --now", "sudo systemctl restart app-two", "cd sub && sudo systemctl restart app",
      "echo 'sudo systemctl restart app'")
    world.bindings.commands = ["sudo systemctl  restart app": "./world restart"]
    world.bindings.steps = ["x": StepBinding(is: "sudo systemctl restart app --now", timeout: 4)]
    let plan = try await world.plan()
    #expect(
      plan.steps.map(\.command) == [
        "./world restart --now", "sudo systemctl restart app-two", "cd sub && ./world restart",
        "echo 'sudo systemctl restart app'",
      ])
    #expect(plan.steps[0].timeout == 4)
    #expect(plan.steps[0].effects.map(\.place) == [.here])
    #expect(plan.steps[1].effects.map(\.place) == [.sudo(user: nil)])
  }

  @Test func unknownEnvironmentIsBadUsage() async throws {
    var world = PlanningWorld("ls")
    world.request.environment = "moon"
    await #expect(throws: PlanningError.environmentUnknown("moon", known: [])) { try await world.plan() }
    world.request.bindings.environments = ["moon": RunbookBindings(parameters: ["x": .value("1")])]
    #expect(try await world.plan().environment == "moon")
  }
}
