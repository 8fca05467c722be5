import Runbook

struct ScriptMissing: LintRule {
  let id = "script-missing"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "The runbook starts a script that the repository does not have."
  let explanation = """
    A script was renamed or never committed, and the step fails with "No such file or directory" in the middle of the
    rollback. Name the script that is there, or commit the one that is meant.
    """
  let bad = Example.shell("./scripts/backout-that-nobody-wrote.sh")
  let good = Example.shell("docker compose up -d")

  func findings(in document: LintDocument) -> [Finding] {
    guard let repository = document.repository else { return [] }
    var found: [Finding] = []
    for (index, command) in document.commands.enumerated() {
      guard command.command.place == .here || command.command.place == .sudo(user: nil),
        let path = script(of: command.command), isRelative(path)
      else { continue }
      let before = document.commands(before: index)
      guard let folder = folder(after: before), !isMade(path, by: before, in: document) else { continue }
      let places = [folder + path, path, repository.runbookFolder + plain(path)]
      guard !places.contains(where: { repository.contains(plain($0)) }) else { continue }
      let moved = before.contains { $0.is("git", "checkout") || $0.is("git", "reset") || $0.is("git", "switch") }
      found.append(
        finding(
          at: command,
          moved
            ? "`\(path)` is not in the repository now: unless an older commit has it, the step fails"
            : "`\(path)` is not in the repository: the step fails with \"No such file or directory\"",
          fix: Fix(title: "name the script that is there, or commit this one")
        ).as(moved ? .warning : .error))
    }
    return found
  }

  /// The path of the script that is started, where it is literal.
  private func script(of command: ParsedCommand) -> String? {
    guard let first = command.words.first?.value else { return nil }
    let endings = [".sh", ".py", ".js", ".ts", ".rb", ".php", ".pl", ".mjs"]
    if first.contains("/") { return endings.contains { first.hasSuffix($0) } || first.hasPrefix("./") ? first : nil }
    guard ["bash", "sh", "zsh", "python", "python3", "node", "ruby", "php", "source", "."].contains(first) else {
      return nil
    }
    guard let operand = command.words.dropFirst().first(where: { !$0.text.hasPrefix("-") }), let value = operand.value,
      // `python -m` and `-c` name no script.
      !command.arguments.prefix(while: { $0 != value }).contains(where: { $0 == "-c" || $0 == "-m" || $0 == "-e" })
    else { return nil }
    return endings.contains { value.hasSuffix($0) } ? value : nil
  }

  private func isRelative(_ path: String) -> Bool {
    !path.hasPrefix("/") && !path.hasPrefix("~") && !path.hasPrefix("../") && !path.contains("$") && !path.contains("<")
      && !path.contains("*") && !path.contains("{") && !path.contains("node_modules") && !path.contains("venv/")
      && !path.contains("vendor/bin") && !path.contains("..")
  }

  private func plain(_ path: String) -> String {
    path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  /// The folder in which a command runs, with its slash; nil: nobody knows.
  private func folder(after commands: [PlacedCommand]) -> String? {
    var folder: [Substring] = []
    for found in commands where found.name == "cd" || found.name == "pushd" {
      guard let target = found.operands.first else { return nil }
      guard !target.hasPrefix("/"), !target.hasPrefix("~"), !target.contains("$"), target != "-" else { return nil }
      for part in target.split(separator: "/") where part != "." {
        if part == "..", folder.isEmpty { return nil }
        if part == ".." { folder.removeLast() } else { folder.append(part) }
      }
    }
    return folder.isEmpty ? "" : folder.joined(separator: "/") + "/"
  }

  private func isMade(_ path: String, by commands: [PlacedCommand], in document: LintDocument) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let isWritten = commands.contains { found in
      found.command.redirections.contains { $0.writes && $0.target.valueOrText.hasSuffix(name) }
        || ["cp", "mv", "curl", "wget", "tee", "ln", "scp"].contains(found.name)
          && found.arguments.contains { $0.hasSuffix(name) }
    }
    return isWritten
      || document.steps.contains { placed in
        guard case .file(let file) = placed.step.action else { return false }
        return file.path?.hasSuffix(name) ?? false || file.contents.contains(name)
      }
  }
}
