import Runbook
import Yams

/// A JSON or YAML document whose single values can be read, and replaced with everything around them left as it is.
package struct FieldDocument: Sendable {
  /// The text is not of its form. Says where.
  package struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
  }

  package let text: String
  package let value: JSONValue
  private let isJSON: Bool

  /// Throws `Unreadable`.
  package init(_ text: String, isJSON: Bool) throws(Unreadable) {
    self.text = text
    self.isJSON = isJSON
    if isJSON {
      guard let value = try? JSONValue(parsing: text) else { throw Unreadable(description: "it is not JSON") }
      self.value = value
      return
    }
    do {
      value = try YAMLCursor.root(of: text).json()
    } catch let problem as YAMLProblem {
      throw Unreadable(description: "line \(problem.line): \(problem.message)")
    } catch {
      throw Unreadable(description: "it is not YAML")
    }
  }

  /// Dotted path → value, for each scalar at or under `fields`. What is not there is left out.
  package func leaves(of fields: [String]) -> [String: JSONValue] { Self.leaves(of: fields, in: value) }

  package static func leaves(of fields: [String], in value: JSONValue) -> [String: JSONValue] {
    var found: [String: JSONValue] = [:]
    func add(_ value: JSONValue, at path: String) {
      switch value {
      case .object(let members) where !members.isEmpty:
        for (key, member) in members { add(member, at: "\(path).\(key)") }
      case .array(let items) where !items.isEmpty:
        for (index, item) in items.enumerated() { add(item, at: "\(path).\(index)") }
      default: found[path] = value
      }
    }
    for field in fields { if let member = value.member(at: field) { add(member, at: field) } }
    return found
  }

  /// This document with the scalar at `path` as it is written in `other`. Nil where one of them has none there, or where
  /// more than that would change.
  package func replacing(_ path: String, from other: FieldDocument) -> FieldDocument? {
    guard let mine = range(of: path), let theirs = other.range(of: path), let wanted = other.value.member(at: path),
      let expected = value.setting(wanted, at: path.split(separator: ".")[...]),
      let result = try? FieldDocument(
        String(text[..<mine.lowerBound] + other.text[theirs] + text[mine.upperBound...]), isJSON: isJSON),
      result.value == expected
    else { return nil }
    return result
  }

  /// Where the scalar at `path` stands. JSON is YAML, so that one parser tells the places in both.
  private func range(of path: String) -> Range<String.Index>? {
    guard let root = try? YAMLCursor.root(of: text).node, let node = Self.node(at: path, under: root),
      let scalar = node.scalar, let mark = node.mark, let start = index(line: mark.line, column: mark.column)
    else { return nil }
    let rest = text[start...]
    switch scalar.style {
    case .singleQuoted, .doubleQuoted: return rest.first.flatMap { Self.end(of: rest, quote: $0) }.map { start..<$0 }
    case .plain, .any:
      guard rest.hasPrefix(scalar.string) else { return nil }
      return start..<text.index(start, offsetBy: scalar.string.count)
    default: return nil
    }
  }

  private static func node(at path: String, under root: Node) -> Node? {
    var node: Node? = root
    for key in path.split(separator: ".") { node = node.flatMap { child(key, of: $0) } }
    return node
  }

  private static func child(_ key: Substring, of node: Node) -> Node? {
    if let mapping = node.mapping { return mapping.first { $0.key.scalar?.string == String(key) }?.value }
    guard let sequence = node.sequence, let index = Int(key), sequence.indices.contains(index) else { return nil }
    return sequence[index]
  }

  /// A parser's columns count code points.
  private func index(line: Int, column: Int) -> String.Index? {
    let scalars = text.unicodeScalars
    var place = scalars.startIndex
    for _ in 1..<max(1, line) {
      guard let end = scalars[place...].firstIndex(of: "\n") else { return nil }
      place = scalars.index(after: end)
    }
    return scalars.index(place, offsetBy: column - 1, limitedBy: scalars.endIndex)
  }

  private static func end(of text: Substring, quote: Character) -> String.Index? {
    var index = text.index(after: text.startIndex)
    while index < text.endIndex {
      let next = text.index(after: index)
      if text[index] == "\\", quote == "\"" {
        guard next < text.endIndex else { return nil }
        index = text.index(after: next)
      } else if text[index] == quote {
        // A quote in single quotes is written twice.
        guard quote == "'", next < text.endIndex, text[next] == quote else { return next }
        index = text.index(after: next)
      } else {
        index = next
      }
    }
    return nil
  }
}

extension JSONValue {
  /// This value with another one at a path that it has; nil where it has not.
  fileprivate func setting(_ value: JSONValue, at path: ArraySlice<Substring>) -> JSONValue? {
    guard let key = path.first else { return value }
    switch self {
    case .object(var members):
      guard let member = members[String(key)]?.setting(value, at: path.dropFirst()) else { return nil }
      members[String(key)] = member
      return .object(members)
    case .array(var items):
      guard let index = Int(key), items.indices.contains(index),
        let item = items[index].setting(value, at: path.dropFirst())
      else { return nil }
      items[index] = item
      return .array(items)
    default: return nil
    }
  }
}
