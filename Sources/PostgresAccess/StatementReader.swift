import CPgQuery
import Foundation
import Runbook

/// SQL text → statements, by PostgreSQL's own parser.
package enum StatementReader {
  /// In bytes: longer text is a file to load, not a step to look at.
  package static let limit = 4 << 20

  package static func read(_ text: String) -> Result<[Statement], SyntaxProblem> {
    guard text.utf8.count <= limit, !text.utf8.contains(0) else {
      return .failure(
        SyntaxProblem(message: "the SQL is longer than \(limit >> 20) MiB or holds a zero byte", position: 1))
    }
    let result = pg_query_parse(text)
    defer { pg_query_free_parse_result(result) }
    if let error = result.error {
      return .failure(
        SyntaxProblem(
          message: error.pointee.message.map { String(cString: $0) } ?? "syntax error",
          position: Int(error.pointee.cursorpos)))
    }
    guard let json = result.parse_tree,
      let tree = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes: json, count: strlen(json)))
    else { return .failure(SyntaxProblem(message: "the SQL nests too deeply", position: 1)) }
    let bytes = Array(text.utf8)
    return .success(
      (tree["stmts"]?.arrayValue ?? []).compactMap { item in
        guard let node = item["stmt"]?.objectValue?.first else { return nil }
        let start = min(item["stmt_location"]?.integerValue ?? 0, bytes.count)
        let length = item["stmt_len"]?.integerValue ?? (bytes.count - start)
        let slice = bytes[start..<min(start + length, bytes.count)]
        // Comments before the first word belong to nobody.
        let tokens = SQLToken.scan(slice)
        guard let first = tokens.first, let last = tokens.last(where: { $0.text != ";" }) else { return nil }
        let own = Array(slice)[first.start..<last.end]
        return statement(node.key, node.value, text: String(decoding: own, as: UTF8.self))
      })
  }

  // MARK: One statement

  private static func statement(_ node: String, _ value: JSONValue, text: String) -> Statement {
    var statement = Statement(text: text, kind: .other)
    switch node {
    case "SelectStmt":
      statement.kind = .read
      if let into = value["intoClause"]?["rel"] {
        statement.kind = .definition
        statement.relations = [relation(into)].compactMap { $0 }
        statement.creates = true
      } else if let changed = changesInside(value), !changed.isEmpty {
        statement.kind = .block
        statement.relations = changed
        statement.needsWholeTable = true
      } else {
        statement.relations = relationsInside(value)
      }
    case "ExplainStmt", "VariableShowStmt": statement.kind = .read
    case "VariableSetStmt", "LockStmt", "ConstraintsSetStmt", "DeallocateStmt", "CheckPointStmt":
      statement.kind = .setting
    case "TransactionStmt":
      statement.kind = .transaction
      statement.inverse = value["kind"]?.stringValue
    case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt": readRowChange(node, value, into: &statement)
    case "TruncateStmt":
      statement.kind = .truncate
      statement.relations = relations(value["relations"])
      statement.destroysData = true
      statement.cascades = value["behavior"]?.stringValue == "DROP_CASCADE"
      statement.needsWholeTable = true
    case "DoStmt", "CallStmt":
      statement.kind = .block
      statement.needsWholeTable = true
      statement.lost = "definitions and sequences that the block changes are not kept"
    case "CopyStmt":
      statement.relations = [relation(value["relation"])].compactMap { $0 }
      statement.kind = value["is_from"]?.boolValue == true ? .block : .read
      statement.needsWholeTable = true
    case "VacuumStmt" where value["is_vacuumcmd"]?.boolValue != true: statement.kind = .setting
    default: DefinitionReader.read(node, value, into: &statement)
    }
    return statement
  }

  private static func readRowChange(_ node: String, _ value: JSONValue, into statement: inout Statement) {
    let kinds: [String: Statement.Kind] = [
      "InsertStmt": .insert, "UpdateStmt": .update, "DeleteStmt": .delete, "MergeStmt": .merge,
    ]
    statement.kind = kinds[node] ?? .other
    guard let target = relation(value["relation"]) else { return }
    statement.relations = [target]
    let inside = value["withClause"].flatMap { changesInside($0) } ?? []
    for name in inside where !statement.relations.contains(name) { statement.relations.append(name) }
    statement.needsWholeTable =
      node == "MergeStmt" || !inside.isEmpty
      || value["onConflictClause"]?["action"]?.stringValue == "ONCONFLICT_UPDATE"
    statement.destroysData = node == "DeleteStmt"
    guard node == "UpdateStmt" || node == "DeleteStmt" else { return }
    let tokens = SQLToken.scan(Array(statement.text.utf8)[...])
    statement.rows = RowsReader.rows(
      tokens, of: Array(statement.text.utf8), target: target,
      alias: value["relation"]?["alias"]?["aliasname"]?.stringValue,
      isOnly: value["relation"]?["inh"]?.boolValue != true, isUpdate: node == "UpdateStmt")
    statement.rows?.sets = (value["targetList"]?.arrayValue ?? []).compactMap { $0["ResTarget"]?["name"]?.stringValue }
    if statement.rows == nil { statement.needsWholeTable = true }
  }

  // MARK: Names

  static func relation(_ value: JSONValue?) -> RelationName? {
    guard let value = value?["RangeVar"] ?? value, let name = value["relname"]?.stringValue else { return nil }
    return RelationName(schema: value["schemaname"]?.stringValue, name: name)
  }

  static func relations(_ value: JSONValue?) -> [RelationName] {
    (value?.arrayValue ?? []).compactMap { relation($0) }
  }

  /// `a.b` as a list of strings.
  static func name(_ value: JSONValue?) -> [String] {
    let items = value?["List"]?["items"]?.arrayValue ?? value?.arrayValue ?? []
    return items.compactMap { $0["String"]?["sval"]?.stringValue }
  }

  static func relation(named parts: [String]) -> RelationName? {
    guard let name = parts.last else { return nil }
    return RelationName(schema: parts.count > 1 ? parts[parts.count - 2] : nil, name: name)
  }

  /// What a read names, at any depth.
  private static func relationsInside(_ value: JSONValue) -> [RelationName] {
    switch value {
    case .array(let items): items.flatMap(relationsInside)
    case .object(let members):
      members.sorted { $0.key < $1.key }.flatMap { key, member in
        key == "RangeVar" ? [relation(member)].compactMap { $0 } : relationsInside(member)
      }
    default: []
    }
  }

  /// What data-modifying members of WITH clauses, at any depth, change.
  private static func changesInside(_ value: JSONValue) -> [RelationName]? {
    switch value {
    case .array(let items): return items.flatMap { changesInside($0) ?? [] }
    case .object(let members):
      return members.sorted { $0.key < $1.key }.flatMap { key, member in
        let own =
          ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].contains(key)
          ? [relation(member["relation"])].compactMap { $0 } : []
        return own + (changesInside(member) ?? [])
      }
    default: return nil
    }
  }
}

extension SyntaxProblem: Error {}

/// A token, by PostgreSQL's own scanner.
struct SQLToken: Hashable, Sendable {
  /// In bytes.
  var start: Int
  var end: Int
  var text: String
  var isKeyword: Bool
  /// How many parentheses are open around it.
  var depth: Int

  var word: String { isKeyword ? text.uppercased() : "" }

  static func scan(_ bytes: ArraySlice<UInt8>) -> [SQLToken] {
    let source = Array(bytes)
    let result = pg_query_scan(String(decoding: source, as: UTF8.self))
    defer { pg_query_free_scan_result(result) }
    guard result.error == nil, let data = result.pbuf.data else { return [] }
    let message = UnsafeRawBufferPointer(start: data, count: result.pbuf.len)
    var tokens: [SQLToken] = []
    var depth = 0
    for field in ProtobufFields(message) where field.number == 2 {
      guard let body = field.bytes else { continue }
      var start = 0
      var end = 0
      var token = 0
      var keyword = 0
      for part in ProtobufFields(body) {
        switch part.number {
        case 1: start = part.value
        case 2: end = part.value
        case 4: token = part.value
        case 5: keyword = part.value
        default: break
        }
      }
      // SQL_COMMENT and C_COMMENT of pg_query.proto.
      guard start >= 0, start < end, end <= source.count, token != 275, token != 276 else { continue }
      let text = String(decoding: source[start..<end], as: UTF8.self)
      if text == ")" { depth -= 1 }
      tokens.append(SQLToken(start: start, end: end, text: text, isKeyword: keyword > 0, depth: depth))
      if text == "(" { depth += 1 }
    }
    return tokens
  }
}

/// The fields of a protocol-buffers message: as much of the format as the scanner's answer needs.
private struct ProtobufFields: Sequence, IteratorProtocol {
  struct Field {
    var number: Int
    var value = 0
    var bytes: UnsafeRawBufferPointer?
  }
  private let buffer: UnsafeRawBufferPointer
  private var offset = 0

  init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

  private mutating func varint() -> Int? {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while offset < buffer.count, shift < 64 {
      let byte = buffer[offset]
      offset += 1
      result |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return Int(truncatingIfNeeded: result) }
      shift += 7
    }
    return nil
  }

  mutating func next() -> Field? {
    guard let key = varint() else { return nil }
    switch key & 7 {
    case 0: return varint().map { Field(number: key >> 3, value: $0) }
    case 2:
      guard let count = varint(), count >= 0, count <= buffer.count - offset else { return nil }
      defer { offset += count }
      return Field(number: key >> 3, bytes: UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + count]))
    default: return nil
    }
  }
}

/// Cuts an UPDATE or DELETE into the clauses that say which rows it touches.
enum RowsReader {
  static func rows(
    _ tokens: [SQLToken], of bytes: [UInt8], target: RelationName, alias: String?, isOnly: Bool, isUpdate: Bool
  ) -> Statement.Rows? {
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    guard let verb = tokens.firstIndex(where: { $0.depth == 0 && $0.word == (isUpdate ? "UPDATE" : "DELETE") })
    else { return nil }
    var from: Int?
    var condition: Int?
    var end = bytes.count
    for index in tokens.indices.dropFirst(verb + 1) where tokens[index].depth == 0 {
      switch tokens[index].word {
      case "FROM" where isUpdate && from == nil && condition == nil && tokens[index - 1].word != "DISTINCT":
        from = index
      case "USING" where !isUpdate && from == nil && condition == nil: from = index
      case "WHERE" where condition == nil: condition = index
      case "RETURNING": end = min(end, tokens[index].start)
      default: break
      }
    }
    // WHERE CURRENT OF names a cursor.
    if let condition, tokens.indices.contains(condition + 1), tokens[condition + 1].word == "CURRENT",
      tokens.indices.contains(condition + 2), tokens[condition + 2].word == "OF"
    {
      return nil
    }
    let assignments =
      isUpdate ? self.assignments(tokens, of: bytes, verb: verb, end: from ?? condition, last: end) : nil
    return Statement.Rows(
      with: verb > 0 ? text(tokens[0].start..<tokens[verb].start) : "",
      target: (isOnly ? "ONLY " : "") + target.sql + (alias.map { " AS " + quoted(identifier: $0) } ?? ""),
      alias: quoted(identifier: alias ?? target.name),
      from: from.map { text(tokens[$0].end..<(condition.map { tokens[$0].start } ?? end)) },
      condition: condition.map { text(tokens[$0].end..<end) }, assignments: assignments)
  }

  /// `a = 1, b = lower(c)`: each column with its expression; nil where one is not of that form.
  private static func assignments(
    _ tokens: [SQLToken], of bytes: [UInt8], verb: Int, end: Int?, last: Int
  ) -> [[String]]? {
    guard let set = tokens.indices.first(where: { $0 > verb && tokens[$0].depth == 0 && tokens[$0].word == "SET" })
    else { return nil }
    let stop = end ?? tokens.firstIndex { $0.start >= last } ?? tokens.count
    guard set < stop else { return nil }
    let list = tokens[(set + 1)..<stop]
    var result: [[String]] = []
    for part in list.split(whereSeparator: { $0.depth == 0 && $0.text == "," }) {
      guard part.count >= 3, let column = part.first, let value = part.dropFirst(2).first, let tail = part.last,
        part.dropFirst().first?.text == "=", value.word != "DEFAULT", column.text != ")"
      else { return nil }
      let name =
        column.text.hasPrefix("\"")
        ? column.text.dropFirst().dropLast().replacingOccurrences(of: "\"\"", with: "\"") : column.text.lowercased()
      result.append([name, String(decoding: bytes[value.start..<tail.end], as: UTF8.self)])
    }
    return result
  }
}
