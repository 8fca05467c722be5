import Runbook

/// A table, view, index or sequence as a statement names it.
package struct RelationName: Codable, Hashable, Sendable {
  package var schema: String?
  package var name: String

  package init(schema: String? = nil, name: String) {
    self.schema = schema
    self.name = name
  }

  /// For `to_regclass` and for SQL.
  package var sql: String { (schema.map { quoted(identifier: $0) + "." } ?? "") + quoted(identifier: name) }
  /// For people and targets: `dev.calls`.
  package var text: String { (schema.map { $0 + "." } ?? "") + name }
}

/// One SQL statement, as the syntax tree has it.
package struct Statement: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Hashable, Sendable {
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

    package var changesRows: Bool { [.insert, .update, .delete, .merge, .truncate, .block].contains(self) }
    package var isChange: Bool { ![.read, .setting, .transaction].contains(self) }
  }

  /// Which rows an UPDATE or DELETE touches, in the statement's own words.
  package struct Rows: Codable, Hashable, Sendable {
    /// `WITH …`, where the statement has one.
    package var with: String
    /// `ONLY "dev"."calls" AS c`
    package var target: String
    /// What the target is called in `condition`.
    package var alias: String
    /// After FROM or USING.
    package var from: String?
    /// After WHERE.
    package var condition: String?
    /// Columns that an UPDATE sets.
    package var sets: [String] = []
    /// Column and expression of each, where all are as simple as `a = 1`.
    package var assignments: [[String]]?

    /// True of rows that do not have yet what an UPDATE sets; nil where that cannot be asked.
    package var pending: String? {
      guard let assignments, !assignments.isEmpty else { return nil }
      return assignments.map { "\(alias).\(quoted(identifier: $0[0])) IS DISTINCT FROM (\($0[1])\n)" }
        .joined(separator: " OR ")
    }

    /// `FROM … WHERE …`
    package var fromClause: String {
      "FROM \(target)" + (from.map { ", \($0)" } ?? "") + (condition.map { "\nWHERE \($0)\n" } ?? "")
    }
  }

  /// As written, without the semicolon.
  package var text: String
  package var kind: Kind
  /// What it changes.
  package var relations: [RelationName] = []
  package var rows: Rows?
  /// Columns whose values it takes away: dropped, or of another type from now on.
  package var dropsColumns: [String] = []
  /// Those of them that stay, with another type.
  package var retypesColumns: [String] = []
  package var addsColumns: [String] = []
  /// Columns that it names of a table it alters, for looking beforehand.
  package var setsNotNull: [String] = []
  package var namesColumns: [String] = []
  /// It takes data with it: a table or column dropped, a type changed, a table emptied.
  package var destroysData = false
  /// It drops what depends on it, too.
  package var cascades = false
  package var isConditional = false
  /// Removes what it names.
  package var drops = false
  /// Creates what it names.
  package var creates = false
  /// It names what it changes by another name from now on: the statement that names it back.
  package var inverse: String?
  /// The schema that it creates or drops.
  package var schema: String?
  /// PostgreSQL runs it outside a transaction only.
  package var isOutsideTransaction = false
  /// Why undo cannot be exact.
  package var lost: String?
  /// Why there is no undo.
  package var irreversible: String?
  /// INSERT … ON CONFLICT DO UPDATE, MERGE, a change inside WITH: rows are known only by comparing whole tables.
  package var needsWholeTable = false

  /// `DELETE FROM dev.calls`: the statement on one line, shortened.
  package var summary: String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > 100 ? line.prefix(99) + "…" : line
  }
}

/// What is not SQL that PostgreSQL 15 could read.
package struct SyntaxProblem: Codable, Hashable, Sendable {
  package var message: String
  /// In characters from 1.
  package var position: Int
}
