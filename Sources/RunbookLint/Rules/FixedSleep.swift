import Runbook

struct FixedSleep: LintRule {
  let id = "fixed-sleep"
  let severity = Finding.Severity.note
  let readsAsides = true
  let summary = "A fixed `sleep` stands where a check that waits would do."
  let explanation = """
    `sleep 30` is too long on a good day and too short on a bad one, and an outage is a bad day: the check after it fails
    although the service would have been up ten seconds later.

    Wait for the thing itself, with a limit: `timeout 120 sh -c 'until curl -fsS URL; do sleep 2; done'`,
    `docker compose up -d --wait`, `kubectl rollout status --timeout=5m`.
    """
  let bad = Example.shell("sudo systemctl restart app\nsleep 30\ncurl -f http://localhost:8000/health")
  let good = Example.shell(
    "sudo systemctl restart app\ntimeout 120 sh -c 'until curl -fsS http://localhost:8000/health; do sleep 2; done'")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { found in
      found.name == "sleep" && (found.command.context == .alone || found.command.context == .sequence)
    }.map { found in
      let time = found.operands.first ?? ""
      let next = document.steps(after: found.placed).first { $0.step.role != .wait && !$0.step.text.hasPrefix("echo") }
      let seconds = time.allSatisfy(\.isNumber) ? "\(time) s" : time
      guard let next, next.step.role == .observe else {
        return finding(
          at: found, "`sleep \(time)` waits \(seconds), whether or not what it waits for has happened by then",
          fix: Fix(title: "wait for what must be true, with a time limit"))
      }
      let check = Shown.text(next.step.text)
      return finding(
        at: found, "`\(check)` is asked once, after \(seconds): too early on a bad day, time lost on a good one",
        fix: Fix(title: "timeout 120 sh -c 'until …; do sleep 2; done' with that check"))
    }
  }
}
