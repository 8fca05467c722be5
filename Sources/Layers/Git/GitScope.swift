/// Which parts of a repository a command may change.
struct GitScope {
  enum Untracked: Equatable {
    /// Only files that stand where the command would write.
    case inTheWay
    case all
    case allWithIgnored
  }

  /// HEAD, index and worktree. False: only the refs below.
  var isLocal = false
  var head = false
  var stash = false
  var untracked = Untracked.inTheWay
  /// Full names of the refs it names.
  var refs: [String] = []
  /// Refs under these, such as `refs/remotes/origin/`.
  var prefixes: [String] = []
  /// What HEAD pointed at stays reachable: the command only adds to it.
  var onlyAdds = false
  /// The branch that HEAD is on may go back, or to another line.
  var movesBranch = false

  init(_ action: GitAction) {
    switch action {
    case .checkout(_, let create, _, _, _):
      isLocal = true
      refs = create.map { ["refs/heads/\($0)"] } ?? []
    case .paths, .resetPaths, .revert, .commit(amend: false, all: _, opensEditor: _, paths: _), .merge, .cherryPick:
      isLocal = true
      onlyAdds = true
    case .reset, .abort, .commit:
      isLocal = true
      movesBranch = true
    case .clean(_, let ignored, let onlyIgnored, _, _, _):
      isLocal = true
      onlyAdds = true
      untracked = ignored || onlyIgnored ? .allWithIgnored : .all
    case .stash(let verb, _):
      stash = true
      isLocal = ![.drop, .clear].contains(verb)
      onlyAdds = [.push, .pushUntracked, .pushAll, .apply].contains(verb)
      untracked = verb == .pushAll ? .allWithIgnored : verb == .push ? .inTheWay : .all
    case .branchCreate(let name, _, let force):
      refs = ["refs/heads/\(name)"]
      onlyAdds = !force
    case .branchDelete(let names, _): refs = names.map { "refs/heads/\($0)" }
    case .branchMove(let from, let to, _):
      head = true
      refs = ([from, to].compactMap { $0 }).map { "refs/heads/\($0)" }
    case .tagCreate(let name, _, _, _): refs = ["refs/tags/\(name)"]
    case .tagDelete(let names): refs = names.map { "refs/tags/\($0)" }
    case .fetch(let remote, _):
      prefixes = [remote.map { "refs/remotes/\($0)/" } ?? "refs/remotes/", "refs/tags/"]
    case .pull(let remote, _):
      isLocal = true
      movesBranch = true
      prefixes = [remote.map { "refs/remotes/\($0)/" } ?? "refs/remotes/", "refs/tags/"]
    case .push(let push): prefixes = ["refs/remotes/\(push.remote ?? "origin")/"]
    case .look: head = true
    }
  }

  /// The command's targets as recognise knows them, without asking git.
  func targets(of action: GitAction, directory: String) -> [String] {
    let base = "git:\(directory)"
    var targets = refs.map { "\(base) \($0)" }
    if isLocal || head { targets.append("\(base) HEAD") }
    if isLocal { targets += ["\(base) index", "\(base) worktree"] }
    if stash { targets.append("\(base) stash") }
    switch action {
    case .fetch(let remote, _), .pull(let remote, _): targets.append("\(base) refs/remotes/\(remote ?? "origin")")
    case .push(let push):
      let remote = push.remote ?? "origin"
      let names = push.refspecs.map { GitRefspec($0).destination ?? "HEAD" }
      targets += (names.isEmpty ? ["HEAD"] : names).map { name in
        "git:\(remote) \(name == "HEAD" || name.hasPrefix("refs/") ? name : "refs/heads/\(name)")"
      }
    default: break
    }
    return targets
  }
}

/// `+source:destination`.
struct GitRefspec {
  var source: String?
  var destination: String?
  var force: Bool

  init(_ text: String) {
    force = text.hasPrefix("+")
    let plain = force ? text.dropFirst() : text[...]
    if let colon = plain.firstIndex(of: ":") {
      source = colon == plain.startIndex ? nil : String(plain[..<colon])
      destination = String(plain[plain.index(after: colon)...])
    } else {
      source = String(plain)
      destination = String(plain)
    }
  }
}
