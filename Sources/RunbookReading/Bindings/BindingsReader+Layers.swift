import Runbook

extension BindingsReader {
  static let layerKeys = [
    "match", "passes", "ignores", "observe", "file", "fields", "keep", "act", "verify", "wanted", "undo", "layer",
    "note", "schema",
  ]
  static let migrationKeys = ["current", "list", "down", "up", "sql", "tables"]
  /// Of `wanted:`.
  static let wantedKeys = ["from", "changed"]

  static func layer(_ cursor: YAMLCursor) throws -> DeclaredLayer {
    let entries = try cursor.record(layerKeys)
    if let schema = entries["schema"] {
      if let other = entries.first(where: { $0.key != "schema" }) {
        throw other.value.failure("`\(other.key)` does not go with `schema:`, which says all of a migration tool.")
      }
      return DeclaredLayer(migrations: try migrations(schema))
    }
    var result = DeclaredLayer()
    result.match = try entries["match"]?.strings() ?? []
    guard !result.match.isEmpty else { throw cursor.failure("\(cursor.described) lacks `match`.") }
    result.passes = try entries["passes"]?.strings() ?? []
    result.ignores = try entries["ignores"]?.strings() ?? []
    for (key, options) in [("passes", result.passes), ("ignores", result.ignores)] {
      if let word = options.first(where: { !$0.hasPrefix("-") }), let entry = entries[key] {
        throw entry.failure("\(entry.described) takes options such as -n= or --wait, not `\(word)`.")
      }
    }
    result.observe = try entries["observe"]?.string()
    result.file = try entries["file"]?.string()
    result.fields = try entries["fields"]?.strings() ?? []
    result.keep = try entries["keep"]?.string()
    result.act = try entries["act"]?.string()
    result.verify = try entries["verify"]?.string()
    result.wanted = try entries["wanted"].map { try wanted($0, isOfFile: result.file != nil) }
    result.undo = try entries["undo"]?.string()
    result.layer = try entries["layer"]?.string()
    result.note = try entries["note"]?.string()
    if result.match.contains(where: isRequest) { try checkRequest(result, entries) }
    if result.file == nil {
      guard result.observe != nil else { throw cursor.failure("\(cursor.described) lacks `observe` or `file`.") }
    } else {
      guard !result.fields.isEmpty else {
        throw cursor.failure("\(cursor.described) lacks `fields`: which fields of the file are the state.")
      }
      for key in ["undo", "keep"] {
        if let entry = entries[key] { throw entry.failure("`\(key)` goes with `observe:` only: a file is put back.") }
      }
    }
    return result
  }

  /// `POST https://flags.example.com/{flag}/off`, instead of a command.
  private static func isRequest(_ text: String) -> Bool {
    let words = text.split(whereSeparator: \.isWhitespace)
    return words.count == 2 && ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(words[0])
  }

  /// What changes by a request is seen and put back by requests.
  private static func checkRequest(_ layer: DeclaredLayer, _ entries: [String: YAMLCursor]) throws {
    for key in ["passes", "ignores", "file", "keep", "act", "verify"] {
      if let entry = entries[key] { throw entry.failure("`\(key)` does not go with a request in `match:`.") }
    }
    guard layer.match.allSatisfy(isRequest), let observe = layer.observe, isRequest(observe), observe.hasPrefix("GET ")
    else {
      guard let entry = entries["observe"] else { return }
      throw entry.failure("A request in `match:` goes with `observe: GET URL`, and with no command beside it.")
    }
    if let undo = layer.undo, !isRequest(undo), let entry = entries["undo"] {
      throw entry.failure("A request in `match:` goes with `undo: METHOD URL`.")
    }
    try checkNames(layer, entries)
    switch layer.wanted {
    case .text, nil: break
    case .from, .changed, .fields:
      if let entry = entries["wanted"] { throw entry.failure("A request in `match:` goes with a text in `wanted:`.") }
    }
  }

  /// What nothing captures would be sent with its braces. `{before}` is what was kept.
  private static func checkNames(_ layer: DeclaredLayer, _ entries: [String: YAMLCursor]) throws {
    for key in ["observe", "undo"] {
      guard let entry = entries[key] else { continue }
      for name in names(in: try entry.string()) where key == "observe" || name != "before" {
        if layer.match.allSatisfy({ names(in: $0).contains(name) }) { continue }
        throw entry.failure("\(entry.described) has {\(name)}, which `match:` does not capture.")
      }
    }
  }

  /// `flag` of `POST https://f/{flag}/off`; `{on,off}` stands for one of the two.
  private static func names(in text: String) -> [String] {
    text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
      part.firstIndex(of: "}").map { String(part[..<$0]) }
    }.filter { !$0.contains(",") }
  }

  private static func wanted(_ cursor: YAMLCursor, isOfFile: Bool) throws -> DeclaredLayer.Wanted {
    if isOfFile {
      guard case .object(let fields) = cursor.json() else {
        throw cursor.failure("\(cursor.described) should be a mapping of the file's fields to their values.")
      }
      return .fields(fields)
    }
    if cursor.node.scalar != nil { return .text(try cursor.string()) }
    let entries = try cursor.record(wantedKeys)
    if entries.count == 1, let from = entries["from"] { return .from(command: try from.string()) }
    guard entries.count == 1, try entries["changed"]?.boolean() == true else {
      throw cursor.failure(
        "\(cursor.described) takes a text, `from:` and a command that prints it, or `changed: true`.")
    }
    return .changed
  }

  private static func migrations(_ cursor: YAMLCursor) throws -> DeclaredMigrations {
    let entries = try cursor.record(migrationKeys)
    func command(_ key: String) throws -> String {
      guard let text = try entries[key]?.string() else { throw cursor.failure("\(cursor.described) lacks `\(key)`.") }
      return text
    }
    return DeclaredMigrations(
      current: try command("current"), list: try command("list"), down: try command("down"), up: try command("up"),
      sql: try entries["sql"]?.string(), tables: try entries["tables"]?.strings() ?? [])
  }
}
