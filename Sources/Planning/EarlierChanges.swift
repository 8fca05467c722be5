/// The steps before one that change the same targets.
struct EarlierChanges {
  private var byTarget: [String: [Int]] = [:]

  /// - Parameter moving: only what brings about another state than is there.
  mutating func add(_ draft: Draft, at index: Int, moving: Bool = false) {
    for (position, effect) in draft.planned.effects.enumerated() where effect.role == .change {
      if moving, draft.acts.indices.contains(position), draft.acts[position].isThere { continue }
      for target in effect.targets where byTarget[target]?.last != index { byTarget[target, default: []].append(index) }
    }
  }

  /// The nearest step before that changes one of `targets` and can be in the same run.
  func changer(of targets: [String], before draft: Draft, in drafts: [Draft]) -> Draft? {
    for target in targets {
      if let index = byTarget[target]?.last(where: { !drafts[$0].excludes(draft) }) { return drafts[index] }
    }
    return nil
  }

  /// The nearest step before that changes a target which begins with one of `beginnings`.
  func changer(ofTargetsUnder beginnings: [String], before draft: Draft, in drafts: [Draft]) -> Draft? {
    let targets = byTarget.filter { target, _ in beginnings.contains { target.hasPrefix($0) } }
    return targets.values.compactMap { $0.last { !drafts[$0].excludes(draft) } }.max().map { drafts[$0] }
  }

  /// The same by name, where a question gives no targets: `dev.calls` of `postgres:default dev.calls`, as a word of
  /// `text`.
  func changer(namedIn text: String, before draft: Draft, in drafts: [Draft]) -> Draft? {
    let words = Set(text.split { $0.isWhitespace || "(),;\"".contains($0) }.map(String.init))
    var found: Int?
    for (target, indices) in byTarget {
      guard let name = target.split(separator: " ").last.map(String.init), name != target, words.contains(name) else {
        continue
      }
      if let index = indices.last(where: { !drafts[$0].excludes(draft) }) { found = max(found ?? index, index) }
    }
    return found.map { drafts[$0] }
  }
}

/// The steps before one that remove or replace what it needs.
struct EarlierRemovals {
  private var byName: [String: [Int]] = [:]

  mutating func add(_ draft: Draft, at index: Int) {
    for name in draft.removes { byName[name, default: []].append(index) }
  }

  /// The nearest step before that removes `name`, or a folder in which it lies, and can be in the same run.
  func remover(of name: String, before draft: Draft, in drafts: [Draft]) -> Draft? {
    var candidate = name[...]
    while !candidate.isEmpty {
      if let found = byName[String(candidate)]?.last(where: { !drafts[$0].excludes(draft) }) { return drafts[found] }
      guard let slash = candidate.lastIndex(of: "/") else { return nil }
      candidate = candidate[..<slash]
    }
    return nil
  }
}
