import Runbook

struct RevertOpensEditor: LintRule {
  let id = "revert-opens-editor"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "`git revert` without `--no-edit` opens an editor."
  let explanation = """
    `git revert` starts an editor for the commit's message, and waits. In a script, over ssh without a terminal or under
    an automaton, it fails or hangs. `--no-edit` takes the message as git makes it.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ngit revert HEAD\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\ngit revert --no-edit HEAD\n```\n"
  let references = ["https://git-scm.com/docs/git-revert"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { $0.is("git", "revert") }.filter { found in
      !found.has("--no-edit", "--no-commit", "-n", "--abort", "--continue", "--skip", "--quit")
    }.map { found in
      let edit = document.edit(line: found.line, replacing: "git revert ", with: "git revert --no-edit ")
      return finding(
        at: found, "`\(found.command.text)` opens an editor and waits for a person",
        fix: Fix(title: "git revert --no-edit …", edits: edit.map { [$0] } ?? []))
    }
  }
}
