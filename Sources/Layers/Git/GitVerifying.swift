import Layer
import Runbook

/// Decides from two snapshots.
struct GitVerifying {
  let action: GitAction
  let before: GitSnapshot
  let after: GitSnapshot
  let directory: String
  /// Nothing changed at all.
  let isSame: Bool

  private var wanted: GitWanted { before.wanted ?? GitWanted() }
  private var headSHA: String { after.head?.sha ?? "" }
  private var headText: String {
    "HEAD is \(headSHA.shortHash)"
      + (after.head?.symbolic.map { " on \($0.droppingPrefix("refs/heads/"))" } ?? "")
  }
  private func proven(_ text: String) -> Verdict { .proven(isSame ? "already there: \(text)" : text) }
  /// Entries that are not merely untracked.
  private var stagedFiles: Int { after.index?.count ?? 0 }

  var verdict: Verdict {
    if let problem = wanted.problems["target-unknown"] ?? wanted.problems["empty-range"], isSame {
      return .refuted(problem)
    }
    switch action {
    case .checkout: return wanted.differing != nil ? paths : checkout
    case .paths, .resetPaths: return paths
    case .reset(let mode, _): return reset(mode)
    case .revert(_, _, _, let noCommit), .cherryPick(_, _, let noCommit, _): return replay(noCommit: noCommit)
    case .merge(_, let noCommit, let squash, _): return merge(leavesOpen: noCommit || squash)
    case .pull: return contained
    case .commit(let amend, _, _, _): return commit(amend: amend)
    case .clean:
      let left = after.wanted?.removable ?? []
      return left.isEmpty
        ? proven("\(wanted.removable?.count ?? 0) removed, nothing is left to clean")
        : .refuted("\(left.count) are still there, such as \(left[0])")
    case .stash(let verb, _): return stash(verb)
    case .branchCreate, .branchDelete, .branchMove, .tagCreate, .tagDelete, .fetch: return refs
    case .push: return push
    case .abort(let operation):
      return after.operation == nil ? proven("no \(operation) is in progress") : .refuted("still in progress")
    case .look: return .unproven("it only looks")
    }
  }

  private var checkout: Verdict {
    guard let sha = wanted.sha else { return .unproven("what the command names was not known before: \(headText)") }
    guard headSHA == sha, after.head?.symbolic == wanted.symbolic else {
      let branch = wanted.symbolic.map { " on \($0.droppingPrefix("refs/heads/"))" } ?? ""
      return .refuted("\(headText), not \(sha.shortHash)\(branch)")
    }
    if case .checkout(_, _, _, true, _) = action, let changed = after.index, !changed.isEmpty {
      return .refuted("\(headText), but \(changed.count.counted("file differs", "files differ")) from it")
    }
    return proven(headText)
  }

  private var paths: Verdict {
    guard let left = after.wanted?.differing, let differed = wanted.differing else {
      return .unproven("the paths were not resolved")
    }
    let source = wanted.tree?.shortHash ?? "the index"
    guard left.isEmpty else {
      return .refuted(
        "\(left.count.counted("path still differs", "paths still differ")) from \(source), such as \(left[0])")
    }
    if differed.isEmpty {
      return .refuted("restores nothing: the \((wanted.matched ?? 0).counted("path")) already equalled \(source)")
    }
    return .proven("\((after.wanted?.matched ?? differed.count).counted("path equals", "paths equal")) \(source)")
  }

  private func reset(_ mode: GitAction.ResetMode) -> Verdict {
    guard let sha = wanted.sha else { return .unproven("what the command names was not known before") }
    guard headSHA == sha else { return .refuted("\(headText), not \(sha.shortHash)") }
    if mode != .soft, mode != .keep, mode != .merge, stagedFiles > 0 {
      return .refuted("\(headText), but \(stagedFiles.counted("file is", "files are")) still staged")
    }
    if mode == .hard, let changed = after.worktree, !changed.isEmpty {
      return .refuted(
        "\(headText), but \(changed.count.counted("file still differs", "files still differ")), such as \(changed.keys.min() ?? "")"
      )
    }
    return proven("\(headText), \(GitWording.files(after.changedFiles))")
  }

  private func replay(noCommit: Bool) -> Verdict {
    if let problem = wanted.problems.sorted(by: { $0.key < $1.key }).first, isSame { return .refuted(problem.value) }
    guard after.operation == nil || noCommit else { return .refuted("\(after.operation ?? "it") is still in progress") }
    guard let tree = wanted.tree else { return .unproven("what it comes to could not be foreseen: \(headText)") }
    if noCommit { return isSame ? .refuted("nothing changed") : .unproven("applied without a commit") }
    guard after.wanted?.headTree == tree else { return .refuted("\(headText), whose files are not those foreseen") }
    guard headSHA != before.head?.sha else { return .refuted("no commit was made: the files were so already") }
    return .proven("\(headText), \(wanted.commits ?? 1) commits applied, files as foreseen")
  }

  private func merge(leavesOpen: Bool) -> Verdict {
    leavesOpen ? .unproven("merged without a commit: \(headText)") : contained
  }

  private var contained: Verdict {
    guard let sha = wanted.sha else { return .unproven("what the command names was not known before") }
    if after.operation != nil { return .refuted("\(after.operation ?? "it") is still in progress") }
    if headSHA == sha { return proven(headText) }
    guard after.wanted?.sha == sha else { return .unproven("\(headText); the remote moved meanwhile") }
    return after.wanted?.contained == true
      ? proven("\(headText), which holds \(sha.shortHash)") : .refuted("\(headText) does not hold \(sha.shortHash)")
  }

  private func commit(amend: Bool) -> Verdict {
    guard headSHA != before.head?.sha else { return .refuted("no commit was made: \(headText)") }
    let parents = after.wanted?.parents ?? []
    let expected = amend ? wanted.parents ?? [] : [before.head?.sha].compactMap { $0 }
    return parents == expected || before.operation == "merge"
      ? .proven(headText) : .refuted("\(headText), whose parent is not \(expected.first?.shortHash ?? "nothing")")
  }

  private func stash(_ verb: GitAction.StashVerb) -> Verdict {
    let old = before.stash ?? []
    let new = after.stash ?? []
    switch verb {
    case .push, .pushUntracked, .pushAll:
      guard new.count == old.count + 1, Array(new.dropFirst()) == old else {
        return .refuted(isSame ? "stashes nothing: there are no local changes to save" : "no stash was made")
      }
      return .proven("stash@{0} is \(new[0].sha.shortHash)")
    case .clear: return new.isEmpty ? proven("no stash is left") : .refuted("\(new.count) are left")
    case .drop, .pop:
      guard let sha = wanted.tree else { return .refuted("there is no such stash") }
      guard new == old.removingFirst(where: { $0.sha == sha }) else { return .refuted("the stash is still there") }
      return verb == .drop ? .proven("\(sha.shortHash) is dropped") : restored(sha)
    case .apply:
      guard let sha = wanted.tree else { return .refuted("there is no such stash") }
      return restored(sha)
    }
  }

  private func restored(_ sha: String) -> Verdict {
    let paths = wanted.stashed ?? []
    if isSame { return .refuted("nothing changed") }
    return paths.allSatisfy { after.worktree?[$0] != nil || after.index?[$0] != nil }
      ? .proven("\(paths.count.counted("file is", "files are")) back from \(sha.shortHash)")
      : .unproven("some files of \(sha.shortHash) equal HEAD")
  }

  private var refs: Verdict {
    guard let wantedRefs = wanted.refs, !wantedRefs.isEmpty else {
      return .unproven("what the command names was not known before")
    }
    if case .tagCreate(let name, _, _, _) = action, let sha = wantedRefs.values.first {
      guard after.wanted?.peeled == sha else { return .refuted("the tag \(name) does not name \(sha.shortHash)") }
      return proven("the tag \(name) names \(sha.shortHash)")
    }
    let wrong = wantedRefs.filter { (after.refs[$0.key] ?? "") != $0.value }.keys.sorted()
    guard wrong.isEmpty else { return .refuted("\(wrong.joined(separator: ", ")) is not as wanted") }
    return proven(
      wantedRefs.sorted { $0.key < $1.key }.prefix(3)
        .map { "\($0.key) is \($0.value.isEmpty ? "gone" : $0.value.shortHash)" }.joined(separator: ", "))
  }

  private var push: Verdict {
    guard let wantedRefs = wanted.remoteRefs, !wantedRefs.isEmpty else { return .unproven("nothing to push was known") }
    for (ref, sha) in wantedRefs.sorted(by: { $0.key < $1.key }) {
      guard let name = before.remote.keys.first(where: { $0.hasSuffix(" \(ref)") }) else {
        return .unproven("\(ref) was not looked at")
      }
      let there = after.remote[name] ?? ""
      guard there == sha else {
        return .refuted("\(name) is \(there.isEmpty ? "not there" : there.shortHash), not \(sha.shortHash)")
      }
    }
    return proven(
      wantedRefs.sorted { $0.key < $1.key }.prefix(3)
        .map { "remote \($0.key) is \($0.value.isEmpty ? "gone" : $0.value.shortHash)" }.joined(separator: ", "))
  }
}

extension Array {
  func removingFirst(where matches: (Element) -> Bool) -> [Element] {
    guard let index = firstIndex(where: matches) else { return self }
    var result = self
    result.remove(at: index)
    return result
  }
}
