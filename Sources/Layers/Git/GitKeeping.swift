import Foundation
import Layer
import Runbook

/// What an undo needs beside the blobs.
struct GitFacts: Codable, Hashable, Sendable {
  /// The blob of files in the worktree; their paths in it are relative to the root.
  var files: BlobReference?
  /// A pack of the objects that the command may make unreachable, as the one file of an archive.
  var pack: BlobReference?
  /// The remote's objects that are not here.
  var remotePack: BlobReference?
  /// Section `branch.x` → its settings, of the branches concerned.
  var config: [String: [String]] = [:]

  init() {}
  init(_ image: BeforeImage) throws {
    self = try image.facts.decoded()
  }
  var json: JSONValue { get throws { try JSONValue(encoding: self) } }
}

/// Keeps the files, refs and objects that a command may change, outside the repository.
struct GitKeeping: Sendable {
  let effect: Effect
  let environment: StepEnvironment

  func keep(_ before: Observation) async throws -> BeforeImage {
    let parameters = try GitParameters(effect)
    let repository = try await GitRepository(effect, parameters, in: environment)
    let snapshot = try GitSnapshot(before, directory: effect.directory)
    let scope = GitScope(parameters.action)
    var facts = GitFacts()
    facts.files = try await keepFiles(snapshot, repository)
    facts.pack = try await keepObjects(snapshot, scope, repository)
    if case .push = parameters.action { facts.remotePack = try await keepRemote(snapshot, repository) }
    for ref in scope.refs {
      if let branch = ref.dropping(prefix: "refs/heads/") {
        facts.config[branch] = try await Self.config(of: branch, in: repository)
      }
    }
    let count = snapshot.worktree?.count ?? 0
    let refs = snapshot.refs.count + (snapshot.head == nil ? 0 : 1)
    return BeforeImage(
      driver: "git", blobs: [facts.files, facts.pack, facts.remotePack].compactMap { $0 }, facts: try facts.json,
      summary: count > 0 ? GitWording.files(count) : refs.counted("ref"))
  }

  static func config(of branch: String, in repository: GitRepository) async throws -> [String] {
    let section = "branch.\(branch)."
    let result = try await repository.git(["config", "--local", "--list", "-z"])
    return GitRepository.fields(result.output).filter { $0.hasPrefix(section) }
  }

  private func keepFiles(_ snapshot: GitSnapshot, _ repository: GitRepository) async throws -> BlobReference? {
    let paths = (snapshot.worktree ?? [:]).filter { !$0.value.isEmpty }.keys.map { "\(repository.root)/\($0)" }
    guard !paths.isEmpty else { return nil }
    if let kept = try await environment.images.kept("files") { return kept }
    return try await FileArchive.save(
      try await repository.files.states(of: paths, recursive: false), as: "files", from: repository.files,
      in: environment.images)
  }

  /// Being in the reflog is not enough: `git gc` and `git reflog expire` take it.
  private func keepObjects(
    _ snapshot: GitSnapshot, _ scope: GitScope, _ repository: GitRepository
  ) async throws -> BlobReference? {
    if let kept = try await environment.images.kept("objects") { return kept }
    var wanted = Set(snapshot.refs.values.filter { !$0.isEmpty })
    wanted.formUnion((snapshot.stash ?? []).map(\.sha))
    if let sha = snapshot.head?.sha { wanted.insert(sha) }
    for entry in (snapshot.index ?? [:]).values {
      for part in entry.split(separator: ";") {
        let words = part.split(separator: " ")
        // A submodule's commit is another repository's.
        if words.count == 3, words[0] != "160000" { wanted.insert(String(words[1])) }
      }
    }
    guard !wanted.isEmpty else { return nil }
    var staying = try await GitLooking(repository: repository, action: .look("keep")).refs()
    for name in scope.refs + ["refs/stash"] { staying[name] = nil }
    // Tracking refs follow what a later push or fetch does.
    for name in staying.keys where name.hasPrefix("refs/remotes/") { staying[name] = nil }
    if scope.movesBranch, let branch = snapshot.head?.symbolic { staying[branch] = nil }
    var excluded = Set(staying.values)
    if scope.onlyAdds, let sha = snapshot.head?.sha { excluded.insert(sha) }
    if let sha = snapshot.wanted?.sha, try await repository.has(sha) { excluded.insert(sha) }
    wanted.subtract(excluded)
    return try await pack(wanted, without: excluded, as: "objects", repository, folder: nil)
  }

  /// - Parameter folder: another repository's git folder that has the objects.
  private func pack(
    _ wanted: Set<String>, without excluded: Set<String>, as name: String, _ repository: GitRepository,
    folder: String?
  ) async throws -> BlobReference? {
    guard !wanted.isEmpty else { return nil }
    let input =
      Data((wanted.sorted() + excluded.sorted().map { "^\($0)" }).joined(separator: "\n").utf8) + Data("\n".utf8)
    return try await repository.withTemporaryFolder { temporary in
      let options = folder.map { ["--git-dir", $0] } ?? []
      let path = "\(temporary)/kept.pack"
      // Given a file's name instead, git would move the pack there, which it cannot from one file system to another.
      try await repository.need(
        options + ["pack-objects", "--quiet", "--revs", "--delta-base-offset", "--non-empty", "--stdout"],
        input: input, into: path)
      let states = try await repository.files.states(of: [path], recursive: false)
      // Nothing that is not excluded: no pack is written.
      guard let state = states[path], state.size > 0 else { return nil }
      var source = state
      source.modified = 0
      return try await FileArchive.save([path: source], as: name, from: repository.files, in: environment.images)
    }
  }

  /// What a forced push drops from the remote may be nowhere else.
  private func keepRemote(_ snapshot: GitSnapshot, _ repository: GitRepository) async throws -> BlobReference? {
    if let kept = try await environment.images.kept("remote-objects") { return kept }
    var absent: [String: [String]] = [:]
    for (name, sha) in snapshot.remote where !sha.isEmpty {
      guard let space = name.lastIndex(of: " "), try await !repository.has(sha) else { continue }
      absent[String(name[..<space]), default: []].append(String(name[name.index(after: space)...]))
    }
    guard let (remote, refs) = absent.first else { return nil }
    let url = try await repository.line(["remote", "get-url", remote]) ?? remote
    return try await repository.withTemporaryFolder { temporary in
      let bare = "\(temporary)/bare"
      try await GitBorrowed.make(bare, repository)
      try await repository.need(
        ["--git-dir", bare, "fetch", "--quiet", "--no-tags", url] + refs.map { "+\($0):refs/kept/\($0)" })
      let shas = Set(snapshot.remote.values.filter { !$0.isEmpty })
      let here = Set(try await GitLooking(repository: repository, action: .look("keep")).refs().values)
      return try await pack(shas, without: here, as: "remote-objects", repository, folder: bare)
    }
  }
}

/// A bare repository of its own that borrows another one's objects, so that nothing is written into that one.
enum GitBorrowed {
  static func make(_ path: String, _ repository: GitRepository) async throws {
    try await repository.need(["init", "--quiet", "--bare", "--template=", path])
    let alternates = "\(path)/objects/info/alternates"
    let temporary = try await repository.files.begin(besides: alternates)
    try await repository.files.append(Data("\(repository.commonFolder)/objects\n".utf8), to: temporary)
    let folder = try await repository.files.states(of: [path], recursive: false)[path]
    try await repository.files.finish(
      temporary, as: alternates,
      state: FileState(kind: .file, mode: 0o644, owner: folder?.owner ?? 0, group: folder?.group ?? 0))
  }
}
