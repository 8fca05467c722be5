import Runbook

struct ComposeDownVolumes: LintRule {
  let id = "compose-down-volumes"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "`docker compose down -v` deletes the volumes, and the data in them."
  let explanation = """
    `-v` removes the named volumes of the Compose file: the database's, the uploads'. There is no question and no way back.

    `docker compose down` keeps them. Where a volume has to go, keep it first:
    `docker run --rm -v NAME:/v -v "$PWD":/b alpine tar -czf /b/NAME.tar.gz -C /v .`
    """
  let bad = Example.shell("docker compose down -v\ndocker compose up -d")
  let good = Example.shell("docker compose down\ndocker compose up -d")
  let references = ["https://docs.docker.com/reference/cli/docker/compose/down/"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard let verb = found.compose, verb.first == "down" || verb.first == "rm" else { return nil }
      let option = verb.first { $0 == "-v" || $0 == "--volumes" || $0 == "-vf" || $0 == "-fv" }
      guard let option else { return nil }
      let edit = document.edit(line: found.line, replacing: " \(option)", with: "")
      return finding(
        at: found, "`\(found.shown)` deletes the volumes, and with them what the database holds",
        fix: Fix(title: "without \(option)", edits: edit.map { [$0] } ?? []))
    }
  }
}
