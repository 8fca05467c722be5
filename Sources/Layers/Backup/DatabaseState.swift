import Foundation
import Layer
import Runbook

/// One database as it is: what a restore changes of it.
struct DatabaseState: Hashable, Sendable {
  struct Table: Hashable, Sendable {
    /// Nil: too large to count.
    var rows: Int?
    /// A sum over its rows that does not depend on their order; of a larger table its bytes.
    var content: String
  }

  var name: String
  var exists = true
  var owner = ""
  var tables: [String: Table] = [:]
  /// Name → its last value; nil: never used.
  var sequences: [String: Int?] = [:]
  /// Sequences that would give a number that their column holds already.
  var behind: [String] = []
  /// Constraints that nobody checked against the rows.
  var notValid: [String] = []
  var largeObjects = 0
  /// `TABLE public calls`, for each thing that is defined.
  var entries: [String] = []
  /// Of all definitions as pg_dump writes them.
  var definitions = ""
  var bytes = 0
  /// Tables that the user may not read.
  var unreadable: [String] = []
  /// Whether the user may do with the database what only its owner may.
  var isOwn = true

  static func missing(_ name: String) -> DatabaseState {
    var state = DatabaseState(name: name)
    state.exists = false
    return state
  }

  /// What stands in an observation: neither name nor size, which say nothing of what it holds.
  var json: JSONValue {
    guard exists else { return ["exists": false] }
    return [
      "exists": true, "owner": .string(owner), "definitions": .string(definitions),
      "tables": .object(
        tables.mapValues { ["rows": $0.rows.map(JSONValue.integer) ?? .null, "content": .string($0.content)] }),
      "sequences": .object(sequences.mapValues { $0.map(JSONValue.integer) ?? .null }),
      "behind": .array(behind.map(JSONValue.string)), "not valid": .array(notValid.map(JSONValue.string)),
      "large objects": .integer(largeObjects), "entries": .array(entries.map(JSONValue.string)),
    ]
  }

  var summary: String {
    guard exists else { return "\(name) is not there" }
    let rows = tables.values.compactMap(\.rows).reduce(0, +)
    return "\(name): \(tables.count.counted("table")), \(rows.counted("row"))"
  }
}

enum Wording {
  static func list(_ names: some Sequence<String>, limit: Int = 4) -> String {
    let all = Array(names)
    return all.prefix(limit).joined(separator: ", ") + (all.count > limit ? " and \(all.count - limit) more" : "")
  }

  static func bytes(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 || value >= 10
      ? "\(Int(value.rounded())) \(units[unit])" : "\((value * 10).rounded() / 10) \(units[unit])"
  }
}

extension JSONValue {
  /// Table → rows, of a database's state in an observation.
  var tableRows: [String: Int] { (self["tables"]?.objectValue ?? [:]).compactMapValues { $0["rows"]?.integerValue } }
  var strings: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
}
