import Runbook

struct KillByScriptName: LintRule {
  let id = "kill-by-script-name"
  let severity = Finding.Severity.error
  let summary = "`killall script.py` finds nothing: the process is called `python`."
  let explanation = """
    `killall` and `pkill` look for the program's name. What `python worker.py` starts is called `python`, so `killall
    worker.py` answers "no process found", and the worker goes on writing while you restore.

    `pkill -f worker.py` looks at the whole command line; `systemctl stop` is better where there is a unit.
    """
  let bad = Example.shell("killall -9 worker.py")
  let good = Example.shell("pkill -f worker.py")
  let references = ["https://man7.org/linux/man-pages/man1/pgrep.1.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard found.name == "killall" || found.name == "pkill", !found.has(short: "f"), !found.has("--full") else {
        return nil
      }
      let programs = ["py": "python", "js": "node", "rb": "ruby", "php": "php", "jar": "java", "ts": "node"]
      guard let script = found.operands.first(where: { $0.contains(".") }),
        let program = programs[script.split(separator: ".").last.map(String.init) ?? ""]
      else { return nil }
      return finding(
        at: found, "`\(found.shown)` finds nothing: what `\(program) \(script)` started is called `\(program)`",
        fix: Fix(title: "pkill -f \(script)"))
    }
  }
}
