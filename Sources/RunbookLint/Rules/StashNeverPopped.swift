import Runbook

struct StashNeverPopped: LintRule {
  let id = "stash-never-popped"
  let severity = Finding.Severity.note
  let summary = "`git stash` puts changes away, and nothing says when they come back."
  let explanation = """
    A stash is easily forgotten: it is in no branch, and on a server nobody looks. Say at the end what becomes of it:
    `git stash pop`, or `git stash branch NAME`.
    """
  let bad = Example.shell("git stash push --include-untracked\ngit checkout v1.4.0")
  let good = Example.shell("git stash push --include-untracked\ngit checkout v1.4.0\ngit stash branch before-rollback")
  let references = ["https://git-scm.com/docs/git-stash"]

  func findings(in document: LintDocument) -> [Finding] {
    let first = document.commands.first { found in
      found.is("git", "stash") && ["push", "save", nil].contains(found.operands.dropFirst().first)
    }
    let comesBack = ["git stash pop", "git stash apply", "git stash branch", "git stash show", "git stash list"]
    guard let first, !document.lines.contains(where: { $0.holds(comesBack) }) else { return [] }
    return [
      finding(
        at: first, "`\(first.shown)` puts changes away, and nothing here brings them back",
        fix: Fix(title: "say at the end when: git stash pop"))
    ]
  }
}
