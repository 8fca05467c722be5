import Runbook

/// What a shell statement does, as far as its words tell.
struct CommandNature {
  var kind: Step.Kind = .shell
  var role: Step.Role = .change
  var isInteractive = false
  var isDestructive = false

  /// - Parameters:
  ///   - title: the comment above the statement, and the heading and sentence before it.
  ///   - verifies: whether those say that something is verified.
  init(_ statement: ShellStatement, title: @autoclosure () -> String, verifies: Bool) {
    let commands = statement.commands
    guard !commands.isEmpty else { return }
    let main = commands.first { $0.context != .substitution && !Self.isNeutral($0) } ?? commands.first
    // A request that feeds a shell, or that a loop repeats, is a command like any other.
    let feedsShell = commands.contains { $0.context == .pipeline && ["sh", "bash", "zsh"].contains($0.name ?? "") }
    if let main, let name = main.name, ["curl", "wget", "http", "https", "xh"].contains(name), !feedsShell,
      main.context != .controlFlow
    {
      kind = .http
    }

    let acting = commands.filter { !Self.isNeutral($0) }
    let sleeps = acting.filter { $0.name == "sleep" }
    if !acting.isEmpty, sleeps.count == acting.count {
      role = .wait
    } else if !acting.isEmpty,
      acting.allSatisfy({
        $0.name == "sleep" || Self.reads($0, verifies: verifies)
          || verifies && Self.opensToLook($0, title: title())
      })
    {
      role = .observe
    }
    for (index, command) in commands.enumerated() where !command.background {
      let isFed =
        index > 0 && command.context == .pipeline || command.redirections.contains { $0.operator.hasPrefix("<") }
      // A loop's `read` takes the lines of what the loop is fed.
      if command.name == "read", command.context == .controlFlow, Self.feedsLoop(statement.text) { continue }
      if Self.isInteractive(command, isFed: isFed, title: title()) { isInteractive = true }
    }
    isDestructive = commands.contains(where: Self.isDestructive)
  }

  /// An editor, where nothing around it says that the file is edited.
  private static func opensToLook(_ command: ParsedCommand, title: @autoclosure () -> String) -> Bool {
    ReadOnlyCommands.editors.contains(command.name ?? "") && !editing.isIn(WordList(title()))
  }

  private static let editing = PhraseSet([
    "edit*", "update*", "updating", "chang*", "modif*", "fix*", "set", "correct*", "add", "remove", "replace",
    "adjust*", "comment", "uncomment", "write",
  ])

  /// `done < list`, `list | while read …`.
  private static func feedsLoop(_ text: String) -> Bool {
    let words = text.split { $0.isWhitespace || $0 == ";" }
    return zip(words, words.dropFirst()).contains { word, next in
      word == "done" && next.hasPrefix("<") || word == "|" && next == "while"
    } || words.contains { $0.hasPrefix("done<") || $0.hasSuffix("|while") }
  }

  private static func isNeutral(_ command: ParsedCommand) -> Bool {
    guard let name = command.name else { return command.words.isEmpty }
    return ReadOnlyCommands.neutral.contains(name)
  }

  /// Options that take the next word.
  private static let valued: Set<String> = [
    "-C", "-c", "-n", "--namespace", "--context", "-f", "--file", "-p", "-H", "--host", "--profile", "--region", "-a",
    "--app", "--kubeconfig", "--project", "-u", "--prefix", "--cwd", "-h", "--env-file", "--chdir", "--project-name",
    "--project-directory", "--git-dir", "--work-tree", "-path", "-database", "-source",
  ]

  /// Tools whose options say what they do.
  private static let wholeNames: Set<String> = ["crontab", "nginx", "dpkg", "rpm", "ansible", "read"]

  /// The words after options that only say where: `git -C dir log` is `log`.
  private static func subcommand(_ command: ParsedCommand) -> [String] {
    var words = command.arguments[...]
    func skipOptions() {
      while let first = words.first, first.hasPrefix("-"), first.count > 1 {
        words = words.dropFirst(valued.contains(first) ? 2 : 1)
      }
    }
    let name = command.name ?? ""
    guard !wholeNames.contains(name) else { return Array(words) }
    skipOptions()
    if name == "docker", words.first == "compose" {
      words = words.dropFirst()
      skipOptions()
      return ["compose"] + words
    }
    return Array(words)
  }

  /// Whether the words after the name begin with one of `entries`; an option in an entry may stand anywhere.
  private static func matches(_ words: [String], _ entries: Set<String>) -> Bool {
    guard let first = words.first else { return false }
    if entries.contains(first) {
      return !ReadOnlyCommands.nouns.contains(first) || !changes(words.dropFirst().prefix(2))
    }
    for entry in entries where entry.utf8.count > first.utf8.count && entry.utf8.starts(with: first.utf8) {
      let parts = entry.split(separator: " ").map(String.init)
      guard parts.count > 1, parts[0] == first else { continue }
      let rest = words.dropFirst()
      if parts.dropFirst().allSatisfy({ part in
        part.hasPrefix("-")
          ? rest.contains { $0 == part || $0.hasPrefix(part + "=") } : rest.first { !$0.hasPrefix("-") } == part
      }) {
        return true
      }
    }
    return false
  }

  private static func reads(_ command: ParsedCommand, verifies: Bool) -> Bool {
    if command.redirections.contains(where: {
      $0.writes && $0.target.value != "/dev/null" && $0.target.value != "/dev/stderr"
    }) {
      return false
    }
    // `[` alone is no pattern, but its word has no value either.
    guard let name = command.name ?? command.words.first.flatMap({ $0.text == "[" ? $0.text : nil }) else {
      return false
    }
    let arguments = command.arguments
    let words = subcommand(command)
    if arguments.contains(where: { $0.hasPrefix("--dry-run") || $0 == "--dryrun" || $0 == "dry_run=true" }) {
      return true
    }
    if arguments.contains(where: ReadOnlyCommands.lookingOptions.contains), !changes(words), !words.contains("migrate")
    {
      return true
    }
    if arguments == ["--version"] || arguments == ["-v"] || arguments == ["--help"] || arguments.last == "--help" {
      return true
    }
    switch name {
    case "find" where arguments.contains("-exec"):
      let inner = arguments.drop { $0 != "-exec" }.dropFirst().first ?? ""
      return ReadOnlyCommands.always.contains(inner) && !arguments.contains("-delete")
    case "find": return !arguments.contains { ["-delete", "-exec", "-execdir", "-ok", "-fprint"].contains($0) }
    case "awk", "gawk": return !arguments.contains("inplace")
    case "sed", "yq", "perl": return !arguments.contains { $0.hasPrefix("-i") || $0 == "--in-place" } && name != "perl"
    case "xargs":
      let rest = words
      guard let inner = rest.first else { return true }
      return ReadOnlyCommands.always.contains(inner)
    case "tee": return arguments.isEmpty
    case "curl", "http", "https", "xh", "wget":
      return HTTPNature.reads(name: name, arguments: arguments, verifies: verifies)
    case "psql", "mysql", "mariadb", "sqlite3": return ClientNature.reads(name: name, command: command)
    case "git" where words.first == "branch" || words.first == "tag" || words.first == "remote":
      if words.count == 1 { return true }
    case "git" where words.first == "stash" && words.count == 1: return false
    case "pg_restore": return arguments.contains("-l") || arguments.contains("--list")
    case "tar": return arguments.first?.contains("t") ?? false
    case "nc": return arguments.contains { $0.hasPrefix("-") && $0.contains("z") }
    case "env": return arguments.isEmpty
    case "service": return arguments.last == "status"
    case "timeout", "time", "nice", "nohup", "env-cmd", "xvfb-run":
      let skip = name == "timeout" ? 2 : 1
      guard command.words.count > skip else { return false }
      var inner = command
      inner.words = Array(command.words[skip...])
      return reads(inner, verifies: verifies)
    default: break
    }
    if ReadOnlyCommands.always.contains(name) || ReadOnlyCommands.testers.contains(name) { return true }
    if let entries = ReadOnlyCommands.subcommands[name], matches(words, entries) { return true }
    if ReadOnlyCommands.verbTools.contains(name), words.prefix(4).contains(where: isReadVerb) {
      return !words.contains("get-object") && !changes(words.prefix(4))
    }
    if InlineCode.reads(name: name, arguments: arguments, verifies: verifies) { return true }
    if !isScript(command), looks(name: name, words: words) { return true }
    if ["npx", "uv", "poetry", "pipenv", "bundle", "pnpm", "yarn", "bunx", "pdm"].contains(name),
      let first = words.first
    {
      let inner = ["run", "exec", "dlx"].contains(first) ? Array(words.dropFirst()) : words
      if !inner.isEmpty, inner.count < command.words.count,
        reads(ParsedCommand(words: inner.map(Word.init(literal:))), verifies: verifies)
      {
        return true
      }
    }
    return checks(name: name, words: words, isScript: isScript(command), verifies: verifies)
  }

  /// Whether one of the words is a verb that changes something: `fly releases rollback`, `git reflog expire`.
  private static func changes(_ words: some Sequence<String>) -> Bool {
    words.contains { word in
      // `deploy:list`: the last part is the verb.
      !word.hasPrefix("-")
        && word.split(separator: ":").last.map { ReadOnlyCommands.changing.contains(String($0)) } ?? false
    }
  }

  /// `any-tool backups list`, `any-tool deploy:list`: the tool is unknown, its verb is not.
  private static func looks(name: String, words: [String]) -> Bool {
    guard !ReadOnlyCommands.interpreters.contains(name), !DestructiveCommands.always.contains(name),
      !ReadOnlyCommands.verbless.contains(name), name != "kubectl" || words.first == "argo"
    else { return false }
    let verbs = words.prefix(4).prefix { !$0.hasPrefix("-") }.compactMap {
      $0.split(separator: ":").last.map(String.init)
    }
    return verbs.contains { ReadOnlyCommands.looking.contains($0) || isLookingVerb($0) }
      && !verbs.contains(where: ReadOnlyCommands.changing.contains)
  }

  private static func isReadVerb(_ word: String) -> Bool {
    ReadOnlyCommands.verbs.contains(word) || word.hasPrefix("describe-") || word.hasPrefix("list-")
      || word.hasPrefix("get-")
  }

  /// `list-backups`, `validate-config`, whatever the tool.
  private static func isLookingVerb(_ word: String) -> Bool {
    let parts = word.split(separator: "-").map(String.init)
    guard parts.count > 1, let first = parts.first else { return false }
    return ["list", "describe", "show", "validate", "check", "verify", "inspect", "status"].contains(first)
      && !parts.dropFirst().contains(where: ReadOnlyCommands.changing.contains)
  }

  private static func isScript(_ command: ParsedCommand) -> Bool {
    guard let name = command.words.first?.valueOrText else { return false }
    return name.contains("/") || name.contains("\\") || name.hasSuffix(".sh") || name.hasSuffix(".py")
      || name.hasSuffix(".js")
  }

  /// A script that says that it only looks: by its own name, or by the verb that follows it.
  private static func checks(name: String, words: [String], isScript: Bool, verifies: Bool) -> Bool {
    var rest: [String] = []
    let script: String?
    if isScript {
      script = name
      rest = words
    } else if ReadOnlyCommands.interpreters.contains(name) {
      if words.contains("pytest") || words.prefix(2).contains("test") { return true }
      let skipped: Set<String> = [
        "run", "exec", "python", "python3", "node", "bash", "artisan", "bin/console", "manage.py", "./manage.py",
      ]
      let names = words.filter { !$0.hasPrefix("-") && !skipped.contains($0) }
      script = names.first
      rest = Array(names.dropFirst())
    } else {
      script = nil
    }
    guard let script, !script.contains("\n") else { return false }
    // `python scripts/backups.py list`
    if let verb = rest.first, script.contains("."), ReadOnlyCommands.looking.contains(verb) || isLookingVerb(verb) {
      return true
    }
    let base = script.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? script
    let parts = base.lowercased().split { !$0.isLetter }.map(String.init).filter {
      !["sh", "py", "js", "ts", "ps"].contains($0)
    }
    guard let first = parts.first, let last = parts.last else { return false }
    let checking = ReadOnlyCommands.checking
    if checking.contains(first) { return true }
    // `post-rollback-verify.sh`: the checks that come before or after something.
    if ["pre", "post"].contains(first), checking.contains(last) { return true }
    if !isScript, !script.contains(".") {
      // The name of a package's script: `npm run db:backups:list`, `make logs`.
      if ReadOnlyCommands.looking.contains(last) { return true }
      if ReadOnlyCommands.looking.contains(first), !parts.contains(where: ReadOnlyCommands.changing.contains) {
        return true
      }
    }
    // A name alone may mislead (`test_data_reset.py`); a comment or heading that says so too settles it.
    return verifies
      && parts.contains { checking.contains($0) || ReadOnlyCommands.looking.contains($0) || $0.hasPrefix("benchmark") }
      && !parts.contains(where: ReadOnlyCommands.changing.contains)
  }

  private static func isInteractive(
    _ command: ParsedCommand, isFed: Bool, title: @autoclosure () -> String
  ) -> Bool {
    guard let name = command.name else { return false }
    let arguments = command.arguments
    let words = subcommand(command)
    if InteractiveCommands.always.contains(name) { return !(isFed && ["less", "more"].contains(name)) || true }
    if let entries = InteractiveCommands.subcommands[name], matches(words, entries) { return true }
    if InteractiveCommands.servers.contains(name) { return true }
    func short(_ letter: Character) -> Bool {
      arguments.contains { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.dropFirst().contains(letter) }
    }
    switch name {
    case "tail": return short("f") || short("F") || arguments.contains("--follow")
    case "journalctl": return short("f") || arguments.contains("--follow")
    case "docker", "docker-compose", "kubectl", "podman", "oc", "heroku", "railway", "pm2":
      let inner =
        words.first == "compose" ? Array(subcommand(ParsedCommand(words: words.map(Word.init(literal:))))) : words
      if inner.first == "logs" {
        return arguments.contains {
          $0 == "-f" || $0 == "--follow" || $0 == "--tail" && name == "heroku" || $0 == "-t" && name == "heroku"
        }
      }
      if inner.first == "up" { return !arguments.contains { $0 == "-d" || $0 == "--detach" || $0 == "--wait" } }
      if inner.first == "run" { return arguments.contains { ["-it", "-ti", "--tty", "-t"].contains($0) } }
      return false
    case "git":
      if words.first == "commit" {
        let quiet = ["--no-edit", "--message", "-C", "-F", "--file", "--fixup"]
        return !words.contains { word in
          quiet.contains { word == $0 || word.hasPrefix($0 + "=") }
            || (word.hasPrefix("-") && !word.hasPrefix("--") && word.contains("m"))
        }
      }
      return false
    case "read": return true
    case "npm" where words.first == "run":
      return words.dropFirst().first.map { ["dev", "start", "serve"].contains($0) } ?? false
    case "ssh":
      if arguments.contains("-N") { return true }
      return !isFed && !arguments.contains("-T") && (arguments.contains("-t") || !RemoteShell.hasCommand(arguments))
    case "fly", "flyctl":
      // It follows unless told not to.
      if words.first == "logs" { return !arguments.contains { ["-n", "--no-tail"].contains($0) } }
      return false
    case "gunicorn", "celery":
      return !arguments.contains { $0 == "-D" || $0 == "--daemon" || $0 == "--detach" } && words.first != "status"
    case let name where InteractiveCommands.prompts.contains(name) && !isFed:
      return ClientNature.isPrompt(name: name, command: command)
    default:
      if words.prefix(3).contains(where: { ["logs", "log", "tail"].contains($0) }),
        arguments.contains(where: { ["-f", "--follow"].contains($0) })
      {
        return !ReadOnlyCommands.verbless.contains(name) && !isFed
      }
    }
    return isServer(command, name: name, title: title())
  }

  /// A program in the foreground that serves until it is stopped.
  private static func isServer(_ command: ParsedCommand, name: String, title: @autoclosure () -> String) -> Bool {
    guard ReadOnlyCommands.interpreters.contains(name) else { return false }
    let arguments = command.arguments
    if arguments.contains("runserver") || arguments.contains("http.server") || arguments.contains("uvicorn") {
      return true
    }
    guard let script = arguments.first(where: { $0.contains(".") && !$0.hasPrefix("-") && !$0.contains(" ") }) else {
      return false
    }
    let base = script.split(separator: "/").last.map { $0.lowercased() } ?? ""
    let parts = base.split { !$0.isLetter }
    let words = WordList(title())
    return parts.contains("server") && !parts.contains("test")
      || (words.contains("start*") && words.contains("server") && !parts.contains("start"))
  }

  private static func isDestructive(_ command: ParsedCommand) -> Bool {
    guard let name = command.name else { return false }
    let arguments = command.arguments
    if DestructiveCommands.always.contains(name) { return true }
    if let entries = DestructiveCommands.subcommands[name], matches(subcommand(command), entries) {
      return true
    }
    switch name {
    case "psql", "mysql", "mariadb", "sqlite3": return ClientNature.isDestructive(name: name, command: command)
    case "docker", "docker-compose", "podman":
      return arguments.contains("down") && arguments.contains { $0 == "-v" || $0 == "--volumes" || $0 == "--rmi" }
    case "find":
      return arguments.contains("-delete")
        || zip(arguments, arguments.dropFirst()).contains { flag, inner in
          ["-exec", "-execdir", "-ok", "-okdir"].contains(flag) && DestructiveCommands.always.contains(inner)
        }
    case "rsync", "aws":
      return arguments.contains("--delete")
        || arguments.contains { $0.hasPrefix("delete-") || $0.hasPrefix("terminate-") }
    case "gcloud", "az": return arguments.contains("delete")
    case "pg_restore": return arguments.contains("--clean") || arguments.contains("-c")
    case "xargs": return arguments.contains("rm")
    case "curl": return HTTPNature.method(arguments) == "DELETE"
    case "redis-cli": return arguments.contains { ["flushall", "flushdb"].contains($0.lowercased()) }
    default: return false
    }
  }
}
