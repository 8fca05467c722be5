import Runbook

struct ResetHardUnsaved: LintRule {
  let id = "reset-hard-unsaved"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "`git reset --hard` with nothing saved before it."
  let explanation = """
    `git reset --hard` overwrites every changed file, for good: what was not committed is in no reflog. The commits that
    it takes the branch off have no name any more, and who does not know their hash does not find them.

    Before it: `git branch before-rollback` keeps the commits, `git stash push --include-untracked` the rest.
    """
  let bad = Example.shell("git reset --hard v1.4.0")
  let good = Example.shell("git branch before-rollback\ngit stash push --include-untracked\ngit reset --hard v1.4.0")
  let references = ["https://git-scm.com/docs/git-reset"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().filter { index, found in
      found.is("git", "reset") && found.has("--hard")
        && !document.commands(before: index).contains(where: saves)
        // Saving it was the other choice.
        && !document.commands[..<index].contains {
          $0.placed.stage.id == found.placed.stage.id && $0.is("git", "stash")
        }
    }.compactMap { _, found -> Finding? in
      let target = found.operands.dropFirst().first ?? "HEAD"
      if target == "HEAD" {
        guard !isMeant(found, in: document) else { return nil }
        return finding(
          at: found, "`\(found.shown)` throws away what is not committed",
          fix: Fix(title: "git stash push --include-untracked, before it"))
      }
      return finding(
        at: found,
        "`\(found.shown)` throws away what is not committed, and leaves the commits after `\(Shown.text(target))` "
          + "without a name",
        fix: Fix(title: "git branch before-rollback && git stash push --include-untracked, before it"))
    }
  }

  private static let discarding: TextSet = [
    "uncommitted", "not committed", "discard", "throw away", "local changes", "force clean",
  ]

  /// The lines above it say that what is not committed is to go.
  private func isMeant(_ found: PlacedCommand, in document: LintDocument) -> Bool {
    let heading = document.outline.section(of: found.line).map { document.headings[$0].line } ?? 1
    let first = max(heading, found.line - 8)
    return (first...max(first, found.line)).contains { document.lowerLine($0).holds(Self.discarding) }
  }

  private func saves(_ found: PlacedCommand) -> Bool {
    guard found.name == "git", let verb = found.operands.first else { return false }
    switch verb {
    case "stash": return !["pop", "drop", "list", "clear", "show"].contains(found.operands.dropFirst().first ?? "")
    case "branch", "tag":
      return found.operands.count > 1 && !found.has("-d", "-D", "--delete", "--list", "-l", "--show-current")
    case "checkout", "switch": return found.has("-b", "-B", "-c", "-C")
    case "commit", "bundle", "format-patch": return true
    default: return false
    }
  }
}
