import Runbook

struct ComposeRestart: LintRule {
  let id = "compose-restart-keeps-environment"
  let severity = Finding.Severity.error
  let summary = "`docker compose restart` takes neither a new environment nor a new image."
  let explanation = """
    `docker compose restart` stops and starts the containers that are there. A changed variable, `.env` or Compose file and a
    newly pulled or built image are not looked at: the service comes back as it was, and the rollback has not happened.

    `docker compose up -d` makes a new container where something has changed.
    """
  let bad = Example.shell("export FEATURE_NEW_CHECKOUT=false\ndocker compose restart web")
  let good = Example.shell("export FEATURE_NEW_CHECKOUT=false\ndocker compose up -d web")
  let references = ["https://docs.docker.com/reference/cli/docker/compose/restart/"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard let verb = found.compose, verb.first == "restart",
        let change = change(before: found, at: index, in: document)
      else { return nil }
      let edit = document.edit(line: found.line, replacing: " restart", with: " up -d")
      return finding(
        at: found, "`\(found.shown)` starts the same container again: \(change) does not reach it",
        fix: Fix(title: "docker compose up -d", edits: edit.map { [$0] } ?? []))
    }
  }

  /// What was changed in the same stage since the containers were last made.
  private func change(before found: PlacedCommand, at index: Int, in document: LintDocument) -> String? {
    let stage = found.placed.stage.id
    var change: String?
    for earlier in document.commands(before: index) where earlier.placed.stage.id == stage {
      if let verb = earlier.compose?.first {
        if verb == "up" || verb == "run" { change = nil }
        if verb == "pull" || verb == "build" { change = "the image of `\(earlier.shown)`" }
        continue
      }
      if let made = Self.change(by: earlier) { change = made }
    }
    if change == nil {
      let block = document.steps.first { placed in
        guard case .config = placed.step.action else { return false }
        return placed.stage.id == stage && placed.procedure.id == found.placed.procedure.id
          && placed.step.line < found.line
      }
      if let block { change = "`\(Shown.text(block.step.text))`" }
    }
    return change
  }

  private static func change(by found: PlacedCommand) -> String? {
    func isSettings(_ path: String) -> Bool {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      let isCompose = name.hasPrefix("docker-compose") || name.hasPrefix("compose.")
      return (name == ".env" || name.hasPrefix(".env.") || isCompose) && !name.contains("bak")
        && !name.contains("backup")
    }
    if found.name == "export", let setting = found.arguments.first(where: { $0.contains("=") }) {
      return "`\(Shown.text(setting))`"
    }
    if let target = found.command.redirections.first(where: { $0.writes })?.target.valueOrText, isSettings(target) {
      return "the changed `\(target)`"
    }
    switch found.name {
    case "sed":
      return found.has(short: "i") ? found.operands.last.flatMap { isSettings($0) ? "the changed `\($0)`" : nil } : nil
    case "cp", "mv", "vi", "vim", "nano", "tee":
      return found.operands.last.flatMap { isSettings($0) ? "the changed `\($0)`" : nil }
    case "docker"
    where found.operands.first == "pull" || found.operands.first == "tag" || found.operands.first == "build":
      return "the image of `\(found.shown)`"
    default: return nil
    }
  }
}
