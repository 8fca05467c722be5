import Runbook

/// How the values of a runbook stand in its YAML form: names, order, and what is left out where it says nothing.
///
/// One table serves the printer, the parser and the message that names a misspelt key.
indirect enum YAMLShape: Sendable {
  case string, integer, number, boolean, json
  case list(YAMLShape)
  case map(YAMLShape)
  case record([Field])
  /// The case's name and its payload: `{ sql: … }` for Swift's `{"sql": {"_0": …}}`.
  case oneOf([String: YAMLShape])

  struct Field: Sendable {
    var name: String
    var shape: YAMLShape
    /// Left out where it has this value. Nil: it must be there.
    var standard: JSONValue?

    init(_ name: String, _ shape: YAMLShape, _ standard: JSONValue? = nil) {
      self.name = name
      self.shape = shape
      self.standard = standard
    }
  }
}

enum RunbookShape {
  static let estimate = YAMLShape.record([
    .init("minimum", .integer, .null), .init("maximum", .integer, .null), .init("text", .string),
  ])

  static let word = YAMLShape.record([
    .init("text", .string), .init("value", .string, .null), .init("variables", .list(.string), []),
    .init("hasCommandSubstitution", .boolean, false), .init("hasGlob", .boolean, false),
  ])

  static let place: YAMLShape = place(depth: 6)
  private static func place(depth: Int) -> YAMLShape {
    var cases: [String: YAMLShape] = [
      "here": .record([]), "sudo": .record([.init("user", .string, .null)]),
      "ssh": .record([.init("host", .string), .init("options", .list(.string), [])]),
      "container": .record([.init("name", .string), .init("prefix", .list(.string))]),
      "pod": .record([.init("name", .string), .init("prefix", .list(.string))]),
    ]
    if depth > 0 {
      let inner = place(depth: depth - 1)
      cases["nested"] = .record([.init("outer", inner), .init("inner", inner)])
    }
    return .oneOf(cases)
  }

  static let command = YAMLShape.record([
    .init("line", .integer, 1), .init("context", .string, "alone"),
    .init(
      "feed",
      .record([.init("words", .list(word)), .init("input", word, .null), .init("place", place, ["here": [:]])]), .null),
    .init("background", .boolean, false),
    .init("place", place, ["here": [:]]),
    .init("assignments", .list(.record([.init("name", .string), .init("value", word)])), []),
    .init("words", .list(word)),
    .init(
      "redirections",
      .list(
        .record([
          .init("descriptor", .integer, .null), .init("operator", .string), .init("target", word),
          .init("body", .string, .null), .init("place", place, .null),
        ])), []),
  ])

  static let sql = YAMLShape.record([.init("text", .string), .init("connection", .string, "default")])

  static let action = YAMLShape.oneOf([
    "shell": .record([
      .init("text", .string), .init("isOpaque", .boolean, false), .init("commands", .list(command), []),
    ]),
    "sql": sql,
    "config": .record([
      .init("file", .string, .null), .init("text", .string),
      .init("settings", .list(.record([.init("name", .string), .init("value", .string), .init("line", .integer)]))),
    ]),
    "file": .record([.init("path", .string, .null), .init("contents", .string)]),
    "code": .record([.init("language", .string), .init("text", .string)]), "manual": .string, "confirm": .string,
  ])

  static let expectation = YAMLShape.record([
    .init("equals", .json, .null), .init("contains", .list(.string), []), .init("exitStatus", .integer, .null),
    .init("httpStatus", .integer, .null), .init("json", .map(.json), [:]), .init("comparison", .string, .null),
    .init("bound", .number, .null), .init("prose", .string, .null),
  ])

  static let check = YAMLShape.record([
    .init("line", .integer, 0), .init("role", .string),
    .init(
      "question",
      .oneOf([
        "confirmation": .string, "command": .string, "sql": sql, "output": .record([]),
        "http": .record([
          .init("method", .string, "GET"), .init("url", .string), .init("headers", .map(.string), [:]),
          .init("body", .string, .null),
        ]),
      ])), .init("expectation", expectation, nil),
  ])

  static let step = YAMLShape.record([
    .init("id", .string), .init("line", .integer), .init("endLine", .integer), .init("title", .string),
    .init("kind", .string),
    .init("role", .string), .init("action", action), .init("place", place, ["here": [:]]),
    .init("optional", .boolean, false),
    .init("choice", .record([.init("choice", .string), .init("option", .string)]), .null),
    .init("interactive", .boolean, false), .init("destructive", .boolean, false),
    .init("expectations", .list(check), []),
    .init("attributes", .map(.string), [:]),
  ])

  static let stage = YAMLShape.record([
    .init("id", .string), .init("title", .string), .init("line", .integer), .init("risk", .string, .null),
    .init("estimate", estimate, .null), .init("optional", .boolean, false), .init("warnings", .list(.string), []),
    .init("guardCandidates", .list(.record([.init("line", .integer), .init("text", .string)])), []),
    .init(
      "choices",
      .list(
        .record([
          .init("id", .string), .init("line", .integer), .init("question", .string),
          .init("options", .list(.record([.init("id", .string), .init("title", .string), .init("line", .integer)]))),
        ])), []), .init("steps", .list(step), []),
  ])

  static let bounded: [YAMLShape.Field] = [
    .init("quantity", .string, .null), .init("comparison", .string, .null), .init("bound", .number, .null),
    .init("unit", .string, .null),
  ]

  static let runbook = YAMLShape.record([
    .init("title", .string), .init("source", .string),
    .init(
      "procedures",
      .list(
        .record([
          .init("id", .string), .init("title", .string), .init("line", .integer), .init("risk", .string, .null),
          .init("estimate", estimate, .null), .init("symptoms", .list(.string), []), .init("stages", .list(stage), []),
        ])), []),
    .init(
      "triggers",
      .list(.record([.init("line", .integer), .init("text", .string)] + bounded + [.init("window", .integer, .null)])),
      []),
    .init(
      "decisionMatrix",
      .list(
        .record([
          .init("line", .integer), .init("issue", .string, .null), .init("severity", .string, .null),
          .init("action", .string),
          .init("within", .integer, .null), .init("approval", .string, .null), .init("alternative", .string, .null),
        ])), []),
    .init(
      "contacts",
      .list(
        .record([
          .init("line", .integer), .init("role", .string), .init("detail", .string, .null),
          .init("escalation", .integer, .null),
        ])), []),
    .init(
      "criteria",
      .list(
        .record(
          [.init("line", .integer), .init("kind", .string, "criterion"), .init("text", .string)] + bounded
            + [.init("duration", estimate, .null)])), []),
    .init(
      "placeholders",
      .list(
        .record([
          .init("name", .string), .init("spelling", .string), .init("form", .string),
          .init("lines", .list(.integer), []),
          .init("required", .boolean, false),
        ])), []),
    .init("facts", .list(.record([.init("line", .integer), .init("kind", .string), .init("text", .string)])), []),
    .init("notRun", .list(.record([.init("line", .integer), .init("reason", .string), .init("text", .string)])), []),
    .init("reportTemplate", .string, .null), .init("frontMatter", .string, .null),
  ])
}
