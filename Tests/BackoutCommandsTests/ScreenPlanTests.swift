import Engine
import Layer
import Planning
import Runbook
import Testing

@testable import BackoutCommands

/// A plan of a webhook, a choice between two commits and some confirmations.
enum ScreenPlan {
  static func step(
    _ id: String, _ action: Action, _ effect: Effect? = nil, from: String = "", to: String = "", keeps: String? = nil,
    choice: ChoiceMembership? = nil, asks: [Ask] = []
  ) -> PlannedStep {
    PlannedStep(
      id: id, stage: String(id.prefix { $0 != "/" }), line: 7, endLine: 7, title: id,
      kind: .shell, role: .change, action: action, command: action.text, directory: "/srv/app",
      effects: effect.map { [$0] } ?? [], choice: choice, asks: asks, from: from, to: to, keeps: keeps)
  }

  static func shell(_ text: String) -> Action { .shell(ShellStatement(text: text, commands: [])) }

  static func plan(problems: [Problem] = []) -> Plan {
    let url = "https://example.org/webhooks/a/path/that/is/quite/long/transcription"
    let put = Effect(
      driver: "http", layer: .endpoint, summary: "PUT /v1/webhooks/wh_2f1 (127.0.0.1:9011)", directory: "/srv/app",
      targets: ["x"])
    let checkout = Effect(
      driver: "git", layer: .code, summary: "git checkout main", directory: "/srv/app", targets: ["y"])
    let confirm = { (id: String, text: String) in
      step(
        id, .confirm(text), asks: [Ask(id: id, kind: .confirmation, question: text, options: Ask.yesOrNo)])
    }
    let choice = Ask(
      id: "step-2", kind: .choice, question: "Which?",
      options: [AskOption(id: "option-a", title: "a commit"), AskOption(id: "option-b", title: "main")])
    let first = PlannedStage(
      id: "step-1", title: "Step 1: The webhook", line: 3, risk: .high,
      estimate: Estimate(minimum: 300, maximum: 600, text: "5-10 minutes"), optional: false, warnings: [],
      choices: [],
      steps: [
        step(
          "step-1/1", shell("curl -X PUT \(url)"), put, from: "payload.call_sid, url \(url)",
          to: "payload.conversation_id", keeps: "the present fields"),
        confirm("step-1/2", "The webhook sends the conversation"), confirm("step-1/3", "One call was tried"),
      ])
    let second = PlannedStage(
      id: "step-2", title: "Step 2: The code", line: 9, risk: nil, estimate: nil, optional: false, warnings: [],
      choices: [
        Choice(
          id: "step-2", line: 9, question: "Which?",
          options: [
            ChoiceOption(id: "option-a", title: "a commit", line: 10),
            ChoiceOption(id: "option-b", title: "main", line: 11),
          ])
      ],
      steps: [
        step(
          "step-2/1", shell("git checkout 91ab3e2"), checkout, from: "4f0c2d1", to: "91ab3e2",
          keeps: "no changed files",
          choice: ChoiceMembership(choice: "step-2", option: "option-a"), asks: [choice]),
        step(
          "step-2/2", shell("git checkout main"), checkout, from: "4f0c2d1", to: "91ab3e2", keeps: "no changed files",
          choice: ChoiceMembership(choice: "step-2", option: "option-b"), asks: [choice]),
      ])
    return Plan(
      runbook: Runbook(title: "The webhook refactor", source: "ROLLBACK.md"), document: "", path: "/srv/ROLLBACK.md",
      service: "agy", environment: nil, procedure: "full", directory: "/srv/app", bindings: RunbookBindings(),
      stages: [first, second], problems: problems)
  }
}

@Suite("The plan's screen")
struct ScreenPlanTests {
  @Test(arguments: [60, 72, 80, 100, 132])
  func noLineIsWider(width: Int) {
    let notes = (4...6).map {
      Problem(
        code: "carried", step: "step-2/\($0)", line: 9, severity: .note,
        message: "it is carried, a long message of many words that wraps")
    }
    let text = PlanScreen(plan: ScreenPlan.plan(problems: notes), confirmation: .confirmed).text(width: width)
    for line in text.split(separator: "\n") { #expect(Text.width(String(line)) <= width, "\(line)") }
  }

  @Test func saysEachThingOnce() {
    let text = PlanScreen(plan: ScreenPlan.plan(), confirmation: .confirmed).text(width: 100)
    #expect(text.contains("can be rolled back"))
    #expect(text.contains("1 choice, 2 things to confirm"))
    #expect(text.contains("1  The webhook"))
    #expect(!text.contains("Step 1:"))
    #expect(text.contains("the present fields (1.1): kept"))
    #expect(!text.contains("no changed files"))
    #expect(text.contains("confirm 2: The webhook sends the conversation · One call was tried"))
    #expect(text.contains("├ option-a  a commit"))
    #expect(text.contains("├ option-b  main"))
  }

  @Test func groupsWhatIsSaidOfSeveralSteps() {
    let note = { (step: String) in Problem(code: "carried", step: step, line: 1, severity: .note, message: "m") }
    func error(_ step: String, _ message: String = "m") -> Problem {
      Problem(code: "gone", step: step, line: 1, severity: .error, message: message)
    }
    #expect(ProblemList.groups([note("a/1"), note("a/2"), note("a/3")]).count == 1)
    #expect(ProblemList.groups([error("a/1"), error("a/2", "n"), error("a/3")]).map(\.count) == [2, 1])
    var plan = ScreenPlan.plan()
    plan.problems = [error("a/1"), error("a/2", "n"), error("a/3"), error("a/4")]
    let lines = ProblemList(plan: plan).lines(100)
    // Each is accepted by its name: no name is left to be made up.
    for problem in plan.problems { #expect(lines.count { $0.contains("\(problem.name) ") } == 1, "\(lines)") }
    #expect(lines.count { $0 == "      m" } == 1 && lines.count { $0 == "      n" } == 1, "\(lines)")
  }

  @Test func whatIsAskedStandsUnderTheNameThatAnswersIt() {
    let text = PlanScreen(plan: ScreenPlan.plan(), confirmation: .confirmed).text(width: 100)
    #expect(text.contains("? 2    option-a, option-b  Which?"), "\(text)")
    #expect(text.contains("? 1.*  yes                 2 things to confirm"), "\(text)")
    #expect(text.contains("--answer '1.*'=yes"), "\(text)")
  }

  @Test func whatIsAcceptedDoesNotBlock() {
    var plan = ScreenPlan.plan(problems: [Problem(code: "gone", step: "step-2/1", line: 1, message: "m")])
    plan.accepted = ["step-2/1:gone": "known"]
    let text = PlanScreen(plan: plan, confirmation: .confirmed, typed: ("R.md --accept x", "R.md")).text(width: 60)
    #expect(!text.contains("blocks the plan") && text.contains("  accepted\n  ✓ step-2/1:gone"), "\(text)")
    #expect(text.hasSuffix("backout run R.md --accept x --plan \(plan.hash.short)"), "\(text)")
  }

  @Test func aProblemThatStopsCanBeLookedUp() {
    let problem = { Problem(code: "no-op", step: "step-2/1", line: 1, severity: $0, message: "m") }
    func said(_ severity: Problem.Severity, accepted: [String: String] = [:]) -> Int {
      var plan = ScreenPlan.plan(problems: [problem(severity), problem(severity)])
      plan.accepted = accepted
      return PlanScreen(plan: plan, confirmation: .confirmed).text(width: 80).components(separatedBy: "--explain").count
        - 1
    }
    #expect(said(.error) == 1 && said(.question) == 1)
    #expect(said(.warning) == 0 && said(.note) == 0)
    #expect(said(.error, accepted: ["step-2/1:no-op": "known"]) == 0)
  }

  @Test(arguments: KnownProblems.all) func anExplanationFits(_ problem: KnownProblem) {
    let lines = KnownProblemScreen(problem: problem).lines(80)
    #expect(lines.allSatisfy { Text.width($0) <= 80 }, "\(lines)")
    #expect(problem.occurrences.allSatisfy { found in lines.contains { $0.contains(found.severity.rawValue) } })
  }

  @Test func aSlipOfTheFingerIsFound() {
    let failure = { (name: String) in
      Explanation.unknown(name, what: "problem", among: KnownProblems.all.map(\.code), next: "").message
    }
    #expect(failure("backup-mising").contains("backup-missing"))
    #expect(failure("local-changes").contains("Is it local-changes-in-the-way?"))
    #expect(!failure("quite-another-thing-altogether").contains("Is it"))
  }

  @Test func theCommandOfTheBindingsIsMarked() {
    var plan = ScreenPlan.plan()
    plan.stages[1].steps[0].writtenAs = "deploy main"
    let text = PlanScreen(plan: plan, confirmation: .confirmed).text(width: 100)
    #expect(text.contains("by backout.yaml, instead of deploy main"), "\(text)")
  }

  @Test func anOptionByNumberNameOrBeginning() {
    let ask = Ask(
      id: "a", kind: .choice, question: "?",
      options: [
        AskOption(id: "option-1", title: "x"), AskOption(id: "option-2", title: "y"), AskOption(id: "none", title: "z"),
      ])
    #expect(Questions.option("2", of: ask)?.id == "option-2")
    #expect(Questions.option("none", of: ask)?.id == "none")
    #expect(Questions.option("n", of: ask)?.id == "none")
    #expect(Questions.option("opt", of: ask) == nil)
    #expect(Questions.option("9", of: ask) == nil)
  }
}
