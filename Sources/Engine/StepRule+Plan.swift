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
    let choices = Dictionary(
      steps.flatMap(\.asks).filter { $0.kind == .choice }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    // Asked once, before whichever change comes first: the step that the plan showed it at may be left out.
    let approval = steps.flatMap(\.asks).first { $0.kind == .approval && $0.id == "plan" }
    return plan.stages.flatMap { stage in
      stage.steps.map { step in
        var gates: [Ask] = []
        if stage.optional {
          gates.append(
            Ask(id: stage.id, kind: .optional, question: "\(stage.title): do this stage?", options: Ask.yesOrNo))
        }
        if step.asks.contains(where: { $0.kind == .optional && $0.id == step.id }) {
          gates.append(
            Ask(id: step.id, kind: .optional, question: "\(step.title): do this step?", options: Ask.yesOrNo))
        }
        let crossing = step.asks.filter { ask in
          switch ask.kind {
          case .approval: ask.id != "plan"
          case .pointOfNoReturn, .problem: true
          default: false
          }
        }
        let ask = step.asks.first { $0.kind == .confirmation }
        let confirmation =
          step.isExecutable
          ? nil
          : ask ?? Ask(id: step.id, kind: .confirmation, question: step.command, options: Ask.yesOrNo)
        return StepRule(
          id: step.id, stage: stage.id, choice: step.choice, skip: step.skip,
          entryAsks: step.choice.flatMap { choices[$0.choice] }.map { [$0] } ?? [],
          crossingAsks: (step.changes ? approval.map { [$0] } ?? [] : []) + crossing,
          confirmation: confirmation, gates: gates, keeps: step.changes, isRepeatable: step.isRepeatable)
      }
    }
  }
}
