import Runbook

struct CheckoutHead: LintRule {
  let id = "checkout-head-restores-nothing"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "`git checkout HEAD -- FILE` restores the last commit's file, which is the bad one."
  let explanation = """
    `git checkout HEAD -- FILE` puts back what the last commit holds. Once the bad change is committed, and what was
    deployed is, that is the bad file: the command succeeds and nothing changes.

    Name the commit before it: `git checkout GOOD -- FILE`, with `git log --oneline -- FILE` to find it.
    """
  let bad = Example.shell("git checkout HEAD -- app/payments.py")
  let good = Example.shell("git checkout v1.4.0 -- app/payments.py")
  let references = ["https://git-scm.com/docs/git-checkout"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().filter { index, found in
      let isHead =
        found.is("git", "checkout", "HEAD") && found.has("--")
        || found.is("git", "restore") && found.has("--source=HEAD", "-sHEAD")
      return isHead
        && !document.commands(before: index).contains {
          $0.is("git", "reset") || $0.is("git", "pull") || $0.is("git", "revert")
        }
    }.map { _, found in
      let file = found.operands.last ?? "the file"
      return finding(
        at: found,
        "`\(found.shown)` brings back the last commit's `\(Shown.text(file))`: the bad one, once it is committed",
        fix: Fix(title: "git checkout GOOD_COMMIT -- \(file)"))
    }
  }
}
