import Runbook

struct PushAfterReset: LintRule {
  let id = "push-after-reset"
  let severity = Finding.Severity.error
  let summary = "A plain push after `git reset --hard` is refused."
  let explanation = """
    After `git reset --hard` to an older commit the branch is behind the server's. `git push` refuses that
    ("non-fast-forward"), so the rollback stays on one machine.

    Go back by new commits instead: `git revert --no-edit GOOD..HEAD`, then the plain push works.
    """
  let bad = Example.shell("git branch before-rollback\ngit reset --hard HEAD~1\ngit push origin main")
  let good = Example.shell("git revert --no-edit HEAD\ngit push origin main")
  let references = ["https://git-scm.com/docs/git-push"]

  func findings(in document: LintDocument) -> [Finding] {
    var found: [Finding] = []
    for (index, reset) in document.commands.enumerated() {
      let target = reset.operands.dropFirst().first ?? "HEAD"
      guard reset.is("git", "reset"), reset.has("--hard"), target != "HEAD", !target.hasPrefix("origin/"),
        !target.hasPrefix("upstream/"), !target.contains("@{u")
      else { continue }
      for next in document.commands(after: index) where next.name == "git" {
        let verb = next.operands.first
        if ["checkout", "switch", "reset", "pull", "merge", "rebase"].contains(verb ?? "") { break }
        guard verb == "push" else { continue }
        let isForced =
          next.has("--force", "--force-with-lease", "--tags", "--delete") || next.has(short: "f")
          || next.operands.contains { $0.hasPrefix("+") || $0.contains(":") }
        if !isForced {
          found.append(
            finding(
              at: next, "`\(next.shown)` is refused: `\(reset.shown)` has put the branch behind the server's",
              fix: Fix(title: "git revert --no-edit \(Shown.text(target))..HEAD in place of the reset")))
        }
        break
      }
    }
    return found
  }
}
