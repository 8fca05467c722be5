import Runbook

struct MaintenanceNeverOff: LintRule {
  let id = "maintenance-never-off"
  let severity = Finding.Severity.warning
  let summary = "Maintenance mode is switched on, and nothing switches it off again."
  let explanation = """
    The rollback succeeds, every check of the database is green, and customers still see the maintenance page, because no
    step says to take it away. Write the step that ends it, after the verification, and a request that proves it.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nheroku maintenance:on\nheroku rollback v42\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    heroku maintenance:on
    heroku rollback v42
    heroku maintenance:off
    ```
    """

  private static let off = [
    "artisan up", "maintenance:off", "maintenance off", "maintenance-mode deactivate", "maintenance_off",
    "maintenance_mode=false", "maintenance_mode false", "maintenance_mode=0", "maintenance_mode 0",
    "maintenance_mode=off", "unset maintenance", "disable maintenance", "disable-maintenance", "end maintenance",
    "exit maintenance", "remove maintenance", "leave maintenance", "turn off maintenance", "maintenance disable",
    "maintenance --disable", "lift maintenance", "stop maintenance", "deactivate maintenance",
    "maintenance page removed",
    "maintenance mode off", "maintenance mode disabled", "maintenance=false", "maintenance.html",
    "disable the maintenance",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    guard let first = document.steps.first(where: Self.switchesOn), !document.mentions(Self.off),
      !document.lowerLines.contains(where: Self.takesAway)
    else { return [] }
    let what = first.step.kind == .manual ? "“\(first.step.title)”" : "`\(first.step.text.firstLine)`"
    return [
      finding(
        at: first, "\(what) shuts customers out, and nothing in the document lets them in again",
        fix: Fix(title: "add the step that ends maintenance, and a request that proves it"))
    ]
  }

  private static func switchesOn(_ placed: PlacedStep) -> Bool {
    let text = placed.lowerText
    switch placed.step.kind {
    case .manual:
      return text.contains("maintenance")
        && text.holds(["enable ", "activate ", "turn on ", "switch on ", "put up ", "set "])
        && placed.step.role == .change
    case .shell, .http:
      return placed.commands.contains { found in
        let call = found.call
        return call.starts(with: ["artisan", "down"]) || call.contains("maintenance:on")
          || call.starts(with: ["wp", "maintenance-mode", "activate"])
      }
        || text.contains("maintenance_mode")
          && text.holds(["maintenance_mode=true", "maintenance_mode true", "maintenance_mode=1", "maintenance_mode=on"])
    default: return false
    }
  }

  private static func takesAway(_ text: Substring) -> Bool {
    text.contains("maintenance") && text.holds(["rm ", "delete", "false", "disable", "remove", "off", "resume"])
  }
}
