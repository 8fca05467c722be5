import Runbook

/// The commands that are known to change nothing.
enum ReadOnlyCommands {
  private static let programs: Set<String> = [
    "echo", "printf", "true", "false", ":", "sleep", "date", "whoami", "hostname", "pwd", "uname", "ps", "test", "[",
    "which", "type", "cd", "pushd", "popd", "source", ".", "export", "unset", "set", "cat", "head", "tail", "less",
    "grep", "egrep", "fgrep", "rg", "wc", "ls", "du", "df", "free", "uptime", "id", "groups", "stat", "file", "diff",
    "cmp", "md5sum", "sha256sum", "jq", "cut", "tr", "uniq", "basename", "dirname", "realpath", "readlink", "seq",
    "printenv", "ss", "netstat", "lsof", "dig", "nslookup", "host", "ping", "pgrep", "top", "journalctl", "lsb_release",
  ]

  /// Program → the subcommands that only look.
  private static let subcommands: [String: Set<String>] = [
    "docker": ["ps", "images", "logs", "inspect", "version", "info", "stats", "top", "port", "history"],
    "docker-compose": ["ps", "logs", "config", "images", "top", "port", "version"],
    "docker compose": ["ps", "logs", "config", "images", "top", "port", "version", "ls"],
    "kubectl": ["get", "describe", "logs", "version", "top", "cluster-info", "explain"],
    "kubectl rollout": ["status", "history"],
    "helm": ["list", "ls", "status", "history", "get", "version", "show"],
    "alembic": ["current", "history", "heads", "show", "branches", "check"],
    "pip": ["list", "show", "freeze", "check"], "pip3": ["list", "show", "freeze", "check"],
    "npm": ["list", "ls", "view", "outdated"], "fly": ["status", "releases", "logs"],
    "flyctl": ["status", "releases", "logs"], "heroku": ["releases", "ps", "logs", "status"],
    "vercel": ["ls", "list", "inspect", "logs", "whoami"], "terraform": ["show", "output", "validate", "version"],
    "crontab": ["-l"], "supervisorctl": ["status"], "pm2": ["list", "ls", "status", "logs", "jlist", "describe"],
    "git": ["status", "log", "show", "diff"], "redis-cli": ["ping", "info"],
  ]

  static func contains(_ command: ParsedCommand) -> Bool {
    guard !command.background, !command.redirections.contains(where: { $0.writes && $0.target.value != "/dev/null" })
    else { return false }
    guard let name = command.name else {
      // Assignments alone change the session and nothing else.
      return command.words.isEmpty
    }
    let arguments = command.arguments
    if arguments.count == 1, ["--version", "-V", "--help"].contains(arguments[0]) { return true }
    switch name {
    case "env": return arguments.isEmpty
    case "date": return !arguments.contains { $0 == "-s" || $0.hasPrefix("--set") }
    case "hostname": return !arguments.contains { !$0.hasPrefix("-") }
    case "find":
      return !arguments.contains { ["-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fls"].contains($0) }
    case "sort": return !arguments.contains { $0.hasPrefix("-o") || $0.hasPrefix("--output") }
    case "journalctl": return !arguments.contains { $0.hasPrefix("--vacuum") || $0 == "--rotate" || $0 == "--flush" }
    case "pg_isready": return true
    default: break
    }
    if programs.contains(name) { return true }
    let operands = arguments.filter { !$0.hasPrefix("-") || $0 == "-l" }
    guard let first = operands.first else { return false }
    if let second = operands.dropFirst().first, let known = subcommands["\(name) \(first)"] {
      return known.contains(second)
    }
    if subcommands["\(name) \(first)"] != nil { return false }
    // An option before the subcommand may take a value: only the plain form is known.
    return subcommands[name]?.contains(first) ?? false && arguments.first == first
  }
}
