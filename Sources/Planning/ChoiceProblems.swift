import Runbook

/// An error in an option that nobody has to choose does not block, unless every option has one.
enum ChoiceProblems {
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
      if everyFails { continue }
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

/// Whether what is to be kept has room.
struct DiskNeed {
  let settings: Settings
  let freeBytes: Int?
  let accepted: [String: String]

  /// The journal, the plan and the steps' output need some room too.
  static let reserve = 4 << 20

  /// Asks where a step would keep more than the settings allow.
  func settle(_ drafts: inout [Draft]) {
    for index in drafts.indices where !drafts[index].isLeftOut {
      let bytes = drafts[index].planned.keptBytes
      guard bytes > settings.keepMaximum else { continue }
      let isAccepted = accepted["\(drafts[index].id):keep-maximum"] != nil
      drafts[index].report(
        "keep-maximum", isAccepted ? .note : .question,
        "about \(bytes) bytes would be kept, more than keep.max (\(settings.keepMaximum)). Keep them all the same, or "
          + "say --without-keep \(drafts[index].id) --reason TEXT")
    }
  }

  func total(of drafts: [Draft], decisions: [String: String]) -> [Problem] {
    guard let freeBytes else { return [] }
    var bytes = 0
    var options: [String: [String: Int]] = [:]
    for draft in drafts where !draft.isLeftOut {
      if let membership = draft.planned.choice, decisions[membership.choice] == nil {
        options[membership.choice, default: [:]][membership.option, default: 0] += draft.planned.keptBytes
      } else {
        bytes += draft.planned.keptBytes
      }
    }
    for option in options.values { bytes += option.values.max() ?? 0 }
    guard bytes + Self.reserve > freeBytes else { return [] }
    return [
      Problem(
        code: "disk-too-small", severity: .error,
        message: "before-images need about \(bytes) bytes and the journal and output some \(Self.reserve), but only "
          + "\(freeBytes) bytes are free where they would lie. Free some, or set BACKOUT_HOME to another disk")
    ]
  }
}
