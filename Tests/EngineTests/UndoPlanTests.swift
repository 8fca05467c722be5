import Journal
import Layer
import Planning
import Runbook
import Testing

@testable import Engine

@Suite struct UndoPlanTests {
  private func step(_ id: String, _ effect: Effect, undo: String? = nil) -> PlannedStep {
    PlannedStep(
      id: id, stage: "step-1", line: 1, endLine: 1, title: effect.summary, kind: .shell, role: .change,
      action: .manual(effect.summary), command: effect.summary, directory: "/", effects: [effect], undoCommand: undo)
  }

  private func effect(_ summary: String, last: Bool? = nil) -> Effect {
    var effect = Effect(
      driver: "files", layer: .files, summary: summary, directory: "/", targets: ["file:/\(summary)"],
      reversibility: last == true ? .partial("it is done again") : .exact)
    effect.undoneLast = last
    return effect
  }

  /// `git checkout v1 && systemctl restart app` is one step.
  @Test func soIsWhatTakesEffectInsideOneStep() {
    let effects = [
      effect("checkout"), effect("restart a", last: true), effect("edit"), effect("restart b", last: true),
    ]
    #expect(UndoPlan.order(of: effects) == [2, 0, 1, 3])
    #expect(UndoPlan.order(of: []) == [])
  }

  /// Last step first; what makes the rest take effect after everything else, in the runbook's order, whether the
  /// bindings or a driver say so.
  @Test func whatTakesEffectIsUndoneLast() throws {
    let steps = [
      step("step-1/1", effect("edit a")), step("step-1/2", effect("reload", last: true)),
      step("step-1/3", effect("edit b")), step("step-1/4", effect("restart"), undo: "restart"),
      step("step-1/5", effect("edit c")),
    ]
    let stage = PlannedStage(
      id: "step-1", title: "One", line: 1, risk: nil, estimate: nil, optional: false, warnings: [], choices: [],
      steps: steps)
    let plan = Plan(
      runbook: Runbook(title: "T", source: "R.md"), document: "", path: "/R.md", service: "s", environment: nil,
      procedure: "all", directory: "/", bindings: RunbookBindings(), stages: [stage])
    var state = RunState(rules: steps.map { StepRule(id: $0.id, stage: $0.stage, keeps: true) })
    let digest = Digest(of: "plan")
    state.apply(
      .started(RunStart(planHash: digest, planDigest: digest, operatorName: "a", host: "h", steps: steps.count)))
    let seen = Observation(states: ["x": 1], summary: "x")
    for step in steps {
      for event in [
        RunEvent.observing(step: step.id, attempt: 1), .observed(step: step.id, before: [seen], effects: nil),
        .guardPassed(step: step.id, said: []),
        .kept(step: step.id, images: [BeforeImage(driver: "files", summary: "1 file")], without: nil),
        .acting(step: step.id, attempt: 1, statement: nil),
        .acted(step: step.id, outcome: Outcome(succeeded: true, summary: "exit 0")),
        .verified(step: step.id, verdict: .proven("x"), after: [seen]),
      ] { state.apply(event) }
    }
    let undo = UndoPlan(plan: plan, state: state)
    #expect(undo.steps.map(\.title) == ["edit c", "edit b", "edit a", "reload", "restart"])
    #expect(undo.left == [])
    // Restarts count in what a person accepts.
    let edits = try Digest(canonical: [Array(undo.steps.prefix(3)), [], []])
    #expect(undo.hash != edits)

    // What the first undo left of a step is what the second one is about.
    state.apply(.ended(.succeeded))
    state.apply(.undoStarted(UndoStart(hash: undo.hash, steps: undo.steps.map(\.id), by: "a")))
    for step in undo.steps {
      let isLeft = step.title == "edit b"
      state.apply(
        .undone(step: step.id, result: Undone(notRestored: isLeft ? ["file:/edit b"] : [], summary: "")))
    }
    state.apply(.undoEnded(by: "a"))
    #expect(state.status == .undone && !state.isUndoWhole)
    let again = UndoPlan(plan: plan, state: state)
    #expect(again.steps.map(\.title) == ["edit b"])
    state.apply(.undoStarted(UndoStart(hash: again.hash, steps: again.steps.map(\.id), by: "a")))
    #expect(Decider.next(state) == .undo(step: "step-1/3"))
    state.apply(.undone(step: "step-1/3", result: Undone(restored: ["file:/edit b"], summary: "")))
    state.apply(.undoEnded(by: "a"))
    #expect(state.isUndoWhole && UndoPlan(plan: plan, state: state).steps == [])
  }
}
