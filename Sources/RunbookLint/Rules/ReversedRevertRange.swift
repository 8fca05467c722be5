import Runbook

struct ReversedRevertRange: LintRule {
  let id = "reversed-revert-range"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "`git revert HEAD..OLD` is an empty range: nothing is reverted."
  let explanation = """
    `A..B` is what B has and A has not. `HEAD..v1.4.0` is therefore empty where v1.4.0 is older, and git says "empty
    commit set passed". The older end stands first: `git revert v1.4.0..HEAD`.
    """
  let bad = Example.shell("git revert --no-edit HEAD..v1.4.0")
  let good = Example.shell("git revert --no-edit v1.4.0..HEAD")
  let references = ["https://git-scm.com/docs/gitrevisions"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { $0.is("git", "revert") }.flatMap { found in
      found.operands.dropFirst().compactMap { range -> Finding? in
        guard let dots = range.firstRange(of: ".."), !range.contains("...") else { return nil }
        let from = String(range[..<dots.lowerBound])
        let to = String(range[dots.upperBound...])
        guard !to.isEmpty, isReversed(from, to) else { return nil }
        let edit = document.edit(line: found.line, replacing: range, with: "\(to)..\(from)")
        return finding(
          at: found,
          "`\(Shown.text(range))` has no commits where `\(Shown.text(to))` is the older one: nothing is reverted",
          fix: Fix(title: "git revert \(to)..\(from)", edits: edit.map { [$0] } ?? []))
      }
    }
  }

  private func isReversed(_ from: String, _ to: String) -> Bool {
    if from == "HEAD" || from == "@" { return to != "HEAD" && to != "@" }
    guard let first = steps(from), let second = steps(to) else { return false }
    return first < second
  }

  /// How far before HEAD it is.
  private func steps(_ revision: String) -> Int? {
    if revision == "HEAD" { return 0 }
    guard revision.hasPrefix("HEAD~") else { return nil }
    return Int(revision.dropFirst(5))
  }
}
