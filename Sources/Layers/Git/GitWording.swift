import Layer

/// Git states as people read them.
enum GitWording {
  static func summary(
    of snapshot: GitSnapshot, head: GitSnapshot.Head, in repository: GitRepository
  ) async throws -> String {
    var text = try await repository.title(head.sha)
    text += head.symbolic.map { " on \($0.droppingPrefix("refs/heads/"))" } ?? ", detached"
    if snapshot.worktree != nil { text += ", \(files(snapshot.changedFiles))" }
    if let operation = snapshot.operation { text += ", \(operation) in progress" }
    if let stash = snapshot.stash, !stash.isEmpty { text += ", \(stash.count) stashed" }
    for (name, sha) in snapshot.remote.sorted(by: { $0.key < $1.key }).prefix(3) {
      text += "; \(name) \(sha.isEmpty ? "not there" : sha.shortHash)"
    }
    return text
  }

  static func files(_ count: Int) -> String {
    switch count {
    case 0: "no changed files"
    case 1: "1 changed file"
    default: "\(count) changed files"
    }
  }
}
