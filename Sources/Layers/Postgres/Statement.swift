import Runbook

/// A table, view, index or sequence as a statement names it.
struct RelationName: Codable, Hashable, Sendable {
  var schema: String?
  var name: String

  /// For `to_regclass` and for SQL.
  var sql: String { (schema.map { quoted(identifier: $0) + "." } ?? "") + quoted(identifier: name) }
  /// For people and targets: `dev.calls`.
  var text: String { (schema.map { $0 + "." } ?? "") + name }
}

/// One SQL statement, as the syntax tree has it.
struct Statement: Codable, Hashable, Sendable {
  enum Kind: String, Codable, Hashable, Sendable {
    /// Changes nothing: SELECT, SHOW, EXPLAIN.
    case read
    /// SET, LOCK, ANALYZE …: nothing that outlives the transaction and matters.
    case setting
    case insert, update, delete, merge, truncate
    /// Changes definitions: CREATE, ALTER, DROP, COMMENT, GRANT.
    case definition
    /// DO, CALL, or a read that holds a change inside: what it touches is seen when it runs.
    case block
    /// BEGIN, COMMIT …
    case transaction
    /// Nothing here knows how to take it back.
    case other

    var changesRows: Bool { [.insert, .update, .delete, .merge, .truncate, .block].contains(self) }
    var isChange: Bool { ![.read, .setting, .transaction].contains(self) }
  }

  /// Which rows an UPDATE or DELETE touches, in the statement's own words.
  struct Rows: Codable, Hashable, Sendable {
    /// `WITH …`, where the statement has one.
    var with: String
    /// `ONLY "dev"."calls" AS c`
    var target: String
    /// What the target is called in `condition`.
    var alias: String
    /// After FROM or USING.
    var from: String?
    /// After WHERE.
    var condition: String?
    /// Columns that an UPDATE sets.
    var sets: [String] = []
    /// Column and expression of each, where all are as simple as `a = 1`.
    var assignments: [[String]]?

    /// True of rows that do not have yet what an UPDATE sets; nil where that cannot be asked.
    var pending: String? {
      guard let assignments, !assignments.isEmpty else { return nil }
      return assignments.map { "\(alias).\(quoted(identifier: $0[0])) IS DISTINCT FROM (\($0[1])\n)" }
        .joined(separator: " OR ")
    }

    /// `FROM … WHERE …`
    var fromClause: String {
      "FROM \(target)" + (from.map { ", \($0)" } ?? "") + (condition.map { "\nWHERE \($0)\n" } ?? "")
    }
  }

  /// As written, without the semicolon.
  var text: String
  var kind: Kind
  /// What it changes.
  var relations: [RelationName] = []
  var rows: Rows?
  /// Columns that it names of a table it alters, for looking beforehand.
  var dropsColumns: [String] = []
  var setsNotNull: [String] = []
  var namesColumns: [String] = []
  /// It takes data with it: a table or column dropped, a type changed, a table emptied.
  var destroysData = false
  /// It drops what depends on it, too.
  var cascades = false
  var isConditional = false
  /// Creates what it names.
  var creates = false
  /// It names what it changes by another name from now on: the statement that names it back.
  var inverse: String?
  /// The schema that it creates or drops.
  var schema: String?
  /// PostgreSQL runs it outside a transaction only.
  var isOutsideTransaction = false
  /// Why undo cannot be exact.
  var lost: String?
  /// Why there is no undo.
  var irreversible: String?
  /// INSERT … ON CONFLICT DO UPDATE, MERGE, a change inside WITH: rows are known only by comparing whole tables.
  var needsWholeTable = false

  /// `DELETE FROM dev.calls`: the statement on one line, shortened.
  var summary: String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > 100 ? line.prefix(99) + "…" : line
  }
}

/// What is not SQL that PostgreSQL 15 could read.
struct SyntaxProblem: Codable, Hashable, Sendable {
  var message: String
  /// In characters from 1.
  var position: Int
}
