import Foundation
import Runbook
import Yams

/// Reads `backout.yaml`. Unknown keys, literal secrets and values of the wrong kind are errors with their line.
public struct BindingsReader: Sendable {
  /// Larger than any file that a person writes.
  public static let maximumBytes = 1 << 20

  public init() {}

  /// Throws `BindingsError`.
  public func read(_ data: Data, named file: String) throws -> Bindings {
    guard data.count <= Self.maximumBytes else {
      throw BindingsError(file: file, line: nil, message: "is larger than 1 MiB, which no bindings need")
    }
    let text = String(decoding: data, as: UTF8.self)
    try Self.refuseAliases(text, file: file)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw BindingsError(file: file, line: error.markLine, message: "is not YAML: \(error)")
    }
    guard let node, !YAMLMap.isNull(node) else { return Bindings() }
    return try bindings(YAMLMap(node, file: file, in: "the file"))
  }

  /// Aliases make a small file a huge value, and nothing here needs one.
  private static func refuseAliases(_ text: String, file: String) throws {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let code = line.trimmingCharacters(in: .whitespaces)
      let value = code.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces) ?? ""
      let item = value.dropping(prefix: "- ") ?? value
      for candidate in [value, item] where candidate.count > 1 {
        let rest = candidate.dropFirst()
        let isName = rest.first.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        if candidate.first == "&" && isName {
          throw BindingsError(
            file: file, line: index + 1, message: "YAML anchors (&name) are not taken here: write the value out")
        }
      }
    }
  }

  // MARK: The file

  private func bindings(_ map: YAMLMap) throws -> Bindings {
    let overlay = Self.runbookKeys
    try map.allow(
      ["service", "environments", "runbooks", "layers", "people", "settings", "version"], in: "backout.yaml")
    var bindings = Bindings(service: try map.string("service"))
    for (name, node) in try map.map("runbooks")?.entries ?? [] {
      bindings.runbooks[name] =
        YAMLMap.isNull(node) ? RunbookBindings() : try runbook(YAMLMap(node, file: map.file, in: name), keys: overlay)
    }
    for (name, node) in try map.map("environments")?.entries ?? [] {
      bindings.environments[name] =
        YAMLMap.isNull(node) ? RunbookBindings() : try runbook(YAMLMap(node, file: map.file, in: name), keys: overlay)
    }
    for (name, node) in try map.map("layers")?.entries ?? [] {
      bindings.layers[name] = try layer(YAMLMap(node, file: map.file, in: name), name: name)
    }
    for (name, node) in try map.map("people")?.entries ?? [] {
      guard !YAMLMap.isNull(node) else { continue }
      let person = try YAMLMap(node, file: map.file, in: name)
      try person.allow(["name", "notify"], in: "people.\(name)")
      bindings.people[name] = Person(name: try person.string("name"), notify: try person.string("notify"))
    }
    if let settings = try map.map("settings") { bindings.settings = try self.settings(settings) }
    return bindings
  }

  private static let runbookKeys = [
    "parameters", "endpoints", "commands", "connections", "procedures", "choices", "steps", "carry", "config_file",
    "approvals",
  ]

  private func runbook(_ map: YAMLMap, keys: [String]) throws -> RunbookBindings {
    try map.allow(keys, in: "a runbook's bindings")
    var result = RunbookBindings(
      endpoints: try map.stringMap("endpoints"), commands: try map.stringMap("commands"),
      choices: try map.stringMap("choices"), carry: try map.strings("carry"), configFile: try map.string("config_file"),
      approvals: try map.strings("approvals"))
    if let parameters = try map.map("parameters") {
      for (name, node) in parameters.entries where !YAMLMap.isNull(node) {
        result.parameters[name] = try parameter(node, name: name, in: parameters)
      }
    }
    if let connections = try map.map("connections") {
      for (name, node) in connections.entries where !YAMLMap.isNull(node) {
        result.connections[name] = try connection(YAMLMap(node, file: map.file, in: name), name: name)
      }
    }
    if let procedures = try map.map("procedures") {
      for (name, _) in procedures.entries { result.procedures[name] = try procedures.strings(name) }
    }
    if let steps = try map.map("steps") {
      for (name, node) in steps.entries where !YAMLMap.isNull(node) {
        result.steps[name] = try step(YAMLMap(node, file: map.file, in: name), name: name)
      }
    }
    return result
  }

  private func parameter(_ node: Node, name: String, in map: YAMLMap) throws -> Parameter {
    if let text = node.scalar?.string { return .value(text) }
    let parameter = try YAMLMap(node, file: map.file, in: name)
    try parameter.allow(["from", "secret", "value"], in: "parameters.\(name)")
    if let secret = try parameter.string("secret") {
      guard let reference = SecretReference(secret) else {
        throw parameter.fail(
          "secret", "says where the secret is (env:NAME, file:PATH or command:TEXT), never the secret itself")
      }
      return .secret(reference)
    }
    if let command = try parameter.string("from") { return .from(command: command) }
    guard let value = try parameter.string("value") else { throw map.fail(name, "wants a value, from: or secret:") }
    return .value(value)
  }

  private func connection(_ map: YAMLMap, name: String) throws -> Connection {
    try map.allow(["postgres", "sqlite"], in: "connections.\(name)")
    if let path = try map.string("sqlite") { return .sqlite(path) }
    guard let text = try map.string("postgres") else {
      throw map.fail("postgres", "wants env:NAME, or a URL without a password")
    }
    if let reference = SecretReference(text) { return .postgres(reference) }
    if URLComponents(string: text)?.password != nil || text.lowercased().contains("password=") {
      throw map.fail("postgres", "holds a password: put the URL into a variable and write env:NAME")
    }
    return .postgresLiteral(text)
  }

  // MARK: Steps and checks

  private func step(_ map: YAMLMap, name: String) throws -> StepBinding {
    try map.allow(
      [
        "is", "guard", "verify", "undo", "observe", "connection", "timeout", "interactive", "run", "repeatable", "skip",
        "restore", "approval",
      ], in: "steps.\(name)")
    return StepBinding(
      is: try map.string("is"), guard: try check("guard", in: map), verify: try check("verify", in: map),
      undo: try map.string("undo"), observe: try map.string("observe"), connection: try map.string("connection"),
      timeout: try map.seconds("timeout"), interactive: try map.bool("interactive"), run: try map.string("run"),
      repeatable: try map.bool("repeatable"), skip: try map.string("skip"), restore: try map.strings("restore"),
      approval: try map.string("approval"))
  }

  private func check(_ key: String, in map: YAMLMap) throws -> BoundCheck? {
    guard let check = try map.map(key) else { return nil }
    try check.allow(["sql", "http", "run", "expect", "connection", "method", "headers", "body"], in: key)
    let expectation = try self.expectation(check)
    if let sql = try check.string("sql") {
      return BoundCheck(
        question: .sql(SQLText(text: sql, connection: try check.string("connection") ?? "default")),
        expectation: expectation)
    }
    if let url = try check.string("http") {
      let question = HTTPQuestion(
        method: try check.string("method") ?? "GET", url: url, headers: try check.stringMap("headers"),
        body: try check.string("body"))
      return BoundCheck(question: .http(question), expectation: expectation)
    }
    if let command = try check.string("run") {
      return BoundCheck(question: .command(command), expectation: expectation)
    }
    if check["expect"] != nil { return BoundCheck(question: .output, expectation: expectation) }
    throw map.fail(key, "wants sql:, http:, run: or expect:")
  }

  private func expectation(_ map: YAMLMap) throws -> Expectation {
    guard let node = map["expect"], !YAMLMap.isNull(node) else { return Expectation() }
    if node.scalar != nil || node.sequence != nil { return Expectation(equals: try Self.value(node)) }
    let expect = try YAMLMap(node, file: map.file, in: "expect")
    let comparisons = ["<", "<=", "=", ">=", ">"]
    try expect.allow(["equals", "contains", "exit", "status", "json"] + comparisons, in: "expect")
    var expectation = Expectation(contains: try expect.strings("contains"))
    if let equals = expect["equals"] { expectation.equals = try Self.value(equals) }
    expectation.exitStatus = try whole("exit", in: expect)
    expectation.httpStatus = try whole("status", in: expect)
    if let json = try expect.map("json") {
      for (path, value) in json.entries { expectation.json[path] = try Self.value(value) }
    }
    for name in comparisons where expect[name] != nil {
      guard let text = try expect.string(name), let bound = Double(text), let comparison = Comparison(rawValue: name),
        expectation.comparison == nil
      else { throw expect.fail(name, "wants one number") }
      expectation.comparison = comparison
      expectation.bound = bound
    }
    return expectation
  }

  private func whole(_ key: String, in map: YAMLMap) throws -> Int? {
    guard let text = try map.string(key) else { return nil }
    guard let number = Int(text) else { throw map.fail(key, "wants a whole number") }
    return number
  }

  static func value(_ node: Node) throws -> JSONValue {
    switch node {
    case .mapping(let mapping):
      var members: [String: JSONValue] = [:]
      for (key, value) in mapping { members[key.scalar?.string ?? ""] = try Self.value(value) }
      return .object(members)
    case .sequence(let items): return .array(try items.map(Self.value))
    case .scalar(let scalar):
      if scalar.style != .plain { return .string(scalar.string) }
      if YAMLMap.isNull(node) { return .null }
      if let number = Int(scalar.string) { return .integer(number) }
      if let number = Double(scalar.string) { return .number(number) }
      if let flag = node.bool { return .bool(flag) }
      return .string(scalar.string)
    case .alias: return .null
    }
  }

  // MARK: Layers and settings

  private func layer(_ map: YAMLMap, name: String) throws -> DeclaredLayer {
    try map.allow(["match", "observe", "act", "verify", "wanted", "undo", "layer"], in: "layers.\(name)")
    guard let match = try map.string("match"), let observe = try map.string("observe") else {
      throw BindingsError(file: map.file, line: map.line, message: "layers.\(name) wants match: and observe:")
    }
    return DeclaredLayer(
      match: match, observe: observe, act: try map.string("act"), verify: try map.string("verify"),
      wanted: try map.string("wanted"), undo: try map.string("undo"), layer: try map.string("layer"))
  }

  private func settings(_ map: YAMLMap) throws -> Settings {
    try map.allow(
      ["keep.max", "keep_max", "timeout", "output.max", "output_max", "retention", "lock"], in: "settings")
    var settings = Settings()
    if let value = try map.bytes("keep.max") ?? map.bytes("keep_max") { settings.keepMaximum = value }
    if let value = try map.seconds("timeout") { settings.timeout = value }
    if let value = try map.bytes("output.max") ?? map.bytes("output_max") { settings.outputMaximum = value }
    if let value = try map.seconds("retention") {
      // A bare number is days.
      settings.retentionDays = value < 86400 ? value : value / 86400
    }
    settings.lock = try map.string("lock")
    return settings
  }
}

extension YamlError {
  /// The line that the parser stopped at, from 1.
  var markLine: Int? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
    case .duplicatedKeysInMapping(_, let context): context.mark.line
    default: nil
    }
  }
}
