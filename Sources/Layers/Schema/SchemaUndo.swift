import Foundation
import Layer
import PostgresAccess
import Runbook

/// Brings the schema back by the tool, then what was kept by key.
struct SchemaUndo {
  let look: SchemaLook
  let kept: KeptSchema
  let answer: ConflictAnswer?
  private var environment: StepEnvironment { look.environment }
  private var change: SchemaChange { kept.change }

  init(look: SchemaLook, kept: KeptSchema, answer: ConflictAnswer?) {
    self.look = look
    self.kept = kept
    self.answer = answer
  }

  func run() async throws -> Undone {
    guard let locate = look.tool.locate, let wayBack = look.tool.wayBack else {
      return Undone(notRestored: look.effect.targets, summary: "\(look.request.tool) has no way back here")
    }
    let position = try await locate(look.runner(knowing: kept))
    var begun = try await BegunUndo.load(from: environment.images)
    if position.current == change.route.from {
      if begun == nil {
        // Not by this undo. What was kept may still be put back, if somebody says so.
        let differences = try await differences()
        if differences.isEmpty { return Undone(restored: [look.target], summary: "everything is already as it was") }
        if answer != .putBack { return refused(differences, position, "it is back at \(change.fromText) already") }
        begun = BegunUndo()
      }
    } else {
      if position.current != change.route.to, answer != .putBack {
        let conflict = Conflict(
          target: look.target, kept: change.fromText, left: change.toText, now: position.chain.text(position.current))
        return refused([conflict], position, "the schema is at another revision")
      }
      let newer = try await newerValues()
      if !newer.isEmpty, answer != .putBack {
        return refused(newer, position, "going back would take newer values away")
      }
      begun = try await BegunUndo.begin(kept, by: look.connection, in: environment)
      for words in try await wayBack(look.runner, change.route) {
        let result =
          look.request.declared == nil
          ? try await look.runner.run(words, isLook: false) : try await look.runner.run(words: words, isLook: false)
        guard result.status == 0 else {
          let now = try await locate(look.runner(knowing: kept))
          throw ToolFailure(
            description: "`\(words.prefix(4).joined(separator: " "))` exits \(result.status) and leaves the schema at"
              + " \(now.chain.text(now.current)): \(look.runner.said(result))")
        }
      }
      let now = try await locate(look.runner(knowing: kept))
      guard now.current == change.route.from else {
        throw ToolFailure(
          description:
            "the tool reports success and the schema is at \(now.chain.text(now.current)), not at \(change.fromText)")
      }
    }
    guard let connection = look.connection else {
      let lost = change.destroysRows ? ["values that the step dropped: no connection was bound to keep them"] : []
      return Undone(restored: [look.target], notRestored: lost, summary: "revision \(change.fromText)")
    }
    return try await putBack(begun ?? BegunUndo(), by: connection)
  }

  private func refused(
    _ conflicts: [Conflict], _ position: MigrationTool.Position, _ why: String
  ) -> Undone {
    answer == nil
      ? Undone(conflicts: conflicts, summary: "\(why): nothing was put back")
      : Undone(
        notRestored: conflicts.map { "\($0.target): \($0.now)" },
        summary: "\(why): the newer stays, at \(position.chain.text(position.current)); what was kept stays kept")
  }

  /// Values in what the step made, which going back would drop, where there are more than the step left.
  private func newerValues() async throws -> [Conflict] {
    guard let connection = look.connection else { return [] }
    let left = try await AfterImage.load(from: environment.images)
    let made = left?.made ?? change.wants.filter(\.isThere)
    let now = try await connection.readOnly(in: environment) { try await AfterImage.count(made, by: $0) }
    return now.sorted { $0.key < $1.key }.compactMap { name, count in
      let left = left?.filled[name] ?? 0
      return count <= left
        ? nil
        : Conflict(
          target: "postgres:\(look.request.connection ?? "") \(name)", kept: "not there", left: left.counted("value"),
          now: "\(count.counted("value")), newer ones among them")
    }
  }

  /// Where the values that were kept and those that are there are not the same.
  private func differences() async throws -> [Conflict] {
    guard let connection = look.connection else { return [] }
    var result: [Conflict] = []
    let session = try await connection.connect(in: environment)
    try await session.query("BEGIN")
    for (index, table) in kept.tables.enumerated() {
      let rows = RowsBack(table: table, index: index, connection: session, environment: environment)
      let count = try await rows.differing()
      if count > 0 {
        result.append(
          Conflict(
            target: look.target(of: table.loss.facts.relation), kept: (table.rows?.count ?? 0).counted("row"),
            left: "not there", now: count.counted("row that is another", "rows that are others")))
      }
    }
    try await session.query("ROLLBACK")
    return result
  }

  // MARK: Rows and definitions, in one transaction

  private func putBack(_ begun: BegunUndo, by reference: ConnectionReference) async throws -> Undone {
    let connection = try await reference.connect(in: environment)
    try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
    try await connection.query("SET LOCAL lock_timeout = '5s'")
    try await connection.query("SET LOCAL statement_timeout = '\(environment.settings.timeout)s'")
    try await connection.query("SET CONSTRAINTS ALL DEFERRED")
    var undone = Undone(restored: [look.target], summary: "")
    var rows = 0
    let order = try await ForeignKey.parentsFirst(kept.tables.map(\.loss.facts.relation), by: connection)
    do {
      for index in order {
        let table = kept.tables[index]
        var back = RowsBack(table: table, index: index, connection: connection, environment: environment)
        let target = look.target(of: table.loss.facts.relation)
        let result = try await back.run(newer: begun.newer[index] ?? BegunUndo.Newer(), answer: answer)
        rows += result.rows
        undone.notRestored += result.notRestored
        if result.newer > 0, answer == nil {
          undone.conflicts.append(
            Conflict(
              target: target, kept: (table.rows?.count ?? 0).counted("row"), left: "as \(change.toText) has them",
              now: "\(result.newer.counted("row is", "rows are")) newer: \(result.shown)"))
        } else if result.newer > 0 {
          undone.notRestored.append("\(result.newer) newer rows of \(table.loss.facts.relation.text)")
        } else {
          undone.restored.append(target)
        }
      }
      let definitions = try await definitions(by: connection)
      undone.notRestored += definitions.left
      let tag = try await connection.query("COMMIT").tag
      guard tag == "COMMIT" else { throw PostgresFailure(state: nil, message: "PostgreSQL rolled the undo back") }
      var parts = ["revision \(change.fromText)"]
      if rows > 0 { parts.append("\(rows.counted("row")) put back") }
      if definitions.made > 0 { parts.append("\(definitions.made) definitions put back that the tool did not make") }
      if !undone.conflicts.isEmpty { parts.append("what is newer was left") }
      if !undone.notRestored.isEmpty { parts.append("not put back: \(undone.notRestored.joined(separator: "; "))") }
      undone.summary = parts.joined(separator: ", ")
      return undone
    } catch let failure as PostgresFailure {
      _ = try? await connection.query("ROLLBACK")
      guard failure.state?.hasPrefix("23") == true else { throw failure }
      // A constraint forbids what was kept: somebody else's newer rows stand in its way.
      let now = environment.redactor.redact(failure.description)
      return Undone(
        restored: [look.target],
        conflicts: kept.tables.map {
          Conflict(
            target: look.target(of: $0.loss.facts.relation), kept: "\($0.rows?.count ?? 0) rows", left: "not there",
            now: now)
        },
        notRestored: answer == nil ? [] : kept.tables.map(\.loss.text),
        summary: "revision \(change.fromText), and no row was put back: \(now)")
    }
  }

  /// Makes what the tool did not make again: a view that went along, an index or a right that somebody had added.
  private func definitions(by connection: PostgresConnection) async throws -> (made: Int, left: [String]) {
    let now = Dictionary(
      try await DefinitionReading(connection).pieces(of: change.relations).map { ($0.id, $0) }, uniquingKeysWith: { $1 }
    )
    var made = 0
    var left: [String] = []
    for piece in kept.pieces.sorted(by: { $0.rank < $1.rank }) {
      guard let present = now[piece.id] else {
        // Of a relation that came back otherwise made, a piece may not fit.
        try await connection.query("SAVEPOINT backout_piece")
        do {
          try await connection.query(piece.create)
          made += 1
        } catch let failure as PostgresFailure where !failure.isConnectionLost {
          try await connection.query("ROLLBACK TO SAVEPOINT backout_piece")
          left.append("\(piece.id): \(environment.redactor.redact(failure.description))")
        }
        continue
      }
      if present.create != piece.create { left.append("\(piece.id) is another than before") }
    }
    return (made, left)
  }
}

/// What an undo found before it moved the schema: kept, so that one that is killed in between goes on with it.
struct BegunUndo: Codable, Hashable, Sendable {
  /// Rows of one table that somebody changed, inserted or deleted after the step.
  struct Newer: Codable, Hashable, Sendable {
    var changed: SavedRows?
    /// Keys only.
    var gone: SavedRows?
  }

  /// By position among the kept tables.
  var newer: [Int: Newer] = [:]

  private static func name(_ attempt: Int) -> String { "schema-undo-\(attempt)" }

  /// The number that the next attempt has, from 1: an undo whose tool failed may come again, and find more that is newer.
  private static func next(in images: any ImageStore) async throws -> Int {
    var number = 1
    while try await images.kept(name(number)) != nil { number += 1 }
    return number
  }

  /// The last attempt.
  static func load(from images: any ImageStore) async throws -> BegunUndo? {
    guard let blob = try await images.kept(name(try await next(in: images) - 1)) else { return nil }
    return try CanonicalJSON.value(BegunUndo.self, of: try await images.load(blob))
  }

  static func begin(
    _ kept: KeptSchema, by reference: ConnectionReference?, in environment: StepEnvironment
  ) async throws -> BegunUndo {
    var own = BegunUndo()
    let number = try await next(in: environment.images)
    if let reference, kept.tables.contains(where: { $0.loss.kind == .rows }) {
      let left = try await AfterImage.load(from: environment.images)
      let connection = try await reference.connect(in: environment)
      try await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
      for (index, table) in kept.tables.enumerated() where table.loss.kind == .rows {
        let rows = RowsBack(table: table, index: index, connection: connection, environment: environment)
        own.newer[index] = try await rows.newer(than: left, as: "schema-newer-\(number)-\(index)")
      }
      try await connection.query("ROLLBACK")
    }
    _ = try await environment.images.save(name(number), data: try CanonicalJSON.data(of: own))
    return own
  }
}
