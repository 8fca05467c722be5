import Foundation
import Layer
import Runbook

/// Foresees what revert and cherry-pick come to, with `git merge-tree` in an object folder of its own: nothing is written
/// into the repository.
struct GitReplay: Sendable {
  let repository: GitRepository

  func resolve(
    _ revisions: [String], reverse: Bool, mainline: Int?, head: String?, into wanted: inout GitWanted
  ) async throws {
    guard let head else { return }
    wanted.headTree = try await repository.line(["rev-parse", "\(head)^{tree}"])
    let isRange = revisions.contains { $0.contains("..") || $0.hasPrefix("^") }
    for revision in revisions {
      let names = revision.droppingPrefix("^").components(separatedBy: "..").map { $0.droppingPrefix(".") }
      for name in names where !name.isEmpty {
        if try await repository.commit(name) == nil {
          wanted.problems["target-unknown"] =
            "\(name) is not a commit in the repository (git cat-file): fetch, or give another hash or branch"
          return
        }
      }
    }
    var words = ["rev-list"]
    if !isRange { words.append("--no-walk=unsorted") } else if !reverse { words.append("--reverse") }
    guard let list = try await repository.line(words + revisions) else {
      wanted.commits = 0
      let swapped = revisions.first.map { text in
        text.components(separatedBy: "..").reversed().joined(separator: "..")
      }
      wanted.problems["empty-range"] =
        "\(revisions.joined(separator: " ")) holds no commit"
        + (swapped.map { ": the older end comes first, perhaps \($0)" } ?? "")
      return
    }
    let commits = list.split(separator: "\n").map(String.init)
    wanted.commits = commits.count
    try await repository.withTemporaryFolder { folder in
      try await replay(commits, reverse: reverse, mainline: mainline, on: head, objects: folder, into: &wanted)
    }
  }

  private func replay(
    _ commits: [String], reverse: Bool, mainline: Int?, on head: String, objects: String, into wanted: inout GitWanted
  ) async throws {
    let identity = [
      "GIT_OBJECT_DIRECTORY": objects, "GIT_ALTERNATE_OBJECT_DIRECTORIES": "\(repository.commonFolder)/objects",
      "GIT_AUTHOR_NAME": "backout", "GIT_AUTHOR_EMAIL": "backout@localhost", "GIT_COMMITTER_NAME": "backout",
      "GIT_COMMITTER_EMAIL": "backout@localhost", "GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000",
    ]
    func commitTree(_ tree: String, parent: String?) async throws -> String? {
      let result = try await repository.git(
        ["commit-tree", tree] + (parent.map { ["-p", $0] } ?? []) + ["-m", "foreseen"], variables: identity)
      return result.status == 0 ? result.text.droppingLineEnd : nil
    }
    var tree = "\(head)^{tree}"
    for commit in commits {
      let parents = (try await repository.line(["rev-list", "--parents", "-n", "1", commit]) ?? "")
        .split(separator: " ").dropFirst().map(String.init)
      if parents.count > 1, mainline == nil {
        wanted.problems["merge-commit"] =
          "\(commit.shortHash) is a merge: git refuses it without -m and the parent's number, such as -m 1"
        return
      }
      let place = (mainline ?? 1) - 1
      let parent = parents.indices.contains(place) ? parents[place] : GitRepository.emptyTree
      let base = reverse ? commit : parent
      let theirs = reverse ? parent : commit
      // Two commits made for this, whose only common ancestor is the base, say what to merge.
      guard let origin = try await commitTree("\(base)^{tree}", parent: nil),
        let left = try await commitTree(try await resolved(tree, identity), parent: origin),
        let right = try await commitTree("\(theirs)^{tree}", parent: origin)
      else { return }
      let merged = try await repository.git(
        ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", left, right], variables: identity)
      let fields = GitRepository.fields(merged.output)
      guard merged.status <= 1, let result = fields.first else { return }
      if merged.status == 1 {
        let names = fields.dropFirst().prefix(5).joined(separator: ", ")
        wanted.problems["would-conflict"] =
          "\(commit.shortHash) does not \(reverse ? "revert" : "apply") cleanly: conflict in \(names)"
        return
      }
      tree = result
    }
    wanted.tree = try await resolved(tree, identity)
    guard let before = wanted.headTree, let after = wanted.tree else { return }
    wanted.differing = GitRepository.fields(
      try await repository.need(
        ["diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after], variables: identity))
  }

  private func resolved(_ tree: String, _ variables: [String: String]) async throws -> String {
    guard tree.hasSuffix("^{tree}") else { return tree }
    return String(decoding: try await repository.need(["rev-parse", tree], variables: variables), as: UTF8.self)
      .droppingLineEnd
  }
}
