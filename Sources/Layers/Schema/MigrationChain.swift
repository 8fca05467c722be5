import Runbook

/// One migration, as the tool's scripts say it.
struct Revision: Codable, Hashable, Sendable {
  var id: String
  var parents: [String] = []
  var title: String?
  /// Its script, in the tool's place.
  var path: String?

  /// `003 "add call_sid"`.
  var text: String { title.map { "\(id) \"\($0)\"" } ?? id }
}

/// From where to where a command brings the database.
struct Route: Codable, Hashable, Sendable {
  /// Revisions that the database is at; empty: none.
  var from: [String]
  var to: [String]
  /// The migrations that are taken back or made, in that order.
  var steps: [Revision]
}

/// Every migration that the scripts know, oldest first.
struct MigrationChain: Codable, Hashable, Sendable {
  var revisions: [Revision]

  init(revisions: [Revision]) { self.revisions = revisions }

  /// One after the other.
  init(_ names: [String]) {
    revisions = names.enumerated().map { index, name in
      Revision(id: name, parents: index == 0 ? [] : [names[index - 1]])
    }
  }

  /// By its name or an unambiguous beginning of it.
  func find(_ text: String) -> Revision? {
    if let exact = revisions.first(where: { $0.id == text }) { return exact }
    guard !text.isEmpty else { return nil }
    let found = revisions.filter { $0.id.hasPrefix(text) }
    return found.count == 1 ? found.first : nil
  }

  /// A revision list as people read it; `base` where it is empty.
  func text(_ ids: [String]) -> String {
    ids.isEmpty ? "base" : ids.map { find($0)?.text ?? $0 }.joined(separator: ", ")
  }

  /// `ids` and all that they stand on.
  private func closure(_ ids: some Sequence<String>) -> Set<String> {
    var result: Set<String> = []
    var rest = Array(ids)
    while let id = rest.popLast() {
      if result.insert(id).inserted { rest += find(id)?.parents ?? [] }
    }
    return result
  }

  /// Those of `ids` that no other of them stands on.
  private func heads(of ids: Set<String>) -> [String] {
    let below = Set(ids.flatMap { find($0)?.parents ?? [] })
    return revisions.map(\.id).filter { ids.contains($0) && !below.contains($0) }.sorted()
  }

  struct NoRoute: Error, Hashable { var problem: Problem }

  private static func none(_ code: String, _ message: String) -> NoRoute {
    NoRoute(problem: Problem(code: code, message: message))
  }

  /// Where `target` is below `current`. `base`, `-2`, a revision, a revision and `-1`. Throws `NoRoute`.
  func down(to target: String, from current: [String]) throws(NoRoute) -> Route {
    let there = try known(current)
    if target == "base" { return try route(down: there, keeping: [], current) }
    let (name, count) = find(target) == nil ? Self.split(target, sign: "-") : (target, 0)
    if name.isEmpty {
      guard current.count == 1, var at = current.first.flatMap(find) else {
        throw Self.none(
          current.isEmpty ? "already-there" : "target-ambiguous",
          current.isEmpty
            ? "the database is at no revision: there is nothing to take back"
            : "the database is at \(current.joined(separator: ", ")), and \(target) does not say which to take back")
      }
      for step in 0..<count {
        guard at.parents.count < 2 else {
          throw Self.none("target-ambiguous", "\(at.text) joins two branches, and \(target) does not say which to keep")
        }
        if let next = at.parents.first.flatMap(find) {
          at = next
        } else if step == count - 1 {
          return try route(down: there, keeping: [], current)
        } else {
          throw Self.none("target-unknown", "\(target) goes below the first migration: \(step + 1) can be taken back")
        }
      }
      return try route(down: there, keeping: closure([at.id]), current)
    }
    var goal = try wanted(name)
    for _ in 0..<count {
      guard goal.parents.count == 1, let next = goal.parents.first.flatMap(find) else {
        throw Self.none("target-unknown", "\(target): \(goal.text) has not just one migration below it")
      }
      goal = next
    }
    guard there.contains(goal.id) else {
      throw Self.none(
        "target-not-below", "\(goal.text) is not applied: the database is at \(text(current)), not above it")
    }
    // Branches that do not stand on the goal stay.
    let goes = there.filter { $0 != goal.id && closure([$0]).contains(goal.id) }
    return try route(down: there, keeping: there.subtracting(goes), current)
  }

  private func route(down there: Set<String>, keeping: Set<String>, _ current: [String]) throws(NoRoute) -> Route {
    let goes = there.subtracting(keeping)
    guard !goes.isEmpty else {
      throw Self.none("already-there", "the database is at \(text(current)) already: the command would change nothing")
    }
    return Route(
      from: current, to: heads(of: keeping), steps: revisions.reversed().filter { goes.contains($0.id) })
  }

  /// Where `target` is above `current`. `head`, `+2`, a revision. Throws `NoRoute`.
  func up(to target: String, from current: [String]) throws(NoRoute) -> Route {
    let there = try known(current)
    var goal: Set<String>
    let (name, count) = find(target) == nil ? Self.split(target, sign: "+") : (target, 0)
    if target == "head" || target == "heads" {
      goal = closure(revisions.map(\.id))
      if target == "head", heads(of: goal).count > 1 {
        throw Self.none(
          "target-ambiguous", "there is more than one head: \(heads(of: goal).joined(separator: ", "))")
      }
    } else if name.isEmpty {
      let next = revisions.filter { !there.contains($0.id) }.prefix(count)
      guard next.count == count else {
        throw Self.none(
          "target-unknown", "\(target): only \(next.count.counted("migration is", "migrations are")) not applied yet")
      }
      goal = closure(next.map(\.id))
    } else {
      goal = closure([try wanted(name).id])
    }
    goal.formUnion(there)
    let comes = goal.subtracting(there)
    guard !comes.isEmpty else {
      throw Self.none("already-there", "the database is at \(text(current)) already: the command would change nothing")
    }
    return Route(from: current, to: heads(of: goal), steps: revisions.filter { comes.contains($0.id) })
  }

  /// The one migration `name` taken back or made, as scripts of their own do. Throws `NoRoute`.
  func one(_ name: String, isDown: Bool, from current: [String]) throws(NoRoute) -> Route {
    let there = try known(current)
    let own = try wanted(name)
    if there.contains(own.id) != isDown {
      throw Self.none(
        "already-there",
        "\(own.text) is \(isDown ? "not applied" : "applied already"): the command would change nothing")
    }
    if !isDown { return Route(from: current, to: heads(of: there.union([own.id])), steps: [own]) }
    guard current == [own.id] else {
      throw Self.none(
        "wrong-order", "\(text(current)) is applied and stands on \(own.text): take that back first")
    }
    return Route(from: current, to: heads(of: there.subtracting([own.id])), steps: [own])
  }

  static func unknown(_ id: String) -> NoRoute {
    none(
      "revision-unknown",
      "the database is at revision \(id), which the scripts here do not have: they are of another release")
  }

  /// Everything that `current` stands on. Throws `NoRoute` where the scripts do not know it.
  private func known(_ current: [String]) throws(NoRoute) -> Set<String> {
    for id in current where find(id) == nil {
      throw Self.unknown(id)
    }
    return closure(current.compactMap { find($0)?.id })
  }

  private func wanted(_ name: String) throws(NoRoute) -> Revision {
    if let found = find(name) { return found }
    throw Self.none("target-unknown", "there is no revision \(name) among the \(revisions.count) that the scripts have")
  }

  /// `abc-2` → `abc`, 2; `-1` → ``, 1; `abc` → `abc`, 0.
  private static func split(_ target: String, sign: Character) -> (name: String, count: Int) {
    guard let index = target.lastIndex(of: sign), let count = Int(target[target.index(after: index)...]), count > 0
    else {
      return (target, 0)
    }
    return (String(target[..<index]), count)
  }
}
