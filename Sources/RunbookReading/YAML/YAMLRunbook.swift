import Foundation
import Runbook
import Yams

/// A runbook as YAML that says everything explicitly. Printing and reading back gives the equal `Runbook`.
public enum YAMLRunbook {
  /// Prints a reading. Throws `EncodingError` where a value cannot be encoded, which no reading's can.
  public static func text(of runbook: Runbook) throws -> String {
    let value = try JSONValue(encoding: runbook)
    let node = YAMLForm.node(of: value, shape: RunbookShape.runbook)
    return try Yams.serialize(node: node, width: -1, allowUnicode: true)
  }

  /// Reads what `text(of:)` prints. Throws `ReadingError.yaml` with the line.
  public static func runbook(from text: String, named name: String) throws -> Runbook {
    do {
      let root = try YAMLCursor.root(of: text)
      let value = try YAMLForm.value(of: root, shape: RunbookShape.runbook)
      return try value.decoded()
    } catch let problem as YAMLProblem {
      throw ReadingError.yaml(name: name, line: problem.line, message: problem.message)
    } catch let DecodingError.dataCorrupted(context) {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw ReadingError.yaml(name: name, line: 1, message: "`\(path)` has a value that is not known there.")
    }
  }

  /// By the name's ending, else by the first key: Markdown does not begin with `title:` and `procedures:` lines.
  static func isYAML(_ text: String, named name: String) -> Bool {
    let lower = name.lowercased()
    if lower.hasSuffix(".yaml") || lower.hasSuffix(".yml") { return true }
    if lower.hasSuffix(".md") || lower.hasSuffix(".markdown") || lower.hasSuffix(".mdx") { return false }
    let lines = text.split(separator: "\n", maxSplits: 40, omittingEmptySubsequences: true).prefix(40)
    guard let first = lines.first(where: { !$0.hasPrefix("#") && !$0.hasPrefix("---") }) else { return false }
    return first.hasPrefix("title:") && lines.contains { $0.hasPrefix("procedures:") }
  }
}

/// Between YAML nodes and the JSON form of Swift's own coding.
enum YAMLForm {
  static func node(of value: JSONValue, shape: YAMLShape) -> Node {
    switch (shape, value) {
    case (_, .null): return Node("null", Tag(.null))
    case (.record(let fields), .object(let members)):
      var pairs: [(Node, Node)] = []
      for field in fields {
        guard let member = members[field.name] ?? (field.standard == nil ? .null : nil), member != field.standard else {
          continue
        }
        pairs.append((scalar(field.name), node(of: member, shape: field.shape)))
      }
      return Node(pairs)
    case (.oneOf(let cases), .object(let members)):
      guard let (name, payload) = members.first, let inner = cases[name] else { return Node([(Node, Node)]()) }
      return Node([(scalar(name), node(of: isLabelled(name) ? payload : payload["_0"] ?? payload, shape: inner))])
    case (.map(let inner), .object(let members)):
      return Node(members.sorted { $0.key < $1.key }.map { (scalar($0.key), node(of: $0.value, shape: inner)) })
    case (.list(let inner), .array(let items)):
      return Node(items.map { node(of: $0, shape: inner) })
    case (.json, .object(let members)):
      return Node(members.sorted { $0.key < $1.key }.map { (scalar($0.key), node(of: $0.value, shape: .json)) })
    case (.json, .array(let items)): return Node(items.map { node(of: $0, shape: .json) })
    case (_, .string(let text)): return scalar(text)
    case (_, .integer(let number)): return Node(String(number), Tag(.int))
    case (_, .number(let number)): return Node(String(number), Tag(.float))
    case (_, .bool(let flag)): return Node(flag ? "true" : "false", Tag(.bool))
    default: return Node([(Node, Node)]())
    }
  }

  /// Text that reads back as the same text: quoted where it could be taken for something else.
  private static func scalar(_ text: String) -> Node {
    // The parser takes a byte order mark off the beginning of every scalar: one of two is left.
    let text = text.unicodeScalars.first == "\u{FEFF}" ? "\u{FEFF}" + text : text
    let plain = Node.Scalar(text, Tag(.str), .plain)
    let isMultiline = text.contains { $0.isNewline }
    // A literal block cannot begin with a blank, nor hold a tab or a carriage return safely.
    let isBlock =
      isMultiline && !(text.first?.isWhitespace ?? true) && !text.contains { $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
      && !text.contains(" \n")
      && text.unicodeScalars.allSatisfy {
        $0 == "\n" || ($0.value >= 32 && $0.value < 0x7F)
          || ($0.value > 0xA0 && $0.value < 0xD800 && $0.value != 0x2028 && $0.value != 0x2029)
      }
    if isBlock { return .scalar(Node.Scalar(text, Tag(.str), .literal)) }
    let needsQuotes =
      isMultiline || text.isEmpty || text != text.trimmed
      || Resolver.default.resolveTag(of: .scalar(.init(text, Tag(.implicit), .plain))) != .str
    return .scalar(needsQuotes ? Node.Scalar(text, Tag(.str), .doubleQuoted) : plain)
  }

  static func value(of cursor: YAMLCursor, shape: YAMLShape) throws -> JSONValue {
    switch shape {
    case .string: return .string(try cursor.string())
    case .integer: return .integer(try cursor.integer())
    case .number: return .number(try cursor.number())
    case .boolean: return .bool(try cursor.boolean())
    case .json: return cursor.json()
    case .list(let inner): return .array(try cursor.list().map { try value(of: $0, shape: inner) })
    case .map(let inner):
      var members: [String: JSONValue] = [:]
      for (key, _, entry) in try cursor.entries() { members[key] = try value(of: entry, shape: inner) }
      return .object(members)
    case .record(let fields):
      let entries = try cursor.record(fields.map(\.name))
      var members: [String: JSONValue] = [:]
      for field in fields {
        if let entry = entries[field.name] {
          members[field.name] =
            entry.isNull && field.standard == .null ? .null : try value(of: entry, shape: field.shape)
        } else if let standard = field.standard {
          members[field.name] = standard
        } else {
          throw cursor.failure("\(cursor.described) lacks `\(field.name)`.")
        }
      }
      return .object(members)
    case .oneOf(let cases):
      // `place: here` for `place: { here: {} }`.
      if let name = cursor.node.scalar?.string, let inner = cases[name], case .record(let fields) = inner,
        fields.isEmpty
      {
        return .object([name: [:]])
      }
      let entries = try cursor.record(Array(cases.keys))
      guard entries.count == 1, let (name, entry) = entries.first, let inner = cases[name] else {
        throw cursor.failure("\(cursor.described) should be one of: \(cases.keys.sorted().joined(separator: ", ")).")
      }
      let payload = try value(of: entry, shape: inner)
      return .object([name: isLabelled(name) ? payload : .object(["_0": payload])])
    }
  }

  /// Cases whose values Swift codes by label, not as `_0`.
  private static func isLabelled(_ name: String) -> Bool {
    ["here", "sudo", "ssh", "container", "pod", "nested", "code", "output"].contains(name)
  }
}
