import Runbook

struct SudoRedirect: LintRule {
  let id = "sudo-redirect"
  let severity = Finding.Severity.error
  let summary = "`sudo command > FILE` writes FILE without sudo."
  let explanation = """
    The shell opens the file before it starts `sudo`, with your own rights: "Permission denied", and the file stays as it
    was. `command | sudo tee FILE > /dev/null` writes it with sudo's.
    """
  let bad = Example.shell("sudo echo \"upstream blue;\" > /etc/nginx/conf.d/upstream.conf")
  let good = Example.shell("echo \"upstream blue;\" | sudo tee /etc/nginx/conf.d/upstream.conf > /dev/null")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard case .sudo = found.command.place else { return nil }
      let folders = ["/etc/", "/usr/", "/var/", "/opt/", "/lib/", "/boot/", "/root/", "/srv/"]
      let target = found.command.redirections.first { redirection in
        redirection.writes && folders.contains { redirection.target.valueOrText.hasPrefix($0) }
      }
      guard let target else { return nil }
      let file = target.target.valueOrText
      let tee = target.operator == ">>" ? "sudo tee -a" : "sudo tee"
      return finding(
        at: found, "`sudo \(found.shown)` writes `\(file)` with your own rights: permission denied",
        fix: Fix(title: "… | \(tee) \(file) > /dev/null"))
    }
  }
}
