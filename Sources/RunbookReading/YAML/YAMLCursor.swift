import Runbook
import Yams

/// What is wrong with a YAML document, and on which line.
struct YAMLProblem: Error, Hashable {
  var line: Int
  var message: String
}

/// A node of a YAML document, on the way to a value. Every failure names the line and what was expected.
struct YAMLCursor {
  let node: Node
  /// For messages: `runbooks.ROLLBACK.md.steps`.
  let path: String

  var line: Int { node.mark?.line ?? 1 }

  func failure(_ message: String) -> YAMLProblem { YAMLProblem(line: line, message: message) }

  /// Parses `text` within bounds. An empty document is an empty mapping.
  static func root(of text: String) throws -> YAMLCursor {
    try YAMLBounds.check(text)
    let composed: Node?
    do {
      composed = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw YAMLBounds.problem(error)
    }
    let cursor = YAMLCursor(node: composed ?? Node([(Node, Node)]()), path: "")
    var budget = YAMLBounds.maximumNodes
    try YAMLBounds.count(cursor.node, depth: 0, budget: &budget)
    return cursor
  }

  var isNull: Bool { node.null != nil && node.scalar?.style == .plain }

  func entries() throws -> [(key: String, keyLine: Int, value: YAMLCursor)] {
    guard let mapping = node.mapping else {
      if isNull { return [] }
      throw failure("\(described) should be a mapping of names to values.")
    }
    var result: [(String, Int, YAMLCursor)] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        throw YAMLProblem(line: key.mark?.line ?? line, message: "A name in \(described) should be plain text.")
      }
      result.append(
        (name, key.mark?.line ?? line, YAMLCursor(node: value, path: path.isEmpty ? name : "\(path).\(name)")))
    }
    return result
  }

  /// The entries by name, where every name is one of `allowed`.
  /// - Parameter place: where another name belongs, if it is known elsewhere.
  func record(_ allowed: [String], place: (String) -> String? = { _ in nil }) throws -> [String: YAMLCursor] {
    var result: [String: YAMLCursor] = [:]
    for (key, line, value) in try entries() {
      guard allowed.contains(key) else {
        let nearest = EditDistance.nearest(key, among: allowed)
        let hint =
          place(key).map { "It stands under \($0)." } ?? nearest.map { "Did you mean `\($0)`?" }
          ?? "Known here: \(allowed.sorted().joined(separator: ", "))."
        throw YAMLProblem(line: line, message: "Unknown key `\(key)` in \(described). \(hint)")
      }
      result[key] = value
    }
    return result
  }

  func string() throws -> String {
    guard let scalar = node.scalar else { throw failure("\(described) should be text.") }
    return scalar.string
  }

  func list() throws -> [YAMLCursor] {
    guard let sequence = node.sequence else {
      if isNull { return [] }
      throw failure("\(described) should be a list.")
    }
    return sequence.enumerated().map { YAMLCursor(node: $0.element, path: "\(path)[\($0.offset)]") }
  }

  /// A list of texts; one text alone is a list of one.
  func strings() throws -> [String] {
    if let scalar = node.scalar, !isNull { return [scalar.string] }
    return try list().map { try $0.string() }
  }

  func integer() throws -> Int {
    guard let value = node.int else { throw failure("\(described) should be a whole number, not `\(shown)`.") }
    return value
  }

  func boolean() throws -> Bool {
    guard let value = node.bool else { throw failure("\(described) should be true or false, not `\(shown)`.") }
    return value
  }

  func number() throws -> Double {
    if let value = node.float { return value }
    if let value = node.int { return Double(value) }
    throw failure("\(described) should be a number, not `\(shown)`.")
  }

  var shown: String { node.scalar?.string ?? (node.mapping != nil ? "a mapping" : "a list") }
  var described: String { path.isEmpty ? "the document" : "`\(path)`" }

  /// Any JSON value, with YAML's own reading of plain scalars.
  func json() -> JSONValue {
    if let mapping = node.mapping {
      var members: [String: JSONValue] = [:]
      for (key, value) in mapping { members[key.scalar?.string ?? ""] = YAMLCursor(node: value, path: path).json() }
      return .object(members)
    }
    if let sequence = node.sequence { return .array(sequence.map { YAMLCursor(node: $0, path: path).json() }) }
    guard let scalar = node.scalar else { return .null }
    if scalar.style == .plain || scalar.style == .any {
      if node.null != nil { return .null }
      if let value = node.int { return .integer(value) }
      if let value = node.bool { return .bool(value) }
      if let value = node.float { return .number(value) }
    }
    return .string(scalar.string)
  }
}

/// Keeps hostile YAML from growing past what its text is worth.
enum YAMLBounds {
  static let maximumBytes = 32 << 20
  static let maximumNodes = 500_000
  static let maximumDepth = 64

  /// What the parser itself would recurse on is looked at beforehand.
  static func check(_ text: String) throws {
    guard text.utf8.count <= maximumBytes else {
      throw YAMLProblem(
        line: 1, message: "The document has \(text.utf8.count) bytes; the reader takes \(maximumBytes).")
    }
    var known = YAMLBlockText()
    var open = 0
    for (index, line) in Array(text.utf8).split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let kind = known.take(line)
      if kind == .literal { continue }
      let lead = line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "?") }
      let indent = lead.count { $0 == UInt8(ascii: " ") }
      if kind == .unknown {
        for byte in line {
          switch byte {
          case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
          case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
          default: break
          }
          if open > 2_000 { break }
        }
      }
      // Text in a value may hold some brackets that nothing closes, but not so many.
      if open > 2_000 || lead.count - indent > 4 * maximumDepth || indent > 4_000 {
        throw YAMLProblem(line: index + 1, message: "The document is nested deeper than \(maximumDepth) levels.")
      }
    }
  }

  /// An alias stands for a whole tree: nodes are counted as often as they are reached.
  static func count(_ node: Node, depth: Int, budget: inout Int) throws {
    budget -= 1
    let line = node.mark?.line ?? 1
    if budget < 0 {
      throw YAMLProblem(
        line: line,
        message: "The document has more than \(maximumNodes) values, its aliases counted where they are used.")
    }
    if depth > maximumDepth {
      throw YAMLProblem(line: line, message: "The document is nested deeper than \(maximumDepth) levels.")
    }
    if let mapping = node.mapping {
      for (key, value) in mapping {
        try count(key, depth: depth + 1, budget: &budget)
        try count(value, depth: depth + 1, budget: &budget)
      }
    } else if let sequence = node.sequence {
      for item in sequence { try count(item, depth: depth + 1, budget: &budget) }
    }
  }

  static func problem(_ error: YamlError) -> YAMLProblem {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return YAMLProblem(line: mark.line, message: "This is not YAML: \(problem).")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let names = duplicates.map { "`\($0)`" }.joined(separator: ", ")
      return YAMLProblem(line: context.mark.line, message: "The key \(names) stands here twice.")
    default: return YAMLProblem(line: 1, message: "This is not YAML.")
    }
  }
}

/// How many single letters two words differ by.
package enum EditDistance {
  static func nearest(_ word: String, among candidates: [String]) -> String? {
    nearest(word, among: candidates, atMost: 1).first
  }

  /// The best first; none that has little in common with `word`.
  package static func nearest(_ word: String, among candidates: [String], atMost count: Int) -> [String] {
    let scored = candidates.map { ($0, between(word.lowercased(), $0.lowercased())) }
    return scored.filter { $0.1 <= max(2, word.count / 2) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(count).map(
      \.0)
  }

  static func between(_ left: String, _ right: String) -> Int {
    let a = Array(left.prefix(64))
    let b = Array(right.prefix(64))
    var previous = Array(0...b.count)
    for (i, character) in a.enumerated() {
      var current = [i + 1]
      for (j, other) in b.enumerated() {
        current.append(min(previous[j] + (character == other ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
      }
      previous = current
    }
    return previous[b.count]
  }
}
