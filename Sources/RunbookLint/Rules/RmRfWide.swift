import Runbook

struct RmRfWide: LintRule {
  let id = "rm-rf-wide"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "`rm -r` on a pattern or a variable may delete far more than is meant."
  let explanation = """
    `rm -rf *` deletes whatever folder the terminal happens to stand in; after a `cd` that failed, that is another one.
    `rm -rf $DIR/*` is `rm -rf /*` where `DIR` is empty.

    Name the folder in full, move it aside instead of deleting it, and let an empty variable stop the command:
    `rm -rf "${DIR:?}"/*`.
    """
  let bad = Example.shell("cd /opt/app\nrm -rf *\ntar -xzf /backups/app.tar.gz")
  let good = Example.shell(
    "mv /opt/app /opt/app.before-rollback\nmkdir /opt/app\ntar -xzf /backups/app.tar.gz -C /opt/app")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().flatMap { index, found -> [Finding] in
      guard found.name == "rm", found.has("--recursive") || found.has(short: "r") || found.has(short: "R") else {
        return []
      }
      return found.words.dropFirst().filter { !$0.text.hasPrefix("-") }.compactMap { word in
        danger(of: word, at: index, in: document).map { why in
          finding(at: found, "`\(found.shown)` \(why)", fix: Fix(title: "name the folder in full, or move it aside"))
        }
      }
    }
  }

  private func danger(of word: Word, at index: Int, in document: LintDocument) -> String? {
    let text = word.text.filter { $0 != "\"" && $0 != "'" }
    if ["/", "/*", "~", "~/", "~/*", "$HOME", "$HOME/", "$HOME/*", "${HOME}", "${HOME}/*"].contains(text) {
      return "deletes all of `\(text)`"
    }
    if ["*", "./*", ".", "./", "..", "../*", ".*"].contains(text) {
      let folder = document.commands(before: index).last { $0.name == "cd" }
      guard let target = folder?.operands.first else {
        return "deletes everything in the folder that the terminal happens to stand in"
      }
      return
        "deletes everything in `\(Shown.text(target))`, or in another folder where `cd \(Shown.text(target))` failed"
    }
    guard let name = word.variables.first, text.hasPrefix("$\(name)/") || text.hasPrefix("${\(name)}/") else {
      return nil
    }
    let isSet = document.commands(before: index).contains { earlier in
      earlier.command.assignments.contains { $0.name == name && !($0.value.value?.isEmpty ?? false) }
        || earlier.name == "export" && earlier.arguments.contains { $0.hasPrefix("\(name)=") }
    }
    if isSet, !text.hasSuffix("*") { return nil }
    let empty = text.replacing("${\(name)}", with: "").replacing("$\(name)", with: "")
    return "is `rm -rf \(empty)` where `\(name)` is empty"
  }
}
