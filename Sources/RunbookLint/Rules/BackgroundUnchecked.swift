import Runbook

struct BackgroundUnchecked: LintRule {
  let id = "background-unchecked"
  let severity = Finding.Severity.warning
  let summary = "A command is put in the background, and nothing looks whether it lives."
  let explanation = """
    `command &` succeeds at once, whatever becomes of the command. It may have ended with an error before the next line is
    read, and it ends with the terminal that started it. Start it as a service, or look: `pgrep -f`, a check of its port.
    """
  let bad = Example.shell("python importer.py --all &\necho done")
  let good = Example.shell("python importer.py --all &\nsleep 2\npgrep -f importer.py")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard found.command.background, !["wait", "sleep", ""].contains(found.name),
        !found.name.hasPrefix("port-forward"),
        !found.arguments.contains("port-forward"), !found.arguments.contains("proxy")
      else { return nil }
      let looks = document.steps(after: found.placed).contains { next in
        next.step.role == .observe && !next.step.text.hasPrefix("echo")
          || next.commands.contains { ["wait", "pgrep", "ps", "jobs", "lsof", "curl", "tail", "ss"].contains($0.name) }
      }
      guard !looks else { return nil }
      return finding(
        at: found, "`\(found.shown) &` succeeds at once: nothing here looks whether it still runs",
        fix: Fix(title: "pgrep -f …, or a check of what it does, after it"))
    }
  }
}
