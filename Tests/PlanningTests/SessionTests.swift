import Layer
import Planning
import Runbook
import Testing

@Suite struct SessionTests {
  @Test func folderAndVariablesCarryOver() async throws {
    var world = PlanningWorld(
      "cd sub && touch a", "export TAG=v1", "NAME=x", "cd $TAG/${NAME}", "ls", "cd -", "ls", "cd ..; ls", "cd",
      "ls $TAG $NAME")
    world.request.variables = ["HOME": "/home/me"]
    let plan = try await world.plan()
    #expect(
      plan.steps.map(\.directory) == [
        "/srv/app", "/srv/app/sub", "/srv/app/sub", "/srv/app/sub", "/srv/app/sub/v1/x", "/srv/app/sub/v1/x",
        "/srv/app/sub", "/srv/app/sub", "/srv/app", "/home/me",
      ])
    #expect(plan.steps[0].effects.last?.directory == "/srv/app/sub")
    #expect(plan.problems.isEmpty)
  }

  @Test func missingVariableIsAnErrorOnce() async throws {
    let plan = try await PlanningWorld(
      "rm -rf $UNSET/x $UNSET/y", "cd $NOWHERE", "echo ${X:-1} $? $1 $PWD", "ssh host 'echo $THERE'"
    ).plan()
    #expect(plan.codes() == ["step-1/1:variable-missing", "step-1/2:variable-missing"])
  }

  @Test func whatAFileSetsIsNotKnown() async throws {
    let plan = try await PlanningWorld("source .env.local", "echo $LATER").plan()
    #expect(plan.codes().isEmpty)
    #expect(plan.codes(.warning) == ["step-1/2:variable-missing"])
  }

  @Test func whatAFileMaySetExcusesOnlyTheCommandThatUsesIt() async throws {
    var world = PlanningWorld("source deploy.env; git push origin \"$TAG\" && curl -X PUT http://flags.internal/x -d 1")
    var git = FakeDriver.git(removes: [])
    git.observes = { _ in .notObserved("origin is silent") }
    git.forecasts = { _ in
      Forecast(
        from: "", to: "",
        problems: ["remote-unreachable", "variable-missing"].map { Problem(code: $0, message: "origin is silent") })
    }
    var http = FakeDriver.http
    http.forecasts = { _ in
      Forecast(from: "", to: "", problems: [Problem(code: "endpoint-unreachable", message: "connection refused")])
    }
    world.drivers = [git, http, .shell]
    let plan = try await world.plan()
    #expect(plan.codes() == ["step-1/1:endpoint-unreachable"])
    #expect(plan.codes(.warning).sorted() == ["step-1/1:remote-unreachable", "step-1/1:variable-missing"])

    // What cannot be looked at for a reason of its own is said, too.
    http = .http
    http.observes = { _ in .notObserved("connection refused") }
    world.drivers = [git, http, .shell]
    #expect(try await world.plan().codes() == ["step-1/1:not-observed"])
    world.stages = PlanningWorld("git push origin \"$TAG\" && curl http://flags.internal/x").stages
    #expect(
      try await world.plan().codes().sorted() == [
        "step-1/1:not-observed", "step-1/1:remote-unreachable", "step-1/1:variable-missing",
      ])
  }

  @Test func optionsDoNotSeeEachOther() async throws {
    let choice = Choice(
      id: "s", line: 1, question: "Which?",
      options: [ChoiceOption(id: "a", title: "A", line: 1), ChoiceOption(id: "b", title: "B", line: 2)])
    var steps = ["cd one", "ls $X", "export X=1", "ls $X", "ls"].map(PlanningWorld.shell)
    for (index, option) in ["a", "b", "b", "b"].enumerated() {
      steps[index].choice = ChoiceMembership(choice: "s", option: option)
    }
    var world = PlanningWorld(stages: [PlanningWorld.stage("s", steps, choices: [choice])])
    let open = try await world.plan()
    #expect(open.steps.map(\.directory) == ["/srv/app", "/srv/app", "/srv/app", "/srv/app", "/srv/app"])
    #expect(open.codes(.warning) == ["s/2:variable-missing"])
    world.request.choices = ["s": "a"]
    let decided = try await world.plan()
    #expect(decided.steps.map(\.skip) == [nil, "a was chosen", "a was chosen", "a was chosen", nil])
    #expect(decided.steps.last?.directory == "/srv/app/one")
    #expect(decided.problems.isEmpty)
    world.request.choices = ["s": "z"]
    await #expect(throws: PlanningError.self) { try await world.plan() }
    world.request.choices = ["t": "a"]
    await #expect(throws: PlanningError.choiceUnknown("t", known: ["s"])) { try await world.plan() }
  }

  @Test func redirectionIsAnEffectOfItsOwn() async throws {
    let plan = try await PlanningWorld("cd sub && echo x > a.txt", "echo x > /dev/null").plan()
    #expect(plan.steps[0].effects.map(\.driver) == ["shell", "shell", "files"])
    #expect(plan.steps[0].effects.last?.targets == ["file:/srv/app/sub/a.txt"])
    #expect(plan.steps[1].effects.map(\.driver) == ["shell"])
  }

  @Test func placeIsNeverHereByMistake() async throws {
    let plan = try await PlanningWorld("ssh web1 git checkout a").plan()
    #expect(plan.steps.first?.effects.first?.place == .ssh(host: "web1", options: []))
  }

  @Test func boundVariableIsGivenToTheSession() async throws {
    var world = PlanningWorld("ls $TAG")
    world.placeholders = [Placeholder(name: "TAG", spelling: "$TAG", form: .variable, lines: [10], required: false)]
    world.bindings.parameters = ["TAG": .value("v 1")]
    let plan = try await world.plan()
    #expect(plan.problems.isEmpty)
    #expect(plan.sessionVariables == ["TAG": "v 1"])
    world.bindings.parameters = ["TAG": .secret(.environment("HOME"))]
    #expect(try await world.plan().secretSessionVariables == ["TAG": "TAG"])
  }
}
