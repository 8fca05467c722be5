import Runbook

struct RestoreWhileServing: LintRule {
  let id = "restore-while-serving"
  let severity = Finding.Severity.warning
  let summary = "A database is restored while nothing keeps the service from writing to it."
  let explanation = """
    What customers write during the restore lands between old rows, is lost, or makes the restore fail on a lock or a
    key. Stop the writers first (maintenance mode, scale to zero), and start them after the check.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npg_restore --clean -d shop /srv/backups/shop.dump\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    kubectl scale deployment/shop --replicas=0
    pg_restore --clean -d shop /srv/backups/shop.dump
    kubectl scale deployment/shop --replicas=3
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.compactMap { index -> Finding? in
        guard let found = run[index].commands.first(where: { $0.restore?.overwrites ?? false }),
          let tool = found.restore?.tool, !["cp", "mv", "install"].contains(tool),
          !(run.before(index) + [run[index]]).contains(where: { StoppedService.isStop($0) || $0.makesRoom })
        else { return nil }
        return finding(
          at: found, "`\(tool)` runs while the service may still write: no step before it stops that",
          fix: Fix(title: "stop the writers before it, and start them after the check"))
      }
    }.once
  }
}
