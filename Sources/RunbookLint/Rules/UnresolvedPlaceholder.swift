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
    let holes = document.openHoles.filter { $0.form != .variable }
    guard !holes.isEmpty else { return [] }
    let bare = document.steps.flatMap { placed -> [String] in
      guard placed.step.kind != .manual, case .shell = placed.step.action else { return [] }
      // In `$( … )`, a shell takes it as well, whatever quotes stand around.
      let inner = placed.commands.filter { $0.command.context == .substitution }
      return [ShellScan.bare(placed.step.text)] + inner.map { ShellScan.bare($0.command.text) }
    }
    return holes.compactMap { hole in
      let isBare = bare.contains { $0.contains(hole.spelling) }
      let lines = hole.lines.sorted()
      guard let line = lines.first, matters(hole, isBare: isBare, in: document),
        !lines.allSatisfy({ document.isSetUp(at: $0) || isInMessage(hole, at: $0, in: document) }),
        // `[DEPLOYMENT_ID]` says it for `DEPLOYMENT_ID`.
        !holes.contains(where: {
          $0.spelling != hole.spelling && $0.spelling.contains(hole.spelling) && $0.lines == hole.lines
        })
      else { return nil }
      let also = (lines.count > 1 ? " (\(Shown.lines(lines)))" : "") + document.partlyBound(hole)
      let command = Shown.text(text(of: hole, at: line, in: document))
      let fix = Fix(
        title: "give `\(hole.name)` a value under `parameters:` in backout.yaml, or put the command that finds it above"
      )
      if hole.form == .angle, isBare {
        return finding(
          line: line,
          "`\(hole.spelling)` is to be filled in by hand: left as it is, the shell takes it as redirections, and "
            + "`\(command)` fails or overwrites a file\(also)", fix: fix
        ).as(.error)
      }
      if hole.form == .host {
        return finding(
          line: line, "`\(hole.spelling)` is an example's name: `\(command)` reaches a stranger, or nobody\(also)",
          fix: fix)
      }
      return finding(
        line: line, "`\(hole.spelling)` is to be filled in by hand: `\(command)` sends it as it stands\(also)", fix: fix
      )
    }
  }

  /// Certain ones, and of the others those that a shell gets bare: in quotes they may be a template's.
  private func matters(_ hole: Placeholder, isBare: Bool, in document: LintDocument) -> Bool {
    switch hole.form {
    case .host:
      // Part of an address or of a pattern, or what is left of a longer name with a hole in it.
      return !hole.spelling.hasPrefix(".") && !hole.lines.allSatisfy { document.line($0).contains("@\(hole.spelling)") }
    case .brace:
      // In a path or an address; by itself in quotes it is some language's.
      return isBare
        || hole.lines.contains { line in
          document.line(line).split(whereSeparator: { " \t\"'`".contains($0) }).contains {
            $0.contains(hole.spelling) && $0.contains("/")
          }
        }
    case .doubleBrace: return hole.required
    case .bracket: return hole.required || isBare
    case .angle, .capitals, .date, .sample, .variable: return true
    }
  }

  /// It stands only in what a command is to say: `--message "Rollback to build def456"`.
  private func isInMessage(_ hole: Placeholder, at line: Int, in document: LintDocument) -> Bool {
    guard hole.form == .sample else { return false }
    let own = document.commands.filter { found in
      found.step.line <= line && line <= found.step.endLine && found.command.text.contains(hole.spelling)
    }
    return !own.isEmpty
      && own.allSatisfy { found in
        found.arguments.enumerated().filter { $0.element.contains(hole.spelling) }.allSatisfy { index, argument in
          argument.hasPrefix("--message=") || index > 0 && ["-m", "--message"].contains(found.arguments[index - 1])
        }
      }
  }

  private func text(of hole: Placeholder, at line: Int, in document: LintDocument) -> String {
    let own = document.commands.first { found in
      found.step.line <= line && line <= found.step.endLine && found.command.text.contains(hole.spelling)
    }
    return own?.command.text ?? String(document.line(line).drop { $0.isWhitespace })
  }
}
