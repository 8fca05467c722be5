import Foundation
import Layer
import Runbook

/// Looks at whole databases through psql and pg_dump, read-only.
struct DatabaseLook {
  let server: DatabaseServer

  /// Tables up to this are read row by row; an observation is made several times a step.
  static let digested = 256 << 20
  /// Tables up to this are counted. The planner's estimate would change by itself, so a larger one shows its bytes.
  static let counted = 8 << 30

  /// Throws `DatabaseFailure`.
  func state(of name: String) async throws -> DatabaseState {
    let answer: String
    do {
      answer = try await server.ask(Self.script, of: name)
    } catch let failure as DatabaseFailure where failure.kind == .unreachable {
      // Not there, or not to be reached? Another database of the server knows.
      let other = try await server.maintenance(besides: name)
      let found = try await server.ask(
        "SELECT count(*) FROM pg_database WHERE datname = :'name'", of: other, variables: ["name": name])
      guard found.trimmingCharacters(in: .whitespacesAndNewlines) == "0" else { throw failure }
      return .missing(name)
    }
    var state = DatabaseState(name: name)
    for line in answer.split(separator: "\n") {
      guard let value = try? JSONValue(parsing: String(line)) else { continue }
      Self.take(value, into: &state)
    }
    state.behind.sort()
    state.notValid.sort()
    if state.unreadable.isEmpty { try await addDefinitions(to: &state) }
    return state
  }

  private static func take(_ value: JSONValue, into state: inout DatabaseState) {
    let name = value["name"]?.stringValue ?? ""
    switch value["kind"]?.stringValue {
    case "database":
      state.owner = value["owner"]?.stringValue ?? ""
      state.bytes = value["bytes"]?.integerValue ?? 0
      state.isOwn = value["own"]?.boolValue ?? false
      state.largeObjects = value["large"]?.integerValue ?? 0
    case "table":
      state.tables[name] = DatabaseState.Table(
        rows: value["rows"]?.integerValue, content: value["content"]?.stringValue ?? "")
    case "sequence":
      state.sequences[name] = .some(value["last"]?.integerValue)
      if value["behind"]?.boolValue == true { state.behind.append(name) }
    case "not valid": state.notValid.append(name)
    case "unreadable": state.unreadable.append(name)
    default: break
    }
  }

  /// All definitions by pg_dump, which alone knows every kind of them.
  private func addDefinitions(to state: inout DatabaseState) async throws {
    let result = try await server.run(
      ["pg_dump", "-w", "--schema-only", "--lock-wait-timeout=5000"] + server.arguments + ["-d", state.name])
    guard result.status == 0 else {
      throw DatabaseFailure(kind: .refused, description: server.said(result, by: "pg_dump"))
    }
    var digest = RunningDigest()
    var entries: Set<String> = []
    for line in result.output.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: Data("--".utf8)) {
        if let entry = DumpEntry(String(decoding: line, as: UTF8.self)), entry.isStructure {
          entries.insert(entry.text)
        }
        continue
      }
      // A new word at each dump (\restrict), which says nothing of the database.
      if line.first == UInt8(ascii: "\\") { continue }
      digest.update(line + [UInt8(ascii: "\n")])
    }
    state.definitions = digest.digest.hex
    state.entries = entries.sorted()
  }

  private static let relations = """
    pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
    """

  /// One line of JSON for each fact, in one transaction. `\gexec` runs what the question before it gave.
  private static let script = """
    SET lock_timeout = '5s';
    SET timezone = 'UTC';
    SET datestyle = 'ISO, MDY';
    SET intervalstyle = 'postgres';
    SET extra_float_digits = 3;
    SET bytea_output = 'hex';
    SET row_security = off;
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SELECT json_build_object('kind', 'database', 'owner', pg_get_userbyid(d.datdba),
      'own', pg_has_role(d.datdba, 'USAGE'), 'bytes', pg_database_size(d.oid),
      'large', (SELECT count(*) FROM pg_largeobject_metadata))
    FROM pg_database d WHERE d.datname = current_database();
    SELECT CASE
      WHEN NOT has_table_privilege(c.oid, 'SELECT') OR NOT has_schema_privilege(n.oid, 'USAGE')
        THEN format($q$SELECT json_build_object('kind', 'unreadable', 'name', %L)$q$, format('%I.%I', n.nspname, c.relname))
      WHEN pg_table_size(c.oid) <= \(digested) THEN format($q$SELECT json_build_object('kind', 'table', 'name', %L,
        'rows', count(*), 'content', coalesce(sum(hashtextextended(backout_row::text, 0)::numeric), 0)::text)
        FROM ONLY %I.%I AS backout_row$q$, format('%I.%I', n.nspname, c.relname), n.nspname, c.relname)
      WHEN pg_table_size(c.oid) <= \(counted) THEN format($q$SELECT json_build_object('kind', 'table', 'name', %L,
        'rows', count(*), 'content', '%s bytes') FROM ONLY %I.%I$q$,
        format('%I.%I', n.nspname, c.relname), pg_relation_size(c.oid), n.nspname, c.relname)
      ELSE format($q$SELECT json_build_object('kind', 'table', 'name', %L, 'content', '%s bytes')$q$,
        format('%I.%I', n.nspname, c.relname), pg_relation_size(c.oid))
      END
    FROM \(relations) AND c.relkind = 'r' ORDER BY n.nspname, c.relname
    \\gexec
    SELECT format($q$SELECT json_build_object('kind', 'sequence', 'name', %L,
      'last', CASE WHEN s.is_called THEN s.last_value END, 'behind', %s) FROM %I.%I AS s$q$,
      format('%I.%I', n.nspname, c.relname),
      CASE WHEN a.attname IS NULL OR q.seqincrement < 0 THEN 'false' ELSE format(
        '(SELECT coalesce(max(%I)::numeric >= s.last_value + CASE WHEN s.is_called THEN 1 ELSE 0 END, false) FROM %s)',
        a.attname, a.attrelid::regclass) END,
      n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_sequence q ON q.seqrelid = c.oid
      LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
      LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
    WHERE n.nspname !~ '^pg_' AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') END
    ORDER BY n.nspname, c.relname
    \\gexec
    SELECT json_build_object('kind', 'not valid', 'name', format('%s %I', k.conrelid::regclass, k.conname))
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE NOT k.convalidated AND k.conrelid <> 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
    COMMIT;

    """
}

/// `-- Name: calls; Type: TABLE; Schema: public; Owner: postgres`, as pg_dump and pg_restore write above each definition.
struct DumpEntry: Hashable {
  var type: String
  var text: String

  init?(_ line: String) {
    guard let rest = line.dropping(prefix: "-- Name: "), let type = rest.range(of: "; Type: "),
      let schema = rest.range(of: "; Schema: ", range: type.upperBound..<rest.endIndex)
    else { return nil }
    self.type = String(rest[type.upperBound..<schema.lowerBound])
    let name = rest[..<type.lowerBound]
    let place = rest[schema.upperBound...].prefix { $0 != ";" }
    text = "\(self.type) \(place == "-" ? "" : "\(place) ")\(name)"
  }

  /// What a database can lack: as against comments, rights, rows and the values of sequences. Every database has the
  /// schema `public`, which some versions write and some do not.
  var isStructure: Bool { Self.structures.contains(type) && text != "SCHEMA public" }

  private static let structures: Set<String> = [
    "TABLE", "VIEW", "MATERIALIZED VIEW", "INDEX", "CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "FUNCTION",
    "PROCEDURE", "AGGREGATE", "TRIGGER", "EVENT TRIGGER", "SEQUENCE", "TYPE", "DOMAIN", "RULE", "DEFAULT", "SCHEMA",
    "EXTENSION", "POLICY", "FOREIGN TABLE", "STATISTICS",
  ]
}
