import Runbook

struct UndefinedVariable: LintRule {
  let id = "undefined-variable"
  let severity = Finding.Severity.warning
  let summary = "A variable is used that nothing in the runbook sets."
  let explanation = """
    A shell puts nothing in the place of a variable that is not set, and goes on: `git checkout $PREVIOUS_SHA` becomes
    `git checkout`, which succeeds and changes nothing.

    Set it in the runbook, by the command that finds it; or let the first step fail without it: `: "${PREVIOUS_SHA:?}"`.
    A value that is always the same belongs under `parameters:` in `backout.yaml`.
    """
  let bad = Example.shell("git checkout $PREVIOUS_SHA\ndocker compose up -d")
  let good = Example.shell("PREVIOUS_SHA=$(cat /var/lib/app/previous)\ngit checkout $PREVIOUS_SHA")

  func findings(in document: LintDocument) -> [Finding] {
    // Those that one command brings for the first time are one finding.
    var groups: [Int: (use: PlacedCommand, holes: [Placeholder])] = [:]
    for hole in document.openHoles where hole.form == .variable {
      guard let line = hole.lines.min(), !isGiven(hole.name, by: line, in: document),
        let use = document.commands.first(where: { uses($0, hole.name) && hole.lines.contains($0.line) })
      else { continue }
      groups[use.line, default: (use, [])].holes.append(hole)
    }
    return groups.sorted { $0.key < $1.key }.map { line, group in
      let names = group.holes.map { "`$\($0.name)`" }
      let lines = Set(group.holes.flatMap(\.lines)).sorted()
      let also =
        (lines.count > 1 ? " (\(Shown.lines(lines)))" : "") + group.holes.map(document.partlyBound).joined()
      let becomes = Shown.text(
        group.holes.reduce(group.use.command.text) { text, hole in
          text.replacing("${\(hole.name)}", with: "").replacing("$\(hole.name)", with: "")
        })
      let effect =
        becomes == group.use.shown
        ? "`\(group.use.shown)` is sent with nothing in \(names.count > 1 ? "their" : "its") place"
        : "`\(group.use.shown)` becomes `\(becomes)`"
      let demands = group.holes.map { "\"${\($0.name):?}\"" }.joined(separator: " ")
      return finding(
        line: line,
        "nothing here sets \(names.joined(separator: ", ")): where the environment does not either, \(effect)\(also)",
        fix: Fix(title: "set \(names.count > 1 ? "them" : "it") above, or begin with `: \(demands)`")
      ).as(group.holes.allSatisfy { isOfTheEnvironment($0.name) } ? .note : .warning)
    }
  }

  private func uses(_ found: PlacedCommand, _ name: String) -> Bool {
    let words = found.words + found.command.assignments.map(\.value)
    return words.contains { word in
      word.variables.contains(name)
        // With a value for the case that it has none, or with the demand that it has one.
        && !["-", "=", "?", "+"].contains {
          word.text.contains("${\(name):\($0)") || word.text.contains("${\(name)\($0)")
        }
    }
  }

  private func isGiven(_ name: String, by line: Int, in document: LintDocument) -> Bool {
    if Self.known.contains(name) || name.allSatisfy({ !$0.isLetter }) || name.hasPrefix("BASH") { return true }
    // A file that is sourced may set anything.
    let brings = document.commands.contains { found in
      found.line <= line
        && (["source", ".", "eval", "direnv", "mapfile", "readarray"].contains(found.name)
          || found.name == "export" && found.words.contains { $0.hasCommandSubstitution && !$0.text.contains("=") })
    }
    if brings { return true }
    let givings = ["\(name)=", "for \(name) in ", "$\(name) ="]
    return document.lines.contains { text in
      text.contains(name) && (text.holds(givings) || text.contains("read "))
    }
  }

  /// What a team's machines commonly have in their environment.
  private func isOfTheEnvironment(_ name: String) -> Bool {
    let endings = [
      "_URL", "_URI", "_HOST", "_PORT", "_USER", "_USERNAME", "_DB", "_DATABASE", "_REGION", "_ACCOUNT_ID", "_PROJECT",
      "_ENDPOINT", "_BUCKET", "_REGISTRY", "_WEBHOOK", "_ID",
    ]
    return SensitiveNames.matches(name) || endings.contains { name.hasSuffix($0) }
  }

  private static let known: Set<String> = [
    "HOME", "USER", "PATH", "PWD", "OLDPWD", "HOSTNAME", "SHELL", "EDITOR", "TMPDIR", "RANDOM", "SECONDS", "LANG",
    "UID",
    "EUID", "PPID", "LOGNAME", "TERM", "LINENO", "IFS", "REPLY", "PIPESTATUS", "FUNCNAME", "DISPLAY", "XDG_CONFIG_HOME",
    "XDG_STATE_HOME", "XDG_DATA_HOME", "VIRTUAL_ENV", "NODE_ENV", "CI",
  ]
}
