import Foundation
import Layer
import Runbook

/// What one git command means, from its words alone.
enum GitAction: Codable, Hashable, Sendable {
  /// checkout or switch to a branch, tag or commit. `create`: the new branch's name; `resets`: `-B`, `-C`.
  case checkout(revision: String?, create: String?, resets: Bool, force: Bool, detach: Bool)
  /// checkout or restore of paths. `source` nil: the index (for `staged`: HEAD). `removes`: paths that are not in the
  /// source go.
  case paths(source: String?, paths: [String], staged: Bool, worktree: Bool, removes: Bool)
  case revert(revisions: [String], options: [String], mainline: Int?, noCommit: Bool)
  case reset(mode: ResetMode, revision: String)
  case resetPaths(revision: String, paths: [String])
  case stash(StashVerb, entry: String?)
  case clean(folders: Bool, ignored: Bool, onlyIgnored: Bool, isForced: Bool, paths: [String], excludes: [String])
  case branchCreate(name: String, start: String, force: Bool)
  case branchDelete(names: [String], force: Bool)
  case branchMove(from: String?, to: String, force: Bool)
  case tagCreate(name: String, target: String, force: Bool, opensEditor: Bool)
  case tagDelete(names: [String])
  case fetch(remote: String?, refspecs: [String])
  case pull(remote: String?, refspecs: [String])
  case push(GitPush)
  case commit(amend: Bool, all: Bool, opensEditor: Bool, paths: [String])
  case merge(revisions: [String], noCommit: Bool, squash: Bool, opensEditor: Bool)
  case cherryPick(revisions: [String], mainline: Int?, noCommit: Bool, opensEditor: Bool)
  /// `merge --abort` and its kin.
  case abort(String)
  /// Changes nothing.
  case look(String)

  enum ResetMode: String, Codable, Hashable, Sendable { case soft, mixed, hard, merge, keep }
  enum StashVerb: String, Codable, Hashable, Sendable { case push, pushUntracked, pushAll, pop, apply, drop, clear }
}

/// What `git push` says.
struct GitPush: Codable, Hashable, Sendable {
  var remote: String?
  /// As written, without `--delete`: `main`, `HEAD:main`, `+x:y`.
  var refspecs: [String] = []
  var deletes = false
  var force = false
  var lease = false
  var tags = false
  var followTags = false
  var all = false
}

/// An effect's parameters.
struct GitParameters: Codable, Hashable, Sendable {
  var action: GitAction
  /// The folder for `git -C`: absolute here; elsewhere as written, else `.`, the place's own folder.
  var folder: String
  /// The words after `git` and its own options; for the commands that the driver runs itself.
  var words: [String]
  /// Variables that nobody set.
  var missing: [String]
  /// Words that only a shell can tell, as written.
  var unknown: [String]

  var json: JSONValue {
    get throws { try JSONValue(encoding: self) }
  }

  init(action: GitAction, folder: String, words: [String], missing: [String], unknown: [String]) {
    self.action = action
    self.folder = folder
    self.words = words
    self.missing = missing
    self.unknown = unknown
  }

  /// Throws `DecodingError` where the effect is not one of this driver.
  init(_ effect: Effect) throws {
    self = try effect.parameters.decoded()
  }
}
