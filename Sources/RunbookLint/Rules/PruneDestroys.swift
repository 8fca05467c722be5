import Runbook

struct PruneDestroys: LintRule {
  let id = "prune-destroys"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "What a rollback needs is cleaned away in the middle of it."
  let explanation = """
    The image of the version before is unused while the bad one runs: `docker system prune -a` and `docker image prune -a`
    delete exactly it, and `docker volume prune` deletes volumes whose containers are down. `git gc --prune=now` and
    `git reflog expire` do the same to the commits that a reset has left without a name.

    Clean up days later, not in the rollback.
    """
  let bad = Example.shell("docker compose down\ndocker system prune -af\ndocker compose up -d")
  let good = Example.shell("docker compose down\ndocker compose up -d")
  let references = [
    "https://docs.docker.com/reference/cli/docker/system/prune/", "https://git-scm.com/docs/git-gc",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      let what: String
      var severity = Finding.Severity.error
      let operands = found.operands
      switch found.name {
      case "docker", "podman":
        if let verb = found.compose {
          guard verb.first == "down", verb.contains(where: { $0.hasPrefix("--rmi") }) else { return nil }
          what = "the images, and the version to go back to may be in no registry"
        } else if operands.starts(with: ["volume", "prune"]) {
          what = "volumes whose containers are down, and the data in them"
        } else if operands.starts(with: ["system", "prune"]) || operands.starts(with: ["image", "prune"]) {
          let isAll = found.has("--all") || found.has(short: "a")
          let isVolumes = found.has("--volumes")
          what =
            isVolumes
            ? "unused volumes too, and the data in them"
            : isAll ? "every image that does not run: the one to go back to" : "stopped containers and untagged images"
          if !isAll, !isVolumes { severity = .warning }
        } else {
          return nil
        }
      case "docker-compose":
        guard operands.contains("down"), found.arguments.contains(where: { $0.hasPrefix("--rmi") }) else { return nil }
        what = "the images, and the version to go back to may be in no registry"
      case "git":
        // After a secret was taken out of the history that is the purpose.
        let isPurge = document.commands(before: index).contains { earlier in
          earlier.name == "bfg" || earlier.name == "java" || earlier.name == "git-filter-repo"
            || earlier.is("git", "filter-repo") || earlier.is("git", "filter-branch")
        }
        guard !isPurge else { return nil }
        guard operands.first == "gc" && found.has("--prune") || operands.starts(with: ["reflog", "expire"]) else {
          return nil
        }
        what = "the commits that have no name any more: after it nothing brings them back"
      default: return nil
      }
      return finding(
        at: found, "`\(found.shown)` deletes \(what)", fix: Fix(title: "leave it out, and clean up when all is well")
      ).as(severity)
    }
  }
}
