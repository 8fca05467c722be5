import Runbook

struct ForcePushShared: LintRule {
  let id = "force-push-shared"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "A push rewrites a branch that others have."
  let explanation = """
    `git push --force` replaces the branch on the server with yours, whatever was pushed since you last fetched: a
    colleague's fix is gone, and everybody's next pull brings the bad commits back.

    On a branch that others have, go back with `git revert` and a plain push. On your own, `--force-with-lease` refuses
    where somebody else has pushed.
    """
  let bad = Example.shell("git branch before-rollback\ngit reset --hard v1.4.0\ngit push --force origin main")
  let good = Example.shell("git revert --no-edit v1.4.0..HEAD\ngit push origin main")
  let references = ["https://git-scm.com/docs/git-push"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard found.is("git", "push") else { return nil }
      let refs = found.operands.dropFirst(2)
      let isLeased = found.has("--force-with-lease", "--force-if-includes")
      let isForced = found.has("--force") || found.has(short: "f") || refs.contains { $0.hasPrefix("+") }
      guard isLeased || isForced else { return nil }
      let branch = refs.first.map { $0.split(separator: ":").last.map(String.init) ?? $0 } ?? ""
      let name = branch.hasPrefix("+") ? String(branch.dropFirst()) : branch
      let isShared = Self.shared.contains(name) || name.hasPrefix("release")
      if isShared {
        let others =
          isForced && !isLeased
          ? "and drops what others have pushed since" : "and everybody else's next pull brings the old commits back"
        return finding(
          at: found, "`\(found.shown)` rewrites `\(name)` under everybody who has it, \(others)",
          fix: Fix(title: "git revert --no-edit GOOD..HEAD, then git push origin \(name)")
        ).as(isForced && !isLeased ? .error : .warning)
      }
      guard isForced, !isLeased else { return nil }
      let edit = document.edit(line: found.line, replacing: " --force ", with: " --force-with-lease ")
      return finding(
        at: found, "`\(found.shown)` drops whatever was pushed since the last fetch",
        fix: Fix(title: "--force-with-lease", edits: edit.map { [$0] } ?? [])
      ).as(.warning)
    }
  }

  private static let shared: Set<String> = [
    "main", "master", "develop", "dev", "production", "prod", "staging", "trunk", "live", "stable",
  ]
}
