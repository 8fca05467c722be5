import Runbook

/// Whether what is to be kept has room.
struct DiskNeed {
  let settings: Settings
  let freeBytes: Int?
  let accepted: [String: String]

  /// The journal, the plan and the steps' output need some room too.
  static let reserve = 4 << 20

  static func text(_ bytes: Int) -> String {
    let units = ["kB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = "bytes"
    for larger in units where value >= 1024 {
      value /= 1024
      unit = larger
    }
    return unit == "bytes" || value >= 10 ? "\(Int(value.rounded())) \(unit)" : "\((value * 10).rounded() / 10) \(unit)"
  }

  /// Asks where a step would keep more than the settings allow.
  func settle(_ drafts: inout [Draft]) {
    for index in drafts.indices where !drafts[index].isLeftOut {
      let bytes = drafts[index].planned.keptBytes
      guard bytes > settings.keepMaximum else { continue }
      let isAccepted = accepted["\(drafts[index].id):keep-maximum"] != nil
      drafts[index].report(
        "keep-maximum", isAccepted ? .note : .question,
        "about \(Self.text(bytes)) would be kept, more than keep.max (\(Self.text(settings.keepMaximum))). Keep them all the same, or "
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
        message: "before-images need about \(Self.text(bytes)) and the journal and output some "
          + "\(Self.text(Self.reserve)), but only \(Self.text(freeBytes)) are free where they would lie. Free some, or set BACKOUT_HOME to another disk"
      )
    ]
  }
}
