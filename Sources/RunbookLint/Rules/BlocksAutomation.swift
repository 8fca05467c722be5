import Runbook

struct BlocksAutomation: LintRule {
  let id = "blocks-automation"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "A command never ends, or waits for a terminal."
  let explanation = """
    `tail -f`, `logs -f` and `watch` run until somebody presses Ctrl-C; a database prompt, an editor and `docker exec -it`
    want a terminal. A script, a CI job and `backout run` stop there; a person may not notice that there are steps after
    it. `kubectl exec -t` goes on, but ends the lines of a dump as a terminal does: with CR LF.

    Ask once, with a bound: `logs --tail=200`, `psql -c '…'`, `kubectl wait --timeout=5m`. What must be watched for a
    while belongs in a section of its own, such as "Monitor for 30 minutes".
    """
  let bad = Example.shell("docker compose up -d\ndocker compose logs -f web")
  let good = Example.shell("docker compose up -d\ndocker compose logs --tail=200 web")
  let references = [
    "https://docs.docker.com/reference/cli/docker/compose/logs/", "https://fly.io/docs/flyctl/logs/",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let sessions = Set(SSHThenLocal.sessions(in: document).map(\.line))
    return document.steps.flatMap { placed -> [Finding] in
      let commands = placed.commands.filter { !$0.command.background && !sessions.contains($0.line) }
      let found = commands.compactMap { command in
        Self.blocking(command).flatMap { why, form -> Finding? in
          if Self.isMeant(command, why: why, in: document) { return nil }
          return finding(at: command, "`\(command.shown)` \(why)", fix: form.map { Fix(title: $0) })
        }
      }
      if !found.isEmpty { return found }
      return terminal(placed, commands: commands)
    }
  }

  /// Whether nobody waits for its end: it follows something in a section for watching, and nothing comes after it there;
  /// it is one of a list of commands; or it closes a block that starts the product, to set it up or to try it.
  private static func isMeant(_ found: PlacedCommand, why: String, in document: LintDocument) -> Bool {
    let line = found.line
    if document.listsCommands(at: line) { return true }
    guard let fence = document.fence(of: line) else { return false }
    func isEmpty(from first: Int, to end: Int) -> Bool {
      !(first..<max(first, end)).contains { number in
        let text = document.line(number).drop { $0.isWhitespace }
        return !text.isEmpty && !text.hasPrefix("#")
      }
    }
    guard isEmpty(from: found.step.endLine + 1, to: fence.endLine) else { return false }
    if why.hasPrefix(serves) { return document.isSetUp(at: line) || document.isTrial(at: line) }
    // Within a list it is a step among others.
    guard why == ctrlC || why == streams, !(document.line(fence.line).first?.isWhitespace ?? false) else {
      return false
    }
    let section = document.outline.section(of: line)
    let next = section.flatMap { $0 + 1 < document.headings.count ? document.headings[$0 + 1].line : nil }
    let last = document.fences.partitioned { $0.line < next ?? .max }
    guard last > 0, document.fences[last - 1] == fence else { return false }
    let above = (max(1, fence.line - 3)..<fence.line).map { String(document.lowerLine($0)) }
    return (above + [section.map { document.headings[$0].text.lowercased() } ?? ""]).contains { text in
      text.holds(watching) && !text.hasPrefix("```") && !text.hasPrefix("#")
    }
  }

  private static let watching: TextSet = ["watch", "monitor", "follow the", "keep an eye"]
  private static let serves = "serves in the foreground"
  private static let streams = "streams until somebody presses Ctrl-C"

  private static let prompts: Set<String> = [
    "bash", "sh", "zsh", "ash", "irb", "console", "dbconsole", "psql", "mysql", "mariadb", "mongosh", "mongo",
    "redis-cli", "python", "python3", "node", "shell",
  ]

  private static let terminals = ["-it", "-ti", "--tty"]

  /// `docker exec -it` of a command that needs no terminal.
  private func terminal(_ placed: PlacedStep, commands: [PlacedCommand]) -> [Finding] {
    guard let command = commands.first, placed.step.text.holds(Self.terminals) else { return [] }
    let words = ShellScan.bare(placed.step.text).blankSeparated.map(String.init)
    guard let index = words.firstIndex(where: { ["exec", "run"].contains($0) }), index > 0,
      let tool = words[..<index].first(where: { ["docker", "docker-compose", "podman", "kubectl", "oc"].contains($0) }),
      let option = words.dropFirst(index).first(where: Self.terminals.contains)
    else { return [] }
    let isPod = tool == "kubectl" || tool == "oc"
    if isPod, words.contains("--"), let last = words.last, Self.prompts.contains(last) {
      return [
        finding(
          at: command, "`\(Shown.text(placed.step.text))` opens a prompt and waits",
          fix: Fix(title: "hand it the statement as an argument, or on its standard input"))
      ]
    }
    // Without a terminal kubectl warns, and goes on.
    let isKept = commands.contains { $0.command.redirections.contains { $0.operator.hasPrefix(">") } }
    if isPod, !isKept { return [] }
    let why =
      isPod
      ? "sends its output through a terminal: what is kept of it gets CR LF line ends"
      : "fails where there is no terminal: \"the input device is not a TTY\""
    let instead = option == "--tty" ? "without --tty" : "-i, or nothing, in place of \(option)"
    return [
      finding(at: command, "`\(Shown.text(placed.step.text))` \(why)", fix: Fix(title: instead))
        .as(isPod ? .warning : .error)
    ]
  }

  /// The tools of which some command blocks.
  private static let known: Set<String> = [
    "tail", "journalctl", "docker", "docker-compose", "podman", "kubectl", "oc", "aws", "fly", "flyctl", "heroku",
    "pm2",
    "vercel", "wrangler", "stern", "redis-cli", "watch", "top", "htop", "btop", "less", "more", "vi", "vim", "nvim",
    "nano", "emacs", "pico", "code", "notepad", "visudo", "crontab", "psql", "mysql", "mariadb", "mongo", "mongosh",
    "sqlite3", "cqlsh", "clickhouse-client", "ssh", "read", "rails", "irb", "php", "python", "python3", "node", "bash",
    "sh", "zsh", "uvicorn", "hypercorn", "daphne", "nodemon", "live-server", "http-server", "gunicorn", "npm", "pnpm",
    "yarn", "bun", "flask", "hugo", "npx", "git",
  ]

  private static let ctrlC = "runs until somebody presses Ctrl-C"

  /// Why a command does not end by itself, and the form that does.
  static func blocking(_ found: PlacedCommand) -> (why: String, form: String?)? {
    guard known.contains(found.name) else { return nil }
    let arguments = found.arguments
    let operands = found.operands
    let last = operands.last ?? ""
    let follows = found.has("--follow") || found.has(short: "f")
    // A command after it in a pipeline may end it: `tail -f log | grep -m1 ready`.
    let isEnded = found.rest.contains { next in
      next.name == "head" || next.name == "grep" && next.arguments.contains { $0.hasPrefix("-m") || $0.contains("qm") }
        || next.name == "timeout"
    }
    if isEnded { return nil }
    if let verb = found.compose {
      switch verb.first {
      case "logs" where verb.contains("-f") || verb.contains("--follow"):
        return (ctrlC, "the same with --tail=200 and without -f")
      case "up"
      where !verb.contains(where: { ["-d", "--detach", "--wait", "--no-start"].contains($0) || $0.hasPrefix("-d") }):
        return (
          "stays in the foreground until somebody presses Ctrl-C, which stops the services",
          "docker compose up -d --wait"
        )
      default: return nil
      }
    }
    switch found.name {
    case "tail" where follows || found.has(short: "F"): return (ctrlC, "tail -n 200 \(last)")
    case "journalctl" where follows: return (ctrlC, "journalctl --no-pager -n 200 …")
    case "docker", "podman":
      if operands.first == "logs", follows { return (ctrlC, "docker logs --tail=200 \(last)") }
      if operands.first == "stats", !found.has("--no-stream") { return (ctrlC, "docker stats --no-stream") }
      if operands.first == "attach" { return ("waits for a terminal", "docker logs --tail=200 \(last)") }
      if operands.first == "events" { return (ctrlC, "docker events --since 10m --until 0s") }
    case "kubectl", "oc":
      if operands.contains("logs"), follows { return (ctrlC, "kubectl logs --tail=200 …") }
      if operands.contains("get"), arguments.contains("-w") || arguments.contains("--watch") {
        return (ctrlC, "kubectl wait --for=condition=… --timeout=5m, or kubectl rollout status --timeout=5m")
      }
      if operands.first == "edit" {
        return ("opens an editor", "kubectl patch, or kubectl apply -f with the file changed")
      }
      if operands.first == "port-forward" || operands.first == "proxy" {
        return (ctrlC, "put & behind it, wait for its port, and end it afterwards")
      }
      if operands.first == "attach" { return ("waits for a terminal", "kubectl logs --tail=200 …") }
    case "aws" where operands.first == "logs" && operands.dropFirst().first == "tail" && arguments.contains("--follow"):
      return (ctrlC, "aws logs tail --since 10m without --follow")
    case "fly", "flyctl":
      if operands.first == "logs", !found.has("--no-tail", "-n", "-f", "--follow", "--tail"),
        found.command.context != .substitution
      {
        return (streams, "fly logs --no-tail …")
      }
      if operands.starts(with: ["ssh", "console"]), !found.has("-C", "--command") {
        return ("opens a shell on the machine and waits", "fly ssh console -C 'COMMAND'")
      }
      if operands.starts(with: ["postgres", "connect"]) {
        return ("opens a psql prompt and waits", "fly proxy in the background and psql -c '…'")
      }
      if operands.first == "proxy" { return (ctrlC, "put & behind it, wait for its port, and end it afterwards") }
    case "heroku":
      if operands.first == "logs", found.has("--tail", "-t") { return (ctrlC, "heroku logs -n 200") }
      if operands.first == "pg:psql", !found.has("-c", "--command") {
        return ("opens a psql prompt and waits", "heroku pg:psql -c '…'")
      }
    case "pm2" where operands.first == "logs" && !found.has("--nostream"):
      return (ctrlC, "pm2 logs --nostream --lines 200")
    case "pm2" where operands.first == "monit": return ("needs a terminal", "pm2 jlist")
    case "vercel" where operands.first == "logs" && found.has("--follow", "-f"):
      return (ctrlC, "vercel logs without --follow")
    case "wrangler" where operands.first == "tail": return (ctrlC, "timeout 60 wrangler tail")
    case "stern": return (ctrlC, "stern --no-follow …")
    case "redis-cli" where operands.last?.lowercased() == "monitor": return (ctrlC, "redis-cli slowlog get 20")
    case "watch":
      let inner = arguments.drop { $0.hasPrefix("-") || $0.allSatisfy { $0.isNumber || $0 == "." } }
      return (ctrlC, inner.joined(separator: " "))
    case "top", "htop", "btop": return ("needs a terminal, and never ends", "top -b -n 1")
    case "less", "more":
      return ("waits for somebody to leave it", last.isEmpty || last.hasPrefix("-") ? "leave it out" : "cat \(last)")
    case "vi", "vim", "nvim", "nano", "emacs", "pico", "code", "notepad":
      return (
        "opens an editor and waits",
        "say the change as a command: sed -i, cp FILE.before FILE, git checkout GOOD -- FILE"
      )
    case "visudo": return ("opens an editor", nil)
    case "crontab" where found.has("-e"):
      return ("opens an editor and waits", "keep the table in a file and write: crontab FILE")
    case "psql", "mysql", "mariadb", "mongo", "mongosh", "sqlite3", "redis-cli", "cqlsh", "clickhouse-client":
      return prompt(found)
    case "ssh": return ssh(found)
    case "read" where found.has(short: "p") || found.command.context == .alone:
      return ("waits for somebody to type", "set the value above, or make it a `- [ ]` item")
    case "rails",
      "irb" where ["console", "c", "dbconsole", "db"].contains(operands.first ?? "") || found.name == "irb":
      return ("opens a prompt and waits", "rails runner '…'")
    case "php"
    where operands.starts(with: ["artisan", "tinker"]) && !arguments.contains(where: { $0.hasPrefix("--execute") }):
      return ("opens a prompt and waits", "php artisan tinker --execute='…'")
    case "python", "python3", "node", "bash", "sh", "zsh":
      let isPrompt = arguments.isEmpty && !found.isFed && found.command.redirections.isEmpty
      if isPrompt { return ("opens a prompt and waits", "\(found.name) -c '…'") }
      if arguments.contains("runserver") || arguments.contains("http.server") || arguments.contains("uvicorn") {
        return (
          "serves in the foreground until somebody stops it", "start it as a service, or with & and a check of its port"
        )
      }
    case "uvicorn", "hypercorn", "daphne", "nodemon", "live-server", "http-server":
      return (
        "serves in the foreground until somebody stops it", "start it as a service, or with & and a check of its port"
      )
    case "gunicorn" where !found.has("-D", "--daemon"):
      return (
        "serves in the foreground until somebody stops it",
        "start it as a service, or with --daemon and a check of its port"
      )
    case "npm", "pnpm", "yarn", "bun":
      let script = operands.first == "run" ? operands.dropFirst().first : operands.first
      if let script, ["dev", "start", "serve", "start:dev", "dev:server"].contains(script) {
        return (
          "serves in the foreground until somebody stops it", "start it as a service, or with & and a check of its port"
        )
      }
    case "flask" where operands.first == "run", "wrangler" where operands.first == "dev",
      "hugo" where operands.first == "server":
      return (
        "serves in the foreground until somebody stops it", "start it as a service, or with & and a check of its port"
      )
    case "npx" where operands.starts(with: ["prisma", "studio"]): return ("serves in the foreground", nil)
    case "git" where operands.first == "add" && (found.has("-p", "--patch", "-i")):
      return ("asks about every change", nil)
    case "gh" where operands.starts(with: ["run", "watch"]): return nil
    default: break
    }
    return nil
  }

  /// A client with nothing to execute.
  private static func prompt(_ found: PlacedCommand) -> (why: String, form: String?)? {
    let arguments = found.arguments
    if found.isFed { return nil }
    let executing: Set<String> = [
      "-c", "--command", "-f", "--file", "-e", "--execute", "--eval", "-l", "--list", "--version", "-V", "--help", "-q",
      "--query", "-Q",
    ]
    let glued = arguments.contains { argument in
      executing.contains(argument) || executing.contains { $0.hasPrefix("--") && argument.hasPrefix($0 + "=") }
        || argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.count < 6 && argument.hasSuffix("c")
        || argument.hasPrefix("-e") || argument.hasPrefix("-c") || argument.hasPrefix("-f")
    }
    if glued { return nil }
    switch found.name {
    case "sqlite3": if found.operands.count > 1 { return nil }
    case "redis-cli":
      let valued: Set<String> = ["-h", "-p", "-a", "-n", "-u", "--user", "--pass"]
      var rest = arguments[...]
      while let first = rest.first, first.hasPrefix("-") { rest = rest.dropFirst(valued.contains(first) ? 2 : 1) }
      if !rest.isEmpty { return nil }
    case "mongo", "mongosh": if found.operands.contains(where: { $0.hasSuffix(".js") }) { return nil }
    default: break
    }
    let form = ["psql": "psql … -c 'STATEMENT', or -f FILE", "sqlite3": "sqlite3 FILE 'STATEMENT'"][found.name]
    return ("opens a prompt and waits", form ?? "\(found.name) … with the statement as an argument")
  }

  private static func ssh(_ found: PlacedCommand) -> (why: String, form: String?)? {
    guard !found.isFed, !found.has("-N", "-T", "-V", "-G"), sshOperands(found).count == 1 else { return nil }
    return ("opens a shell there and waits", "ssh \(sshOperands(found).first ?? "HOST") 'COMMAND'")
  }

  static func sshOperands(_ found: PlacedCommand) -> [String] {
    let valued: Set<String> = [
      "-i", "-p", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-W", "-b", "-c", "-E", "-m", "-S",
    ]
    var result: [String] = []
    var rest = found.arguments[...]
    while let first = rest.first {
      if first.hasPrefix("-"), result.isEmpty {
        rest = rest.dropFirst(valued.contains(first) ? 2 : 1)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
