import Foundation
import Layer
import Runbook

/// Puts a before-image back three ways: by file, by index entry, by ref, by stash entry.
struct GitUndoing {
  let repository: GitRepository
  let parameters: GitParameters
  let image: BeforeImage
  let facts: GitFacts
  let before: GitSnapshot
  let after: GitSnapshot
  var now: GitSnapshot
  let answer: ConflictAnswer?

  var undone = Undone(summary: "")
  var base: String { "git:\(repository.effect.directory)" }

  mutating func undo() async throws -> Undone {
    try await bringObjects()
    if before.operation == nil, let operation = now.operation, operation == after.operation {
      // A half-done revert or merge is left first; its files and index are put back below.
      let verb = ["merge", "revert", "cherry-pick"].first { $0 == operation }
      if let verb { try await repository.need([verb, "--quit"]) }
    } else if let operation = before.operation, now.operation == nil {
      undone.notRestored.append("the \(operation) that was in progress: start it again")
    }
    let headIsNewer = isHeadNewer
    if headIsNewer { try await reportHead() }
    if before.worktree != nil, !headIsNewer || answer != .keepNewer && answer != nil {
      var files = GitFileUndoing(
        repository: repository, facts: facts, before: before, after: after, now: now,
        answer: answer, exportsOnly: headIsNewer && answer == .exportBoth,
        leavesNewerCommits: headIsNewer && answer == .putBack)
      try await files.undo()
      undone.restored += files.undone.restored
      undone.conflicts += files.undone.conflicts
      undone.notRestored += files.undone.notRestored
    }
    try await putBackRefs(deletions: false)
    if before.head != nil, !headIsNewer || answer == .putBack { try await putBackHead() }
    try await putBackRefs(deletions: true)
    if let wanted = before.stash { try await putBackStash(wanted) }
    if !before.remote.isEmpty, case .push = parameters.action { try await putBackRemote() }
    undone.restored.sort()
    undone.summary = Self.summary(of: undone)
    return undone
  }

  static func summary(of undone: Undone) -> String {
    var parts: [String] = []
    if !undone.restored.isEmpty { parts.append("\(undone.restored.count) put back") }
    if !undone.conflicts.isEmpty { parts.append("\(undone.conflicts.count) left, being newer") }
    if !undone.notRestored.isEmpty { parts.append("\(undone.notRestored.count) not put back") }
    return parts.isEmpty ? "nothing to put back" : parts.joined(separator: ", ")
  }

  private func bringObjects() async throws {
    if let blob = facts.pack { try await GitPack(repository: repository).unpack(blob, into: nil) }
  }

  /// HEAD, or the branch that it was on, is neither as the step left it nor as it was before.
  private var isHeadNewer: Bool {
    guard let was = before.head, let left = after.head, let is_ = now.head else { return false }
    return is_ != left && is_ != was
  }

  private mutating func reportHead() async throws {
    guard let was = before.head, let left = after.head, let is_ = now.head else { return }
    if answer == .putBack {
      if let sha = is_.sha {
        let name = try await saved(sha, as: "newer")
        undone.restored.append("\(base) HEAD; the newer commits are on \(name)")
      }
      return
    }
    undone.conflicts.append(
      Conflict(
        target: "\(base) HEAD", kept: try await text(was), left: try await text(left), now: try await text(is_)))
    if answer == .exportBoth, let sha = was.sha {
      let name = try await saved(sha, as: "kept")
      undone.notRestored.append("\(base) HEAD: the kept commit is on \(name)")
    }
  }

  /// A branch of its own on `sha`, so that it stays reachable.
  private func saved(_ sha: String, as kind: String) async throws -> String {
    let name = "backout/\(kind)-\(sha.shortHash)"
    try await repository.need(["update-ref", "refs/heads/\(name)", sha])
    return name
  }

  private func text(_ head: GitSnapshot.Head) async throws -> String {
    try await repository.title(head.sha)
      + (head.symbolic.map { " on \($0.droppingPrefix("refs/heads/"))" } ?? ", detached")
  }

  private mutating func putBackHead() async throws {
    guard let was = before.head else { return }
    let message = ["-m", "backout: undo of \(repository.effect.summary.prefix(60))"]
    if now.head != was {
      if let symbolic = was.symbolic {
        let present = try await repository.line(["rev-parse", "--verify", "--quiet", symbolic])
        // The branch's value as the step left it: its own where HEAD was on it, else untouched.
        let expected = after.head?.symbolic == symbolic ? after.head?.sha : was.sha
        if present != was.sha, present != expected, present != nil, answer != .putBack, before.refs[symbolic] == nil {
          undone.conflicts.append(
            Conflict(
              target: "\(base) \(symbolic)", kept: try await repository.title(was.sha),
              left: try await repository.title(expected), now: try await repository.title(present)))
          return
        }
        if let sha = was.sha, present != sha {
          try await repository.need(
            ["update-ref"] + message + [symbolic, sha, present ?? GitRepository.zero])
        } else if was.sha == nil, let present {
          try await repository.need(["update-ref", "-d", symbolic, present])
        }
        try await repository.need(["symbolic-ref"] + message + ["HEAD", symbolic])
      } else if let sha = was.sha {
        try await repository.need(["update-ref", "--no-deref"] + message + ["HEAD", sha])
      }
    }
    undone.restored.append("\(base) HEAD")
  }

  private mutating func putBackRefs(deletions: Bool) async throws {
    for name in Set(before.refs.keys).union(after.refs.keys).sorted() {
      let was = before.refs[name] ?? ""
      let left = after.refs[name] ?? ""
      let present = now.refs[name] ?? ""
      // A branch that HEAD is still on goes only after HEAD has left it.
      guard was.isEmpty == deletions, was != left else { continue }
      if present == was {
        try await putBackConfig(name)
        undone.restored.append("\(base) \(name)")
        continue
      }
      if present != left {
        if answer == .putBack {
          if !present.isEmpty { _ = try await saved(present, as: "newer") }
        } else {
          undone.conflicts.append(
            Conflict(
              target: "\(base) \(name)", kept: was.isEmpty ? "not there" : try await repository.title(was),
              left: left.isEmpty ? "not there" : try await repository.title(left),
              now: present.isEmpty ? "not there" : try await repository.title(present)))
          if answer == .exportBoth, !was.isEmpty {
            let branch = try await saved(try await repository.commit(was) ?? was, as: "kept")
            undone.notRestored.append("\(base) \(name): the kept commit is on \(branch)")
          }
          continue
        }
      }
      // HEAD's own branch moves with HEAD.
      let at = try await repository.line(["rev-parse", "--verify", "--quiet", name]) ?? ""
      if was.isEmpty {
        let current = try await repository.line(["symbolic-ref", "-q", "HEAD"])
        guard !at.isEmpty, current != name else { continue }
        try await repository.need(["update-ref", "-d", name, at])
      } else if at != was {
        try await repository.need(["update-ref", name, was, at.isEmpty ? GitRepository.zero : at])
      }
      try await putBackConfig(name)
      undone.restored.append("\(base) \(name)")
    }
  }

  /// Deleting or moving a branch takes its settings along; making one may bring some.
  private func putBackConfig(_ ref: String) async throws {
    guard let branch = ref.dropping(prefix: "refs/heads/"), let kept = facts.config[branch] else { return }
    guard try await GitKeeping.config(of: branch, in: repository) != kept else { return }
    _ = try await repository.git(["config", "--local", "--remove-section", "branch.\(branch)"])
    for setting in kept {
      let parts = setting.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      try await repository.need([
        "config", "--local", "--add", String(parts[0]), parts.count > 1 ? String(parts[1]) : "true",
      ])
    }
  }

  /// Entries that the step took come back in their order; entries that it made go; everybody else's stay.
  private mutating func putBackStash(_ was: [GitSnapshot.Stash]) async throws {
    let left = after.stash ?? []
    let present = now.stash ?? []
    let made = Set(left.map(\.sha)).subtracting(was.map(\.sha))
    let taken = was.filter { entry in !left.contains { $0.sha == entry.sha } }
    var target: [GitSnapshot.Stash]
    if present == left {
      target = was
    } else {
      target = present.filter { !made.contains($0.sha) }
      target = taken.filter { entry in !target.contains { $0.sha == entry.sha } } + target
    }
    // Never drops an entry before its copy is stored: what is above the common end is stored anew, then the old goes.
    var common = 0
    while common < min(target.count, present.count),
      target[target.count - 1 - common].sha == present[present.count - 1 - common].sha
    {
      common += 1
    }
    let new = target.dropLast(common)
    for entry in new.reversed() {
      try await repository.need(["stash", "store", "-q", "-m", entry.message, entry.sha])
    }
    for _ in 0..<(present.count - common) {
      try await repository.need(["stash", "drop", "-q", "stash@{\(new.count)}"])
    }
    undone.restored.append("\(base) stash")
  }

  private mutating func putBackRemote() async throws {
    try await repository.withTemporaryFolder { folder in
      let bare = "\(folder)/bare"
      var isMade = false
      for (name, was) in before.remote.sorted(by: { $0.key < $1.key }) {
        let left = after.remote[name] ?? ""
        let present = now.remote[name] ?? ""
        let target = "git:\(name)"
        guard was != left, let space = name.lastIndex(of: " ") else { continue }
        let remote = String(name[..<space])
        let ref = String(name[name.index(after: space)...])
        if present == was {
          undone.restored.append(target)
          continue
        }
        if present != left, answer != .putBack {
          undone.conflicts.append(
            Conflict(
              target: target, kept: was.isEmpty ? "not there" : was.shortHash,
              left: left.isEmpty ? "not there" : left.shortHash,
              now: present.isEmpty ? "not there" : present.shortHash))
          if answer == .exportBoth { undone.notRestored.append("\(target): \(was.shortHash) was kept, not pushed") }
          continue
        }
        if !isMade {
          try await GitBorrowed.make(bare, repository)
          if let pack = facts.remotePack { try await GitPack(repository: repository).unpack(pack, into: bare) }
          isMade = true
        }
        let url = try await repository.line(["remote", "get-url", "--push", remote]) ?? remote
        var specs = ["\(was):\(ref)"]
        // Nobody's newer commits are dropped: they get a branch of their own there.
        if present != left, !present.isEmpty {
          try await repository.need(["--git-dir", bare, "fetch", "--quiet", "--no-tags", url, "\(ref):refs/newer"])
          specs.append("refs/newer:refs/heads/backout/newer-\(present.shortHash)")
        }
        // With the lease the remote itself refuses where somebody pushed in between.
        let pushed = try await repository.git(
          ["--git-dir", bare, "push", "--quiet", "--force-with-lease=\(ref):\(present)", url] + specs)
        if pushed.status == 0 {
          undone.restored.append(target)
        } else {
          undone.notRestored.append(
            "\(target): the remote refused: \(repository.environment.redactor.redact(pushed.errorText.lastLine))")
        }
      }
    }
  }
}

/// Brings kept objects back.
struct GitPack {
  let repository: GitRepository

  /// - Parameter folder: another git folder than the repository's.
  func unpack(_ blob: BlobReference, into folder: String?) async throws {
    try await repository.withTemporaryFolder { temporary in
      let path = "\(temporary)/kept.pack"
      var names: [String: String] = [:]
      try await FileArchive.list(blob, from: repository.environment.images) { names[$0.path] = path }
      try await FileArchive.restore(
        blob, from: repository.environment.images, to: repository.files, destinations: names)
      let script = #"exec git --git-dir "$2" unpack-objects -q < "$1""#
      let result = try await repository.environment.runInPlace(
        ["sh", "-c", script, "sh", path, folder ?? repository.gitFolder], of: repository.effect)
      guard result.status == 0 else {
        throw GitRepository.Failure(words: ["unpack-objects"], status: result.status, message: result.errorText)
      }
    }
  }
}
