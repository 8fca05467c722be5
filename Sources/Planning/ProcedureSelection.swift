import Runbook

/// Which stages and steps a plan is of, and which of them are left out and why.
struct ProcedureSelection {
  var id: String
  var stages: [Stage]
  /// Choice id → option id or `none`, as far as decided.
  var decisions: [String: String] = [:]
  /// Step id → reason.
  var skips: [String: String] = [:]

  /// - Parameter request: takes ids in place of what the screens show of them.
  init(_ request: inout PlanningRequest, bindings: RunbookBindings) throws(PlanningError) {
    (id, stages) = try Self.procedure(request, bindings: bindings)
    request.takeIDs(from: ShownNames(of: stages))
    try decide(request, bindings: bindings)
    try leaveOut(request)
  }

  private static func procedure(
    _ request: PlanningRequest, bindings: RunbookBindings
  ) throws(PlanningError) -> (String, [Stage]) {
    let runbook = request.runbook
    var offers = runbook.procedures.map { PlanningError.Offer(id: $0.id, title: $0.title) }
    for (id, members) in bindings.procedures.sorted(by: { $0.key < $1.key }) {
      offers.removeAll { $0.id == id }
      offers.append(.init(id: id, title: "composed in backout.yaml: " + members.joined(separator: ", ")))
    }
    guard let name = request.procedure else {
      if runbook.procedures.count == 1, let only = runbook.procedures.first { return (only.id, only.stages) }
      if runbook.procedures.isEmpty { throw .noProcedure(document: runbook.source) }
      throw .procedureNotNamed(document: runbook.source, offers: offers)
    }
    if let members = bindings.procedures[name] { return (name, try compose(name, of: members, runbook: runbook)) }
    guard let found = runbook.procedure(name) else { throw .procedureUnknown(name, offers: offers) }
    return (name, found.stages)
  }

  private static func compose(
    _ name: String, of members: [String], runbook: Runbook
  ) throws(PlanningError) -> [Stage] {
    var result: [Stage] = []
    let all = runbook.procedures.flatMap(\.stages)
    for member in members {
      if let procedure = runbook.procedure(member) {
        result += procedure.stages
      } else if let stage = all.first(where: { $0.id == member }) {
        result.append(stage)
      } else if let stage = all.first(where: { $0.steps.contains { $0.id == member } }),
        let step = stage.steps.first(where: { $0.id == member })
      {
        if result.last?.id == stage.id {
          result[result.count - 1].steps.append(step)
        } else {
          var part = stage
          part.steps = [step]
          result.append(part)
        }
      } else {
        throw .memberUnknown(procedure: name, member: member)
      }
    }
    return result
  }

  private mutating func decide(_ request: PlanningRequest, bindings: RunbookBindings) throws(PlanningError) {
    decisions = bindings.choices.merging(request.choices) { $1 }
    if decisions.isEmpty { return }
    // A decision may be for a stage that this procedure leaves out; it must exist all the same.
    let choices = stages.flatMap(\.choices) + request.runbook.procedures.flatMap { $0.stages.flatMap(\.choices) }
    for (id, option) in decisions.sorted(by: { $0.key < $1.key }) {
      let meant = choices.filter { $0.id == id }
      guard let choice = meant.first else {
        throw .choiceUnknown(id, known: Array(Set(choices.map(\.id))))
      }
      guard option == Choice.noOption || meant.contains(where: { $0.options.contains { $0.id == option } }) else {
        throw .optionUnknown(
          choice: id, option: option, offers: choice.options.map { .init(id: $0.id, title: $0.title) })
      }
    }
    for step in stages.lazy.flatMap(\.steps) {
      guard let membership = step.choice, let decided = decisions[membership.choice], decided != membership.option
      else { continue }
      skips[step.id] = decided == Choice.noOption ? "none of the options was chosen" : "\(decided) was chosen"
    }
  }

  private mutating func leaveOut(_ request: PlanningRequest) throws(PlanningError) {
    if let only = request.only {
      guard stages.contains(where: { $0.id == only }) else {
        throw .stageUnknown(only, offers: stages.map { .init(id: $0.id, title: $0.title) })
      }
      for stage in stages where stage.id != only {
        for step in stage.steps { skips[step.id] = skips[step.id] ?? "only \(only) was asked for" }
      }
    }
    if let from = request.from {
      let ids = stages.flatMap { $0.steps.map(\.id) }
      guard let start = ids.firstIndex(of: from) else { throw .stepUnknown(from) }
      for id in ids[..<start] { skips[id] = skips[id] ?? "the plan begins at \(from)" }
    }
  }
}
