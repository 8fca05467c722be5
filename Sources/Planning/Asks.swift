import Runbook

/// What people will be asked, at which step and in which order.
struct Asks {
  let stages: [Stage]
  let decisions: [String: String]
  /// Who must allow the plan before its first change.
  let approvals: [String]
  let people: [String: Person]
  let accepted: [String: String]
  /// Steps that keep nothing since the operator said so, with a reason: that is the answer already.
  let withoutKeep: [String: String]

  func settle(_ drafts: inout [Draft]) {
    let stageByID = Dictionary(stages.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let choices = Dictionary(
      stages.flatMap(\.choices).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var asked: Set<String> = []
    for index in drafts.indices where !drafts[index].isLeftOut {
      let step = drafts[index].planned
      var asks: [Ask] = []
      if let stage = stageByID[step.stage], stage.optional, asked.insert("stage \(stage.id)").inserted {
        asks.append(
          Ask(id: stage.id, kind: .optional, question: "\(stage.title): do this stage?", options: Ask.yesOrNo))
      }
      if let id = step.choice?.choice, decisions[id] == nil, let choice = choices[id],
        asked.insert("choice \(id)").inserted
      {
        asks.append(
          Ask(
            id: id, kind: .choice, question: choice.question,
            options: choice.options.map { AskOption(id: $0.id, title: $0.title) } + [
              AskOption(id: Choice.noOption, title: "none of these")
            ]))
      }
      // Who was just asked for the stage is not asked twice. An option's own steps come after the choice.
      if step.optional, !asks.contains(where: { $0.kind == .optional }) {
        asks.append(Ask(id: step.id, kind: .optional, question: "\(step.title): do this step?", options: Ask.yesOrNo))
      }
      if !approvals.isEmpty, step.changes, asked.insert("plan").inserted {
        asks.append(
          Ask(
            id: "plan", kind: .approval, question: "Do \(names(approvals)) allow this plan?", options: Ask.yesOrNo))
      }
      if let who = step.approval {
        asks.append(
          Ask(
            id: step.id, kind: .approval, question: "Does \(names([who])) allow: \(step.title)?", options: Ask.yesOrNo))
      }
      if !step.isConfirmedByApproval, let question = confirmation(drafts[index]) {
        asks.append(Ask(id: step.id, kind: .confirmation, question: question, options: Ask.yesOrNo))
      }
      if let why = pointOfNoReturn(step) {
        asks.append(
          Ask(
            id: step.id, kind: .pointOfNoReturn, question: "\(step.title) cannot be taken back: \(why). Go on?",
            options: Ask.yesOrNo))
      }
      for problem in drafts[index].problems where problem.severity == .question && accepted[problem.name] == nil {
        asks.append(Ask(id: problem.name, kind: .problem, question: problem.message, options: Ask.yesOrNo))
      }
      drafts[index].planned.asks = asks
    }
  }

  private func names(_ ids: [String]) -> String {
    ids.map { id in people[id]?.name.map { "\($0) (\(id))" } ?? id }.joined(separator: " and ")
  }

  private func confirmation(_ draft: Draft) -> String? {
    switch draft.planned.action {
    // A check of the bindings answers it.
    case .confirm(let text): draft.binding?.verify == nil ? text : nil
    case .manual(let text):
      switch draft.source.action {
      case .code(let language, _):
        "\(Self.languageName(language)) from line \(draft.planned.line) was not run; bind it with `run:`. Is it done?"
      case .file: "The file at line \(draft.planned.line) was not written; bind it with `run:`. Is it done?"
      default: text
      }
    case .code, .file: draft.planned.title
    case .shell, .sql, .config: nil
    }
  }

  static func languageName(_ language: String) -> String {
    ["python": "Python", "yaml": "YAML", "json": "JSON", "js": "JavaScript", "javascript": "JavaScript"][
      language.lowercased()]
      ?? (language.isEmpty ? "The code" : language)
  }

  private func pointOfNoReturn(_ step: PlannedStep) -> String? {
    guard step.isExecutable, step.changes, step.undoCommand == nil, withoutKeep[step.id] == nil else {
      return nil
    }
    for effect in step.effects where effect.role == .change {
      if case .none(let why) = effect.reversibility { return why }
    }
    return nil
  }
}
