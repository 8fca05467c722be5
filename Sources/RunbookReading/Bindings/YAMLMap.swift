import Foundation
import Yams

/// One mapping of a YAML document, read key by key: what nobody asked for is an error that names the nearest key.
struct YAMLMap {
  let file: String
  let node: Node
  private let members: [(key: String, keyNode: Node, value: Node)]

  init(_ node: Node, file: String, in place: String) throws {
    guard case .mapping(let mapping) = node else {
      throw BindingsError(file: file, line: node.mark?.line, message: "\(place) wants key: value pairs")
    }
    var seen: Set<String> = []
    members = try mapping.map { key, value in
      guard let name = key.scalar?.string else {
        throw BindingsError(file: file, line: key.mark?.line, message: "\(place) has a key that is not a word")
      }
      guard seen.insert(name).inserted else {
        throw BindingsError(file: file, line: key.mark?.line, message: "\(place) has \(name) twice")
      }
      return (name, key, value)
    }
    self.file = file
    self.node = node
  }

  subscript(key: String) -> Node? { members.first { $0.key == key }?.value }
  var entries: [(key: String, value: Node)] { members.map { ($0.key, $0.value) } }
  var line: Int? { node.mark?.line }

  /// Throws where a key is none of `known`.
  func allow(_ known: [String], in place: String) throws {
    for (key, keyNode, _) in members where !known.contains(key) {
      let nearest = known.min { Self.distance(key, $0) < Self.distance(key, $1) }
      let hint = nearest.map { Self.distance(key, $0) <= max(2, key.count / 2) ? "; did you mean \($0)?" : "" } ?? ""
      throw BindingsError(
        file: file, line: keyNode.mark?.line,
        message: "\(place) has no key \(key)\(hint) (it takes \(known.joined(separator: ", ")))")
    }
  }

  func fail(_ key: String, _ message: String) -> BindingsError {
    BindingsError(file: file, line: self[key]?.mark?.line ?? line, message: "\(key): \(message)")
  }

  // MARK: Values

  func string(_ key: String) throws -> String? {
    guard let node = self[key], !Self.isNull(node) else { return nil }
    guard let text = node.scalar?.string else { throw fail(key, "wants a text") }
    return text
  }

  func bool(_ key: String) throws -> Bool? {
    guard let node = self[key], !Self.isNull(node) else { return nil }
    guard let value = node.bool else { throw fail(key, "wants true or false") }
    return value
  }

  func strings(_ key: String) throws -> [String] {
    guard let node = self[key], !Self.isNull(node) else { return [] }
    if let text = node.scalar?.string { return [text] }
    guard let items = node.sequence else { throw fail(key, "wants a list") }
    return try items.map { item in
      guard let text = item.scalar?.string else { throw fail(key, "wants a list of texts") }
      return text
    }
  }

  func map(_ key: String) throws -> YAMLMap? {
    guard let node = self[key], !Self.isNull(node) else { return nil }
    return try YAMLMap(node, file: file, in: key)
  }

  /// Text values by key.
  func stringMap(_ key: String) throws -> [String: String] {
    guard let map = try map(key) else { return [:] }
    var result: [String: String] = [:]
    for (name, _) in map.entries { result[name] = try map.string(name) ?? "" }
    return result
  }

  /// Seconds: a number, or `90s`, `15m`, `2h`, `90 days`.
  func seconds(_ key: String) throws -> Int? {
    try measured(
      key,
      units: [
        "": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600,
        "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
      ], wants: "a duration such as 90s, 15m or 2h")
  }

  /// Bytes: a number, or `64MiB`, `1GB`.
  func bytes(_ key: String) throws -> Int? {
    try measured(
      key,
      units: [
        "": 1, "b": 1, "bytes": 1, "k": 1 << 10, "kib": 1 << 10, "kb": 1000, "m": 1 << 20, "mib": 1 << 20,
        "mb": 1_000_000, "g": 1 << 30, "gib": 1 << 30, "gb": 1_000_000_000, "tib": 1 << 40,
      ], wants: "a size such as 64MiB or 1GiB")
  }

  private func measured(_ key: String, units: [String: Int], wants: String) throws -> Int? {
    guard let text = try string(key) else { return nil }
    let digits = text.prefix { $0.isNumber }
    let unit = text.dropFirst(digits.count).trimmingCharacters(in: .whitespaces).lowercased()
    guard let number = Int(digits), let factor = units[unit], number >= 0,
      case let (product, overflow) = number.multipliedReportingOverflow(by: factor), !overflow
    else { throw fail(key, "wants \(wants), not \(text)") }
    return product
  }

  static func isNull(_ node: Node) -> Bool {
    guard let scalar = node.scalar else { return false }
    return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
  }

  /// Levenshtein's distance.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var previous = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let current = row[j + 1]
        row[j + 1] = min(row[j + 1] + 1, row[j] + 1, previous + (a == b ? 0 : 1))
        previous = current
      }
    }
    return row[right.count]
  }
}
