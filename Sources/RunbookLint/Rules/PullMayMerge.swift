import Runbook

struct PullMayMerge: LintRule {
  let id = "pull-may-merge"
  let severity = Finding.Severity.note
  let summary = "`git pull` may make a merge, or stop with a conflict, in the middle of a rollback."
  let explanation = """
    Where the local branch has commits of its own, `git pull` merges, and opens an editor for it, or stops and asks how to
    reconcile. What is then deployed is neither what was there nor what is on the server.

    `git pull --ff-only` goes forward or fails.
    """
  let bad = Example.shell("git checkout main\ngit pull origin main")
  let good = Example.shell("git checkout main\ngit pull --ff-only origin main")
  let references = ["https://git-scm.com/docs/git-pull"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { found in
      found.is("git", "pull") && !found.has("--ff-only", "--rebase", "-r", "--no-rebase", "--ff")
    }.map { found in
      let edit = document.edit(line: found.line, replacing: "git pull", with: "git pull --ff-only")
      return finding(
        at: found, "`\(found.shown)` merges, or stops, where the branch here has a commit that the server's has not",
        fix: Fix(title: "git pull --ff-only", edits: edit.map { [$0] } ?? []))
    }
  }
}
