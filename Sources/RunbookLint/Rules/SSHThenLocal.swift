import Runbook

struct SSHThenLocal: LintRule {
  let id = "ssh-then-local"
  let severity = Finding.Severity.error
  let summary = "A shell is opened elsewhere, and the lines after it are meant for it."
  let explanation = """
    Typed by hand, the lines after `ssh host` go to the host. In a script, in CI and under `backout run` they run here,
    after that shell has ended: `cd /opt/app && git reset --hard` in the wrong place.

    Send them along: `ssh host 'cd /opt/app && …'`, or `ssh host bash -s <<'EOF'` with the lines and `EOF` after it.
    """
  let bad = Example.shell("ssh deploy@app-1\ncd /opt/app\ndocker compose up -d")
  let good = Example.shell("ssh deploy@app-1 'cd /opt/app && docker compose up -d'")

  func findings(in document: LintDocument) -> [Finding] {
    Self.sessions(in: document).map { session in
      finding(
        line: session.line,
        "in a script `\(session.next)` after `\(session.opener)` runs here, not \(session.there)",
        fix: Fix(title: "\(session.opener) 'COMMANDS', or \(session.opener) bash -s <<'EOF' with the lines after it"))
    }
  }

  struct Session {
    var line: Int
    var opener: String
    var there: String
    var next: String
  }

  /// The commands that open a shell, with lines for it after them.
  static func sessions(in document: LintDocument) -> [Session] {
    let fences = document.fences
    return document.steps.enumerated().compactMap { index, placed in
      guard case .shell(let statement) = placed.step.action, statement.commands.count == 1,
        let found = placed.commands.first, !found.command.background
      else { return nil }
      let command = found.command
      guard let there = there(found),
        let fence = fences.first(where: { $0.line < command.line && command.line < $0.endLine })
      else { return nil }
      let next = document.steps.dropFirst(index + 1).first { other in
        guard other.procedure.id == placed.procedure.id, other.stage.id == placed.stage.id,
          other.step.line > placed.step.line
        else { return false }
        switch other.step.action {
        case .shell(let next): return !next.commands.contains { $0.name == "exit" || $0.name == "ssh" }
        case .sql: return true
        default: return false
        }
      }
      guard let next else { return nil }
      // From another fence it may be meant for here, unless it goes at once where only the host has a folder.
      let follows = next.step.line < fence.endLine || found.name == "ssh" && next.step.text.hasPrefix("cd /")
      guard follows else { return nil }
      let opener = Shown.text(placed.step.text)
      return Session(line: command.line, opener: opener, there: there, next: Shown.text(next.step.text))
    }
  }

  /// Where a command's shell is; nil: it opens none.
  private static func there(_ found: PlacedCommand) -> String? {
    let operands = found.operands
    guard !found.isFed else { return nil }
    switch found.name {
    case "ssh":
      let words = BlocksAutomation.sshOperands(found)
      guard words.count == 1, !found.has("-N", "-T", "-V") else { return nil }
      return "on `\(Shown.text(words.first ?? ""))`"
    case "fly", "flyctl":
      return operands.starts(with: ["ssh", "console"]) && !found.has("-C", "--command") ? "on the machine" : nil
    case "railway": return operands == ["shell"] || operands == ["run", "bash"] ? "in that shell" : nil
    case "heroku": return operands.starts(with: ["run", "bash"]) ? "in the dyno" : nil
    case "su": return "as the other user"
    case "bash", "sh", "zsh":
      guard found.arguments.allSatisfy({ $0 == "-l" || $0 == "-i" }) else { return nil }
      switch found.command.place {
      case .container(let name, _), .pod(let name, _): return "in `\(name)`"
      default: return nil
      }
    default: return nil
    }
  }
}
