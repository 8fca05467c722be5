import Engine
import Planning

/// People, and the processes through which they speak.
extension Simulation {
  /// False: nobody is there, the run waits and the process ends.
  func ask(_ asks: [Ask]) throws -> Bool {
    result.count(.asks)
    checkThatSomethingUnblocks(asks)
    if state.waiting != asks {
      record(.asked(asks))
      try flush()
    }
    if random.chance(10) { misanswer(asks) }
    guard random.chance(75) else {
      record(.paused(why: "waits"))
      try flush()
      return false
    }
    // Answers arrive in any order, and not always all.
    for ask in asks.shuffled(using: &random).prefix(1 + random.below(asks.count)) {
      guard let value = choose(ask) else { continue }
      result.count(.answers)
      let answer = RunAnswer(key: ask.key, value: value, reason: random.chance(30) ? "because" : nil, by: "cat")
      record(.answered(answer))
      if random.chance(10) {
        // The same again, or another, comes late.
        ignore(answer)
        if let other = ask.options.first(where: { $0.id != value }) {
          ignore(RunAnswer(key: ask.key, value: other.id, by: "dan"))
        }
      }
    }
    try flush()
    return true
  }

  private func choose(_ ask: Ask) -> String? {
    let offered = ask.options.map(\.id)
    let wanted: String
    switch ask.kind {
    case .approval, .pointOfNoReturn, .confirmation, .optional: wanted = random.chance(85) ? "yes" : "no"
    case .failed, .unknown:
      switch random.below(100) {
      case ..<50: wanted = "retry"
      case ..<65: wanted = "done"
      case ..<80: wanted = "skip"
      case ..<84: wanted = "abort"
      default: wanted = offered.randomElement(using: &random) ?? "retry"
      }
    case .problem where offered.contains("yes"): wanted = random.chance(85) ? "yes" : "no"
    case .choice, .problem: wanted = offered.randomElement(using: &random) ?? "yes"
    }
    if !offered.contains(wanted) { violate("\(ask.key) does not offer \(wanted)") }
    return offered.contains(wanted) ? wanted : offered.first
  }

  /// Answers that nobody asked for, or that were not offered.
  private func misanswer(_ asks: [Ask]) {
    guard let ask = asks.randomElement(using: &random), let rule = plan.rules.randomElement(using: &random) else {
      return
    }
    ignore(RunAnswer(key: ask.key, value: "perhaps", by: "dan"))
    ignore(RunAnswer(key: "no such key", value: "yes", by: "dan"))
    let kinds: [Ask.Kind] = [.approval, .confirmation, .choice, .optional, .pointOfNoReturn, .failed, .unknown]
    let values = ["yes", "no", "retry", "done", "skip", "abort", "option-a", "option-b", "none"]
    for _ in 0..<4 {
      let kind = kinds.randomElement(using: &random) ?? .failed
      let id = kind == .choice ? rule.stage : rule.id
      ignore(RunAnswer(key: Ask.key(kind, id), value: values.randomElement(using: &random) ?? "", by: "dan"))
    }
  }

  /// Says `answer` where it must change nothing; one that happens to be welcome is not said.
  private func ignore(_ answer: RunAnswer) {
    let isAsked = state.waiting.contains { $0.key == answer.key && $0.options.contains { $0.id == answer.value } }
    guard !isAsked else { return }
    result.count(.ignored)
    let before = state
    record(.answered(answer))
    if state != before { violate("an unasked answer changed the run: \(answer.key) = \(answer.value)") }
  }

  /// Pause, abort and note come at any time.
  func interfere() {
    switch random.below(10) {
    case ..<5: record(.pauseRequested(by: "eve"))
    case 5: record(.abortRequested(by: "eve"))
    case 6, 7: misanswer(state.waiting.isEmpty ? plan.rules.flatMap(\.gates) : state.waiting)
    default: record(.noted(text: "looks well", by: "eve"))
    }
  }

  private func checkThatSomethingUnblocks(_ asks: [Ask]) {
    guard let first = asks.first else { return violate("asks nothing") }
    guard random.chance(10) else { return }
    let directive = engine.decide(state)
    let unblocks = first.options.contains { option in
      var next = state
      engine.apply(&next, .asked(asks))
      engine.apply(&next, .answered(RunAnswer(key: first.key, value: option.id, by: "fay")))
      return engine.decide(next) != directive
    }
    if !unblocks { violate("no answer to \(first.key) unblocks the run") }
  }
}
