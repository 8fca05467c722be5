import Foundation
import Layer
import Runbook

/// Resolves what a command wants into hashes and trees, read-only.
struct GitWanting: Sendable {
  let repository: GitRepository
  let action: GitAction

  struct Resolution {
    var wanted = GitWanted()
    /// `remote ref` → hash.
    var remote: [String: String] = [:]
  }

  func resolve(head: GitSnapshot.Head) async throws -> Resolution {
    var result = Resolution()
    switch action {
    case .checkout(let revision, let create, _, _, let detach):
      try await checkout(revision, create: create, detach: detach, head: head, into: &result.wanted)
    case .paths(let source, let paths, let staged, let worktree, let removes):
      try await resolvePaths(
        source: source, paths: paths, staged: staged, worktree: worktree, removes: removes, into: &result.wanted)
    case .resetPaths(let revision, let paths):
      try await resolvePaths(
        source: revision, paths: paths, staged: true, worktree: false, removes: true, into: &result.wanted)
    case .reset(_, let revision):
      result.wanted.sha = try await target(revision, into: &result.wanted)
      result.wanted.symbolic = head.symbolic
    case .revert(let revisions, _, let mainline, _):
      try await GitReplay(repository: repository).resolve(
        revisions, reverse: true, mainline: mainline, head: head.sha, into: &result.wanted)
    case .cherryPick(let revisions, let mainline, _, _):
      try await GitReplay(repository: repository).resolve(
        revisions, reverse: false, mainline: mainline, head: head.sha, into: &result.wanted)
    case .merge(let revisions, _, _, _):
      if let sha = try await target(revisions[0], into: &result.wanted), let now = head.sha {
        result.wanted.sha = sha
        result.wanted.contained = try await repository.isAncestor(sha, of: now)
      }
    case .commit: result.wanted.parents = try await parents(of: head.sha)
    case .clean: result.wanted.removable = try await removable()
    case .stash(let verb, let entry): try await resolveStash(verb, entry, into: &result.wanted)
    case .branchCreate(let name, let start, _):
      result.wanted.refs = try await target(start, into: &result.wanted).map { ["refs/heads/\(name)": $0] }
    case .branchDelete(let names, _):
      result.wanted.refs = Dictionary(names.map { ("refs/heads/\($0)", "") }, uniquingKeysWith: { $1 })
    case .branchMove(let from, let to, _):
      let old = from.map { "refs/heads/\($0)" } ?? head.symbolic ?? "HEAD"
      if let sha = try await target(old, into: &result.wanted) {
        result.wanted.refs = [old: "", "refs/heads/\(to)": sha]
      }
    case .tagCreate(let name, let start, _, _):
      result.wanted.refs = try await target(start, into: &result.wanted).map { ["refs/tags/\(name)": $0] }
      result.wanted.peeled = try await repository.commit("refs/tags/\(name)")
    case .tagDelete(let names):
      result.wanted.refs = Dictionary(names.map { ("refs/tags/\($0)", "") }, uniquingKeysWith: { $1 })
    case .fetch(let remote, let refspecs):
      try await GitRemoteLooking(repository: repository, head: head)
        .fetch(remote, refspecs: refspecs, into: &result)
    case .pull(let remote, let refspecs):
      try await GitRemoteLooking(repository: repository, head: head).pull(remote, refspecs: refspecs, into: &result)
    case .push(let push):
      try await GitRemoteLooking(repository: repository, head: head).push(push, into: &result)
    case .abort, .look: break
    }
    return result
  }

  private func target(_ revision: String, into wanted: inout GitWanted) async throws -> String? {
    if let sha = try await repository.commit(revision) { return sha }
    wanted.problems["target-unknown"] =
      "\(revision) is not a commit in the repository (git cat-file): fetch, or give another hash or branch"
    return nil
  }

  private func checkout(
    _ revision: String?, create: String?, detach: Bool, head: GitSnapshot.Head, into wanted: inout GitWanted
  ) async throws {
    guard let revision else {
      wanted.sha = head.sha
      wanted.symbolic = create.map { "refs/heads/\($0)" } ?? head.symbolic
      return
    }
    if let create {
      wanted.sha = try await target(revision, into: &wanted)
      wanted.symbolic = "refs/heads/\(create)"
      return
    }
    let name = revision == "-" ? try await repository.line(["rev-parse", "--abbrev-ref", "@{-1}"]) ?? "-" : revision
    if !detach, let sha = try await repository.commit("refs/heads/\(name)") {
      wanted.sha = sha
      wanted.symbolic = "refs/heads/\(name)"
    } else if let sha = try await repository.commit(name) {
      wanted.sha = sha
    } else if let tracked = try await trackedBranch(name) {
      // git makes a branch of the only remote branch of that name.
      wanted.sha = tracked
      wanted.symbolic = "refs/heads/\(name)"
    } else if try await !repository.fields(["ls-files", "-z", "--", name], inRoot: false).isEmpty {
      try await resolvePaths(
        source: nil, paths: [name], staged: false, worktree: true, removes: false, into: &wanted)
    } else {
      _ = try await target(name, into: &wanted)
    }
  }

  private func trackedBranch(_ name: String) async throws -> String? {
    let lines = String(
      decoding: try await repository.need(["for-each-ref", "--format=%(objectname)", "refs/remotes/*/\(name)"]),
      as: UTF8.self
    ).split(separator: "\n")
    return lines.count == 1 ? String(lines[0]) : nil
  }

  private func resolvePaths(
    source: String?, paths: [String], staged: Bool, worktree: Bool, removes: Bool, into wanted: inout GitWanted
  ) async throws {
    let revision = source ?? (staged ? "HEAD" : nil)
    var inSource: Set<String> = []
    if let revision {
      guard let sha = try await target(revision, into: &wanted) else { return }
      wanted.tree = sha
      // ls-tree knows no pathspecs; a diff against the empty tree does.
      inSource = Set(
        try await repository.fields(
          diff(["--diff-filter=A", GitRepository.emptyTree, sha], paths), inRoot: false))
    } else {
      inSource = Set(try await repository.fields(["ls-files", "-z", "--full-name", "--"] + paths, inRoot: false))
    }
    var differing: Set<String> = []
    let sha = wanted.tree
    if worktree {
      differing.formUnion(try await repository.fields(diff([sha].compactMap { $0 }, paths), inRoot: false))
    }
    if staged, let sha {
      differing.formUnion(try await repository.fields(diff(["--cached", sha], paths), inRoot: false))
    }
    if !removes { differing.formIntersection(inSource) }
    wanted.matched = inSource.count
    wanted.differing = differing.sorted()
    if inSource.isEmpty, differing.isEmpty {
      wanted.problems["path-unknown"] =
        "\(paths.joined(separator: ", ")): no such path in \(source ?? "the index"); git would refuse"
    }
  }

  private func diff(_ words: [String], _ paths: [String]) -> [String] {
    ["diff", "--name-only", "-z", "--no-renames", "--no-relative", "--no-ext-diff", "--ignore-submodules=dirty"] + words
      + ["--"] + paths
  }

  private func parents(of sha: String?) async throws -> [String] {
    guard let sha, let line = try await repository.line(["rev-list", "--parents", "-n", "1", sha]) else { return [] }
    return line.split(separator: " ").dropFirst().map(String.init)
  }

  /// What `git clean` would take: `git clean -n` has no form that a program can read, `ls-files` has.
  private func removable() async throws -> [String] {
    guard case .clean(let folders, let ignored, let onlyIgnored, _, let paths, let excludes) = action else { return [] }
    var words = ["ls-files", "-z", "--others", "--full-name", "--directory"]
    if onlyIgnored {
      words += ["--ignored", "--exclude-standard"]
    } else if !ignored {
      words.append("--exclude-standard")
    }
    words += excludes.map { "--exclude=\($0)" }
    if !paths.isEmpty { words += ["--"] + paths }
    let found = try await repository.fields(words, inRoot: false)
    return found.filter { folders || !$0.hasSuffix("/") }.sorted()
  }

  private func resolveStash(_ verb: GitAction.StashVerb, _ entry: String?, into wanted: inout GitWanted) async throws {
    switch verb {
    case .pop, .apply, .drop:
      let name = entry.map { Int($0) != nil ? "stash@{\($0)}" : $0 } ?? "stash@{0}"
      guard let sha = try await repository.commit(name) else {
        wanted.problems["stash-empty"] = "\(name) is not there (git stash list)"
        return
      }
      wanted.sha = nil
      wanted.tree = sha
      wanted.stashed = try await repository.fields(["diff-tree", "-r", "-z", "--name-only", "\(sha)^1", sha])
      if try await repository.has("\(sha)^3") {
        wanted.stashed? += try await repository.fields([
          "ls-tree", "-r", "-z", "--name-only", "--full-tree", "\(sha)^3",
        ])
      }
    default: break
    }
  }
}
