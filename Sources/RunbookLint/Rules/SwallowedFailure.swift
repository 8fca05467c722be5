import Runbook

struct SwallowedFailure: LintRule {
  let id = "swallowed-failure"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "`|| echo` or `|| true` turns a failed check or backup into success."
  let explanation = """
    `check || echo "still down"` exits 0: `echo` worked. A person may read the words; a script, and whoever scrolls past,
    goes on to the next step.

    Let the command fail, or say it and fail: `check || { echo "still down" >&2; exit 1; }`.
    """
  let bad = Example.shell("docker compose up -d\ncurl -f http://localhost:8000/health || echo \"still down\"")
  let good = Example.shell("docker compose up -d\ncurl -f http://localhost:8000/health")

  func findings(in document: LintDocument) -> [Finding] {
    document.steps.flatMap { placed -> [Finding] in
      guard case .shell(let statement) = placed.step.action else { return [] }
      return ShellScan.alternatives(of: statement.text).compactMap { before, after in
        let words = after.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, ["echo", "true", ":", "printf", "/bin/true"].contains(first),
          let command = command(before, of: statement), isCheck(command) || keeps(command)
        else { return nil }
        let what = isCheck(command) ? "check" : "backup"
        return finding(
          line: command.line,
          "`|| \(Shown.text(words.joined(separator: " ")))` makes a failed \(what) count as passed: "
            + "`\(Shown.text(command.text))`",
          fix: Fix(title: "leave it out, or `|| { echo …; exit 1; }`"))
      }
    }
  }

  /// The command that stands last before the operator.
  private func command(_ before: String, of statement: ShellStatement) -> ParsedCommand? {
    statement.commands.last { command in
      guard command.context != .substitution, let word = command.words.first else { return false }
      // `check && echo good || echo bad` is 0 either way.
      if ["echo", "printf"].contains(command.name), before.contains("&&") { return false }
      return before.contains(word.text) && command.words.allSatisfy { before.contains($0.text) }
    }
  }

  private func isCheck(_ command: ParsedCommand) -> Bool {
    let arguments = command.arguments
    switch command.name {
    case "curl", "wget": return !arguments.contains { ["-X", "-d", "--data", "-o", "-O"].contains($0) }
    case "grep", "test", "[", "[[", "pg_isready", "nc", "yamllint", "pytest", "diff", "cmp": return true
    case "nginx": return arguments.contains("-t")
    case "systemctl": return arguments.contains("is-active") || arguments.contains("status")
    case "git": return arguments.first == "diff" || arguments.first == "status" || arguments.first == "verify-commit"
    case "psql", "mysql":
      return arguments.contains { $0.lowercased().drop { $0.isWhitespace }.hasPrefix("select") }
    case "kubectl": return arguments.contains("status") || arguments.contains("wait")
    default:
      let name = command.words.first?.valueOrText.split(separator: "/").last?.lowercased() ?? ""
      return ["check", "verify", "health", "smoke", "validate"].contains { name.contains($0) }
    }
  }

  private func keeps(_ command: ParsedCommand) -> Bool {
    switch command.name {
    case "pg_dump", "pg_dumpall", "mysqldump", "mongodump": return true
    case "cp", "tar", "rsync", "mv":
      return command.arguments.contains { word in
        ["backup", "bak", "rollback-", ".old", "snapshot"].contains { word.lowercased().contains($0) }
      }
    default: return false
    }
  }
}
