import Foundation
import Layer
import Runbook

/// What a backup is, read to its end.
struct BackupFile: Hashable, Sendable {
  enum Kind: String, Sendable {
    case custom, directory, tar
    /// SQL that pg_dump or pg_dumpall wrote.
    case plain, cluster
    /// SQL of somebody else, or nothing that a dump would say.
    case sql
    case gzip, empty, missing, unreadable, unknown
    /// A folder that is no dump.
    case folder

    var isArchive: Bool { self == .custom || self == .directory || self == .tar }
    var isSQL: Bool { self == .plain || self == .cluster || self == .sql }
  }

  var path: String
  var kind: Kind
  var size = 0
  /// Seconds since 1970. It is a forecast's fact, and in no observation.
  var modified = 0
  /// Nil: too large to be read at each look.
  var isWhole: Bool?
  /// What was wrong with it.
  var fault: String?
  /// The database that it was made of, where it says so.
  var origin: String?
  /// Databases that it turns to by itself (`\connect`), in order.
  var connects: [String] = []
  /// Databases that it makes.
  var makes: [String] = []
  /// What it brings to one database.
  struct Part: Hashable, Sendable {
    /// Table → rows. Nil: they stand as INSERTs.
    var rows: [String: Int?] = [:]
    /// `TABLE public calls`, for each thing that it defines.
    var entries: [String] = []

    var json: JSONValue {
      [
        "tables": .object(rows.mapValues { ["rows": $0.map(JSONValue.integer) ?? .null] }),
        "entries": .array(entries.map(JSONValue.string)),
      ]
    }
  }
  /// Database → what it brings; empty: the one that the command connects to.
  var parts: [String: Part] = [:]
  /// It drops what is there before it makes it.
  var drops = false
  /// It says itself that some constraints are not checked.
  var hasNotValid = false
  var statements = 0

  var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "size": .integer(size), "whole": isWhole.map(JSONValue.bool) ?? .null,
      "origin": origin.map(JSONValue.string) ?? .null, "connects": .array(connects.map(JSONValue.string)),
      "makes": .array(makes.map(JSONValue.string)), "drops": .bool(drops), "not valid": .bool(hasNotValid),
      "statements": .integer(statements),
    ]
  }

  var tables: Int { parts.values.reduce(0) { $0 + $1.rows.count } }
  var rowCount: Int { parts.values.reduce(0) { $0 + $1.rows.values.reduce(0) { $0 + ($1 ?? 0) } } }

  var name: String { (path as NSString).lastPathComponent }

  var summary: String {
    switch kind {
    case .missing: return "\(name) is not there"
    case .unreadable: return "\(name) may not be read"
    case .empty: return "\(name) is empty"
    default:
      let whole = isWhole == false ? ", not whole" : ""
      return "\(name): \(kind.rawValue), \(Wording.bytes(size)), \(tables.counted("table")), "
        + "\(rowCount.counted("row"))\(whole)"
    }
  }
}
