import Runbook

struct Chmod777: LintRule {
  let id = "chmod-777"
  let severity = Finding.Severity.warning
  let summary = "`chmod 777` lets every user of the machine change the files, from now on."
  let explanation = """
    It makes an error message go away in an outage and stays for years. Give the files to who needs them:
    `chown -R app: DIR`, or `chmod -R u+rwX,g+rX DIR`.
    """
  let bad = Example.shell("chmod -R 777 storage")
  let good = Example.shell("chown -R www-data: storage\nchmod -R u+rwX storage")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard found.name == "chmod", let mode = found.operands.first,
        ["777", "0777", "a+rwx", "ugo+rwx", "666", "0666", "o+w", "a+w", "go+w"].contains(mode)
      else { return nil }
      return finding(
        at: found, "`\(found.shown)` lets every user of the machine change `\(Shown.text(found.operands.last ?? ""))`",
        fix: Fix(title: "chown to the user that needs it"))
    }
  }
}
