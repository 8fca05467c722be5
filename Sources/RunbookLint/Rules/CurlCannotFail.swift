import Runbook

struct CurlCannotFail: LintRule {
  let id = "curl-cannot-fail"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "A `curl` whose status nobody looks at: an error page is success to it."
  let explanation = """
    Without `-f`, curl exits 0 for a 404 and a 500: it fetched a page. A check that cannot fail says that the rollback
    worked while the service is down, and a `PUT` that was refused counts as done.

    `curl -f` exits 22 from status 400 on. Where an error status is what you expect, ask for it:
    `test "$(curl -s -o /dev/null -w '%{http_code}' URL)" = 503`.
    """
  let bad = Example.shell("docker compose up -d\ncurl http://localhost:8000/health")
  let good = Example.shell("docker compose up -d\ncurl -f http://localhost:8000/health")
  let references = ["https://curl.se/docs/manpage.html#-f"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { $0.name == "curl" && !Self.isLookedAt($0) }.map { found in
      let url = address(found)
      let message: String
      if found.step.role == .change, found.command.context != .controlFlow {
        message = "`curl` exits 0 when `\(Shown.text(url))` answers 401 or 500: the step counts as done"
      } else {
        message = "`curl` exits 0 when `\(Shown.text(url))` answers 500: this check cannot fail"
      }
      let edit = document.edit(line: found.line, replacing: "curl ", with: "curl -f ")
      return finding(at: found, message, fix: Fix(title: "curl -f …", edits: edit.map { [$0] } ?? []))
    }
  }

  /// What is asked: the first argument that belongs to no option.
  private func address(_ found: PlacedCommand) -> String {
    let valued: Set<String> = [
      "-X", "--request", "-H", "--header", "-d", "--data", "--data-raw", "--data-binary", "-F", "--form", "-u",
      "--user",
      "-o", "--output", "-m", "--max-time", "--connect-timeout", "--retry", "-A", "-b", "-c", "-e", "-T", "--json",
      "--resolve",
      "--retry-delay", "--cacert", "--cert", "--key", "-x", "--url",
    ]
    var rest = found.arguments[...]
    while let first = rest.first {
      guard first.hasPrefix("-") else { return first.filter { $0 != "\"" && $0 != "'" } }
      rest = rest.dropFirst(valued.contains(first) ? 2 : 1)
    }
    return "it"
  }

  static func isLookedAt(_ found: PlacedCommand) -> Bool {
    if found.has("--fail", "--fail-with-body", "-w", "--write-out", "--version", "-V", "--fail-early") { return true }
    if found.has(short: "f") || found.has(short: "w") || found.command.context == .substitution { return true }
    if !found.operands.contains(where: { ["://", ".", "localhost", "$"].contains(where: $0.contains) }) {
      return true
    }
    // Somebody is told, nothing is checked or changed.
    let told = ["hooks.slack.com", "pagerduty.com", "discord.com/api/webhooks", "SLACK", "webhook.office.com", "ntfy"]
    if found.arguments.contains(where: { argument in told.contains { argument.contains($0) } }) { return true }
    let expected = found.step.expectations.map(\.expectation)
    if expected.contains(where: { expectation in
      expectation.httpStatus != nil || !expectation.json.isEmpty || expectation.equals != nil
        || !expectation.contains.isEmpty || expectation.comparison != nil
        || ["40", "41", "42", "50"].contains { expectation.prose?.contains($0) ?? false }
    }) {
      return true
    }
    return found.rest.contains { next in
      let arguments = next.arguments
      switch next.name {
      // A filter that finds nothing prints `null` and exits 0.
      case "jq": return next.arguments.contains { $0 == "--exit-status" || $0.firstMatch(of: /^-[a-zA-Z]*e/) != nil }
      case "python", "python3": return !arguments.contains("json.tool")
      case "head", "tail", "tee", "cat", "less", "more", "echo", "sleep", "break", "exit", "true", "printf", "curl",
        nil:
        return false
      default: return next.context == found.command.context
      }
    }
  }
}
