import Runbook

struct ImageLatest: LintRule {
  let id = "image-latest"
  let severity = Finding.Severity.warning
  let summary = "The rollback starts `:latest`, which is the newest image: the bad one."
  let explanation = """
    `:latest` is whatever was pushed last. During a rollback that is the version that you want to leave. Name the version, or
    better its digest: `image@sha256:…`.
    """
  let bad = Example.shell("docker pull registry.shop.internal/web:latest\ndocker compose up -d")
  let good = Example.shell("docker pull registry.shop.internal/web:1.4.0\nWEB_TAG=1.4.0 docker compose up -d")

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard starts(found) else { return nil }
      let image = found.arguments.first { $0.hasSuffix(":latest") || $0.hasSuffix("tag=latest") }
      guard let image else { return nil }
      // It was made to be the old one.
      let name = image.split(separator: "/").last.map(String.init) ?? image
      let isMoved = document.commands(before: index).contains { earlier in
        earlier.operands.contains("tag") && (earlier.operands.last?.hasSuffix(name) ?? false)
      }
      guard !isMoved else { return nil }
      return finding(
        at: found, "`\(Shown.text(image))` is what was pushed last: the version that this rollback is to leave",
        fix: Fix(title: "name the version, or image@sha256:…"))
    }
  }

  private func starts(_ found: PlacedCommand) -> Bool {
    switch found.name {
    case "docker", "podman":
      return ["pull", "run", "create"].contains(found.operands.first ?? "") || found.is("docker", "service", "update")
    case "kubectl", "oc": return found.operands.starts(with: ["set", "image"]) || found.operands.first == "run"
    case "helm": return found.operands.first == "upgrade"
    case "fly", "flyctl", "gcloud": return found.operands.contains("deploy")
    default: return false
    }
  }
}
