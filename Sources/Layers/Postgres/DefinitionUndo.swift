import Foundation
import Layer
import PostgresAccess
import Runbook

/// Puts definitions back, three ways by piece: as it was, where it is still what the step left; else a conflict.
struct DefinitionUndo {
  let connection: PostgresConnection
  let environment: StepEnvironment
  let answer: ConflictAnswer?
  /// `postgres:default `
  let prefix: String
  let change: KeptChange
  private(set) var conflicts: [Conflict] = []
  private(set) var restored: [String] = []
  private(set) var notRestored: [String] = []
  private(set) var pieces = 0
  /// From this rank on, a piece needs the rows to be there first.
  private static let afterRows = 40
  private var later: [String] = []
  /// Relations whose name somebody else has taken since: they are left alone.
  private(set) var taken: Set<String> = []

  init(
    connection: PostgresConnection, environment: StepEnvironment, answer: ConflictAnswer?, prefix: String,
    change: KeptChange
  ) {
    self.connection = connection
    self.environment = environment
    self.answer = answer
    self.prefix = prefix
    self.change = change
  }

  private var relations: [RelationName] {
    var seen: Set<String> = []
    return (change.before + change.after).filter { seen.insert($0.relation).inserted }.map { piece in
      let parts = piece.relation.split(separator: ".", maxSplits: 1).map(String.init)
      return parts.count == 2 ? RelationName(schema: parts[0], name: parts[1]) : RelationName(name: piece.relation)
    }
  }

  /// Names things back, removes what the step made, and makes again what rows need.
  mutating func prepare() async throws {
    guard !change.before.isEmpty || !change.after.isEmpty || !change.inverses.isEmpty else { return }
    var now = try await current()
    if !change.inverses.isEmpty {
      let before = Dictionary(change.before.map { ($0.id, $0.create) }, uniquingKeysWith: { $1 })
      if now.mapValues(\.create) == before { return }
      for inverse in change.inverses {
        try await run(inverse)
        pieces += 1
      }
      now = try await current()
    }
    let before = Dictionary(change.before.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    let after = Dictionary(change.after.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    for id in before.keys.sorted() where after[id] == nil && before[id]?.name == "itself" && now[id] != nil {
      guard let relation = before[id]?.relation, answer != .putBack else { continue }
      let kept = change.before.filter { $0.relation == relation }.map(\.create)
      let present = now.values.filter { $0.relation == relation }.map(\.create)
      guard Set(kept) != Set(present) else { continue }
      taken.insert(relation)
      note(
        Conflict(target: prefix + relation, kept: text(before[id]), left: "not there", now: "another one of that name"))
    }
    var drops: [DefinitionPiece] = []
    var creates: [(rank: Int, sql: String)] = []
    for id in Set(before.keys).union(after.keys).union(now.keys).sorted() {
      let (was, left, is_) = (before[id], after[id], now[id])
      if let relation = (was ?? left ?? is_)?.relation, taken.contains(relation) { continue }
      if was?.create == left?.create || was?.create == is_?.create { continue }
      guard left?.create == is_?.create || answer == .putBack || !change.inverses.isEmpty else {
        note(Conflict(target: prefix + id, kept: text(was), left: text(left), now: text(is_)))
        continue
      }
      if let was {
        if is_ != nil, let alter = was.alter {
          creates.append((was.rank, alter))
        } else {
          if let is_, !is_.drop.isEmpty { drops.append(is_) }
          creates.append((was.rank, was.create))
        }
      } else if let is_, !is_.drop.isEmpty {
        drops.append(is_)
      }
    }
    if let holds = try await newerRows(drops) {
      note(holds)
      return
    }
    // What lies in a dropped relation goes with it.
    let whole = Set(drops.filter { $0.name == "itself" }.map(\.relation))
    let columns = Set(drops.filter { $0.name.hasPrefix("column ") }.map { "\($0.relation) \($0.name.dropFirst(7))" })
    for piece in drops.sorted(by: { $0.rank > $1.rank }) {
      if whole.contains(piece.relation), piece.name != "itself" { continue }
      if let part = piece.name.range(of: " of "),
        columns.contains("\(piece.relation) \(piece.name[part.upperBound...])")
      {
        continue
      }
      try await run(piece.drop)
      pieces += 1
    }
    // A column's own order is the table's.
    for item in creates.enumerated().sorted(by: {
      ($0.element.rank, place($0.element.sql)) < ($1.element.rank, place($1.element.sql))
    }) {
      if item.element.rank < Self.afterRows {
        try await run(item.element.sql)
        pieces += 1
      } else {
        later.append(item.element.sql)
      }
    }
    let conflicting = conflicts.map(\.target)
    restored = relations.map { prefix + $0.text }.filter { target in !conflicting.contains { $0.hasPrefix(target) } }
  }

  private func place(_ sql: String) -> Int { change.before.firstIndex { $0.create == sql } ?? 0 }

  private mutating func note(_ conflict: Conflict) {
    if answer == nil { conflicts.append(conflict) } else { notRestored.append("\(conflict.target): \(conflict.now)") }
  }

  /// Makes again what needs the rows to be there: constraints, indexes, triggers, rights.
  mutating func finish() async throws {
    for sql in later {
      try await run(sql)
      pieces += 1
    }
    for table in change.before where table.name.hasPrefix("identity of ") && later.contains(table.create) {
      try await advance(table)
    }
  }

  /// A new identity goes on after the rows that are there.
  private func advance(_ piece: DefinitionPiece) async throws {
    guard let relation = relations.first(where: { $0.text == piece.relation }) else { return }
    let column = String(piece.name.dropFirst("identity of ".count))
    try await connection.query(
      "SELECT setval(pg_get_serial_sequence(\(quoted(literal: relation.sql)), \(quoted(literal: column))),"
        + " max(\(quoted(identifier: column)))) FROM \(relation.sql) HAVING max(\(quoted(identifier: column))) IS NOT NULL"
    )
  }

  private func run(_ sql: String) async throws { try await connection.query(sql) }

  private func current() async throws -> [String: DefinitionPiece] {
    Dictionary(
      try await DefinitionReading(connection).pieces(of: relations).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
  }

  /// What a table or column that is about to be removed holds now, where the step left it empty.
  private func newerRows(_ drops: [DefinitionPiece]) async throws -> Conflict? {
    guard answer != .putBack else { return nil }
    for piece in drops {
      guard let relation = relations.first(where: { $0.text == piece.relation }) else { continue }
      let question: String
      if piece.name == "itself", piece.drop.hasPrefix("DROP TABLE") {
        question = "SELECT count(*)::text FROM \(relation.sql)"
      } else if piece.name.hasPrefix("column "), !change.before.contains(where: { $0.id == piece.id }) {
        let column = quoted(identifier: String(piece.name.dropFirst("column ".count)))
        question = "SELECT count(\(column))::text FROM \(relation.sql)"
      } else {
        continue
      }
      let count = Int(try await connection.query(question).scalar ?? "") ?? 0
      let left = change.filled[piece.id] ?? 0
      if count > left {
        return Conflict(
          target: prefix + piece.id, kept: "not there", left: left.counted("value"),
          now: "\(count.counted("value")), newer ones among them")
      }
    }
    return nil
  }

  private func text(_ piece: DefinitionPiece?) -> String {
    piece.map { environment.redactor.redact(String($0.create.prefix(200))) } ?? "not there"
  }
}
