import Layer
import PostgresAccess
import Runbook

/// What one command would come to: worked out by looking, and kept with the before-image, since afterwards `-1` would
/// mean another migration.
struct SchemaChange: Codable, Hashable, Sendable {
  var route: Route
  var isDown: Bool
  /// `004 "conversation_id may be NULL"`
  var fromText: String
  var toText: String
  var statements: [Statement]
  /// Why the statements are not known; then whole tables are kept.
  var whyUnknown: String?
  /// What is in the database that the change takes away.
  var losses: [Loss] = []
  /// Whether the catalog was looked at: a connection is bound.
  var isLookedAt = false
  /// Relations whose definitions it changes, as its statements name them.
  var relations: [RelationName] = []
  /// What must be there, and what must not, when it is done.
  var wants: [Want] = []

  /// Values that are gone afterwards, or may be others.
  struct Loss: Codable, Hashable, Sendable {
    enum Kind: String, Codable, Hashable, Sendable {
      /// A column is dropped or gets another type: the values of `columns`, by key.
      case columns
      /// The table goes, and comes back empty.
      case table
      /// Rows are changed, deleted or inserted, and the table stays: which were the step's own is seen afterwards.
      case rows
    }
    var kind: Kind
    var facts: TableFacts
    /// What is kept of each row; the key comes besides.
    var columns: [String]

    /// Key and columns, each once.
    var kept: [String] { facts.key + columns.filter { !facts.key.contains($0) } }
    /// `call_sid of dev.calls`, `dev.calls`.
    var text: String {
      let all = facts.columns.filter { !facts.generated.contains($0) }
      return Set(all).isSubset(of: kept)
        ? facts.relation.text : "\(columns.joined(separator: ", ")) of \(facts.relation.text)"
    }
  }

  struct Want: Codable, Hashable, Sendable {
    var relation: RelationName
    var column: String?
    var isThere: Bool

    var text: String { column.map { "column \($0) of \(relation.text)" } ?? relation.text }
  }

  /// Whether something is lost that nobody could keep without a database connection.
  var destroysRows: Bool {
    whyUnknown != nil
      || statements.contains { $0.destroysData || $0.kind.changesRows || !$0.dropsColumns.isEmpty }
  }

  static let name = "schema-change"
}

/// Follows the statements of a change through the catalog: what each takes away, and what is left at the end.
struct LossReading {
  let connection: PostgresConnection
  let bookkeeping: Set<String>
  private var losses: [SchemaChange.Loss] = []
  /// Names that an earlier statement gave: new name → the one that the catalog has.
  private var renamed: [RelationName: RelationName] = [:]
  private var made: Set<RelationName> = []

  init(connection: PostgresConnection, bookkeeping: Set<String>) {
    self.connection = connection
    self.bookkeeping = bookkeeping
  }

  /// Fills in what of `change` the catalog knows. Throws `PostgresFailure`.
  static func complete(
    _ change: inout SchemaChange, by connection: PostgresConnection, bookkeeping: Set<String>, tables: [RelationName]
  ) async throws {
    var own = LossReading(connection: connection, bookkeeping: bookkeeping)
    change.isLookedAt = true
    let known = change.statements.filter { statement in !own.isBookkeeping(statement) }
    change.relations = known.filter { $0.kind == .definition }.flatMap(\.relations).uniqued()
    for statement in known where statement.kind == .definition && statement.cascades {
      for name in statement.relations {
        guard let facts = try await TableFacts.load(name, by: connection) else { continue }
        change.relations += try await DefinitionReading.dependents(of: facts.oid, by: connection)
      }
    }
    change.relations = change.relations.uniqued()
    change.wants = wants(of: known)
    if change.whyUnknown == nil {
      for statement in known where statement.kind.isChange {
        if statement.kind == .block && statement.relations.isEmpty {
          change.whyUnknown = "\(statement.summary): nobody can see what it changes"
          break
        }
        try await own.read(statement)
      }
    }
    if change.whyUnknown != nil {
      own.losses = []
      let all = tables.isEmpty ? try await own.allTables() : tables
      for name in all {
        guard let facts = try await TableFacts.load(name, by: connection), facts.hasRows, !own.isBookkeeping(facts)
        else {
          continue
        }
        own.lose(.rows, facts, facts.columns)
        if !change.relations.contains(facts.relation) { change.relations.append(facts.relation) }
      }
    }
    change.losses = own.losses
  }

  private func isBookkeeping(_ facts: TableFacts) -> Bool {
    bookkeeping.contains(facts.name) || facts.schema == "sqitch"
  }

  /// Where the tool writes down what is applied.
  private func isBookkeeping(_ statement: Statement) -> Bool {
    guard !statement.relations.isEmpty else { return false }
    return statement.relations.allSatisfy { bookkeeping.contains($0.name) }
  }

  private static func wants(of statements: [Statement]) -> [SchemaChange.Want] {
    var wants: [String: SchemaChange.Want] = [:]
    func want(_ relation: RelationName, _ column: String?, _ isThere: Bool) {
      let want = SchemaChange.Want(relation: relation, column: column, isThere: isThere)
      if column == nil {
        // What was said of its columns was said of another one of that name.
        wants = wants.filter { $0.value.relation != relation }
      }
      wants[want.text] = want
    }
    for statement in statements where statement.kind == .definition {
      guard let first = statement.relations.first else { continue }
      if statement.drops {
        for relation in statement.relations { want(relation, nil, false) }
      } else if statement.inverse != nil, statement.relations.count == 2 {
        want(statement.relations[0], nil, false)
        want(statement.relations[1], nil, true)
      } else if statement.creates {
        want(first, nil, true)
      }
      for column in statement.dropsColumns where !statement.retypesColumns.contains(column) {
        want(first, column, false)
      }
      for column in statement.addsColumns { want(first, column, true) }
    }
    return wants.values.sorted { $0.text < $1.text }
  }

  private mutating func read(_ statement: Statement) async throws {
    if statement.kind == .definition, statement.inverse != nil, statement.relations.count == 2 {
      renamed[statement.relations[1]] = renamed[statement.relations[0]] ?? statement.relations[0]
      return
    }
    if statement.creates { made.formUnion(statement.relations) }
    for name in statement.relations {
      guard !made.contains(name),
        let facts = try await TableFacts.load(renamed[name] ?? name, by: connection), facts.hasRows
      else { continue }
      switch statement.kind {
      case .definition where statement.drops: try await loseWhole(facts, statement, .table)
      case .definition:
        let gone = statement.dropsColumns.filter { !facts.generated.contains($0) }
        if gone.isEmpty { continue }
        // A column that an earlier statement named otherwise: the whole row is sure to hold it.
        lose(.columns, facts, gone.allSatisfy(facts.columns.contains) ? gone : facts.columns)
      case .update:
        let sets = statement.rows?.sets ?? []
        lose(.rows, facts, !sets.isEmpty && sets.allSatisfy(facts.columns.contains) ? sets : facts.columns)
      case .insert, .merge, .block: lose(.rows, facts, facts.columns)
      case .delete, .truncate: try await loseWhole(facts, statement, .rows)
      case .read, .setting, .transaction, .other: continue
      }
    }
  }

  /// A table with all its rows, and those that go along.
  private mutating func loseWhole(
    _ facts: TableFacts, _ statement: Statement, _ kind: SchemaChange.Loss.Kind
  ) async throws {
    lose(kind, facts, facts.columns)
    guard kind == .rows else { return }
    for oid in try await ForeignKey.allReferring(to: facts.oid, by: connection) {
      if let other = try await TableFacts.load(oid: oid, by: connection) { lose(.rows, other, other.columns) }
    }
  }

  /// Each table once, with the strongest that is lost of it.
  private mutating func lose(_ kind: SchemaChange.Loss.Kind, _ facts: TableFacts, _ columns: [String]) {
    let columns = columns.filter { !facts.generated.contains($0) }
    // Without a key a value says nothing of where it belongs.
    let all = facts.key.isEmpty ? facts.columns.filter { !facts.generated.contains($0) } : columns
    guard let index = losses.firstIndex(where: { $0.facts.oid == facts.oid }) else {
      losses.append(SchemaChange.Loss(kind: kind, facts: facts, columns: all))
      return
    }
    let order: [SchemaChange.Loss.Kind] = [.columns, .rows, .table]
    if (order.firstIndex(of: kind) ?? 0) > (order.firstIndex(of: losses[index].kind) ?? 0) { losses[index].kind = kind }
    losses[index].columns += all.filter { !losses[index].columns.contains($0) }
  }

  private func allTables() async throws -> [RelationName] {
    try await connection.query(
      """
      SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2
      """
    ).rows.map { RelationName(schema: $0[0], name: $0[1] ?? "") }
  }
}

extension Array where Element: Hashable {
  /// Each once, in order.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
