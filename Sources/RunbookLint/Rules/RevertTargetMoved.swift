import Runbook

struct RevertTargetMoved: LintRule {
  let id = "revert-target-moved"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "After `git revert HEAD`, `HEAD~1` is the commit that was just reverted."
  let explanation = """
    Each revert is a new commit, so `HEAD` moves. After `git revert HEAD`, `HEAD~1` is the commit that has just been
    reverted, not the one before it: the second revert stops with nothing to do or a conflict, and the second bad commit
    stays. Revert them in one command, which settles the names first: `git revert --no-edit HEAD HEAD~1`.
    """
  let bad = Example.shell("git revert --no-edit HEAD\ngit revert --no-edit HEAD~1")
  let good = Example.shell("git revert --no-edit HEAD HEAD~1")
  let references = ["https://git-scm.com/docs/git-revert"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard found.is("git", "revert"), let target = found.operands.dropFirst().first, target.hasPrefix("HEAD~") else {
        return nil
      }
      let stage = found.placed.stage.id
      let earlier = document.commands(before: index).last { other in
        other.name == "git" && other.placed.stage.id == stage
          && ["revert", "commit", "reset", "checkout", "pull"].contains(other.operands.first ?? "")
      }
      guard let earlier, earlier.is("git", "revert"), !earlier.has("--no-commit", "-n", "--abort"),
        let first = earlier.operands.dropFirst().first, first.hasPrefix("HEAD"), !first.contains("..")
      else { return nil }
      return finding(
        at: found,
        "`\(earlier.shown)` has made a new commit: `\(target)` is now the commit that it reverted, not the one before",
        fix: Fix(title: "git revert --no-edit \(first) \(target), in one command"))
    }
  }
}
