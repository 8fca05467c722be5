import Foundation
import Layer
import Runbook

/// What was seen of a repository: HEAD, the refs concerned, and how index and worktree differ from HEAD's commit.
struct GitSnapshot: Codable, Hashable, Sendable {
  struct Head: Codable, Hashable, Sendable {
    /// `refs/heads/main`; nil: detached.
    var symbolic: String?
    /// Nil: no commit yet.
    var sha: String?
  }
  struct Stash: Codable, Hashable, Sendable {
    var sha: String
    var message: String
  }

  var head: Head?
  /// Full name → hash. The refs of the scope that are not there are left out, but for those that the command names: "".
  var refs: [String: String] = [:]
  /// Path → `mode hash stage`, joined by `;`; "" where HEAD has it and the index has not. Nil: not looked at.
  var index: [String: String]?
  /// Path → `FileState.text`; "" where HEAD has it and the worktree has not. Nil: not looked at.
  var worktree: [String: String]?
  var stash: [Stash]?
  /// `merge`, `revert`, `cherry-pick`, `rebase`, `bisect`.
  var operation: String?
  /// `remote ref` → hash, "" where it is not there.
  var remote: [String: String] = [:]
  var wanted: GitWanted?

  /// Target → state, under the names that targets have.
  func states(directory: String) throws -> [String: JSONValue] {
    var states: [String: JSONValue] = [:]
    let base = "git:\(directory)"
    if let head { states["\(base) HEAD"] = try Self.json(head) }
    for (name, sha) in refs { states["\(base) \(name)"] = .string(sha) }
    if let index { states["\(base) index"] = try Self.json(index) }
    if let worktree { states["\(base) worktree"] = try Self.json(worktree) }
    if let stash { states["\(base) stash"] = try Self.json(stash) }
    if let operation { states["\(base) operation"] = .string(operation) }
    for (name, sha) in remote { states["git:\(name)"] = .string(sha) }
    if let wanted { states["\(base) wanted"] = try Self.json(wanted) }
    return states
  }

  init() {}

  /// Reads an observation's states back.
  init(_ observation: Observation, directory: String) throws {
    let base = "git:\(directory) "
    for (name, value) in observation.states {
      guard let part = name.hasPrefix(base) ? String(name.dropFirst(base.count)) : nil else {
        remote[name.droppingPrefix("git:")] = value.stringValue
        continue
      }
      switch part {
      case "HEAD": head = try Self.value(value)
      case "index": index = try Self.value(value)
      case "worktree": worktree = try Self.value(value)
      case "stash": stash = try Self.value(value)
      case "operation": operation = value.stringValue
      case "wanted": wanted = try Self.value(value)
      default: refs[part] = value.stringValue
      }
    }
  }

  private static func json(_ value: some Encodable) throws -> JSONValue {
    try JSONValue(encoding: value)
  }
  private static func value<Value: Decodable>(_ json: JSONValue) throws -> Value {
    try json.decoded()
  }

  /// How many files differ from HEAD's commit.
  var changedFiles: Int { Set((index ?? [:]).keys).union((worktree ?? [:]).keys).count }
}

/// What the command wants, resolved when it was looked at, so that verify can decide without asking git again.
struct GitWanted: Codable, Hashable, Sendable {
  /// The commit that the command names.
  var sha: String?
  /// The branch that HEAD will be on; nil: detached, or not asked.
  var symbolic: String?
  /// The tree that HEAD's commit, or the index, must have.
  var tree: String?
  /// The tree of HEAD now.
  var headTree: String?
  /// Parents of HEAD now.
  var parents: [String]?
  /// How many commits are applied or reverted.
  var commits: Int?
  /// Paths that differ from the wanted source, or from the wanted tree.
  var differing: [String]?
  /// Paths of the source that the command means.
  var matched: Int?
  /// Whether HEAD holds the wanted commit already.
  var contained: Bool?
  /// Paths that a clean would remove.
  var removable: [String]?
  /// Full name of a ref → the hash that it must have; "": it must be gone.
  var refs: [String: String]?
  var remoteRefs: [String: String]?
  /// The commit that an annotated tag names now.
  var peeled: String?
  /// Paths that a stash entry holds.
  var stashed: [String]?
  /// Code → what is wrong, found while resolving.
  var problems: [String: String] = [:]
}
