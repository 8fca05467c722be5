import Runbook

struct NginxUntested: LintRule {
  let id = "nginx-untested"
  let severity = Finding.Severity.warning
  let summary = "nginx is restarted or reloaded with a changed configuration that nobody has tested."
  let explanation = """
    A restart with a mistake in the configuration leaves no nginx at all: every site on the machine is down. A reload is
    refused, and the traffic stays where it was. `nginx -t && systemctl reload nginx` finds out first.
    """
  let bad = Example.shell("cp /etc/nginx/app.conf.before /etc/nginx/conf.d/app.conf\nsudo systemctl restart nginx")
  let good = Example.shell(
    "cp /etc/nginx/app.conf.before /etc/nginx/conf.d/app.conf\nsudo nginx -t\nsudo systemctl reload nginx")
  let references = ["https://nginx.org/en/docs/control.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      let restarts = found.is("systemctl", "restart") || found.is("service", "nginx", "restart")
      let isControl = restarts || found.is("systemctl", "reload") || found.name == "nginx" && found.has("-s")
      guard isControl, found.name == "nginx" || found.operands.contains("nginx"), !found.operands.contains("stop")
      else {
        return nil
      }
      let stage = found.placed.stage.id
      let before = document.commands(before: index).filter { $0.placed.stage.id == stage } + found.placed.commands
      let changes = before.contains { earlier in
        (["cp", "mv", "ln", "sed", "tee", "rm", "vi", "vim", "nano"].contains(earlier.name)
          && earlier.arguments.contains { $0.contains("nginx") })
          || earlier.command.redirections.contains { $0.writes && $0.target.valueOrText.contains("nginx") }
      }
      guard changes, !before.contains(where: { $0.name == "nginx" && $0.has(short: "t") }) else { return nil }
      let effect =
        restarts
        ? "leaves no nginx at all where the changed configuration has a mistake"
        : "is refused where the changed configuration has a mistake: the traffic stays where it is"
      return finding(at: found, "`\(found.shown)` \(effect)", fix: Fix(title: "nginx -t && …"))
    }
  }
}
