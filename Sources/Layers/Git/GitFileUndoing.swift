import Foundation
import Layer
import Runbook

/// Puts files and index entries back, each where it is still what the step left.
struct GitFileUndoing {
  let repository: GitRepository
  let facts: GitFacts
  let before: GitSnapshot
  let after: GitSnapshot
  let now: GitSnapshot
  let answer: ConflictAnswer?
  /// HEAD is newer and stays: files are only written beside.
  let exportsOnly: Bool
  /// HEAD is newer and goes back all the same: what its newer commits brought goes with them, onto a branch.
  let leavesNewerCommits: Bool

  var undone = Undone(summary: "")

  init(
    repository: GitRepository, facts: GitFacts, before: GitSnapshot, after: GitSnapshot, now: GitSnapshot,
    answer: ConflictAnswer?, exportsOnly: Bool, leavesNewerCommits: Bool
  ) {
    self.repository = repository
    self.facts = facts
    self.before = before
    self.after = after
    self.now = now
    self.answer = answer
    self.exportsOnly = exportsOnly
    self.leavesNewerCommits = leavesNewerCommits
  }

  /// A file of the worktree.
  enum Cell: Hashable {
    case absent
    /// Equal to `mode hash` of HEAD's commit.
    case tree(String)
    /// `FileState.text`.
    case file(String)

    var summary: String {
      switch self {
      case .absent: "not there"
      case .tree(let entry): "blob \(entry.suffix(40).prefix(7))"
      case .file(let text): text
      }
    }
  }

  mutating func undo() async throws {
    let trees = (
      before: try await repository.tree(before.head?.sha), after: try await repository.tree(after.head?.sha),
      now: try await repository.tree(now.head?.sha)
    )
    try await putBackFiles(trees.before, trees.after, trees.now)
    if !exportsOnly { try await putBackIndex(trees.before, trees.after, trees.now) }
  }

  private static func cell(_ path: String, _ tree: [String: String], _ changes: [String: String]?) -> Cell {
    if let change = changes?[path] { return change.isEmpty ? .absent : .file(change) }
    return tree[path].map(Cell.tree) ?? .absent
  }

  private mutating func putBackFiles(
    _ beforeTree: [String: String], _ afterTree: [String: String], _ nowTree: [String: String]
  ) async throws {
    var paths = Set(before.worktree?.keys ?? [:].keys).union(after.worktree?.keys ?? [:].keys)
    for tree in [beforeTree, afterTree] + (leavesNewerCommits ? [nowTree] : []) { paths.formUnion(tree.keys) }
    let changed = paths.filter {
      let was = Self.cell($0, beforeTree, before.worktree)
      let isNewer = leavesNewerCommits && now.worktree?[$0] == nil && was != Self.cell($0, nowTree, now.worktree)
      return (was != Self.cell($0, afterTree, after.worktree) || isNewer)
        // A submodule's worktree is another repository's.
        && !(beforeTree[$0] ?? afterTree[$0] ?? "").hasPrefix("160000")
    }
    guard !changed.isEmpty else { return }
    let root = repository.root
    // What git does not list may stand there all the same.
    let unlisted = changed.filter { Self.cell($0, nowTree, now.worktree) == .absent }
    let found = try await repository.files.states(of: unlisted.map { "\(root)/\($0)" }, recursive: false)
    var fromArchive: [String: String] = [:]
    var fromTree: [String] = []
    var gone: [String] = []
    for path in changed.sorted() {
      let was = Self.cell(path, beforeTree, before.worktree)
      let left = Self.cell(path, afterTree, after.worktree)
      var present = Self.cell(path, nowTree, now.worktree)
      if let state = found["\(root)/\(path)"], state.kind != .directory || was == .absent {
        present = .file(state.text)
      }
      let target = "file:\(root)/\(path)"
      if present == was {
        undone.restored.append(target)
        continue
      }
      if present != left, case .file = present, let same = try await blob(of: path) {
        // The same bytes, seen against another HEAD.
        if [was].contains(where: { Self.hash($0) == same }) {
          undone.restored.append(target)
          continue
        }
        if Self.hash(left) == same { present = left }
      }
      if present != left && answer != .putBack || exportsOnly {
        if !exportsOnly {
          undone.conflicts.append(
            Conflict(target: target, kept: was.summary, left: left.summary, now: present.summary))
        }
        guard answer == .exportBoth, was != .absent else { continue }
        // What the kept commit has is on its branch already.
        if exportsOnly, case .tree = was { continue }
        undone.notRestored.append("\(target): the kept version is \(path).backout-kept")
        if case .file = was {
          fromArchive[path] = "\(path).backout-kept"
        } else if case .tree(let entry) = was {
          try await export(entry, to: "\(root)/\(path).backout-kept")
        }
        continue
      }
      switch was {
      case .absent: gone.append(path)
      case .tree: fromTree.append(path)
      case .file: fromArchive[path] = path
      }
      undone.restored.append(target)
    }
    for path in gone.sorted(by: >) { try await remove(path) }
    if !fromTree.isEmpty, let sha = before.head?.sha { try await checkOut(fromTree, of: sha) }
    if !fromArchive.isEmpty {
      guard let blob = facts.files else {
        undone.notRestored += fromArchive.keys.sorted().map { "file:\(root)/\($0): its bytes were not kept" }
        return
      }
      try await FileArchive.restore(
        blob, from: repository.environment.images, to: repository.files,
        destinations: Dictionary(
          fromArchive.map { ("\(root)/\($0.key)", "\(root)/\($0.value)") }, uniquingKeysWith: { $1 }))
    }
  }

  private static func hash(_ cell: Cell) -> String? {
    if case .tree(let entry) = cell { String(entry.suffix(40)) } else { nil }
  }

  private func blob(of path: String) async throws -> String? {
    try await repository.line(["hash-object", "--path=\(path)", "--", "\(repository.root)/\(path)"])
  }

  private func export(_ entry: String, to path: String) async throws {
    let script = #"exec git -C "$1" cat-file blob "$2" > "$3""#
    _ = try await repository.environment.runInPlace(
      ["sh", "-c", script, "sh", repository.root, String(entry.suffix(40)), path], of: repository.effect)
  }

  private func remove(_ path: String) async throws {
    let full = "\(repository.root)/\(path)"
    try await repository.files.remove(full)
    // git keeps no empty folders; those that others still stand in stay.
    var folder = (full as NSString).deletingLastPathComponent
    while folder.hasPrefix(repository.root + "/"), folder != repository.effect.directory {
      try await repository.files.remove(folder)
      guard try await repository.files.states(of: [folder], recursive: false).isEmpty else { return }
      folder = (folder as NSString).deletingLastPathComponent
    }
  }

  /// Writes files as a commit has them, through an index of its own, so that filters and modes are git's.
  private func checkOut(_ paths: [String], of sha: String) async throws {
    try await repository.withTemporaryFolder { folder in
      let index = ["GIT_INDEX_FILE": "\(folder)/index"]
      try await repository.need(["read-tree", sha], variables: index)
      try await repository.need(
        ["checkout-index", "-z", "-f", "-q", "--stdin"],
        input: Data(paths.joined(separator: "\0").utf8) + Data([0]), variables: index)
    }
  }

  private mutating func putBackIndex(
    _ beforeTree: [String: String], _ afterTree: [String: String], _ nowTree: [String: String]
  ) async throws {
    func entry(_ path: String, _ tree: [String: String], _ changes: [String: String]?) -> String {
      changes?[path] ?? tree[path].map { "\($0) 0" } ?? ""
    }
    var paths = Set(before.index?.keys ?? [:].keys).union(after.index?.keys ?? [:].keys)
    for tree in [beforeTree, afterTree] + (leavesNewerCommits ? [nowTree] : []) { paths.formUnion(tree.keys) }
    var input = Data()
    for path in paths.sorted() {
      let was = entry(path, beforeTree, before.index)
      let left = entry(path, afterTree, after.index)
      let present = entry(path, nowTree, now.index)
      let isNewer = leavesNewerCommits && now.index?[path] == nil
      guard was != left || isNewer, present != was else { continue }
      if present != left, answer != .putBack {
        undone.conflicts.append(
          Conflict(
            target: "git:\(repository.effect.directory) index \(path)", kept: was.isEmpty ? "not there" : was,
            left: left.isEmpty ? "not there" : left, now: present.isEmpty ? "not there" : present))
        continue
      }
      input += Data("0 \(GitRepository.zero)\t\(path)\0".utf8)
      for part in was.split(separator: ";") { input += Data("\(part)\t\(path)\0".utf8) }
    }
    if !input.isEmpty { try await repository.need(["update-index", "-z", "--index-info"], input: input) }
    undone.restored.append("git:\(repository.effect.directory) index")
  }
}
