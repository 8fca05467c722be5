import Layer
import Planning
import Runbook
import Testing

@Suite struct CarriedTests {
  static func world(_ command: String) -> PlanningWorld {
    var world = PlanningWorld("git checkout v1", command)
    world.drivers = [
      .git(removes: ["/srv/app/migrations/004_x.py", "/srv/app/deploy.sh", "/srv/app/sql/a.sql"]), .http, .person,
      .shell,
    ]
    return world
  }

  @Test(arguments: [
    "python migrations/004_x.py downgrade", "python3 -u ./migrations/004_x.py", "bash deploy.sh", "./deploy.sh --now",
    "source deploy.sh", "cd migrations && python 004_x.py", "psql -f sql/a.sql",
    "nohup uv run python migrations/004_x.py",
    "sudo python migrations/004_x.py",
  ])
  func removedScriptBlocks(command: String) async throws {
    let plan = try await Self.world(command).plan()
    let problem = try #require(plan.problems.first)
    #expect(plan.codes() == ["step-1/2:script-removed"])
    #expect(problem.message.contains("step-1/1"))
    #expect(problem.message.contains("`carry: ["))
    #expect(plan.carried.isEmpty)
  }

  @Test func carriedScriptRunsFromTheCopy() async throws {
    var world = Self.world("python migrations/004_x.py downgrade")
    world.bindings.carry = ["migrations"]
    world.bindings.steps = [
      "x": StepBinding(is: "python migrations", undo: "python migrations/004_x.py upgrade && echo migrations/004_x.py2")
    ]
    let plan = try await world.plan()
    let step = plan.steps[1]
    #expect(plan.carried == ["migrations/004_x.py"])
    #expect(step.command == "python \"$BACKOUT_CARRIED/migrations/004_x.py\" downgrade")
    #expect(step.action.text == step.command)
    #expect(step.undoCommand == "python \"$BACKOUT_CARRIED/migrations/004_x.py\" upgrade && echo migrations/004_x.py2")
    #expect(plan.codes(.note) == ["step-1/2:script-carried"])
    #expect(step.note?.contains("step-1/1 removes migrations/004_x.py; it is carried") == true)
    #expect(plan.verdict != .blocked)
  }

  @Test func scriptThatStaysIsLeftAlone() async throws {
    let plan = try await Self.world("python migrations/000.py").plan()
    #expect(plan.problems.isEmpty && plan.carried.isEmpty)
  }

  @Test func scriptBeforeTheRemovalIsLeftAlone() async throws {
    var world = PlanningWorld("./deploy.sh", "git checkout v1")
    world.drivers = [.git(removes: ["/srv/app/deploy.sh"]), .shell]
    #expect(try await world.plan().codes().isEmpty)
  }
}
