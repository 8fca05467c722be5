import Runbook

struct DetachedCheckoutPush: LintRule {
  let id = "detached-checkout-push"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "After the checkout of a commit, `git push origin BRANCH` pushes a branch that did not move."
  let explanation = """
    `git checkout v1.4.0` leaves no branch checked out. `git push origin main` then pushes `main` as it was, bad commit
    and all, and says "Everything up-to-date": it looks as if the rollback were published.

    Revert on the branch (`git revert --no-edit v1.4.0..HEAD`), or name what is pushed: `git push origin HEAD:rollback`.
    """
  let bad = Example.shell("git checkout v1.4.0\ngit push origin main")
  let good = Example.shell("git revert --no-edit v1.4.0..HEAD\ngit push origin main")
  let references = ["https://git-scm.com/docs/git-checkout"]

  func findings(in document: LintDocument) -> [Finding] {
    var found: [Finding] = []
    for (index, checkout) in document.commands.enumerated() {
      guard let target = commit(of: checkout) else { continue }
      search: for next in document.commands(after: index) where next.name == "git" {
        switch next.operands.first {
        case "checkout" where next.has("--"): continue
        case "checkout", "switch", "reset", "branch": break search
        case "push":
          let refs = next.operands.dropFirst(2)
          guard let branch = refs.first, !branch.contains(":"), branch != "HEAD", branch != target,
            !next.has("--tags", "--delete")
          else { break search }
          found.append(
            finding(
              at: next,
              "`\(checkout.shown)` left no branch checked out: `\(next.shown)` pushes `\(Shown.text(branch))` as it was",
              fix: Fix(title: "git revert --no-edit \(Shown.text(target))..HEAD on the branch, then push")))
          break search
        default: continue
        }
      }
    }
    return found
  }

  /// The commit that is checked out by its own name.
  private func commit(of found: PlacedCommand) -> String? {
    guard found.is("git", "checkout"), !found.has("-b", "-B", "--orphan", "--", "-t", "--track"),
      found.operands.count == 2, let target = found.operands.last
    else { return nil }
    if found.has("--detach") || target.hasPrefix("HEAD~") || target.hasPrefix("HEAD^") || target.hasPrefix("tags/") {
      return target
    }
    if target.allSatisfy(\.isHexDigit), (7...40).contains(target.count), target.contains(where: \.isNumber) {
      return target
    }
    let number = target.hasPrefix("v") ? target.dropFirst() : target[...]
    if number.first?.isNumber ?? false, number.contains(".") { return target }
    let words = ["commit", "hash", "sha", "tag", "version", "revision"]
    let isHole = target.hasPrefix("<") || target.hasPrefix("[") || target.hasPrefix("$") || target.hasPrefix("{")
    return isHole && words.contains { target.lowercased().contains($0) } && !target.lowercased().contains("branch")
      ? target : nil
  }
}
