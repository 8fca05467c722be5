import Engine
import Planning
import Runbook

/// A random plan: what the machine is told of it.
struct SimulatedPlan {
  var rules: [StepRule] = []

  init(_ random: inout SeededGenerator) {
    let count = 1 + random.below(random.chance(30) ? 30 : 8)
    let approval = random.chance(30) ? Self.question("plan", .approval) : nil
    var stage = 0
    while rules.count < count {
      stage += 1
      addStage("stage-\(stage)", room: count - rules.count, approval, &random)
    }
  }

  static func question(_ id: String, _ kind: Ask.Kind) -> Ask {
    Ask(id: id, kind: kind, question: "\(kind.rawValue) \(id)?", options: Ask.yesOrNo)
  }

  private mutating func addStage(_ stage: String, room: Int, _ approval: Ask?, _ random: inout SeededGenerator) {
    let size = 1 + random.below(min(room, 6))
    let gate = random.chance(15) ? Self.question(stage, .optional) : nil
    let options = ["option-a", "option-b", "option-c"].prefix(2 + random.below(2))
    let choice =
      random.chance(35)
      ? Ask(
        id: stage, kind: .choice, question: "choose",
        options: (options + (random.chance(30) ? ["none"] : [])).map { AskOption(id: $0, title: $0) }) : nil
    for position in 1...size {
      let id = "\(stage)/\(position)"
      var rule = StepRule(id: id, stage: stage)
      if let gate { rule.gates.append(gate) }
      if random.chance(10) { rule.gates.append(Self.question(id, .optional)) }
      if let choice, random.chance(65), let option = options.randomElement(using: &random) {
        rule.choice = ChoiceMembership(choice: stage, option: option)
        rule.entryAsks = [choice]
      }
      if random.chance(5) { rule.skip = "left out by the plan" }
      rule.keeps = random.chance(60)
      rule.isRepeatable = random.chance(40)
      if rule.keeps, let approval { rule.crossingAsks.append(approval) }
      if random.chance(10) { rule.crossingAsks.append(Self.question(id, .approval)) }
      if random.chance(10) { rule.crossingAsks.append(Self.question(id, .pointOfNoReturn)) }
      if random.chance(5) { rule.crossingAsks.append(Self.question(id, .problem)) }
      if random.chance(20) { rule.confirmation = Self.question(id, .confirmation) }
      rules.append(rule)
    }
  }
}
