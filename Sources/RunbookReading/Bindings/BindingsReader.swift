import Foundation
import Runbook
import Yams

/// What is wrong with `backout.yaml`, and where. Nothing was executed.
public struct BindingsError: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var message: String

  public var description: String { "\(file):\(line): \(message) Nothing was executed." }
}

/// Reads `backout.yaml`. Unknown keys are errors that name the nearest key.
public enum BindingsReader {
  /// Throws `BindingsError`.
  public static func read(_ text: String, named file: String = "backout.yaml") throws -> Bindings {
    do {
      return try bindings(try YAMLCursor.root(of: text))
    } catch let problem as YAMLProblem {
      throw BindingsError(file: file, line: problem.line, message: problem.message)
    }
  }

  /// Reads the bindings that stand in a runbook's own front matter: `RunbookBindings`' keys. Throws `BindingsError`.
  public static func readFrontMatter(_ text: String, named file: String) throws -> RunbookBindings? {
    do {
      let root = try YAMLCursor.root(of: text)
      // Front matter is often a site generator's; ours stands under `backout:`.
      guard let own = try root.entries().first(where: { $0.key == "backout" }) else { return nil }
      return try runbook(own.value)
    } catch let problem as YAMLProblem {
      throw BindingsError(file: file, line: problem.line + 1, message: problem.message)
    }
  }

  static let fileKeys = ["service", "runbooks", "environments", "layers", "people", "settings"]

  private static func bindings(_ root: YAMLCursor) throws -> Bindings {
    let runbooks = try root.entries().first { $0.key == "runbooks" }?.value
    let named = try? runbooks?.entries().first?.key
    let entries = try root.record(fileKeys) { key in
      runbookKeys.contains(key)
        ? "`runbooks:`, below a runbook's name: `runbooks: { \(named ?? "ROLLBACK.md"): { \(key): … } }`" : nil
    }
    var result = Bindings()
    result.service = try entries["service"]?.string()
    result.runbooks = try entries["runbooks"].map { try map($0, runbook) } ?? [:]
    result.environments = try entries["environments"].map { try map($0, runbook) } ?? [:]
    result.layers = try entries["layers"].map { try map($0, layer) } ?? [:]
    result.people = try entries["people"].map { try map($0, person) } ?? [:]
    result.settings = try entries["settings"].map(settings) ?? Settings()
    return result
  }

  private static func map<Value>(_ cursor: YAMLCursor, _ read: (YAMLCursor) throws -> Value) throws -> [String: Value] {
    var result: [String: Value] = [:]
    for (key, _, value) in try cursor.entries() { result[key] = try read(value) }
    return result
  }

  static let runbookKeys = [
    "parameters", "endpoints", "commands", "connections", "procedures", "choices", "steps", "carry", "config_file",
    "approvals",
  ]

  private static func runbook(_ cursor: YAMLCursor) throws -> RunbookBindings {
    let entries = try cursor.record(runbookKeys)
    var result = RunbookBindings()
    result.parameters = try entries["parameters"].map { try map($0, parameter) } ?? [:]
    result.endpoints = try entries["endpoints"].map { try map($0) { try $0.string() } } ?? [:]
    result.commands = try entries["commands"].map { try map($0) { try $0.string() } } ?? [:]
    result.connections = try entries["connections"].map { try map($0, connection) } ?? [:]
    result.procedures = try entries["procedures"].map { try map($0) { try $0.strings() } } ?? [:]
    result.choices = try entries["choices"].map { try map($0) { try $0.string() } } ?? [:]
    result.steps = try entries["steps"].map { try map($0, step) } ?? [:]
    result.carry = try entries["carry"]?.strings() ?? []
    result.configFile = try entries["config_file"]?.string()
    result.approvals = try entries["approvals"]?.strings() ?? []
    return result
  }

  static let parameterKeys = ["from", "secret", "value"]

  private static func parameter(_ cursor: YAMLCursor) throws -> Parameter {
    if cursor.node.scalar != nil {
      guard !cursor.isNull else { throw cursor.failure("\(cursor.described) has no value.") }
      return .value(try cursor.string())
    }
    let entries = try cursor.record(parameterKeys)
    guard entries.count == 1, let entry = entries.first else {
      throw cursor.failure("\(cursor.described) takes one of: a plain value, `from: command`, `secret: env:NAME`.")
    }
    switch entry.key {
    case "from": return .from(command: try entry.value.string())
    case "secret": return .secret(try secret(entry.value))
    default: return .value(try entry.value.string())
    }
  }

  private static func secret(_ cursor: YAMLCursor) throws -> SecretReference {
    guard let reference = SecretReference(try cursor.string()), !isEmpty(reference) else {
      // The text itself may be the secret: it is not repeated here.
      throw cursor.failure(
        "\(cursor.described) should say where the secret is (env:NAME, file:PATH or command:TEXT), never the secret itself."
      )
    }
    return reference
  }

  private static func isEmpty(_ reference: SecretReference) -> Bool {
    switch reference {
    case .environment(let name): name.trimmed.isEmpty
    case .file(let path): path.trimmed.isEmpty
    case .command(let text): text.trimmed.isEmpty
    }
  }

  static let connectionKeys = ["postgres", "sqlite"]

  private static func connection(_ cursor: YAMLCursor) throws -> Connection {
    let entries = try cursor.record(connectionKeys)
    guard entries.count == 1, let entry = entries.first else {
      throw cursor.failure("\(cursor.described) takes one of: `postgres: env:DATABASE_URL`, `sqlite: path`.")
    }
    let text = try entry.value.string()
    if entry.key == "sqlite" { return .sqlite(text) }
    if let reference = SecretReference(text) { return .postgres(reference) }
    guard !ConnectionText.hasPassword(text) else {
      throw entry.value.failure(
        "\(entry.value.described) holds a password. Say where the connection's text is instead: env:NAME, file:PATH or command:TEXT."
      )
    }
    return .postgresLiteral(text)
  }

  static let stepKeys = [
    "is", "guard", "ready", "verify", "undo", "observe", "connection", "timeout", "interactive", "run", "repeatable",
    "skip",
    "restore",
    "approval",
  ]

  private static func step(_ cursor: YAMLCursor) throws -> StepBinding {
    let entries = try cursor.record(stepKeys)
    var result = StepBinding()
    result.is = try entries["is"]?.string()
    result.guard = try entries["guard"].map(check)
    result.ready = try entries["ready"].map(checks) ?? []
    result.verify = try entries["verify"].map(check)
    result.undo = try entries["undo"]?.string()
    result.observe = try entries["observe"]?.string()
    result.connection = try entries["connection"]?.string()
    result.timeout = try entries["timeout"].map(seconds)
    result.interactive = try entries["interactive"]?.boolean()
    result.run = try entries["run"]?.string()
    result.repeatable = try entries["repeatable"]?.boolean()
    result.skip = try entries["skip"]?.string()
    result.restore = try entries["restore"]?.strings() ?? []
    result.approval = try entries["approval"]?.string()
    return result
  }

  /// One check, or a list of them.
  private static func checks(_ cursor: YAMLCursor) throws -> [BoundCheck] {
    cursor.node.sequence == nil ? [try check(cursor)] : try cursor.list().map(check)
  }

  static let questionKeys = ["sql", "run", "http", "ask"]
  static let checkKeys = questionKeys + ["title", "connection", "expect", "method", "headers", "body"]

  private static func check(_ cursor: YAMLCursor) throws -> BoundCheck {
    if cursor.node.scalar != nil {
      return BoundCheck(question: .command(try cursor.string()), expectation: Expectation())
    }
    let entries = try cursor.record(checkKeys)
    let questions = questionKeys.compactMap { name in entries[name].map { (name, $0) } }
    guard questions.count == 1, let (name, value) = questions.first else {
      throw cursor.failure("\(cursor.described) takes one question: `sql:`, `run:`, `http:` or `ask:`.")
    }
    for key in ["method", "headers", "body"] where name != "http" {
      if let entry = entries[key] { throw entry.failure("`\(key)` goes with `http:` only.") }
    }
    if name != "sql", let entry = entries["connection"] { throw entry.failure("`connection` goes with `sql:` only.") }
    let question: Check.Question
    switch name {
    case "sql":
      question = .sql(SQLText(text: try value.string(), connection: try entries["connection"]?.string() ?? "default"))
    case "run": question = .command(try value.string())
    case "ask": question = .confirmation(try value.string())
    default:
      question = .http(
        HTTPQuestion(
          method: try entries["method"]?.string().uppercased() ?? "GET", url: try value.string(),
          headers: try entries["headers"].map { try map($0) { try $0.string() } } ?? [:],
          body: try entries["body"]?.string()))
    }
    return BoundCheck(
      question: question, expectation: try entries["expect"].map(expectation) ?? Expectation(),
      title: try entries["title"]?.string())
  }

  static let signs: [String: Comparison] = [
    "<": .less, "<=": .lessOrEqual, "=": .equal, "==": .equal, ">=": .greaterOrEqual, ">": .greater,
  ]
  static let expectationKeys = ["equals", "contains", "exit", "status", "json"] + signs.keys

  private static func expectation(_ cursor: YAMLCursor) throws -> Expectation {
    if cursor.node.scalar != nil { return Expectation(equals: cursor.json()) }
    var result = Expectation()
    let entries = try cursor.record(expectationKeys)
    result.equals = entries["equals"]?.json()
    result.contains = try entries["contains"]?.strings() ?? []
    result.exitStatus = try entries["exit"]?.integer()
    result.httpStatus = try entries["status"]?.integer()
    result.json = try entries["json"].map { try map($0) { $0.json() } } ?? [:]
    let bounds = entries.filter { signs[$0.key] != nil }
    guard bounds.count <= 1 else { throw cursor.failure("\(cursor.described) takes one bound.") }
    if let (sign, value) = bounds.first {
      result.comparison = signs[sign]
      result.bound = try value.number()
    }
    return result
  }

  static let personKeys = ["name", "notify"]

  private static func person(_ cursor: YAMLCursor) throws -> Person {
    if cursor.node.scalar != nil { return Person(name: try cursor.string()) }
    let entries = try cursor.record(personKeys)
    return Person(name: try entries["name"]?.string(), notify: try entries["notify"]?.string())
  }

  static let settingKeys = [
    "keep", "keep.max", "keep_max", "timeout", "output", "output.max", "output_max", "retention", "lock",
  ]

  /// Of `keep:` and `output:`.
  static let limitKeys = ["max"]

  private static func settings(_ cursor: YAMLCursor) throws -> Settings {
    let entries = try cursor.record(settingKeys)
    var result = Settings()
    func maximum(_ name: String) throws -> Int? {
      if let entry = entries["\(name).max"] ?? entries["\(name)_max"] { return try bytes(entry) }
      return try entries[name].flatMap { try $0.record(limitKeys)["max"] }.map(bytes)
    }
    result.keepMaximum = try maximum("keep") ?? result.keepMaximum
    result.outputMaximum = try maximum("output") ?? result.outputMaximum
    result.timeout = try entries["timeout"].map(seconds) ?? result.timeout
    result.retentionDays =
      try entries["retention"].map { max(1, try seconds($0, plain: 86_400) / 86_400) } ?? result.retentionDays
    result.lock = try entries["lock"]?.string()
    return result
  }

  /// "15m", "90 seconds", "2 hours"; a bare number counts in `plain` seconds.
  private static func seconds(_ cursor: YAMLCursor) throws -> Int { try seconds(cursor, plain: 1) }

  private static func seconds(_ cursor: YAMLCursor, plain: Int) throws -> Int {
    let text = try cursor.string()
    if let number = Int(text.trimmed), number > 0, number < 1 << 40 { return number * plain }
    if let estimate = Quantity.estimate(text), let value = estimate.maximum, value > 0, estimate.minimum == value {
      return value
    }
    throw cursor.failure("\(cursor.described) should be a duration such as 90s, 15m, 2h or 90 days, not `\(text)`.")
  }

  private static func bytes(_ cursor: YAMLCursor) throws -> Int {
    let text = try cursor.string()
    guard let value = ByteSize.parse(text) else {
      throw cursor.failure("\(cursor.described) should be a size such as 512MiB, 1GiB or 200MB, not `\(text)`.")
    }
    return value
  }
}

/// Sizes as people write them.
enum ByteSize {
  static func parse(_ text: String) -> Int? {
    let trimmed = text.trimmed
    let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }
    let unit = trimmed.dropFirst(digits.count).trimmed.lowercased()
    let factors: [String: Double] = [
      "": 1, "b": 1, "bytes": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1024, "mib": 1_048_576,
      "gib": 1_073_741_824,
      "tib": 1_099_511_627_776, "k": 1024, "m": 1_048_576, "g": 1_073_741_824,
    ]
    guard let number = Double(digits.filter { $0 != "_" }), let factor = factors[unit], number >= 0 else { return nil }
    let value = number * factor
    return value < 9e18 ? Int(value) : nil
  }
}

/// Whether a connection's text brings its own password.
enum ConnectionText {
  static func hasPassword(_ text: String) -> Bool {
    if let components = URLComponents(string: text), components.scheme != nil {
      if components.password?.isEmpty == false { return true }
      return components.queryItems?.contains { $0.name == "password" } ?? false
    }
    return text.split(separator: " ").contains { $0.lowercased().hasPrefix("password=") }
  }
}
