import Planning
import Runbook

extension RunState {
  /// A run of `plan` before anything happened.
  public init(plan: Plan) { self.init(rules: StepRule.rules(of: plan)) }
}

extension StepRule {
  /// What the machine must know of each step of `plan`, in order.
  static func rules(of plan: Plan) -> [StepRule] {
    let steps = plan.steps
    // Asked wherever it matters first: the step that the plan showed a question at may be left out.
    func asks(_ kind: Ask.Kind) -> [String: Ask] {
      Dictionary(
        steps.flatMap(\.asks).filter { $0.kind == kind }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let (choices, optional) = (asks(.choice), asks(.optional))
    let approval = asks(.approval)["plan"]
    return plan.stages.flatMap { stage in
      stage.steps.map { step in
        let crossing = step.asks.filter { ask in
          switch ask.kind {
          case .approval: ask.id != "plan" && !step.isConfirmedByApproval
          case .pointOfNoReturn, .problem: true
          default: false
          }
        }
        let confirmation =
          step.asks.first { $0.kind == (step.isConfirmedByApproval ? .approval : .confirmation) && $0.id == step.id }
          ?? Ask(id: step.id, kind: .confirmation, question: step.command, options: Ask.yesOrNo)
        return StepRule(
          id: step.id, stage: stage.id, choice: step.choice, skip: step.skip,
          entryAsks: step.choice.flatMap { choices[$0.choice] }.map { [$0] } ?? [],
          crossingAsks: (step.changes ? approval.map { [$0] } ?? [] : []) + crossing,
          confirmation: step.isExecutable ? nil : confirmation,
          gates: ((stage.optional ? [stage.id] : []) + [step.id]).compactMap { optional[$0] }, keeps: step.changes,
          isRepeatable: step.isRepeatable)
      }
    }
  }
}
