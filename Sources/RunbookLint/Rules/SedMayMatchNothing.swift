import Runbook

struct SedMayMatchNothing: LintRule {
  let id = "sed-may-match-nothing"
  let severity = Finding.Severity.note
  let summary = "`sed -i` succeeds where nothing matched, and nobody looks."
  let explanation = """
    `sed -i 's/OLD/NEW/' FILE` exits 0 when `OLD` stands nowhere in the file: spelled otherwise, changed already, another
    file. The step counts as done, and the setting is what it was. A look costs one line: `grep -q NEW FILE`.
    """
  let bad = Example.shell("sed -i 's/WORKERS=8/WORKERS=2/' /etc/app/app.conf\nsudo systemctl restart app")
  let good = Example.shell(
    "sed -i 's/WORKERS=8/WORKERS=2/' /etc/app/app.conf\ngrep -q WORKERS=2 /etc/app/app.conf\nsudo systemctl restart app"
  )

  func findings(in document: LintDocument) -> [Finding] {
    var seen: Set<String> = []
    return document.commands.enumerated().compactMap { index, found in
      guard found.name == "sed",
        found.has("--in-place")
          || found.arguments.contains(where: { $0.hasPrefix("-i") || $0 == "-ri" || $0 == "-Ei" }),
        let expression = found.operands.first, expression.hasPrefix("s") || expression.contains("/s"),
        let file = found.operands.last, file != expression
      else { return nil }
      let looks = document.commands(after: index).prefix(12).contains { next in
        ["grep", "cat", "diff", "head", "rg", "egrep"].contains(next.name) && next.arguments.contains(file)
          || next.is("git", "diff")
      }
      // Once for a stage: who looks looks at all of them.
      guard !looks, seen.insert("\(found.placed.procedure.id) \(found.placed.stage.id)").inserted else { return nil }
      return finding(
        at: found, "`\(found.shown)` succeeds where nothing in `\(Shown.text(file))` matches: nobody looks",
        fix: Fix(title: "grep -q … \(file), after it"))
    }
  }
}
