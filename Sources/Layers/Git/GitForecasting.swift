import Foundation
import Layer
import Runbook

/// What a git command would come to, found by looking.
struct GitForecasting: Sendable {
  let effect: Effect
  let environment: StepEnvironment

  func forecast(_ before: Observation) async throws -> Forecast {
    let parameters = try GitParameters(effect)
    var forecast = Forecast(from: before.summary, to: effect.summary)
    if !parameters.missing.isEmpty { forecast.problems.append(.missingVariables(parameters.missing)) }
    let repository: GitRepository
    do {
      repository = try await GitRepository(effect, parameters, in: environment)
    } catch let error as GitRepository.NotARepository {
      forecast.problems.append(Problem(code: "not-a-repository", message: error.description))
      // What another git command does there fails like this one; a copy or a move may bring the repository.
      forecast.cures["not-a-repository"] = ["file:\(effect.directory)"]
      return forecast
    } catch let error as CommandFailure {
      forecast.problems.append(Problem(code: "not-observed", message: error.description))
      return forecast
    }
    guard before.isObserved else {
      let isRemote = GitScope(parameters.action).prefixes.isEmpty == false
      forecast.problems.append(
        Problem(code: isRemote ? "remote-unreachable" : "not-observed", message: before.summary))
      return forecast
    }
    if effect.role == .observe { return forecast }
    let snapshot = try GitSnapshot(before, directory: effect.directory)
    let looking = GitLooking(repository: repository, action: parameters.action)
    let head = try await looking.head()
    try await describe(&forecast, snapshot, head, parameters.action, repository)
    addProblems(&forecast, snapshot, parameters)
    try await addWorktreeProblems(&forecast, snapshot, head, parameters.action, repository)
    if let lock = try await GitDriver.lock(effect, parameters, in: environment) {
      forecast.problems.append(
        Problem(
          code: "index-lock",
          message: "\(lock) is there: another git works in this repository, or one died. Where none runs, remove it"))
    }
    return forecast
  }

  private func describe(
    _ forecast: inout Forecast, _ snapshot: GitSnapshot, _ head: GitSnapshot.Head, _ action: GitAction,
    _ repository: GitRepository
  ) async throws {
    let wanted = snapshot.wanted ?? GitWanted()
    forecast.from = try await repository.title(head.sha)
    // A push or a fetch acts on refs: what a checkout before it does to HEAD is no change of theirs.
    switch action {
    case .push, .fetch: break
    default: forecast.pins["HEAD"] = .string(head.sha ?? "")
    }
    if let sha = wanted.sha ?? wanted.tree { forecast.pins["target"] = .string(sha) }
    for (name, sha) in snapshot.remote { forecast.pins[name] = .string(sha) }
    let changed = snapshot.worktree?.count ?? 0
    if snapshot.worktree != nil { forecast.keeps = GitWording.files(changed) }
    switch action {
    case .checkout, .reset, .merge, .pull:
      if let sha = wanted.sha, let now = head.sha, try await repository.has(sha) {
        forecast.to = try await repository.title(sha)
        forecast.to += try await distance(from: now, to: sha, repository)
        try await addRemoves(&forecast, from: now, to: sha, repository)
        let template = GitTemplateVariables(repository: repository, environment: environment, effect: effect)
        if now != sha, let problem = try await template.problem(from: now, to: sha) {
          forecast.problems.append(problem)
          forecast.cures[problem.code] = template.cures
        }
        switch action {
        case .checkout, .reset(.hard, _): forecast.arrives[repository.root] = effect.place.isHere ? sha : nil
        default: break
        }
        try await addAncestry(&forecast, from: now, to: sha, action, repository)
      }
    case .revert, .cherryPick:
      let commits = wanted.commits ?? 0
      forecast.to =
        "\(commits.counted("commit")) \(effect.summary.hasPrefix("git revert") ? "reverted" : "applied")"
      if case .revert = action, effect.place.isHere, let differing = wanted.differing {
        forecast.changesFiles[repository.root] = differing
        if !differing.isEmpty { forecast.changing = [repository.root] }
      }
    case .paths, .resetPaths:
      let paths = wanted.differing ?? []
      let source = if let tree = wanted.tree { try await repository.title(tree) } else { "the index" }
      forecast.from = "\(paths.count) of \(max(wanted.matched ?? 0, paths.count)) paths differ"
      forecast.to = "as in \(source)"
      if case .paths(_, let named, _, worktree: true, _) = action, effect.place.isHere {
        forecast.changesFiles[repository.root] = paths
        forecast.changing = try await changing(paths, of: named, repository)
      }
      if case .paths(_, _, _, true, true) = action, let tree = wanted.tree {
        let there = try await repository.tree(tree)
        forecast.removes = paths.filter { there[$0] == nil }.map { "\(repository.root)/\($0)" }
      }
    case .clean:
      let removable = wanted.removable ?? []
      forecast.from = "\(removable.count) untracked"
      forecast.to = "removed: " + removable.prefix(5).joined(separator: ", ") + (removable.count > 5 ? ", …" : "")
      forecast.removes = (snapshot.worktree ?? [:]).keys.filter { path in
        removable.contains { path == $0 || path == $0.droppingSlash || ($0.hasSuffix("/") && path.hasPrefix($0)) }
      }.map { "\(repository.root)/\($0)" }.sorted()
      forecast.keeps = forecast.removes.count.counted("file")
    case .push:
      let names = (wanted.remoteRefs ?? [:]).sorted { $0.key < $1.key }
      forecast.from = snapshot.remote.sorted { $0.key < $1.key }
        .map { "\($0.key) \($0.value.isEmpty ? "not there" : $0.value.shortHash)" }.joined(separator: ", ")
      forecast.to = names.map { "\($0.key) \($0.value.isEmpty ? "deleted" : $0.value.shortHash)" }
        .joined(separator: ", ")
      forecast.keeps = names.count.counted("remote ref")
      forecast.note = "an undo puts the refs back; what others fetched or the remote's hooks did meanwhile stays"
      if environment.context.binding?.verify == nil {
        forecast.note? += "; the refs are proven, not what they deploy: bind `verify:` where a push deploys"
      }
    case .branchCreate, .branchDelete, .branchMove, .tagCreate, .tagDelete, .fetch:
      let refs = (wanted.refs ?? [:]).filter { (snapshot.refs[$0.key] ?? "") != $0.value }.sorted { $0.key < $1.key }
      forecast.from = refs.prefix(4).map { ref in
        "\(ref.key) \((snapshot.refs[ref.key]).flatMap { $0.isEmpty ? nil : $0.shortHash } ?? "not there")"
      }.joined(separator: ", ")
      forecast.to = refs.prefix(4).map { "\($0.key) \($0.value.isEmpty ? "deleted" : $0.value.shortHash)" }
        .joined(separator: ", ")
      if refs.isEmpty { forecast.from = "as wanted" }
    default: break
    }
    if head.symbolic == nil {
      forecast.note = [forecast.note, "HEAD is detached"].compactMap { $0 }.joined(separator: "; ")
    }
  }

  /// Of `files` that a checkout brings: the folders that it names, and what is in none of them by itself.
  private func changing(
    _ files: [String], of named: [String], _ repository: GitRepository
  ) async throws -> [String] {
    let prefix = try await repository.line(["rev-parse", "--show-prefix"], inRoot: false) ?? ""
    // Relative to the root; the root itself is empty.
    let paths = named.map { path in
      let inRoot = path.dropping(prefix: ":/") ?? path.dropping(prefix: repository.root + "/")
      return path == repository.root ? "" : (inRoot ?? prefix + path).withoutDots
    }
    func lies(_ file: String, in folder: String) -> Bool { folder.isEmpty || file.hasPrefix(folder + "/") }
    let folders = Set(paths.filter { folder in files.contains { lies($0, in: folder) } })
    let single = files.filter { file in !folders.contains { lies(file, in: $0) } }
    return (Array(folders) + single).map { $0.isEmpty ? repository.root : "\(repository.root)/\($0)" }.sorted()
  }

  /// `, 3 commits back`.
  private func distance(from now: String, to sha: String, _ repository: GitRepository) async throws -> String {
    guard now != sha,
      let line = try await repository.line(["rev-list", "--left-right", "--count", "\(now)...\(sha)"])
    else { return "" }
    let counts = line.split(separator: "\t").compactMap { Int($0) }
    guard counts.count == 2 else { return "" }
    return switch (counts[0], counts[1]) {
    case (0, let ahead): ", \(ahead.counted("commit")) forward"
    case (let back, 0): ", \(back.counted("commit")) back"
    case (let back, let ahead): ", \(back.counted("commit")) back and \(ahead) forward"
    }
  }

  /// A rollback goes back to what was there before: a commit that is not below HEAD is another history. Who names a
  /// branch means whatever it holds.
  private func addAncestry(
    _ forecast: inout Forecast, from now: String, to sha: String, _ action: GitAction, _ repository: GitRepository
  ) async throws {
    let revision: String
    switch action {
    case .checkout(let name?, _, _, _, _): revision = name
    case .reset(_, let name): revision = name
    default: return
    }
    if try await repository.isAncestor(sha, of: now) { return }
    for folder in ["heads", "remotes", "remotes/*"]
    where try await repository.line(["for-each-ref", "--count=1", "refs/\(folder)/\(revision)"]) != nil { return }
    forecast.problems.append(
      Problem(
        code: "not-an-ancestor", severity: .question,
        message: "\(try await repository.title(sha)) is not an ancestor of what is checked out"
          + "\(try await distance(from: now, to: sha, repository)): it was never before it. Is it the one to go back to?"
      ))
  }

  private func addRemoves(
    _ forecast: inout Forecast, from now: String, to sha: String, _ repository: GitRepository
  ) async throws {
    if case .reset(let mode, _)? = (try? GitParameters(effect))?.action, [.soft, .mixed].contains(mode) { return }
    let isJoin =
      switch (try? GitParameters(effect))?.action {
      case .merge, .pull: true
      default: false
      }
    // What a merge takes over is what the other side did since the two parted.
    let fields = try await repository.fields(
      ["diff", "--name-status", "-z", "--no-renames", "--no-ext-diff"] + (isJoin ? ["\(now)...\(sha)"] : [now, sha]))
    var modified = 0
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      switch fields[index] {
      case "D": forecast.removes.append("\(repository.root)/\(fields[index + 1])")
      case "A": break
      default: modified += 1
      }
    }
    if modified > 0 || !forecast.removes.isEmpty {
      forecast.note = "replaces \(modified.counted("file")), removes \(forecast.removes.count)"
    }
  }

  private func addProblems(_ forecast: inout Forecast, _ snapshot: GitSnapshot, _ parameters: GitParameters) {
    let wanted = snapshot.wanted ?? GitWanted()
    func add(_ code: String, _ message: String, severity: Problem.Severity = .error) {
      forecast.problems.append(Problem(code: code, severity: severity, message: message))
    }
    let hasUnknown = !parameters.unknown.isEmpty
    for (code, message) in wanted.problems.sorted(by: { $0.key < $1.key }) {
      if hasUnknown, ["target-unknown", "path-unknown"].contains(code) {
        add(
          "known-when-run",
          "\(parameters.unknown.joined(separator: " ")) is known only when the step runs; the repository is kept whole",
          severity: .warning)
      } else {
        add(code, message)
      }
    }
    // Who goes to another commit brings no name into being; a fetch, a tag, a new branch does.
    if !effect.summary.contains("HEAD"), !effect.summary.contains("@") {
      forecast.cures["target-unknown"] = (["\(effect.directory)"] + remotes(of: parameters.action)).map {
        "git:\($0) refs/"
      }
    }
    if let operation = snapshot.operation {
      if case .abort = parameters.action {
      } else {
        let ends = operation == "bisect" ? "reset" : "--abort or --continue"
        add("operation-in-progress", "a \(operation) is in progress: end it with git \(operation) \(ends)")
      }
    }
    switch parameters.action {
    case .paths, .resetPaths:
      if wanted.problems.isEmpty, wanted.differing?.isEmpty == true {
        let source = wanted.tree?.shortHash ?? "the index"
        add(
          "no-op",
          "restores nothing: the \((wanted.matched ?? 0).counted("path already equals", "paths already equal")) \(source). If the bad change is committed, "
            + "name the commit before it")
      }
    case .checkout:
      if wanted.differing?.isEmpty == true, wanted.problems.isEmpty {
        add("no-op", "restores nothing: the paths already equal the index")
      }
    case .clean(_, _, _, let isForced, _, _):
      if !isForced {
        add("clean-unforced", "git clean refuses without -f, unless clean.requireForce is off", severity: .warning)
      }
      if wanted.removable?.isEmpty == true { add("no-op", "there is nothing to clean", severity: .warning) }
    case .stash(.push, _), .stash(.pushUntracked, _), .stash(.pushAll, _):
      if snapshot.changedFiles == 0 { add("no-op", "stashes nothing: there are no local changes") }
    case .commit(let amend, _, let opensEditor, _):
      if opensEditor { add("opens-editor", "git commit opens an editor: give the message with -m, or --no-edit") }
      if !amend, snapshot.changedFiles == 0, !effect.summary.contains("--allow-empty") {
        add("no-op", "commits nothing: there are no changes")
      }
    case .merge(_, _, _, let opensEditor), .cherryPick(_, _, _, let opensEditor):
      if opensEditor { add("opens-editor", "--edit opens an editor: leave it out") }
      if wanted.contained == true {
        add("no-op", "HEAD already holds \(wanted.sha?.shortHash ?? "it")", severity: .warning)
      }
    case .tagCreate(let name, _, let force, let opensEditor):
      if opensEditor { add("opens-editor", "git tag -a opens an editor: give the message with -m") }
      if !force, snapshot.refs["refs/tags/\(name)"]?.isEmpty == false {
        add("exists", "the tag \(name) is there already")
      }
    case .branchCreate(let name, _, false):
      if snapshot.refs["refs/heads/\(name)"]?.isEmpty == false { add("exists", "the branch \(name) is there already") }
    case .branchDelete, .tagDelete:
      for name in snapshot.refs.filter({ $0.value.isEmpty }).keys.sorted() {
        add("target-unknown", "\(name) is not there: git would refuse")
      }
    case .push:
      let same = (wanted.remoteRefs ?? [:]).allSatisfy { ref in
        snapshot.remote.contains { $0.key.hasSuffix(" \(ref.key)") && $0.value == ref.value }
      }
      if same, wanted.remoteRefs?.isEmpty == false { add("no-op", "the remote is there already", severity: .warning) }
    default: break
    }
    if case .checkout(_, let create?, false, _, _) = parameters.action,
      snapshot.refs["refs/heads/\(create)"]?.isEmpty == false
    {
      add("exists", "the branch \(create) is there already: check it out without -b")
    }
  }

  private func remotes(of action: GitAction) -> [String] {
    switch action {
    case .fetch(let remote, _), .pull(let remote, _): [remote ?? "origin"]
    case .push(let push): [push.remote ?? "origin"]
    default: []
    }
  }

  /// What git would refuse to write over.
  private func addWorktreeProblems(
    _ forecast: inout Forecast, _ snapshot: GitSnapshot, _ head: GitSnapshot.Head, _ action: GitAction,
    _ repository: GitRepository
  ) async throws {
    guard let worktree = snapshot.worktree, let now = head.sha else { return }
    switch action {
    case .revert, .cherryPick:
      let staged = snapshot.index?.keys.sorted() ?? []
      if !staged.isEmpty {
        forecast.problems.append(
          Problem(code: "local-changes-in-the-way", message: "git refuses while changes are staged: \(list(staged))"))
      }
      return
    case .checkout(_, _, _, false, _), .merge, .pull: break
    default: return
    }
    guard let target = snapshot.wanted?.sha, target != now, try await repository.has(target) else { return }
    let changed = Set(
      try await repository.fields(["diff-tree", "-r", "-z", "--no-renames", "--name-only", now, target]))
    let inHead = try await repository.tree(now)
    let inTheWay = worktree.filter { changed.contains($0.key) && !$0.value.isEmpty }.keys
    let tracked = inTheWay.filter { inHead[$0] != nil || snapshot.index?[$0] != nil }.sorted()
    if !tracked.isEmpty {
      forecast.problems.append(
        Problem(
          code: "local-changes-in-the-way",
          message: "git would refuse: local changes in \(list(tracked)). Commit or stash them first"))
    }
    let loose = inTheWay.filter { inHead[$0] == nil && snapshot.index?[$0] == nil }.sorted()
    guard !loose.isEmpty else { return }
    let ignored = GitRepository.fields(
      try await repository.git(
        ["check-ignore", "-z", "--stdin"], input: Data(loose.joined(separator: "\0").utf8) + Data([0])
      ).output)
    let refused = loose.filter { !ignored.contains($0) }
    if !refused.isEmpty {
      forecast.problems.append(
        Problem(
          code: "untracked-in-the-way",
          message: "git would refuse: untracked files stand where it would write: \(list(refused)). Move them away"))
    }
    if refused.count < loose.count {
      forecast.problems.append(
        Problem(
          code: "ignored-replaced", severity: .warning,
          message: "ignored files would be written over without a word (they are kept): \(list(ignored.sorted()))"))
    }
  }

  private func list(_ paths: [String]) -> String {
    paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
  }
}
