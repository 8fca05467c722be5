import Foundation
import Layer
import Planning
import Runbook
import Testing

@Suite struct HoleTests {
  @Test func plainValueStandsInTheCommand() async throws {
    var world = PlanningWorld("git checkout <commit>")
    world.placeholders = [PlanningWorld.angle("commit")]
    world.bindings.parameters = ["commit": .value("91ab3e2")]
    let plan = try await world.plan()
    let step = try #require(plan.steps.first)
    #expect(step.command == "git checkout 91ab3e2")
    #expect(step.effects.map(\.summary) == ["git checkout 91ab3e2"])
    #expect(plan.parameters == ["commit": "91ab3e2"])
    #expect(plan.sessionVariables.isEmpty)
    #expect(plan.problems.isEmpty)
  }

  static let hostile = [
    "; rm -rf /", "$(rm -rf /)", "`rm -rf /`", "a b", "'; rm -rf / #", "\"; rm -rf / #", "a\nrm -rf /", "-rf", "*", "~",
    "&",
    "${IFS}x", "\\", "",
  ]

  @Test(arguments: hostile, ["run <x>", "run 'a <x> b'", "run \"a <x> b\"", "run --file=<x>", "run $(show '<x>')"])
  func hostileValueIsNeverSyntax(value: String, command: String) async throws {
    var world = PlanningWorld(command)
    world.placeholders = [PlanningWorld.angle("x")]
    world.request.set = ["x": value]
    let plan = try await world.plan()
    let step = try #require(plan.steps.first)
    #expect(plan.sessionVariables == ["BACKOUT_VALUE_X": value])
    #expect(!step.command.contains("<x>"))
    #expect(
      value.isEmpty || !step.command.contains(value)
        || ["*", "~", "&", "\\"].contains(value) == false && command.contains(value))
    // A real shell has the last word: one argument, the value whole in it.
    guard !command.contains("$(") else { return }
    let result = try await ProcessRunner().run(
      CommandRequest(
        words: ["bash", "-c", "run() { printf '%s\\0' \"$@\"; }; \(step.command)"], directory: "/",
        variables: ["BACKOUT_VALUE_X": value]))
    let arguments = result.text.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
    #expect(arguments.count == 1)
    #expect(arguments.first?.contains(value) == true || value.isEmpty)
  }

  @Test(arguments: [
    "python -c \"print(<x>)\"", "bash -c 'echo <x>'", "ssh host \"echo <x>\"", "psql -c 'SELECT <x>'", "eval '<x>'",
    "cat <<EOF\n<x>\nEOF", "echo $((1 + <x>))", "echo `show <x>`", "echo $'<x>'", "sed -i 's/a/<x>/' f",
  ])
  func hostileValueIsRefusedInOtherSources(command: String) async throws {
    var world = PlanningWorld(command)
    world.placeholders = [PlanningWorld.angle("x")]
    world.bindings.parameters = ["x": .value("1); rm -rf /")]
    let plan = try await world.plan()
    #expect(plan.codes() == ["step-1/1:value-not-plain"])
    #expect(plan.verdict == .blocked)
    #expect(try #require(plan.steps.first).command == command)
  }

  @Test(arguments: ["5; DROP TABLE t", "5--", "1 OR 1=1", "/*", "$$"])
  func hostileValueIsRefusedInBareSQL(value: String) async throws {
    var world = PlanningWorld(stages: [
      PlanningWorld.stage("s", [PlanningWorld.sql("DELETE FROM dev.calls WHERE id = <x>")])
    ])
    world.bindings.connections = ["default": .postgresLiteral("postgresql://h/d")]
    world.placeholders = [PlanningWorld.angle("x")]
    world.bindings.parameters = ["x": .value(value)]
    #expect(try await world.plan().codes() == ["s/1:value-not-plain"])
  }

  @Test func quotesAreDoubledInQuotedSQL() async throws {
    var world = PlanningWorld(stages: [
      PlanningWorld.stage("s", [PlanningWorld.sql("DELETE FROM dev.calls WHERE id = '<x>'")])
    ])
    world.bindings.connections = ["default": .postgresLiteral("postgresql://h/d")]
    world.placeholders = [PlanningWorld.angle("x")]
    world.bindings.parameters = ["x": .value("'; DROP TABLE t; --")]
    let plan = try await world.plan()
    #expect(plan.steps.first?.command == "DELETE FROM dev.calls WHERE id = '''; DROP TABLE t; --'")
    #expect(plan.problems.isEmpty)
  }

  @Test func unfilledHoleBlocksAndSaysWhatToWrite() async throws {
    var world = PlanningWorld("git checkout <commit>")
    world.placeholders = [PlanningWorld.angle("commit")]
    let plan = try await world.plan()
    let problem = try #require(plan.problems.first)
    #expect(problem.name == "step-1/1:hole-unbound")
    #expect(problem.line == 10)
    #expect(problem.message.contains("`commit: VALUE`"))
    #expect(plan.verdict == .blocked)
    world.bindings.steps = ["step-1/1": StepBinding(is: "git checkout", skip: "not today")]
    let left = try await world.plan()
    #expect(left.problems.isEmpty)
    #expect(left.steps.first?.skip == "not today")
  }

  @Test func bracesAndCapitalsStandAlone() async throws {
    var world = PlanningWorld("curl http://h/{id} -d '{\"a\": \"{{id}}\"}' YOUR_KEY YOUR_KEY_2 ${id}")
    world.request.variables["id"] = "1"
    world.placeholders = [
      Placeholder(name: "id", spelling: "{id}", form: .brace, lines: [10], required: true),
      Placeholder(name: "YOUR_KEY", spelling: "YOUR_KEY", form: .capitals, lines: [10], required: true),
    ]
    world.bindings.parameters = ["id": .value("wh_1"), "YOUR_KEY": .value("k")]
    let plan = try await world.plan()
    #expect(plan.steps.first?.command == "curl http://h/wh_1 -d '{\"a\": \"{{id}}\"}' k YOUR_KEY_2 ${id}")
  }

  @Test func fromIsComputedOnceAndTrimmed() async throws {
    var world = PlanningWorld("git checkout <commit>", "echo <commit>")
    world.placeholders = [PlanningWorld.angle("commit"), PlanningWorld.angle("unused")]
    world.bindings.parameters = ["commit": .from(command: "rev"), "unused": .from(command: "fails")]
    world.runner.results["rev"] = CommandResult(status: 0, output: Data("91ab3e2\n".utf8))
    let plan = try await world.plan()
    #expect(plan.steps.map(\.command) == ["git checkout 91ab3e2", "echo 91ab3e2"])
    #expect(plan.problems.isEmpty)
  }

  @Test func fromIsComputedForChecksToo() async throws {
    func bound(_ text: String) -> BoundCheck {
      BoundCheck(question: .command(text), expectation: Expectation(exitStatus: 0))
    }
    let bindings = [
      StepBinding(is: "deploy", guard: bound("git cat-file -e <good>")),
      StepBinding(is: "deploy", verify: bound("git diff --quiet <good>")),
      StepBinding(is: "deploy", ready: [bound("git cat-file -e <good>")]),
      StepBinding(is: "deploy", undo: "deploy <good>"), StepBinding(is: "deploy", run: "deploy <good>"),
    ]
    var world = PlanningWorld("deploy")
    world.placeholders = [PlanningWorld.angle("good")]
    world.bindings.parameters = ["good": .from(command: "rev")]
    world.runner.results["rev"] = CommandResult(status: 0, output: Data("91ab3e2\n".utf8))
    for binding in bindings {
      world.bindings.steps = ["step-1/1": binding]
      let plan = try await world.plan()
      #expect(plan.problems.isEmpty, "\(binding)")
      #expect(plan.parameters == ["good": "91ab3e2"], "\(binding)")
      let step = try #require(plan.steps.first)
      let texts = (step.guards + step.verifications).map { "\($0.question)" } + [step.undoCommand ?? "", step.command]
      #expect(texts.contains { $0.contains("91ab3e2") } && !texts.contains { $0.contains("<good>") }, "\(binding)")
    }
    // What the document expects of a step is filled, too; what is left out costs nothing.
    world.bindings.steps = [:]
    world.stages[0].steps[0].expectations = [
      Check(role: .verification, question: .output, expectation: Expectation(contains: ["at <good>"]))
    ]
    let expected = try await world.plan()
    #expect(expected.problems.isEmpty)
    #expect(expected.steps.first?.verifications.first?.expectation.contains == ["at 91ab3e2"])
    world.bindings.steps = ["step-1/1": StepBinding(is: "deploy", undo: "deploy <good>", skip: "not today")]
    #expect(try await world.plan().parameters.isEmpty)
  }

  @Test func failingFromSaysWhy() async throws {
    var world = PlanningWorld("git checkout <commit>")
    world.placeholders = [PlanningWorld.angle("commit")]
    world.bindings.parameters = ["commit": .from(command: "git rev-parse v1.0")]
    world.runner.results["git rev-parse v1.0"] = CommandResult(
      status: 128, output: Data(), errors: Data("fatal: bad revision".utf8))
    let plan = try await world.plan()
    let problem = try #require(plan.problems.first)
    #expect(plan.problems.count == 1)
    #expect(problem.name == "step-1/1:from-failed")
    #expect(problem.message.contains("`git rev-parse v1.0` ended with exit 128: fatal: bad revision"))
  }

  @Test func secretIsATokenInNativeCommandsAndAVariableInOthers() async throws {
    var world = PlanningWorld("curl -H 'xi-api-key: YOUR_KEY' http://h", "deploy --key \"k=YOUR_KEY\" YOUR_KEY")
    world.placeholders = [
      Placeholder(name: "YOUR_KEY", spelling: "YOUR_KEY", form: .capitals, lines: [10, 11], required: true)
    ]
    world.bindings.parameters = ["YOUR_KEY": .secret(.environment("API_KEY"))]
    world.request.variables["API_KEY"] = "sk_very_secret_value"
    let plan = try await world.plan()
    #expect(plan.steps[0].command == "curl -H 'xi-api-key: ⟦secret:YOUR_KEY⟧' http://h")
    #expect(plan.steps[1].command == "deploy --key \"k=${BACKOUT_SECRET_YOUR_KEY}\" \"$BACKOUT_SECRET_YOUR_KEY\"")
    #expect(plan.secretSessionVariables == ["BACKOUT_SECRET_YOUR_KEY": "YOUR_KEY"])
    #expect(plan.secrets == ["YOUR_KEY": .environment("API_KEY")])
    #expect(plan.secretVariables == ["API_KEY"])
    let text = try CanonicalJSON.text(of: plan)
    #expect(!text.contains("sk_very_secret_value"))
    let json = try CanonicalJSON.text(of: PlannedJSON(plan))
    #expect(json.contains("‹YOUR_KEY›") && !json.contains("⟦"))
    #expect(plan.problems.isEmpty)
  }

  @Test func secretThatCannotBeHadIsAProblem() async throws {
    var world = PlanningWorld("curl -H YOUR_KEY http://h")
    world.placeholders = [
      Placeholder(name: "YOUR_KEY", spelling: "YOUR_KEY", form: .capitals, lines: [10], required: true)
    ]
    world.bindings.parameters = ["YOUR_KEY": .secret(.environment("API_KEY"))]
    #expect(try await world.plan().codes() == ["step-1/1:variable-missing"])
  }

  @Test func exampleHostIsAWarningUnlessMapped() async throws {
    var world = PlanningWorld("curl https://your-domain.com/health")
    world.placeholders = [
      Placeholder(name: "your-domain.com", spelling: "your-domain.com", form: .host, lines: [10], required: false)
    ]
    #expect(try await world.plan().codes(.warning) == ["step-1/1:example-host"])
    world.bindings.endpoints = ["https://your-domain.com": "http://127.0.0.1:1"]
    #expect(try await world.plan().problems.isEmpty)
  }

  @Test(arguments: [
    ("echo back | mail -s done team@example.org", true), ("sendmail 'Ops <ops@example.org>' < note", true),
    ("ssh deploy@example.org uptime", false), ("curl https://me@example.org/x", false),
    ("mail me@example.org https://example.org/x", false),
  ])
  func mailAddressIsNoHost(_ text: String, isMail: Bool) async throws {
    var world = PlanningWorld(text)
    world.placeholders = [
      Placeholder(name: "example.org", spelling: "example.org", form: .host, lines: [10], required: false)
    ]
    #expect(try await world.plan().codes(.warning).isEmpty == isMail)
  }

  @Test func unknownSetIsBadUsage() async throws {
    var world = PlanningWorld("ls")
    world.request.set = ["nobody": "x"]
    await #expect(throws: PlanningError.parameterUnknown("nobody", known: [])) { try await world.plan() }
  }
}
