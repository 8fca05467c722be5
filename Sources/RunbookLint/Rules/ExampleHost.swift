import Runbook

struct ExampleHost: LintRule {
  let id = "example-host"
  let severity = Finding.Severity.error
  let summary = "A command calls a host that is only an example."
  let explanation = """
    `example.com` and `your-domain.com` answer, or fail, for reasons that have nothing to do with the service: a check
    against them proves nothing. Write the real host, or bind it in `backout.yaml` (`endpoints:`).
    """
  let bad =
    "# Rollback\n\n## Rollback steps\n\n```bash\nheroku rollback v42\ncurl -fsS https://your-domain.com/health\n```\n"
  let good =
    "# Rollback\n\n## Rollback steps\n\n```bash\nheroku rollback v42\ncurl -fsS https://shop.acme.io/health\n```\n"
  let references = ["https://www.rfc-editor.org/rfc/rfc2606"]

  func findings(in document: LintDocument) -> [Finding] {
    var told: Set<String> = []
    return document.commands.compactMap { found -> Finding? in
      let hosts = found.command.words.compactMap { Self.host(in: $0.valueOrText) }
      guard let host = hosts.first(where: Self.isExample), told.insert(host).inserted else { return nil }
      let count = document.lines.filter { $0.contains(host) }.count
      let more = count > 1 ? " (it stands on \(count) lines)" : ""
      return finding(
        at: found, "`\(host)` is an example, not your service\(more): what it answers says nothing",
        fix: Fix(title: "write the real host, or bind it in `backout.yaml` under `endpoints:`"))
    }
  }

  private static func host(in word: String) -> String? {
    guard let scheme = word.range(of: "://"),
      word[..<scheme.lowerBound].hasSuffix("http")
        || word[..<scheme.lowerBound].hasSuffix("https")
    else { return nil }
    let authority = word[scheme.upperBound...].prefix { !"/:?\"' ".contains($0) }
    return authority.split(separator: "@").last.map(String.init)
  }

  private static func isExample(_ host: String) -> Bool {
    let host = host.lowercased()
    guard !host.contains("$"), !host.contains("<"), !host.contains("["), !host.contains("{") else { return false }
    return ["example.com", "example.org", "example.net"].contains { host == $0 || host.hasSuffix(".\($0)") }
      || host.split(separator: ".").contains { label in
        [
          "yourdomain", "your-domain", "yourapp", "your-app", "yoursite", "your-site", "mydomain", "your-api",
          "your-host",
        ]
        .contains(String(label)) || label.hasPrefix("your-")
      }
  }
}
