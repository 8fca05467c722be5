import Runbook

struct CommitOpensEditor: LintRule {
  let id = "commit-opens-editor"
  let severity = Finding.Severity.warning
  let summary = "A git command opens an editor for a message or a list."
  let explanation = """
    `git commit` without `-m`, `git rebase -i` and `git tag -a` start an editor and wait. Without a terminal they fail; with
    one, whoever does not know vi is stuck in the middle of a rollback. `git merge` does so where it makes a commit.
    """
  let bad = Example.shell("git revert --no-commit v1.4.0..HEAD\ngit commit")
  let good = Example.shell("git revert --no-commit v1.4.0..HEAD\ngit commit -m \"Back to v1.4.0\"")
  let references = ["https://git-scm.com/docs/git-commit", "https://git-scm.com/docs/git-merge"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard found.name == "git", let verb = found.operands.first else { return nil }
      switch verb {
      case "commit":
        let says =
          found.has("--message", "--no-edit", "-C", "-F", "--file", "--fixup", "--dry-run", "--reuse-message")
          || found.has(short: "m")
        return says ? nil : finding(at: found, opens(found), fix: Fix(title: "git commit -m 'why'"))
      case "rebase" where found.has("-i", "--interactive"):
        return finding(at: found, opens(found), fix: Fix(title: "git revert --no-edit GOOD..HEAD"))
      case "tag"
      where found.has("-a", "--annotate", "-s") && !found.has("-m", "--message", "-F") && !found.has(short: "m"):
        return finding(at: found, opens(found), fix: Fix(title: "git tag -a NAME -m 'why'"))
      case "merge":
        let quiet =
          found.has("--no-edit", "--ff-only", "--squash", "--no-commit", "--abort", "--continue", "-m", "--quit")
          || found.has(short: "m")
        let edit = document.edit(line: found.line, replacing: "git merge ", with: "git merge --no-edit ")
        return quiet
          ? nil
          : finding(
            at: found, "`\(found.shown)` opens an editor where it has to make a commit",
            fix: Fix(title: "git merge --no-edit, or --ff-only", edits: edit.map { [$0] } ?? [])
          ).as(.note)
      default: return nil
      }
    }
  }

  private func opens(_ found: PlacedCommand) -> String { "`\(found.shown)` opens an editor and waits for a person" }
}
