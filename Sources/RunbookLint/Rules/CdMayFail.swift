import Runbook

struct CdMayFail: LintRule {
  let id = "cd-may-fail"
  let severity = Finding.Severity.warning
  let summary = "Where a `cd` fails, the deletion after it happens in another folder."
  let explanation = """
    Lines that are pasted into a terminal go on after an error. Where `cd /opt/app` fails, `rm -rf dist` deletes the `dist`
    of wherever you are. Join them, `cd /opt/app && rm -rf dist`, or write the path: `rm -rf /opt/app/dist`.
    """
  let bad = Example.shell("cd /opt/app\nrm -rf dist")
  let good = Example.shell("rm -rf /opt/app/dist")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard let what = deletes(found), !document.sets("errexit", letter: "e", before: index),
        found.command.context == .alone
      else { return nil }
      let earlier = document.commands(before: index).filter { $0.placed.stage.id == found.placed.stage.id }
      guard let cd = earlier.last(where: { $0.name == "cd" }), cd.command.context == .alone,
        let target = cd.operands.first, target != "-", target != ".."
      else { return nil }
      return finding(
        at: found, "where `\(cd.shown)` fails, `\(found.shown)` deletes \(what) of another folder",
        fix: Fix(title: "cd \(target) && …, or the whole path"))
    }
  }

  /// What it deletes by a name that depends on the folder.
  private func deletes(_ found: PlacedCommand) -> String? {
    if found.is("git", "clean"), found.has(short: "f") { return "what git does not track" }
    guard found.name == "rm", found.has(short: "r") || found.has(short: "R") || found.has("--recursive") else {
      return nil
    }
    let target = found.operands.first {
      !$0.hasPrefix("/") && !$0.hasPrefix("~") && !$0.hasPrefix("$") && !$0.hasPrefix("\"$")
    }
    // What it says of `*` is another rule's.
    guard let target, !["*", "./*", ".", "./"].contains(target) else { return nil }
    return "the `\(Shown.text(target))`"
  }
}
