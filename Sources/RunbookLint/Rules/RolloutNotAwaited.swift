import Runbook

struct RolloutNotAwaited: LintRule {
  let id = "rollout-not-awaited"
  let severity = Finding.Severity.warning
  let summary = "The command only asks for the old version, and nothing waits until it runs."
  let explanation = """
    `kubectl rollout undo`, `kubectl set image` and `aws ecs update-service` return as soon as the wish is written down. The
    pods or tasks are replaced later, or never: an image that cannot be pulled leaves the bad version in place, and the
    next step believes that it is gone.

    Wait, with a limit: `kubectl rollout status deployment/NAME --timeout=5m`, `aws ecs wait services-stable`.
    """
  let bad = Example.shell("kubectl rollout undo deployment/web -n shop")
  let good = Example.shell(
    "kubectl rollout undo deployment/web -n shop\nkubectl rollout status deployment/web -n shop --timeout=5m")
  let references = [
    "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_status/",
    "https://docs.aws.amazon.com/cli/latest/reference/ecs/wait/services-stable.html",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    // Once for a procedure: one wait at its end would do.
    var seen: Set<String> = []
    return document.commands.enumerated().compactMap { index, found in
      let isPod = found.name == "kubectl" || found.name == "oc"
      let plain = found.operands
      let wishes =
        isPod && (holds(plain, "rollout", "undo") || holds(plain, "rollout", "restart") || holds(plain, "set", "image"))
        || found.is("aws", "ecs", "update-service")
      guard wishes, !found.has("--wait", "--dry-run") else { return nil }
      let waits = document.commands(after: index).contains { next in
        isPod
          ? holds(next.operands, "rollout", "status") || next.name == "kubectl" && next.operands.contains("wait")
            || next.is("kubectl", "get", "pods") || holds(next.operands, "get", "pods")
          : next.is("aws", "ecs", "wait") || next.is("aws", "ecs", "describe-services")
      }
      guard !waits, seen.insert("\(found.placed.procedure.id) \(found.name)").inserted else { return nil }
      return finding(
        at: found, "`\(found.shown)` returns before anything is replaced, and nothing here waits for it",
        fix: Fix(title: isPod ? "kubectl rollout status … --timeout=5m" : "aws ecs wait services-stable …"))
    }
  }

  private func holds(_ words: [String], _ first: String, _ second: String) -> Bool {
    guard let index = words.firstIndex(of: first), words.indices.contains(index + 1) else { return false }
    return words[index + 1] == second
  }
}
