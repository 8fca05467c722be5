import CPgQuery
import Runbook

/// One SQL statement of the document, or a comment between statements.
enum SQLPiece: Sendable {
  case comment(line: Int, text: String)
  case statement(SQLStatement)
  case blank(line: Int)
}

struct SQLStatement: Sendable {
  var text: String
  var line: Int
  var endLine: Int
  var trailingComment: String?
}

/// What a SQL statement does, as PostgreSQL's own parser has it.
public struct SQLNature: Hashable, Sendable {
  public var isReadOnly: Bool
  public var isDestructive: Bool
}

public enum SQLReader {
  /// Functions of a SELECT that change something.
  private static let changingFunctions: Set<String> = [
    "pg_terminate_backend", "pg_cancel_backend", "setval", "nextval", "pg_reload_conf", "pg_switch_wal",
    "pg_promote", "pg_advisory_lock", "lo_unlink", "dblink_exec", "pg_rotate_logfile", "pg_create_restore_point",
    "pg_drop_replication_slot", "pg_stat_reset", "set_config", "create_hypertable", "refresh_continuous_aggregate",
  ]

  /// What `text`, one statement, does. Text that PostgreSQL cannot parse is judged by its first words.
  public static func nature(of text: String) -> SQLNature {
    let words = text.split { !($0.isLetter || $0 == "_") }.prefix(4000).map { $0.lowercased() }
    let first = words.first ?? ""
    if text.trimmed.hasPrefix("\\") {
      // psql's own commands: `\dt` and its kin only show.
      let reads = ["d", "l", "dt", "di", "du", "x", "timing", "conninfo", "c", "connect", "q", "echo"]
      return SQLNature(isReadOnly: reads.contains(first) || first.hasPrefix("d"), isDestructive: false)
    }
    let result = pg_query_parse(text)
    defer { pg_query_free_parse_result(result) }
    if result.error == nil, let tree = result.parse_tree,
      let parsed = (try? JSONValue(parsing: String(cString: tree)))?["stmts"]?.arrayValue
    {
      let statements = parsed.compactMap { $0["stmt"].map(Statement.init) }
      let changes = statements.contains(where: \.changes) || words.contains { changingFunctions.contains($0) }
      return SQLNature(
        isReadOnly: !changes && !parsed.isEmpty, isDestructive: statements.contains(where: \.isDestructive))
    }
    if first == "pragma" {
      // SQLite's: with a value it sets something.
      return SQLNature(isReadOnly: !text.contains("="), isDestructive: false)
    }
    let reads: Set<String> = ["select", "show", "explain", "describe", "desc", "use", "with"]
    let writes: Set<String> = ["insert", "update", "delete", "truncate", "drop", "into", "merge"]
    return SQLNature(
      isReadOnly: reads.contains(first) && !words.contains(where: writes.contains),
      isDestructive: ["delete", "drop", "truncate", "update"].contains(first)
        || (first == "alter" && words.contains("drop")))
  }

  /// The statements and comments of a SQL fence, in order.
  static func pieces(of text: String, line firstLine: Int) -> [SQLPiece] {
    let bytes = Array(text.utf8)
    var pieces: [SQLPiece] = []
    var ends = StatementEnds(bytes: bytes)
    var line = firstLine
    var cursor = 0
    func endOfLine(_ start: Int) -> Int {
      var end = start
      while end < bytes.count, bytes[end] != 10 { end += 1 }
      return end
    }
    while cursor < bytes.count {
      var start = cursor
      while start < bytes.count, bytes[start] == 32 || bytes[start] == 9 || bytes[start] == 13 { start += 1 }
      let eol = endOfLine(start)
      if start >= eol {
        pieces.append(.blank(line: line))
        cursor = eol + 1
        line += 1
      } else if let comment = lineComment(bytes[start..<eol]) {
        ends.forget()
        pieces.append(.comment(line: line, text: comment))
        cursor = eol + 1
        line += 1
      } else if bytes[start] == UInt8(ascii: "\\") {
        ends.forget()
        let text = String(decoding: bytes[start..<eol], as: UTF8.self).trimmed
        pieces.append(.statement(SQLStatement(text: text, line: line, endLine: line)))
        cursor = eol + 1
        line += 1
      } else {
        var end = ends.end(of: start)
        var text = String(decoding: bytes[start..<end], as: UTF8.self)
        var note: String?
        if let cut = trailingComment(bytes, from: end) {
          note = cut.text
          end = cut.end
        }
        let lines = bytes[start..<end].lazy.filter { $0 == 10 }.count
        text = text.trimmed
        let textLines = text.utf8.lazy.filter { $0 == 10 }.count
        pieces.append(
          .statement(SQLStatement(text: text, line: line, endLine: line + textLines, trailingComment: note)))
        line += lines
        cursor = end
        // The rest of the statement's last line, where nothing but blanks is left of it.
        let rest = endOfLine(cursor)
        if bytes[cursor..<rest].allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
          cursor = rest + 1
          line += 1
        }
      }
    }
    return pieces
  }

  private static func lineComment(_ line: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: line, as: UTF8.self).trimmed
    if text.hasPrefix("--") { return String(text.drop { $0 == "-" }).trimmed }
    if text.hasPrefix("#") { return String(text.drop { $0 == "#" }).trimmed }
    if text.hasPrefix("/*"), text.hasSuffix("*/"), text.count >= 4 {
      return String(text.dropFirst(2).dropLast(2)).trimmed
    }
    return nil
  }

  private static func trailingComment(_ bytes: [UInt8], from end: Int) -> (text: String, end: Int)? {
    var cursor = end
    while cursor < bytes.count, bytes[cursor] == 32 || bytes[cursor] == 9 { cursor += 1 }
    guard cursor + 1 < bytes.count, bytes[cursor] == UInt8(ascii: "-"), bytes[cursor + 1] == UInt8(ascii: "-") else {
      return nil
    }
    var eol = cursor
    while eol < bytes.count, bytes[eol] != 10 { eol += 1 }
    return (String(decoding: bytes[(cursor + 2)..<eol], as: UTF8.self).trimmed, eol)
  }
}

/// Where a SQL statement ends, by PostgreSQL's scanner; where that fails, by its semicolon.
private struct StatementEnds {
  private let bytes: [UInt8]
  /// The ends of the statements that follow the last one asked for, the nearest last.
  private var known: [Int] = []
  /// Bytes that may be looked at again: quotes and comments that nothing closes would take quadratic time.
  private var budget: Int

  init(bytes: [UInt8]) {
    self.bytes = bytes
    budget = 1 << 22 + 16 * bytes.count
  }

  /// What is known holds as long as only statements are read: the scanner takes some comments for something else.
  mutating func forget() { known.removeAll() }

  /// Where the statement that begins at `start` ends, its semicolon included.
  mutating func end(of start: Int) -> Int {
    if let end = known.popLast(), end > start { return end }
    known.removeAll()
    // Statements are short: the scanner sees a window, so that a long fence takes linear time.
    var window = 1 << 12
    while true {
      let limit = min(bytes.count, start + window)
      let text = String(decoding: bytes[start..<limit], as: UTF8.self)
      let result = pg_query_split_with_scanner(text)
      defer { pg_query_free_split_result(result) }
      if result.error == nil, result.n_stmts > 0, let first = result.stmts?[0]?.pointee {
        let end = start + Int(first.stmt_location) + Int(first.stmt_len)
        if end < limit, bytes[end] == UInt8(ascii: ";") {
          remember(result, from: start, limit: limit)
          return end + 1
        }
        if limit == bytes.count { return lastCode(start: start, end: min(end, limit)) }
      } else if limit == bytes.count || window > 1 << 18 {
        return bySemicolon(from: start)
      }
      window *= 4
      budget -= window
      if budget < 0 { return bySemicolon(from: start) }
    }
  }

  private mutating func remember(_ result: PgQuerySplitResult, from start: Int, limit: Int) {
    for index in stride(from: Int(result.n_stmts) - 1, to: 0, by: -1) {
      guard let one = result.stmts?[index]?.pointee else { continue }
      let end = start + Int(one.stmt_location) + Int(one.stmt_len)
      // The last one of a window may go on behind it.
      if end < limit, bytes[end] == UInt8(ascii: ";") { known.append(end + 1) }
    }
  }

  /// A statement without a semicolon ends before a blank line that is followed by a comment.
  private func lastCode(start: Int, end: Int) -> Int {
    var cursor = start
    while cursor < end {
      if bytes[cursor] == 10, cursor + 1 < end, bytes[cursor + 1] == 10 { return cursor }
      cursor += 1
    }
    return end
  }

  private mutating func bySemicolon(from start: Int) -> Int {
    var cursor = start
    var quote: UInt8 = 0
    while cursor < bytes.count {
      let byte = bytes[cursor]
      if quote == 0, byte == UInt8(ascii: "$"), let end = dollarQuote(from: cursor) {
        cursor = end
        continue
      }
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ";") {
        return cursor + 1
      } else if byte == 10, cursor + 1 < bytes.count, bytes[cursor + 1] == 10 {
        return cursor
      }
      cursor += 1
    }
    return bytes.count
  }

  /// Behind the `$a$ … $a$` that begins at `start`; nil where no quote begins there, or nothing closes it.
  private mutating func dollarQuote(from start: Int) -> Int? {
    var end = start + 1
    while end < bytes.count, Self.isTag(bytes[end]) { end += 1 }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "$"), budget > 0 else { return nil }
    let mark = bytes[start...end]
    var cursor = end + 1
    while cursor + mark.count <= bytes.count {
      if bytes[cursor] == mark.first, bytes[cursor..<(cursor + mark.count)].elementsEqual(mark) {
        return cursor + mark.count
      }
      cursor += 1
      budget -= 1
    }
    return nil
  }

  private static func isTag(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte >= 0x80 || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }
}

/// As much of libpg_query's tree as tells what a statement does.
private struct Statement {
  var kind: String
  var nested: [Statement] = []
  var isAnalyze = false

  /// `node` has one member: the statement's kind, with its body.
  init(_ node: JSONValue) {
    let member = node.objectValue?.first
    kind = member?.key ?? ""
    guard let body = member?.value else { return }
    func entries(_ list: JSONValue?, _ kind: String) -> [JSONValue] {
      (list?.arrayValue ?? []).compactMap { $0[kind] }
    }
    nested = entries(body["withClause"]?["ctes"], "CommonTableExpr").compactMap { $0["ctequery"].map(Statement.init) }
    if let query = body["query"] { nested.append(Statement(query)) }
    if body["intoClause"] != nil { nested.append(Statement(kind: "CreateTableAsStmt")) }
    if kind == "ExplainStmt" {
      isAnalyze = entries(body["options"], "DefElem").contains { $0["defname"] == "analyze" }
    }
    if kind == "AlterTableStmt",
      entries(body["cmds"], "AlterTableCmd").contains(where: { $0["subtype"] == "AT_DropColumn" })
    {
      nested.append(Statement(kind: "DropStmt"))
    }
  }

  private init(kind: String) { self.kind = kind }

  var changes: Bool {
    switch kind {
    case "SelectStmt": nested.contains(where: \.changes)
    case "ExplainStmt": isAnalyze && nested.contains(where: \.changes)
    case "VariableShowStmt": false
    default: true
    }
  }

  var isDestructive: Bool {
    ["DeleteStmt", "UpdateStmt", "DropStmt", "TruncateStmt", "DropdbStmt", "DropOwnedStmt"].contains(kind)
      || (kind != "ExplainStmt" || isAnalyze) && nested.contains(where: \.isDestructive)
  }
}
