import Runbook

/// An error in an option that nobody has to choose does not block, unless every option has one.
enum ChoiceProblems {
  /// How to go on without the choice, once, where it stands in the way.
  private static func tell(_ drafts: inout [Draft], _ choice: Choice, _ options: [String: [Int]]) {
    let steps = options.values.joined().sorted()
    guard let first = steps.first(where: { drafts[$0].problems.contains { $0.severity == .error } }),
      let position = drafts[first].problems.firstIndex(where: { $0.severity == .error })
    else { return }
    let every = choice.options.count == 1 ? "The option" : "Every option"
    drafts[first].problems[position].message +=
      ". \(every) of \(choice.id) has such an error: --choose \(choice.id)=\(Choice.noOption) leaves it out"
  }

  static func settle(_ drafts: inout [Draft], decisions: [String: String], stages: [Stage]) {
    var members: [String: [String: [Int]]] = [:]
    for (index, draft) in drafts.enumerated() {
      guard let membership = draft.planned.choice, decisions[membership.choice] == nil, !draft.isLeftOut else {
        continue
      }
      members[membership.choice, default: [:]][membership.option, default: []].append(index)
    }
    for choice in stages.lazy.flatMap(\.choices) {
      guard let options = members[choice.id] else { continue }
      let everyFails = choice.options.allSatisfy { option in
        options[option.id]?.contains { drafts[$0].problems.contains { $0.severity == .error } } ?? false
      }
      if everyFails {
        tell(&drafts, choice, options)
        continue
      }
      for (option, indices) in options {
        for index in indices {
          for position in drafts[index].problems.indices where drafts[index].problems[position].severity == .error {
            drafts[index].problems[position].severity = .warning
            drafts[index].problems[position].message =
              "if \(option) is chosen: " + drafts[index].problems[position].message
          }
        }
      }
    }
  }
}
