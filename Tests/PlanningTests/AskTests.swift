import Layer
import Planning
import Runbook
import Testing

@Suite struct AskTests {
  @Test func asksStandInOrder() async throws {
    var world = ForecastTests.database()
    world.bindings.approvals = ["lead"]
    world.request.bindings.people = ["lead": Person(name: "Lea")]
    let plan = try await world.plan()
    #expect(plan.steps[0].asks.map(\.key) == ["optional:first", "choice:first", "approval:plan"])
    #expect(plan.steps[0].asks[1].options.map(\.id) == ["option-1", "option-2", "none"])
    #expect(plan.steps[0].asks[2].question.contains("Lea (lead)"))
    #expect(plan.steps[1].asks.isEmpty)
    #expect(plan.steps[2].asks.map(\.key) == ["point-of-no-return:first/3"])
  }

  @Test func decidedChoiceIsNotAsked() async throws {
    var world = ForecastTests.database()
    world.bindings.choices = ["first": "option-2"]
    let plan = try await world.plan()
    #expect(plan.steps[0].asks.isEmpty)
    #expect(plan.steps[1].asks.map(\.key) == ["optional:first"])
  }

  @Test func undoCommandMakesItReturnable() async throws {
    var world = PlanningWorld("frobnicate now")
    #expect(try await world.plan().steps.first?.asks.map(\.kind) == [.pointOfNoReturn])
    world.bindings.steps = ["x": StepBinding(is: "frobnicate", undo: "frobnicate then", approval: "lead")]
    #expect(try await world.plan().steps.first?.asks.map(\.kind) == [.approval])
  }

  @Test func whoseLeaveIsTheTickIsAskedOnce() async throws {
    func plan(_ action: Action) async throws -> Plan {
      let step = Step(id: "", line: 1, endLine: 1, title: "t", kind: .manual, role: .change, action: action)
      var world = PlanningWorld(stages: [PlanningWorld.stage("s", [step])])
      world.bindings.steps = ["s/1": StepBinding(is: "Get", approval: "lead")]
      return try await world.plan()
    }
    let item = try await plan(.confirm("Get approval from the lead"))
    #expect(item.steps[0].asks.map(\.kind) == [.approval] && item.steps[0].isConfirmedByApproval)
    // What somebody does needs leave before and a word after.
    #expect(try await plan(.manual("Get into the dashboard")).steps[0].asks.map(\.kind) == [.approval, .confirmation])
  }

  @Test func peopleConfirmAndDo() async throws {
    func step(_ kind: Step.Kind, _ action: Action) -> Step {
      Step(id: "", line: 1, endLine: 1, title: "t", kind: kind, role: .change, action: action)
    }
    var interactive = PlanningWorld.shell("crontab -e")
    interactive.interactive = true
    var world = PlanningWorld(stages: [
      PlanningWorld.stage(
        "s",
        [
          step(.manual, .confirm("It works")), step(.manual, .manual("Go to the dashboard")),
          step(.code, .code(language: "python", text: "print(1)")), interactive,
          step(.file, .file(FileDefinition(path: "a.sh", contents: "x"))),
        ])
    ])
    let plan = try await world.plan()
    #expect(
      plan.steps.flatMap(\.asks).map(\.kind) == [
        .confirmation, .confirmation, .confirmation, .confirmation, .confirmation,
      ])
    #expect(plan.steps[2].asks.first?.question.contains("Python from line 12 was not run; bind it with `run:`") == true)
    #expect(plan.steps[3].action == .manual("crontab -e"))
    #expect(plan.codes(.warning) == ["s/4:interactive"])
    #expect(plan.problems.first?.message.contains("`crontab FILE`") == true)
    #expect(plan.steps.allSatisfy { !$0.isExecutable })
    world.bindings.steps = [
      "s/3": StepBinding(is: "print(1)", run: "python tool.py"),
      "s/1": StepBinding(
        is: "It works", verify: BoundCheck(question: .command("true"), expectation: Expectation())),
    ]
    let bound = try await world.plan()
    #expect(bound.steps[0].asks.isEmpty)
    #expect(bound.steps[0].verifications.count == 1)
    #expect(bound.steps[2].command == "python tool.py")
    #expect(bound.steps[2].isExecutable)
    #expect(bound.steps[2].effects.map(\.driver) == ["shell"])
  }

  @Test func jsonHasTheContract() async throws {
    let plan = try await ForecastTests.database().plan()
    let json = try JSONValue(parsing: CanonicalJSON.text(of: PlannedJSON(plan)))
    #expect(json["verdict"] == "needs-answers")
    #expect(json["hash"]?.stringValue == plan.hash.hex)
    let step = try #require(json["steps"]?.arrayValue?.first?.objectValue)
    #expect(
      Set([
        "id", "line", "title", "layer", "place", "directory", "command", "from", "to", "undo", "destructive", "asks",
      ]).isSubset(of: step.keys))
    #expect(step["layer"] == "data")
    let problem = try #require(json["problems"]?.arrayValue?.first?.objectValue)
    #expect(problem["severity"] == "note" && problem["step"] == "first/3" && problem["line"] == 12)
  }

  @Test func thousandStepsAreNoMatter() async throws {
    let stages = (1...100).map { stage in
      PlanningWorld.stage("step-\(stage)", (1...10).map { PlanningWorld.shell("echo <x> \(stage) \($0) > out\($0)") })
    }
    var world = PlanningWorld(stages: stages)
    world.placeholders = (1...20).map { PlanningWorld.angle("y\($0)") } + [PlanningWorld.angle("x")]
    world.bindings.parameters = ["x": .value("plain")]
    world.bindings.steps = Dictionary(
      uniqueKeysWithValues: (1...100).map { ("step-\($0)/1", StepBinding(is: "echo <x> \($0) 1 >", timeout: 3)) })
    world.request.observes = false
    let clock = ContinuousClock()
    var plan: Plan?
    let time = try await clock.measure { plan = try await world.plan() }
    #expect(plan?.steps.count == 1000)
    #expect(plan?.steps.filter { $0.timeout == 3 }.count == 100)
    print("planned 1,000 steps in \(time)")
  }

  @Test func hashIsOfWhatRunsAndNotOfWhatWasMeasured() async throws {
    var world = PlanningWorld("git checkout a")
    let first = try await world.plan()
    world.drivers = [.git(removes: [], bytes: 77)]
    #expect(try await world.plan().hash == first.hash)
    world.bindings.steps = ["x": StepBinding(is: "git", timeout: 1)]
    #expect(try await world.plan().hash != first.hash)
  }
}
