import Layer
import Runbook

/// Reads the words of a git command. What it does not know is nil: never a guess.
struct GitCommandLine {
  /// Of `-C`, joined in order.
  var folder: String?
  var verb: String
  /// The words after the verb.
  var arguments: [String]
  /// `-c name=value`, in order.
  var settings: [String] = []

  /// - Parameter words: everything after `git`.
  init?(words: [String]) {
    var rest = words[...]
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      switch word {
      case "-C":
        guard let next = rest.popFirst() else { return nil }
        folder = next.hasPrefix("/") ? next : folder.map { $0 + "/" + next } ?? next
      case "-c":
        guard let next = rest.popFirst() else { return nil }
        settings.append(next)
      case "--no-pager", "-P", "--no-optional-locks", "--paginate", "-p", "--literal-pathspecs": continue
      // Another repository than the folder's, or one that only asks: not understood.
      default: return nil
      }
    }
    guard let verb = rest.popFirst() else { return nil }
    self.verb = verb
    arguments = Array(rest)
  }

  /// Options and operands, told apart. `valued` are the options that take the next word.
  private struct Parts {
    var options: [(name: String, value: String?)] = []
    var operands: [String] = []
    /// What follows `--`; nil without one.
    var paths: [String]?

    func has(_ names: String...) -> Bool { options.contains { names.contains($0.name) } }
    func value(_ names: String...) -> String? { options.last { names.contains($0.name) }?.value }
    /// Whether every option is one of `known`.
    func only(_ known: Set<String>) -> Bool { options.allSatisfy { known.contains($0.name) } }
  }

  private func parts(valued: Set<String> = []) -> Parts? {
    var result = Parts()
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" {
        result.paths = Array(rest)
        break
      }
      if word.hasPrefix("--") {
        if let equals = word.firstIndex(of: "=") {
          result.options.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
        } else if valued.contains(word) {
          guard let value = rest.popFirst() else { return nil }
          result.options.append((word, value))
        } else {
          result.options.append((word, nil))
        }
      } else if word.hasPrefix("-"), word.count > 1 {
        // Bundled single letters; one that takes a value takes the rest of the word or the next.
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
          let name = "-\(letter)"
          if valued.contains(name) {
            guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else { return nil }
            result.options.append((name, value))
            letters = ""
          } else {
            result.options.append((name, nil))
          }
        }
      } else {
        result.operands.append(word)
      }
    }
    return result
  }

  var action: GitAction? {
    switch verb {
    case "checkout": checkout
    case "switch": switchBranch
    case "restore": restore
    case "revert": revert
    case "reset": reset
    case "stash": stash
    case "clean": clean
    case "branch": branch
    case "tag": tag
    case "fetch": fetch
    case "pull": pull
    case "push": push
    case "commit": commit
    case "merge": merge
    case "cherry-pick": cherryPick
    case "rebase": arguments == ["--abort"] ? .abort("rebase") : nil
    case "remote":
      arguments.allSatisfy({ ["-v", "--verbose"].contains($0) })
        || ["show", "get-url"].contains(arguments.first { !$0.hasPrefix("-") }) ? .look(verb) : nil
    case "reflog": ["expire", "delete"].contains(arguments.first) ? nil : .look(verb)
    case "worktree": arguments.first == "list" ? .look(verb) : nil
    case "config":
      arguments.contains { ["--get", "--list", "-l", "--get-all"].contains($0) } ? .look(verb) : nil
    case "log", "diff", "show", "shortlog":
      // `--output=file` writes one.
      arguments.contains { $0.hasPrefix("--output") } ? nil : .look(verb)
    case "status", "rev-parse", "ls-files", "describe", "blame", "rev-list", "ls-remote", "ls-tree", "cat-file",
      "merge-base", "name-rev", "grep", "show-ref", "for-each-ref", "diff-tree", "whatchanged", "show-branch", "cherry",
      "version", "--version":
      .look(verb)
    default: nil
    }
  }

  private var checkout: GitAction? {
    guard let parts = parts(valued: ["-b", "-B", "--orphan", "--conflict", "--pathspec-from-file"]) else { return nil }
    guard
      parts.only([
        "-b", "-B", "-f", "--force", "-q", "--quiet", "--detach", "-d", "--track", "-t", "--no-track", "--progress",
        "--no-progress", "--guess", "--no-guess", "--overwrite-ignore", "-l", "--recurse-submodules",
        "--no-recurse-submodules",
      ])
    else { return nil }
    if let paths = parts.paths, !paths.isEmpty {
      guard parts.operands.count <= 1 else { return nil }
      return .paths(source: parts.operands.first, paths: paths, staged: true, worktree: true, removes: false)
    }
    if parts.operands.count > 1 {
      // `git checkout REV path …`, without the `--`.
      return .paths(
        source: parts.operands[0], paths: Array(parts.operands.dropFirst()), staged: true, worktree: true,
        removes: false)
    }
    // A lone `.` or a path with a trailing slash can only be a path.
    if let only = parts.operands.first, parts.paths == nil, only == "." || only.hasSuffix("/") || only.hasPrefix("./") {
      return .paths(source: nil, paths: [only], staged: false, worktree: true, removes: false)
    }
    let create = parts.value("-b", "-B")
    guard create != nil || parts.operands.count == 1 || parts.has("-f", "--force") else { return nil }
    return .checkout(
      revision: parts.operands.first, create: create ?? trackedName(parts), resets: parts.has("-B"),
      force: parts.has("-f", "--force"), detach: parts.has("--detach", "-d"))
  }

  /// `git checkout --track origin/x` makes `x`.
  private func trackedName(_ parts: Parts) -> String? {
    guard parts.has("--track", "-t"), let name = parts.operands.first, let slash = name.firstIndex(of: "/") else {
      return nil
    }
    return String(name[name.index(after: slash)...])
  }

  private var switchBranch: GitAction? {
    guard let parts = parts(valued: ["-c", "-C", "--create", "--force-create", "--orphan", "--conflict"]),
      parts.only([
        "-c", "-C", "--create", "--force-create", "-d", "--detach", "-f", "--force", "--discard-changes", "-q",
        "--quiet", "-t", "--track", "--no-track", "--guess", "--no-guess", "--progress", "--no-progress",
      ]), parts.operands.count <= 1, parts.paths?.isEmpty ?? true
    else { return nil }
    let create = parts.value("-c", "-C", "--create", "--force-create") ?? trackedName(parts)
    guard create != nil || parts.operands.count == 1 else { return nil }
    return .checkout(
      revision: parts.operands.first, create: create, resets: parts.has("-C", "--force-create"),
      force: parts.has("-f", "--force", "--discard-changes"), detach: parts.has("-d", "--detach"))
  }

  private var restore: GitAction? {
    guard let parts = parts(valued: ["-s", "--source", "--conflict"]),
      parts.only([
        "-s", "--source", "-S", "--staged", "-W", "--worktree", "-q", "--quiet", "--progress", "--no-progress",
        "--overlay", "--no-overlay", "--ignore-unmerged",
      ])
    else { return nil }
    let paths = parts.operands + (parts.paths ?? [])
    guard !paths.isEmpty else { return nil }
    let staged = parts.has("-S", "--staged")
    return .paths(
      source: parts.value("-s", "--source"), paths: paths, staged: staged,
      worktree: parts.has("-W", "--worktree") || !staged, removes: !parts.has("--overlay"))
  }

  private var revert: GitAction? {
    if ["--abort", "--quit"].contains(arguments.first) { return .abort("revert") }
    let valued: Set = ["-m", "--mainline", "-X", "--strategy-option", "--strategy"]
    guard let parts = parts(valued: valued),
      parts.only(
        valued.union([
          "--no-edit", "-e", "--edit", "-n", "--no-commit", "-s", "--signoff", "--reference", "-S", "--no-gpg-sign",
        ])), !parts.operands.isEmpty
    else { return nil }
    // The driver runs it itself, so options must be the author's but for the editor.
    let options = parts.options.filter { !["-e", "--edit", "--no-edit"].contains($0.name) }.flatMap { option in
      option.name.hasPrefix("--")
        ? [option.value.map { "\(option.name)=\($0)" } ?? option.name]
        : [option.name] + (option.value.map { [$0] } ?? [])
    }
    return .revert(
      revisions: parts.operands, options: options, mainline: parts.value("-m", "--mainline").flatMap { Int($0) },
      noCommit: parts.has("-n", "--no-commit"))
  }

  private var reset: GitAction? {
    guard let parts = parts(),
      parts.only(["--hard", "--soft", "--mixed", "--merge", "--keep", "-q", "--quiet", "-N", "--no-refresh"])
    else { return nil }
    let mode = GitAction.ResetMode.allByOption.first { parts.has($0.0) }?.1
    let paths = Array(parts.operands.dropFirst()) + (parts.paths ?? [])
    if !paths.isEmpty {
      return mode == nil || mode == .mixed ? .resetPaths(revision: parts.operands.first ?? "HEAD", paths: paths) : nil
    }
    if let only = parts.operands.first, only == "." || only.hasSuffix("/") || only.hasPrefix("./") {
      return mode == nil ? .resetPaths(revision: "HEAD", paths: [only]) : nil
    }
    return .reset(mode: mode ?? .mixed, revision: parts.operands.first ?? "HEAD")
  }

  private var stash: GitAction? {
    let words = arguments
    switch words.first {
    case nil: return .stash(.push, entry: nil)
    case "list", "show": return .look("stash")
    case "pop", "apply", "drop":
      guard let verb = GitAction.StashVerb(rawValue: words[0]) else { return nil }
      let operands = words.dropFirst().filter { !["--index", "-q", "--quiet"].contains($0) }
      guard operands.count <= 1, operands.allSatisfy({ !$0.hasPrefix("-") }) else { return nil }
      return .stash(verb, entry: operands.first)
    case "clear": return words.count == 1 ? .stash(.clear, entry: nil) : nil
    case "push", "save", .some(_):
      var line = self
      if ["push", "save"].contains(words[0]) { line.arguments.removeFirst() }
      let isSave = words[0] == "save"
      guard isSave || words[0] == "push" || words[0].hasPrefix("-"),
        let parts = line.parts(valued: ["-m", "--message"]),
        parts.only([
          "-m", "--message", "-u", "--include-untracked", "-a", "--all", "-k", "--keep-index", "--no-keep-index", "-q",
          "--quiet",
        ])
      else { return nil }
      return .stash(
        parts.has("-a", "--all") ? .pushAll : parts.has("-u", "--include-untracked") ? .pushUntracked : .push,
        entry: nil)
    }
  }

  private var clean: GitAction? {
    guard let parts = parts(valued: ["-e", "--exclude"]),
      parts.only(["-e", "--exclude", "-f", "--force", "-d", "-x", "-X", "-q", "--quiet", "-n", "--dry-run"])
    else { return nil }
    if parts.has("-n", "--dry-run") { return .look("clean") }
    // Twice `-f` also removes other repositories: those are not kept here.
    guard parts.options.filter({ ["-f", "--force"].contains($0.name) }).count < 2 else { return nil }
    return .clean(
      folders: parts.has("-d"), ignored: parts.has("-x"), onlyIgnored: parts.has("-X"),
      isForced: parts.has("-f", "--force"), paths: parts.operands + (parts.paths ?? []),
      excludes: parts.options.filter { ["-e", "--exclude"].contains($0.name) }.compactMap(\.value))
  }

  private var branch: GitAction? {
    let listing: Set = [
      "-a", "--all", "-r", "--remotes", "-l", "--list", "--show-current", "-v", "-vv", "--contains", "--merged",
      "--no-merged", "--no-contains", "--sort", "--format", "--points-at", "--color", "--no-color", "--column",
    ]
    guard let parts = parts(valued: ["--sort", "--format", "--points-at", "-u", "--set-upstream-to"]),
      parts.paths == nil
    else { return nil }
    if parts.options.isEmpty, parts.operands.isEmpty { return .look(verb) }
    if parts.has("-d", "-D", "--delete"), parts.only(["-d", "-D", "--delete", "-f", "--force", "-q", "--quiet"]) {
      return parts.operands.isEmpty
        ? nil : .branchDelete(names: parts.operands, force: parts.has("-D", "-f", "--force"))
    }
    if parts.has("-m", "-M", "--move"), parts.only(["-m", "-M", "--move", "-f", "--force"]) {
      guard (1...2).contains(parts.operands.count), let to = parts.operands.last else { return nil }
      return .branchMove(
        from: parts.operands.count == 2 ? parts.operands[0] : nil, to: to, force: parts.has("-M", "-f", "--force"))
    }
    if !parts.options.isEmpty, parts.only(listing) { return .look(verb) }
    guard parts.only(["-f", "--force", "-t", "--track", "--no-track", "-q", "--quiet"]),
      (1...2).contains(parts.operands.count)
    else { return nil }
    return .branchCreate(
      name: parts.operands[0], start: parts.operands.count == 2 ? parts.operands[1] : "HEAD",
      force: parts.has("-f", "--force"))
  }

  private var tag: GitAction? {
    guard
      let parts = parts(valued: [
        "-m", "--message", "-F", "--file", "--sort", "--format", "-u", "--local-user", "--points-at", "--contains",
      ])
    else { return nil }
    if parts.has("-d", "--delete") {
      return parts.only(["-d", "--delete"]) && !parts.operands.isEmpty ? .tagDelete(names: parts.operands) : nil
    }
    let listing: Set = [
      "-l", "--list", "-n", "--sort", "--format", "--points-at", "--contains", "--merged", "--no-merged", "-v",
    ]
    if parts.operands.isEmpty || (!parts.options.isEmpty && parts.only(listing)) {
      return parts.only(listing) ? .look(verb) : nil
    }
    guard parts.only(["-a", "-m", "--message", "-F", "--file", "-f", "--force", "-s", "-u", "--annotate"]),
      parts.operands.count <= 2
    else { return nil }
    return .tagCreate(
      name: parts.operands[0], target: parts.operands.count == 2 ? parts.operands[1] : "HEAD",
      force: parts.has("-f", "--force"),
      opensEditor: parts.has("-a", "-s", "--annotate", "-u") && !parts.has("-m", "--message", "-F", "--file"))
  }

  private var fetch: GitAction? {
    guard let parts = parts(valued: ["-j", "--depth", "-o"]),
      parts.only([
        "--all", "-p", "--prune", "-t", "--tags", "-n", "--no-tags", "-q", "--quiet", "-v", "--verbose", "-f",
        "--force", "--progress", "-P", "--prune-tags", "-j", "--depth", "--unshallow",
      ])
    else { return nil }
    return .fetch(remote: parts.operands.first, refspecs: Array(parts.operands.dropFirst()))
  }

  private var pull: GitAction? {
    guard let parts = parts(valued: ["-X", "-s"]),
      parts.only([
        "--ff-only", "--ff", "--no-ff", "-q", "--quiet", "-v", "--verbose", "--no-edit", "--rebase", "-r",
        "--no-rebase", "-p", "--prune", "-t", "--tags", "--autostash", "--stat", "--no-stat", "-f", "--force", "-X",
        "-s", "--progress",
      ])
    else { return nil }
    return .pull(remote: parts.operands.first, refspecs: Array(parts.operands.dropFirst()))
  }

  private var push: GitAction? {
    guard let parts = parts(valued: ["-o", "--push-option", "--repo"]),
      parts.only([
        "-f", "--force", "--force-with-lease", "--force-if-includes", "-d", "--delete", "--tags", "--follow-tags",
        "-u", "--set-upstream", "-q", "--quiet", "-v", "--verbose", "--progress", "--no-progress", "-o",
        "--push-option", "--no-verify", "--all", "--atomic", "--porcelain", "-n", "--dry-run",
      ])
    else { return nil }
    if parts.has("-n", "--dry-run") { return .look(verb) }
    return .push(
      GitPush(
        remote: parts.operands.first, refspecs: Array(parts.operands.dropFirst()),
        deletes: parts.has("-d", "--delete"), force: parts.has("-f", "--force"), lease: parts.has("--force-with-lease"),
        tags: parts.has("--tags"), followTags: parts.has("--follow-tags"), all: parts.has("--all")))
  }

  private var commit: GitAction? {
    let messages: Set = ["-m", "--message", "-F", "--file", "-C", "--reuse-message", "--no-edit"]
    let valued: Set = [
      "-m", "--message", "-F", "--file", "-C", "--reuse-message", "-c", "--author", "--date", "--fixup", "--squash",
      "-t", "--trailer", "--cleanup",
    ]
    guard let parts = parts(valued: valued),
      parts.only(
        valued.union([
          "--no-edit", "-a", "--all", "--amend", "-q", "--quiet", "-v", "--no-verify", "-n", "-s", "--signoff",
          "--allow-empty", "--allow-empty-message", "--no-gpg-sign", "-S", "--dry-run", "-e", "--edit", "-o", "-i",
        ]))
    else { return nil }
    if parts.has("--dry-run") { return .look(verb) }
    let hasMessage = parts.options.contains { messages.contains($0.name) } || parts.has("--fixup")
    return .commit(
      amend: parts.has("--amend"), all: parts.has("-a", "--all"), opensEditor: !hasMessage || parts.has("-e", "--edit"),
      paths: parts.operands + (parts.paths ?? []))
  }

  private var merge: GitAction? {
    if ["--abort", "--quit"].contains(arguments.first) { return .abort("merge") }
    guard let parts = parts(valued: ["-m", "-F", "-X", "-s", "--strategy", "--strategy-option", "--into-name"]),
      parts.only([
        "-m", "-F", "-X", "-s", "--strategy", "--strategy-option", "--no-edit", "--edit", "-e", "--ff", "--no-ff",
        "--ff-only", "--squash", "--no-commit", "--commit", "-q", "--quiet", "-v", "--stat", "--no-stat", "-n",
        "--allow-unrelated-histories", "--no-verify", "--signoff", "--autostash", "--log",
      ]), !parts.operands.isEmpty
    else { return nil }
    return .merge(
      revisions: parts.operands, noCommit: parts.has("--no-commit"), squash: parts.has("--squash"),
      opensEditor: parts.has("-e", "--edit"))
  }

  private var cherryPick: GitAction? {
    if ["--abort", "--quit"].contains(arguments.first) { return .abort("cherry-pick") }
    guard let parts = parts(valued: ["-m", "--mainline", "-X", "--strategy", "--strategy-option"]),
      parts.only([
        "-m", "--mainline", "-X", "--strategy", "--strategy-option", "-n", "--no-commit", "-x", "-s", "--signoff",
        "-e", "--edit", "--ff", "--allow-empty", "--keep-redundant-commits", "--no-gpg-sign",
      ]), !parts.operands.isEmpty
    else { return nil }
    return .cherryPick(
      revisions: parts.operands, mainline: parts.value("-m", "--mainline").flatMap { Int($0) },
      noCommit: parts.has("-n", "--no-commit"), opensEditor: parts.has("-e", "--edit"))
  }
}

extension GitAction.ResetMode {
  fileprivate static let allByOption: [(String, Self)] = [
    ("--soft", .soft), ("--mixed", .mixed), ("--hard", .hard), ("--merge", .merge), ("--keep", .keep),
  ]
}
