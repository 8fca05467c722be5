import Foundation
import Layer
import Runbook

/// Reads a snapshot. Writes nothing into the repository.
struct GitLooking: Sendable {
  let repository: GitRepository
  let action: GitAction

  func snapshot() async throws -> GitSnapshot {
    let scope = GitScope(action)
    var snapshot = GitSnapshot()
    if scope.isLocal || scope.head { snapshot.head = try await head() }
    let wanting = GitWanting(repository: repository, action: action)
    let current = if let seen = snapshot.head { seen } else { try await head() }
    let wanted = try await wanting.resolve(head: current)
    snapshot.wanted = wanted.wanted
    snapshot.remote = wanted.remote
    if scope.isLocal {
      try await addStatus(to: &snapshot, scope: scope)
      snapshot.operation = try await operation()
    }
    if scope.stash { snapshot.stash = try await stashes() }
    if !scope.refs.isEmpty || !scope.prefixes.isEmpty {
      for name in scope.refs { snapshot.refs[name] = "" }
      for (name, sha) in try await refs()
      where scope.refs.contains(name) || scope.prefixes.contains(where: name.hasPrefix) {
        snapshot.refs[name] = sha
      }
    }
    return snapshot
  }

  func head() async throws -> GitSnapshot.Head {
    GitSnapshot.Head(
      symbolic: try await repository.line(["symbolic-ref", "-q", "HEAD"]),
      sha: try await repository.line(["rev-parse", "--verify", "--quiet", "HEAD"]))
  }

  func refs() async throws -> [String: String] {
    var result: [String: String] = [:]
    let lines = String(
      decoding: try await repository.need(["for-each-ref", "--format=%(objectname) %(symref) %(refname)"]),
      as: UTF8.self)
    for line in lines.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      // A symbolic ref such as refs/remotes/origin/HEAD follows its target.
      if words.count == 3, words[1].isEmpty { result[String(words[2])] = String(words[0]) }
    }
    return result
  }

  func stashes() async throws -> [GitSnapshot.Stash] {
    guard try await repository.line(["rev-parse", "--verify", "--quiet", "refs/stash"]) != nil else { return [] }
    let fields = try await repository.need(["log", "-g", "-z", "--format=%H %gs", "refs/stash", "--"])
    return GitRepository.fields(fields).map { field in
      GitSnapshot.Stash(sha: String(field.prefix(40)), message: String(field.dropFirst(41)))
    }
  }

  /// What a `merge`, `revert` … has left open.
  func operation() async throws -> String? {
    let names = [
      "MERGE_HEAD": "merge", "REVERT_HEAD": "revert", "CHERRY_PICK_HEAD": "cherry-pick", "rebase-merge": "rebase",
      "rebase-apply": "rebase", "BISECT_LOG": "bisect",
    ]
    let folder = repository.gitFolder
    let found = try await repository.files.states(of: names.keys.map { "\(folder)/\($0)" }, recursive: false)
    return found.keys.compactMap { names[($0 as NSString).lastPathComponent] }.min()
  }

  private func addStatus(to snapshot: inout GitSnapshot, scope: GitScope) async throws {
    let takesAll = scope.untracked != .inTheWay
    var words = [
      "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=\(takesAll ? "all" : "no")",
      "--ignore-submodules=dirty",
    ]
    if scope.untracked == .allWithIgnored { words.append("--ignored=traditional") }
    var index: [String: String] = [:]
    var paths: Set<String> = []
    for field in try await repository.fields(words) {
      let record = StatusRecord(field)
      guard let record else { continue }
      if let entry = record.index { index[record.path] = entry }
      paths.insert(record.path)
    }
    var extra: Set<String> = Set(snapshot.wanted?.removable ?? [])
    if scope.untracked == .inTheWay, let target = snapshot.wanted?.sha, let head = snapshot.head?.sha {
      extra.formUnion(try await added(from: head, to: target))
    }
    snapshot.index = index
    var worktree: [String: String] = [:]
    let states = try await repository.files.states(of: paths.map { "\(repository.root)/\($0)" }, recursive: false)
    for path in paths {
      worktree[path] = states["\(repository.root)/\(path)"]?.text ?? ""
    }
    let loose = extra.subtracting(paths).map { "\(repository.root)/\($0.droppingSlash)" }
    for (path, state) in try await repository.files.states(of: loose, recursive: true) {
      worktree[path.droppingPrefix(repository.root + "/")] = state.text
    }
    snapshot.worktree = worktree
  }

  /// Paths that the target has and HEAD has not: what stands there now would be written over, even where it is ignored.
  private func added(from head: String, to target: String) async throws -> [String] {
    guard head != target else { return [] }
    let words = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", "--diff-filter=A", head, target]
    if try await repository.has(target) { return try await repository.fields(words) }
    // What a pull would bring is fetched into a repository of its own.
    return try await repository.withTemporaryFolder { folder in
      let bare = "\(folder)/bare"
      guard case .pull(let remote, _) = action else { return [] }
      try await GitBorrowed.make(bare, repository)
      let name = try await GitRemoteLooking(repository: repository, head: try await self.head())
        .name(remote, pushing: false)
      let url = try await repository.line(["remote", "get-url", name]) ?? name
      let fetched = try await repository.git(["--git-dir", bare, "fetch", "--quiet", "--no-tags", url, target])
      return fetched.status == 0 ? try await repository.fields(["--git-dir", bare] + words) : []
    }
  }

  /// One record of `git status --porcelain=v2 -z`.
  struct StatusRecord {
    var path: String
    /// Where it differs from HEAD.
    var index: String?

    init?(_ field: String) {
      switch field.first {
      case "1":
        let words = field.split(separator: " ", maxSplits: 8, omittingEmptySubsequences: false)
        guard words.count == 9 else { return nil }
        path = String(words[8])
        if words[1].first != "." { index = words[1].first == "D" ? "" : "\(words[4]) \(words[7]) 0" }
      case "u":
        let words = field.split(separator: " ", maxSplits: 10, omittingEmptySubsequences: false)
        guard words.count == 11 else { return nil }
        path = String(words[10])
        index = (1...3).filter { words[2 + $0] != "000000" }
          .map { "\(words[2 + $0]) \(words[6 + $0]) \($0)" }.joined(separator: ";")
      case "?", "!":
        path = String(field.dropFirst(2)).droppingSlash
      default: return nil
      }
    }
  }
}

extension String {
  var droppingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
