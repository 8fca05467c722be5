import Runbook

struct GitCleanUnsaved: LintRule {
  let id = "git-clean-unsaved"
  let severity = Finding.Severity.error
  let summary = "`git clean -f` deletes files that are in no commit, with nothing saved before it."
  let explanation = """
    What git does not track is in no commit and no reflog: uploads, `.env`, a colleague's notes. `git clean -fd` deletes
    it for good, and with `-x` also what `.gitignore` names.

    Look first (`git clean -nd`), or move it aside: `git stash push --include-untracked`.
    """
  let bad = Example.shell("git checkout v1.4.0\ngit clean -fd")
  let good = Example.shell("git stash push --include-untracked\ngit checkout v1.4.0\ngit clean -fd")
  let references = ["https://git-scm.com/docs/git-clean"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard found.is("git", "clean"), found.has("--force") || found.has(short: "f"),
        !found.has("--dry-run"), !found.has(short: "n")
      else { return nil }
      let isSaved = document.commands(before: index).contains { earlier in
        earlier.is("git", "stash") && (earlier.has("--include-untracked", "--all", "-a") || earlier.has(short: "u"))
          || earlier.is("git", "clean") && (earlier.has("--dry-run") || earlier.has(short: "n"))
      }
      guard !isSaved else { return nil }
      let paths = found.operands.dropFirst()
      let what =
        paths.isEmpty
        ? "every file that git does not track"
        : "what git does not track in `\(Shown.text(paths.joined(separator: " ")))`"
      let ignored = found.has(short: "x") || found.has(short: "X") ? ", `.env` and its like too," : ""
      return finding(
        at: found, "`\(found.shown)` deletes \(what)\(ignored) for good",
        fix: Fix(title: "git stash push --include-untracked, before it")
      ).as(paths.isEmpty ? .error : .warning)
    }
  }
}
