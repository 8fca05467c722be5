import Runbook

struct UnresolvedPlaceholder: LintRule {
  let id = "unresolved-placeholder"
  let severity = Finding.Severity.warning
  let summary = "A placeholder stands where nothing says what its value is."
  let explanation = """
    `<commit-hash>` is two redirections to a shell: `git checkout <commit-hash> -- app/` reads a file named `commit-hash`
    and writes one named `--`. Other spellings are sent as they stand and miss. At 3 a.m. somebody has to work out the
    value, under stress, from a document that was written when everybody knew it.

    Put the command that finds the value above, and keep its answer in a variable; or name the placeholder under
    `parameters:` in `backout.yaml`, with `from:` for a value that can be computed.
    """
  let bad = Example.shell("git checkout <last-good-commit> -- app/")
  let good = Example.shell("GOOD=$(git rev-parse HEAD~1)\ngit checkout \"$GOOD\" -- app/")

  func findings(in document: LintDocument) -> [Finding] {
    document.runbook.placeholders.compactMap { hole in
      guard hole.form != .variable, let line = hole.lines.first, matters(hole, in: document) else { return nil }
      let also = hole.lines.count > 1 ? " (\(Shown.lines(hole.lines)))" : ""
      let command = Shown.text(text(of: hole, at: line, in: document))
      let fix = Fix(
        title: "give `\(hole.name)` a value under `parameters:` in backout.yaml, or put the command that finds it above"
      )
      if hole.form == .angle, isRedirection(hole, in: document) {
        return finding(
          line: line,
          "nothing says what `\(hole.spelling)` is, and the shell takes it as redirections: `\(command)` fails or "
            + "overwrites a file\(also)", fix: fix
        ).as(.error)
      }
      if hole.form == .host {
        return finding(
          line: line, "`\(hole.spelling)` is an example's name: `\(command)` asks a stranger, or nobody\(also)",
          fix: fix)
      }
      return finding(
        line: line, "`\(hole.spelling)` in `\(command)` is sent as it stands: nothing says what its value is\(also)",
        fix: fix)
    }
  }

  /// Certain ones, and of the others those that a shell gets bare: in quotes they may be a template's.
  private func matters(_ hole: Placeholder, in document: LintDocument) -> Bool {
    if hole.required || hole.form == .sample || hole.form == .host || hole.form == .capitals { return true }
    guard hole.form == .brace || hole.form == .bracket else { return false }
    return document.steps.contains { placed in
      guard case .shell = placed.step.action else { return false }
      return ShellScan.bare(placed.step.text).contains(hole.spelling)
    }
  }

  private func isRedirection(_ hole: Placeholder, in document: LintDocument) -> Bool {
    document.steps.contains { placed in
      guard case .shell = placed.step.action else { return false }
      return ShellScan.bare(placed.step.text).contains(hole.spelling)
    }
  }

  private func text(of hole: Placeholder, at line: Int, in document: LintDocument) -> String {
    let own = document.commands.first { $0.line == line && $0.command.text.contains(hole.spelling) }
    return own?.command.text ?? String(document.line(line).drop { $0.isWhitespace })
  }
}
