import Foundation
import GRDB
import Layer
import Runbook

/// Rows and definitions in an SQLite file: what is kept and what is changed are one transaction.
public struct SQLiteDriver: LayerDriver {
  public let id = "sqlite"

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    switch action {
    case .sql(let sql):
      let name = context.binding?.connection ?? sql.connection
      guard case .sqlite(let path) = context.connections[name] else { return nil }
      return effect(sql.text, path: context.absolutePath(path), place: .here, runsAsWritten: nil, in: context)
    case .command(let command):
      guard command.name == "sqlite3" else { return nil }
      var words = command.words.dropFirst()[...]
      var asWritten = command.place == .here ? nil : "it acts in another place (\(command.place.label))"
      while let option = words.first?.value, option.hasPrefix("-") {
        if !["-batch", "-bail", "-noheader", "-header", "-list", "-csv", "-column", "-readonly"].contains(option) {
          asWritten = "\(option) is the sqlite3 program's own"
        }
        words = words.dropFirst()
      }
      guard let file = words.first, words.count >= 2 else { return nil }
      guard let path = file.value else { return nil }
      let texts = words.dropFirst().map(\.value)
      if texts.contains(nil) { asWritten = "the shell fills in its SQL" }
      if !command.redirections.isEmpty || ![.alone, .sequence].contains(command.context) {
        asWritten = asWritten ?? "it is part of a larger statement"
      }
      return effect(
        texts.map { $0 ?? "" }.joined(separator: ";\n"), path: context.absolutePath(path), place: command.place,
        runsAsWritten: asWritten, in: context)
    default: return nil
    }
  }

  private func effect(
    _ text: String, path: String, place: Place, runsAsWritten: String?, in context: ReadingContext
  ) -> Effect? {
    let parsed = SQLiteText(text)
    let asWritten = runsAsWritten ?? (parsed.hasDotCommand ? "it uses the sqlite3 program's own commands" : nil)
    guard !parsed.statements.isEmpty || parsed.hasDotCommand else { return nil }
    let isChange = parsed.isChange || asWritten != nil
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let reversibility: Reversibility =
      if let asWritten {
        .none("sqlite3 runs it as written: \(asWritten); it is not kept")
      } else if isChange, let word = parsed.outside {
        .none("\(word) is not of one transaction: it is not kept")
      } else { .exact }
    var effect = Effect(
      driver: id, layer: .data, role: isChange ? .change : .observe, summary: String(line.prefix(200)), place: place,
      directory: context.directory, targets: ["sqlite:\(path)"],
      parameters: .object(["path": .string(path), "sql": .string(text)]), reversibility: reversibility,
      isDestructive: parsed.destroys, isRepeatable: !isChange, isNative: asWritten == nil)
    if isChange, !effect.isNative { effect.isUnseen = true }
    return effect
  }

  private func parts(_ effect: Effect) -> (path: String, sql: String) {
    (effect.parameters["path"]?.stringValue ?? "", effect.parameters["sql"]?.stringValue ?? "")
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    guard effect.place == .here else { return .notObserved("the database of \(effect.place.label) is not looked into") }
    let (path, _) = parts(effect)
    do {
      let queue = try SQLiteConnection.open(path, readOnly: true)
      let state = try await queue.read { try SQLiteReading.state($0) }
      let tables = state.filter { $0.key != " definitions" }.sorted { $0.key < $1.key }
      let summary = tables.prefix(6).map { "\($0.value["rows"]?.integerValue ?? 0) rows of \($0.key)" }
      return Observation(
        states: ["sqlite:\(path)": .object(state)],
        summary: summary.isEmpty ? "no tables" : summary.joined(separator: ", ") + (tables.count > 6 ? " …" : ""))
    } catch {
      return .notObserved(environment.redactor.redact("\(path): \(error)"))
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let (path, text) = parts(effect)
    var result = Forecast(from: before.summary, to: effect.role == .observe ? before.summary : effect.summary)
    guard effect.isNative else { return result }
    do {
      let sql = try await environment.reveal(text)
      let queue = try SQLiteConnection.open(path, readOnly: true)
      try await queue.read { database in
        let statements = try database.allStatements(sql: sql)
        // Compiling is looking; a statement that an earlier one prepares the ground for may not compile yet.
        _ = try statements.next()
      }
    } catch let error as DatabaseError {
      result.problems.append(
        Problem(code: "sql-refused", message: "\(path): \(error.message ?? "\(error.resultCode)")"))
    } catch let error as SQLiteConnection.Missing {
      result.problems.append(Problem(code: "database-unreachable", message: error.description))
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
    if effect.role == .change {
      result.keeps = "the rows that change"
      result.bytes = size ?? 0
      result.note = "holds the database's write lock while it keeps and changes"
    }
    return result
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(
      driver: id, facts: .object(["kept": "by the change's own transaction"]),
      summary: effect.isNative && effect.reversibility == .exact
        ? "the rows that change, kept in the change's own transaction" : "nothing: \(effect.reversibility.label)")
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    guard effect.isNative else { throw NotNative(driver: id) }
    let (path, text) = parts(effect)
    do {
      let sql = try await environment.reveal(text)
      if effect.role == .observe {
        let queue = try SQLiteConnection.open(path, readOnly: true)
        let answer = try await queue.read { try SQLiteAnswer(of: sql, in: $0) }
        return answer.outcome(redactor: environment.redactor)
      }
      return try await SQLiteChange(path: path, sql: sql, effect: effect, environment: environment).run()
    } catch let error as DatabaseError {
      return Outcome(
        succeeded: false,
        summary: environment.redactor.redact("\(path): \(error.message ?? "\(error.resultCode)"): nothing was changed"))
    } catch let error as SQLiteConnection.Missing {
      return Outcome(succeeded: false, summary: "\(error.description): nothing was changed")
    }
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    guard after.isObserved else { return .unproven(after.summary) }
    if effect.role == .observe { return .proven(outcome?.summary ?? after.summary) }
    guard effect.isNative else { return .unproven("sqlite3 ran it as written: \(after.summary)") }
    if after.isSameState(as: before) {
      guard outcome != nil else { return .unproven("the database is as it was before") }
      return outcome?.value == .integer(0)
        ? .proven("nothing to change: no row matches") : .refuted("the database is as it was before")
    }
    return outcome == nil ? .unproven("the database differs from before") : .proven(after.summary)
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    if effect.role == .observe { return .notHappened("it only looks") }
    guard effect.isNative else { return .undetermined("sqlite3 ran it as written") }
    guard let after = marker?["after"]?.stringValue else { return .notHappened("it did not come as far as its COMMIT") }
    let now = try await observe(effect, in: environment)
    guard now.isObserved else { return .undetermined(now.summary) }
    let digest = try Digest(canonical: now.states["sqlite:\(parts(effect).path)"] ?? .null).hex
    if digest == after { return .happened("the database is as the step leaves it") }
    return now.isSameState(as: before)
      ? .notHappened("the database is as it was before") : .undetermined("neither as before nor as the step leaves it")
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    guard effect.isNative, effect.reversibility == .exact else {
      return Undone(notRestored: effect.targets, summary: "nothing was kept: \(effect.reversibility.label)")
    }
    guard let kept = try await SQLiteImage.last(in: environment.images) else {
      return Undone(restored: effect.targets, summary: "nothing to put back: the change was not made")
    }
    return try await SQLiteUndo(
      path: parts(effect).path, image: kept, answer: answer, environment: environment
    ).run()
  }
}

/// What statements answered.
struct SQLiteAnswer: Sendable {
  var columns: [String] = []
  var rows: [[JSONValue]] = []
  var changed = 0
  var isChange = false

  init(of sql: String, in database: Database) throws {
    let start = database.totalChangesCount
    let statements = try database.allStatements(sql: sql)
    while let statement = try statements.next() {
      let words = SQLiteText(statement.sql).statements.first ?? []
      if SQLiteText.isTransaction(words) { continue }
      if statement.columnCount > 0 {
        columns = statement.columnNames
        rows = []
        let cursor = try Row.fetchCursor(statement)
        while let row = try cursor.next() {
          if rows.count < 1000 { rows.append((0..<row.count).map { Self.json(row[$0]) }) }
        }
      } else {
        try statement.execute()
      }
      if SQLiteText.changes(words) { isChange = true }
    }
    changed = database.totalChangesCount - start
  }

  private static func json(_ value: (any DatabaseValueConvertible)?) -> JSONValue {
    switch (value?.databaseValue ?? .null).storage {
    case .null: .null
    case .int64(let number): .integer(Int(number))
    case .double(let number): .number(number)
    case .string(let text): .string(text)
    case .blob(let data): .string(data.base64EncodedString())
    }
  }

  func outcome(redactor: Redactor) -> Outcome {
    if isChange {
      return Outcome(
        succeeded: true, summary: "\(changed.counted("row")) changed", value: .integer(changed))
    }
    let value: JSONValue =
      rows.count == 1 && columns.count == 1
      ? rows[0][0]
      : .array(rows.map { .object(Dictionary(zip(columns, $0), uniquingKeysWith: { $1 })) })
    func shown(_ value: JSONValue, _ column: String) -> String {
      value.stringValue != nil && SensitiveNames.matches(column) ? "‹\(column)›" : value.plainText
    }
    let lines = [columns] + rows.map { zip($0, columns).map(shown) }
    return Outcome(
      succeeded: true,
      summary: redactor.redact(
        rows.count == 1 && columns.count == 1 ? shown(value, columns[0]) : rows.count.counted("row")),
      output: redactor.redact(lines.map { $0.joined(separator: "|") }.joined(separator: "\n")),
      value: redactor.redact(value))
  }
}
