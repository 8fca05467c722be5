import Runbook

/// The form of an interactive command that works without a terminal.
enum InteractiveForms {
  static func advice(for statement: ShellStatement) -> String {
    let command = statement.commands.last { form(of: $0) != nil } ?? statement.commands.last
    guard let form = command.flatMap(form(of:)) else {
      return "Bind it with `run:` in backout.yaml to a form that ends by itself"
    }
    return "The form that works: `\(form)`"
  }

  private static func form(of command: ParsedCommand) -> String? {
    let rest = command.arguments
    switch command.name {
    case "crontab": return "crontab FILE"
    case "tail": return "tail -n 100 " + (rest.last { !$0.hasPrefix("-") } ?? "FILE")
    case "git":
      switch rest.first {
      case "revert": return "git revert --no-edit " + rest.dropFirst().joined(separator: " ")
      case "commit": return "git commit -m TEXT"
      case "merge": return "git merge --no-edit " + rest.dropFirst().joined(separator: " ")
      case "rebase": return "git rebase without -i"
      default: return nil
      }
    case "psql", "mysql": return "\(command.name ?? "psql") -c 'STATEMENT', or -f FILE"
    case "vi", "vim", "nano", "emacs", "visudo": return "sed -i 's/OLD/NEW/' \(rest.last ?? "FILE")"
    case "less", "more": return "cat \(rest.last ?? "FILE")"
    case "top", "htop": return "top -b -n 1"
    case "watch": return rest.joined(separator: " ")
    case "journalctl": return "journalctl --no-pager -n 100"
    case "docker", "docker-compose", "kubectl":
      if rest.contains("logs") { return "\(command.name ?? "") logs --tail 100 \(rest.last ?? "NAME")" }
      if rest.first == "edit" { return "kubectl patch" }
      return nil
    default: return nil
    }
  }
}
