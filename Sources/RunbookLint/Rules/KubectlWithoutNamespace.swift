import Runbook

struct KubectlWithoutNamespace: LintRule {
  let id = "kubectl-without-namespace"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "`kubectl` without `-n` acts on whatever namespace the terminal was left in."
  let explanation = """
    Without `-n` kubectl takes the namespace of the current context: staging's, if that is where its user last worked.
    "deployment not found" is the good case; the bad one is a deployment of the same name.

    Write `-n NAMESPACE` in every command, or `kubectl config set-context --current --namespace=NAMESPACE` first.
    """
  let bad = Example.shell("kubectl rollout undo deployment/web")
  let good = Example.shell("kubectl rollout undo deployment/web -n shop")
  let references = ["https://kubernetes.io/docs/tasks/administer-cluster/namespaces/"]

  func findings(in document: LintDocument) -> [Finding] {
    // Once for a stage: who forgets it once forgets it in every command.
    var stages: [String: [PlacedCommand]] = [:]
    var order: [String] = []
    for (index, found) in document.commands.enumerated() {
      guard let words = kubectl(found), isNamespaced(words, found) else { continue }
      let isSet = document.commands(before: index).contains { earlier in
        earlier.arguments.contains { $0.hasPrefix("--namespace") } && earlier.is("kubectl", "config")
          || ["kubens", "kns"].contains(earlier.name) || earlier.is("kubectl", "ns") || earlier.is("oc", "project")
      }
      guard !isSet else { continue }
      let key = "\(found.placed.procedure.id) \(found.placed.stage.id)"
      if stages[key] == nil { order.append(key) }
      stages[key, default: []].append(found)
    }
    return order.compactMap { key in
      guard let all = stages[key], let first = all.first else { return nil }
      let more = all.count > 1 ? " and \(all.count - 1) more here" : ""
      let verb = all.count > 1 ? "act" : "acts"
      return finding(
        at: first, "`\(shown(first))`\(more) \(verb) on whatever namespace the terminal was left in",
        fix: Fix(title: "kubectl -n NAMESPACE …"))
    }
  }

  /// The words after `kubectl`, where the place has taken some of them too.
  private func kubectl(_ found: PlacedCommand) -> [String]? {
    if found.name == "kubectl" || found.name == "oc" { return found.arguments }
    if case .pod(_, let prefix) = found.command.place { return Array(prefix.dropFirst()) }
    return nil
  }

  private func shown(_ found: PlacedCommand) -> String {
    if case .pod(_, let prefix) = found.command.place { return Shown.text(prefix.joined(separator: " ")) }
    return found.shown
  }

  private func isNamespaced(_ words: [String], _ found: PlacedCommand) -> Bool {
    let names = words.contains { word in
      word.hasPrefix("-n") || word.hasPrefix("--namespace") || word == "-A" || word == "--all-namespaces"
    }
    let plain = words.filter { !$0.hasPrefix("-") }
    guard !names, let verb = plain.first else { return false }
    let acting: Set<String> = [
      "get", "describe", "logs", "exec", "rollout", "scale", "patch", "set", "delete", "edit", "cp", "port-forward",
      "annotate", "label", "wait", "autoscale", "expose", "replace", "create",
    ]
    guard acting.contains(verb), plain.count > 1 else { return false }
    // A manifest may name its own.
    if words.contains(where: { ["-f", "-k", "--filename", "--kustomize"].contains($0) || $0.hasPrefix("--filename=") })
    {
      return false
    }
    let cluster: Set<String> = [
      "node", "nodes", "no", "ns", "namespace", "namespaces", "pv", "persistentvolume", "persistentvolumes", "crd",
      "crds", "customresourcedefinition", "clusterrole", "clusterrolebinding", "storageclass", "sc", "ingressclass",
      "componentstatuses", "cs", "apiservice", "priorityclass", "clusterissuer",
    ]
    let kind = plain[1].split(separator: "/").first.map(String.init) ?? plain[1]
    return !cluster.contains(kind)
  }
}
