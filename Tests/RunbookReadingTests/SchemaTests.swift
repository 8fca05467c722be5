import Foundation
import Runbook
import Testing

@testable import RunbookReading

/// `docs/schemas/` is what editors complete from: it has the keys that the readers have, and no others.
@Suite struct SchemaTests {
  static func schema(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: String(contentsOf: Package.url("docs/schemas/\(name).schema.json"), encoding: .utf8))
  }

  // MARK: backout.yaml

  /// Where the schema describes a mapping with fixed keys, and the keys that the reader takes there.
  static let records: [(path: String, keys: [String])] = [
    ("", BindingsReader.fileKeys), ("definitions.runbook", BindingsReader.runbookKeys),
    ("definitions.parameter", BindingsReader.parameterKeys), ("definitions.connection", BindingsReader.connectionKeys),
    ("definitions.step", BindingsReader.stepKeys), ("definitions.check", BindingsReader.checkKeys),
    ("definitions.expectation", BindingsReader.expectationKeys), ("definitions.layer", BindingsReader.layerKeys),
    ("definitions.migrations", BindingsReader.migrationKeys),
    ("definitions.person", BindingsReader.personKeys), ("definitions.settings", BindingsReader.settingKeys),
    ("definitions.settings.properties.keep", BindingsReader.limitKeys),
    ("definitions.settings.properties.output", BindingsReader.limitKeys),
  ]

  @Test func theBindingsHaveTheReadersKeys() throws {
    let schema = try Self.schema("backout")
    for record in Self.records {
      let found = try #require(record.path.isEmpty ? schema : schema.member(at: record.path), "\(record.path)")
      #expect(found["properties"]?.keys == Set(record.keys), "\(record.path)")
      #expect(found["additionalProperties"] == false, "\(record.path) takes any key")
    }
    let described = Set(Self.records.compactMap { $0.path.split(separator: ".").dropFirst().first.map(String.init) })
    #expect(schema["definitions"]?.keys == described, "a definition that nothing is compared with")
  }

  @Test(arguments: ["backout", "runbook"]) func everyKeyIsDescribed(_ name: String) throws {
    func walk(_ value: JSONValue, _ path: String) {
      switch value {
      case .object(let members):
        if case .object(let properties)? = members["properties"] {
          for (key, property) in properties {
            guard case .string(let text)? = property["description"], text.hasSuffix(".") else {
              Issue.record("\(path).\(key) has no description that is a sentence")
              continue
            }
          }
        }
        for (key, member) in members { walk(member, "\(path).\(key)") }
      case .array(let items): for item in items { walk(item, path) }
      default: break
      }
    }
    walk(try Self.schema(name), name)
  }

  // MARK: Runbooks in YAML

  @Test func theRunbookHasTheReadersShape() throws {
    let schema = try Self.schema("runbook")
    SchemaComparison(schema: schema).compare(RunbookShape.runbook, schema, at: "runbook")
  }

  static let words: [(path: String, values: [String])] = [
    ("command.properties.context", ParsedCommand.Context.allCases.map(\.rawValue)),
    ("expectation.properties.comparison", Comparison.allCases.map(\.rawValue)),
    ("trigger.properties.comparison", Comparison.allCases.map(\.rawValue)),
    ("criterion.properties.comparison", Comparison.allCases.map(\.rawValue)),
    ("criterion.properties.kind", Criterion.Kind.allCases.map(\.rawValue)),
    ("check.properties.role", Check.Role.allCases.map(\.rawValue)),
    ("step.properties.kind", Step.Kind.allCases.map(\.rawValue)),
    ("step.properties.role", Step.Role.allCases.map(\.rawValue)),
    ("stage.properties.risk", Risk.allCases.map(\.rawValue)),
    ("procedure.properties.risk", Risk.allCases.map(\.rawValue)),
    ("placeholder.properties.form", Placeholder.Form.allCases.map(\.rawValue)),
    ("fact.properties.kind", Fact.Kind.allCases.map(\.rawValue)),
    ("notRun.properties.reason", NotRun.Reason.allCases.map(\.rawValue)),
  ]

  @Test func theRunbookHasTheReadersWords() throws {
    let schema = try Self.schema("runbook")
    for word in Self.words {
      guard case .array(let values)? = schema.member(at: "definitions.\(word.path).enum") else {
        Issue.record("\(word.path) lists no words")
        continue
      }
      #expect(Set(values).subtracting([.null]) == Set(word.values.map(JSONValue.string)), "\(word.path)")
    }
  }

  // MARK: Documents

  @Test(.enabled(if: SchemaValidator.isAvailable, "python3 has no jsonschema; script/setup installs it"))
  func everyBindingsFileIsValid() throws {
    var files = [Package.url("docs/backout.yaml")]
    let found = FileManager.default.enumerator(at: Package.url("Examples"), includingPropertiesForKeys: nil)
    while let url = found?.nextObject() as? URL {
      if url.pathExtension == "yaml" { files.append(url) }
    }
    files += try FileManager.default.contentsOfDirectory(
      at: Package.url("Sources/Layers/Declared/Tools"), includingPropertiesForKeys: nil)
    #expect(files.count >= 10)
    var documents: [String: JSONValue] = [:]
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      _ = try BindingsReader.read(text, named: file.lastPathComponent)
      documents[file.path] = try YAMLCursor.root(of: text).json()
    }
    // What `init` writes: its holes are comments, so that only their parents are left, with nothing in them.
    let book = try RunbookReader().read(
      Data(contentsOf: Package.url("Examples/call-sid-webhook/ROLLBACK.md")), named: "ROLLBACK.md")
    documents["init"] = try YAMLCursor.root(of: BindingsTemplate(book).text(service: "agy-backend")).json()
    #expect(try SchemaValidator.errors(in: documents, by: Self.schema("backout")) == [:])
  }

  @Test(.enabled(if: SchemaValidator.isAvailable, "python3 has no jsonschema; script/setup installs it"))
  func everyConvertedRunbookIsValid() throws {
    var documents: [String: JSONValue] = [:]
    // Every document would take minutes on a busy machine; all of them were valid when this was written.
    let corpus = SharedDocuments.corpus.enumerated().filter { $0.offset % 8 == 0 }.map(\.element)
    for file in [Package.url("Examples/call-sid-webhook/ROLLBACK.md")] + SharedDocuments.seeds.prefix(2) + corpus {
      let book = try RunbookReader().read(Data(contentsOf: file), named: file.lastPathComponent)
      documents[file.lastPathComponent] = try YAMLCursor.root(of: YAMLRunbook.text(of: book)).json()
    }
    #expect(try SchemaValidator.errors(in: documents, by: Self.schema("runbook")) == [:])
  }

  /// A schema that takes everything would pass all of the above.
  static let wrong = [
    "servce: shop", "runbooks: { R.md: { parameter: {} } }", "runbooks: { R.md: { parameters: { key: { is: x } } } }",
    "runbooks: { R.md: { parameters: { key: { from: a, value: b } } } }",
    "runbooks: { R.md: { parameters: { key: { secret: hunter2 } } } }",
    "runbooks: { R.md: { parameters: { key: { secret: 'env:' } } } }",
    "runbooks: { R.md: { parameters: { key: [a] } } }", "runbooks: { R.md: { connections: { a: { mysql: x } } } }",
    "runbooks: { R.md: { connections: { a: {} } } }", "runbooks: { R.md: { steps: { a: { guard: { expect: 0 } } } } }",
    "runbooks: { R.md: { steps: { a: { guard: { sql: a, run: b } } } } }",
    "runbooks: { R.md: { steps: { a: { guard: { sql: a, method: GET } } } } }",
    "runbooks: { R.md: { steps: { a: { guard: { run: a, connection: b } } } } }",
    "runbooks: { R.md: { steps: { a: { verify: { run: a, expect: { '<': 1, '>': 2 } } } } } }",
    "runbooks: { R.md: { steps: { a: { verify: { run: a, expect: { exit: none } } } } } }",
    "runbooks: { R.md: { steps: { a: { verify: { run: a, expect: { exits: 1 } } } } } }",
    "runbooks: { R.md: { steps: { a: { repeatable: maybe } } } }", "runbooks: { R.md: { steps: [a] } }",
    "layers: { flag: { observe: a } }", "layers: { flag: { match: a } }",
    "layers: { flag: { match: a, observe: b, x: c } }", "layers: { flag: { match: a, file: b } }",
    "layers: { flag: { match: [{ a: b }], observe: b } }", "layers: { flag: { match: a, observe: b, wanted: [c] } }",
    "layers: { m: { schema: { current: a, list: b, down: c } } }",
    "layers: { m: { match: a, schema: { current: a, list: b, down: c, up: d } } }",
    "layers: { m: { schema: { current: a, list: b, down: c, up: d, undo: e } } }",
    "people: { lead: { mail: a } }", "settings: { keep: { maximum: 1GiB } }", "settings: { keep: { max: much } }",
    "settings: { timeouts: 5m }", "settings: { timeout: 0 }",
  ]

  @Test(.enabled(if: SchemaValidator.isAvailable, "python3 has no jsonschema; script/setup installs it"))
  func whatTheReaderRefusesTheSchemaRefuses() throws {
    var documents: [String: JSONValue] = [:]
    for text in Self.wrong {
      #expect(throws: BindingsError.self, "\(text)") { try BindingsReader.read(text) }
      documents[text] = try YAMLCursor.root(of: text).json()
    }
    let errors = try SchemaValidator.errors(in: documents, by: Self.schema("backout"))
    #expect(Set(Self.wrong).subtracting(errors.keys) == [])
  }
}

/// Files of the package.
enum Package {
  static func url(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: path)
  }
}

extension JSONValue {
  fileprivate var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
  fileprivate var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}

/// Walks a shape of the reader and a schema, side by side.
private struct SchemaComparison {
  let schema: JSONValue

  /// What a `$ref` names; of `anyOf`, what is not null.
  private func resolved(_ value: JSONValue) -> JSONValue {
    if case .string(let reference)? = value["$ref"] {
      let path = reference.split(separator: "/").dropFirst().joined(separator: ".")
      return schema.member(at: path).map(resolved) ?? .null
    }
    return value["anyOf"]?.items.first { $0["type"] != "null" }.map(resolved) ?? value
  }

  private func takes(_ type: String, _ value: JSONValue) -> Bool {
    value["type"] == .string(type) || value["type"]?.items.contains(.string(type)) == true
  }

  private func takesNull(_ value: JSONValue) -> Bool {
    takes("null", value) || value["enum"]?.items.contains(.null) == true
      || value["anyOf"]?.items.contains(["type": "null"]) == true
  }

  func compare(_ shape: YAMLShape, _ unresolved: JSONValue, at path: String) {
    let value = resolved(unresolved)
    switch shape {
    case .string: #expect(takes("string", value) || value["enum"] != nil, "\(path)")
    case .integer: #expect(takes("integer", value), "\(path)")
    case .number: #expect(takes("number", value), "\(path)")
    case .boolean: #expect(takes("boolean", value), "\(path)")
    case .json: #expect(value["type"]?.items.count == 6, "\(path)")
    case .list(let inner):
      #expect(takes("array", value), "\(path)")
      compare(inner, value["items"] ?? .null, at: path + "[]")
    case .map(let inner):
      #expect(takes("object", value), "\(path)")
      compare(inner, value["additionalProperties"] ?? .null, at: path + ".*")
    case .record(let fields):
      #expect(value["properties"]?.keys == Set(fields.map(\.name)), "\(path)")
      #expect(value["additionalProperties"] == false, "\(path) takes any key")
      let required = fields.filter { $0.standard == nil }.map { JSONValue.string($0.name) }
      #expect(Set(value["required"]?.items ?? []) == Set(required), "\(path)")
      for field in fields {
        guard let property = value["properties"]?[field.name] else { continue }
        if let standard = field.standard {
          if standard == .null {
            #expect(takesNull(property), "\(path).\(field.name) may be null")
          } else {
            #expect(property["default"] == standard, "\(path).\(field.name)")
          }
        }
        compare(field.shape, property, at: "\(path).\(field.name)")
      }
    case .oneOf(let cases):
      // A place within a place has the same shape again.
      guard !path.hasSuffix(".nested.outer"), !path.hasSuffix(".nested.inner") else { return }
      #expect(value["properties"]?.keys == Set(cases.keys), "\(path)")
      #expect(value["minProperties"] == 1 && value["maxProperties"] == 1, "\(path)")
      for (name, inner) in cases { compare(inner, value["properties"]?[name] ?? .null, at: "\(path).\(name)") }
    }
  }
}

/// Python's `jsonschema`, where it is installed.
private enum SchemaValidator {
  static let isAvailable: Bool = (try? python("import jsonschema", input: Data()))?.status == 0

  /// Of each invalid document, what is wrong with it.
  static func errors(in documents: [String: JSONValue], by schema: JSONValue) throws -> [String: [String]] {
    let program = """
      import json, sys, jsonschema
      given = json.load(sys.stdin)
      jsonschema.Draft7Validator.check_schema(given["schema"])
      validator = jsonschema.Draft7Validator(given["schema"])
      found = {name: ["/".join(map(str, error.absolute_path)) + ": " + error.message[:300]
                      for error in validator.iter_errors(document)]
               for name, document in given["documents"].items()}
      json.dump({name: errors for name, errors in found.items() if errors}, sys.stdout)
      """
    let input = try JSONEncoder().encode(JSONValue.object(["schema": schema, "documents": .object(documents)]))
    let ran = try python(program, input: input)
    try #require(ran.status == 0, "python3 ended with \(ran.status)")
    return try JSONDecoder().decode([String: [String]].self, from: ran.output)
  }

  private static func python(_ program: String, input: Data) throws -> (status: Int32, output: Data) {
    let file = FileManager.default.temporaryDirectory.appending(path: "backout-schema-\(UUID().uuidString).json")
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, data)
  }
}
