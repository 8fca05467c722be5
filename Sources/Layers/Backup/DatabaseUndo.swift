import Foundation
import Layer
import Runbook

/// Puts databases back as they were.
///
/// The kept database is made beside the present one and looked at, and only then takes its name, in one transaction. So
/// the present one is whole until the kept one is proven, and what the step added goes too; `pg_restore --clean` in place
/// drops only what the dump itself names. The price: nobody may be connected at that moment.
struct DatabaseUndo {
  let parameters: BackupParameters
  let image: BeforeImage
  let before: Observation
  let after: Observation
  let answer: ConflictAnswer?
  let server: DatabaseServer
  let environment: StepEnvironment

  private struct Facts: Codable { var kept: [DatabaseKeeping.Kept] }

  static func facts(_ kept: [DatabaseKeeping.Kept]) throws -> JSONValue { try JSONValue(encoding: Facts(kept: kept)) }

  private var keeping: DatabaseKeeping { DatabaseKeeping(server: server, images: environment.images) }

  /// Throws `DatabaseFailure`.
  func undo() async throws -> Undone {
    let kept = (try? image.facts.decoded(as: Facts.self).kept) ?? []
    var undone = Undone(summary: "")
    var said: [String] = []
    for target in before.states.keys.filter({ $0.hasPrefix("postgres:") }).sorted() {
      guard let was = before.states[target] else { continue }
      let name = try server.database(of: target)
      let now = try await DatabaseLook(server: server).state(of: name)
      let left = after.isObserved ? after.states[target] : nil
      if now.json == was {
        try await clear(name, left: left)
        undone.restored.append(target)
        said.append("\(name) is as it was")
      } else if now.json == left || answer == .putBack {
        if try await putBack(name, kept.first { $0.name == name }, was: was, now: now, into: &undone, &said) {
          undone.restored.append(target)
        }
      } else {
        let conflicts = Self.conflicts(target, was: was, left: left, now: now.json)
        switch answer {
        case nil: undone.conflicts += conflicts
        case .exportBoth?:
          if let kept = kept.first(where: { $0.name == name }) {
            try await keeping.make(besides(name), from: kept)
            undone.notRestored.append(
              "\(target): it stays as it is now; what was kept is the database \(besides(name))")
          } else {
            undone.notRestored.append("\(target): it stays as it is now; nothing was kept, since it was not there")
          }
        default: undone.notRestored.append("\(target): it stays as it is now, \(now.summary)")
        }
      }
    }
    if !undone.conflicts.isEmpty { said.append("somebody changed it after the step: it is left as it is") }
    said += undone.notRestored
    undone.summary = said.joined(separator: "; ")
    return undone
  }

  /// The name under which the kept database is made: the same at each try.
  private func besides(_ name: String) -> String { derived(name, "kept") }
  private func replaced(_ name: String) -> String { derived(name, "replaced") }

  private func derived(_ name: String, _ word: String) -> String {
    let label = environment.label.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return String("\(name.prefix(30))_\(word)_\(String(label.suffix(20)))")
  }

  // MARK: Putting back

  private func putBack(
    _ name: String, _ kept: DatabaseKeeping.Kept?, was: JSONValue, now: DatabaseState, into undone: inout Undone,
    _ said: inout [String]
  ) async throws -> Bool {
    let target = server.target(name)
    let maintenance = try await server.maintenance(besides: name)
    if now.exists {
      let others = try await DatabaseUsers(server: server).connected(to: name, by: maintenance)
      guard others.isEmpty else {
        undone.notRestored.append(
          "\(target): \(Wording.list(others)) \(others.count == 1 ? "is" : "are") connected: end that and undo again")
        return false
      }
    }
    guard was["exists"] == true else {
      try await keeping.drop(name, by: maintenance)
      said.append("\(name) is gone again")
      return true
    }
    guard let kept else {
      undone.notRestored.append("\(target): nothing of it was kept")
      return false
    }
    let copy = besides(name)
    try await keeping.make(copy, from: kept)
    let made = try await DatabaseLook(server: server).state(of: copy)
    try await swap(name, copy, isThere: now.exists, by: maintenance)
    let isAsBefore = made.json == was
    said.append(
      isAsBefore
        ? "\(name) is as it was: \(made.summary)"
        : "\(name) is as it was kept, a moment after it was looked at: \(Wording.list(Self.differences(was, made.json)))"
    )
    if now.exists {
      // Between the look and the swap somebody may have written: what was replaced tells.
      let old = try await DatabaseLook(server: server).state(of: replaced(name))
      if old.json == now.json {
        try await keeping.drop(replaced(name), by: maintenance)
      } else {
        undone.notRestored.append(
          "\(target): rows written while it was put back are in the database \(replaced(name))")
      }
    }
    return true
  }

  private func swap(_ name: String, _ copy: String, isThere: Bool, by maintenance: String) async throws {
    // A leftover of an undo that was killed before it could look at it stays: it may hold what nobody else has.
    let away = isThere ? "ALTER DATABASE :\"db\" RENAME TO :\"old\";" : ""
    do {
      _ = try await server.ask(
        "BEGIN; \(away) ALTER DATABASE :\"copy\" RENAME TO :\"db\"; COMMIT;", of: maintenance,
        variables: ["db": name, "copy": copy, "old": replaced(name)], looks: false)
    } catch {
      try await keeping.drop(copy, by: maintenance)
      throw error
    }
  }

  /// What an undo that was killed after the swap had still to remove.
  private func clear(_ name: String, left: JSONValue?) async throws {
    guard let left, left["exists"] == true else { return }
    let old = try await DatabaseLook(server: server).state(of: replaced(name))
    if old.exists, old.json == left {
      try await keeping.drop(replaced(name), by: try await server.maintenance(besides: old.name))
    }
  }

  // MARK: Wording

  /// One conflict for each table that somebody changed, else one for the database.
  private static func conflicts(_ target: String, was: JSONValue, left: JSONValue?, now: JSONValue) -> [Conflict] {
    func rows(_ state: JSONValue?, _ table: String) -> String {
      guard let found = state?["tables"]?[table] else { return "not there" }
      return found["rows"]?.integerValue.map { $0.counted("row") } ?? "not counted"
    }
    let names = Set(left?["tables"]?.objectValue?.keys.map(\.self) ?? [])
      .union(now["tables"]?.objectValue?.keys.map(\.self) ?? [])
    let changed = names.filter { left?["tables"]?[$0] != now["tables"]?[$0] }.sorted()
    guard left != nil, now["exists"] == true, !changed.isEmpty else {
      func words(_ state: JSONValue?) -> String {
        state == nil ? "not observed" : state?["exists"] == true ? "as it was seen then" : "not there"
      }
      return [
        Conflict(
          target: target, kept: words(was), left: words(left),
          now: now["exists"] == true ? "another state: \(Wording.list(differences(left ?? .null, now)))" : "not there")
      ]
    }
    return changed.map { table in
      let same = rows(left, table) == rows(now, table) ? ", other ones" : ""
      return Conflict(
        target: "\(target) \(table)", kept: rows(was, table), left: rows(left, table), now: rows(now, table) + same)
    }
  }

  private static func differences(_ one: JSONValue, _ other: JSONValue) -> [String] {
    let members = Set((one.objectValue ?? [:]).keys).union((other.objectValue ?? [:]).keys)
    return members.filter { one[$0] != other[$0] }.sorted().map { "\($0) changed" }
  }
}

/// Who is connected to a database.
struct DatabaseUsers {
  let server: DatabaseServer

  /// `psql (agy)`, for each connection of somebody else.
  func connected(to name: String, by other: String) async throws -> [String] {
    try await server.ask(
      """
      SELECT coalesce(nullif(application_name, ''), 'a client') || ' (' || coalesce(usename, '?') || ')'
      FROM pg_stat_activity WHERE datname = :'name' AND pid <> pg_backend_pid()
        AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY 1
      """, of: other, variables: ["name": name]
    ).split(separator: "\n").map(String.init)
  }
}
