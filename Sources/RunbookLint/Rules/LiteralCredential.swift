import Runbook

struct LiteralCredential: LintRule {
  let id = "literal-credential"
  let severity = Finding.Severity.warning
  let summary = "A credential stands in the document."
  let explanation = """
    Whoever can read the repository, and every clone and backup of it, has the credential; and it is wrong after the next
    rotation, which the rollback will be the first to notice.

    Take it out, rotate it, and read it where it runs: `$DATABASE_URL`, `$(vault kv get …)`, or `env:NAME` under
    `parameters:` in `backout.yaml`.
    """
  let bad = Example.shell("psql postgresql://billing:k3Vx9qLmZ2@db.internal/billing -c 'SELECT 1'")
  let good = Example.shell("psql \"$BILLING_DATABASE_URL\" -c 'SELECT 1'")

  func findings(in document: LintDocument) -> [Finding] {
    let signs = Signs(of: document.text)
    return document.lines.enumerated().compactMap { index, line in
      guard let what = Self.credential(in: line, of: signs) else { return nil }
      return finding(
        line: index + 1, "\(what) stands in the document: whoever can read it has it",
        fix: Fix(title: "take it out, rotate it, and read it from the environment"))
    }
  }

  /// What a text may hold at all: most hold nothing that begins as a credential.
  struct Signs {
    var key: Bool
    var url: Bool
    var token: Bool

    init(of text: String) {
      key = text.contains("PRIVATE KEY-----")
      url = text.contains("://") && text.utf8.contains(UInt8(ascii: "@"))
      token = text.holds(LiteralCredential.beginnings)
    }
  }

  static func credential(in line: String) -> String? { credential(in: line, of: Signs(of: line)) }

  private static func credential(in line: String, of signs: Signs) -> String? {
    if signs.key, line.contains("-----BEGIN"), line.contains("PRIVATE KEY-----") { return "a private key" }
    if signs.url, let name = password(inURL: line) { return "the password of `\(name)`" }
    if signs.token {
      // The shortest token has twenty bytes.
      for part in line.utf8.split(whereSeparator: separators.contains) where part.count >= 20 {
        if let kind = token(String(Substring(part))) { return kind }
      }
    }
    return line.utf8.contains(UInt8(ascii: "=")) ? assigned(in: line) : nil
  }

  private static let separators = ByteSet(" \t\"'`=:,;()<>|&")

  private static let tokens = [
    ("ghp_", 36, "a GitHub token"), ("github_pat_", 40, "a GitHub token"), ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 30, "a Slack token"), ("xoxp-", 30, "a Slack token"), ("sk_live_", 24, "a Stripe key"),
    ("sk-ant-", 30, "an API key"), ("sk-", 40, "an API key"), ("AIza", 39, "a Google API key"),
    ("SG.", 50, "a SendGrid key"),
  ]
  /// Of every token that is known.
  private static let beginnings = TextSet(["AKIA", "eyJ"] + tokens.map(\.0))

  private static func token(_ text: String) -> String? {
    guard isMixed(text) else { return nil }
    let upper = text.uppercased()
    guard !upper.holds(["EXAMPLE", "XXXX", "YOUR"]) else { return nil }
    if text.hasPrefix("AKIA"), text.count == 20, text == upper { return "an AWS access key, `AKIA…`," }
    for (prefix, length, kind) in tokens where text.hasPrefix(prefix) && text.count >= length {
      return "\(kind), `\(prefix)…`,"
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    if text.hasPrefix("eyJ"), parts.count == 3, text.count > 80 { return "a signed token, `eyJ…`," }
    return nil
  }

  /// The user of a URL that has a password which is no placeholder.
  private static func password(inURL line: String) -> String? {
    guard let scheme = line.firstRange(of: "://") else { return nil }
    let rest = line[scheme.upperBound...]
    let authority = rest.prefix { !"/ \"'`?#".contains($0) }
    guard let at = authority.lastIndex(of: "@") else { return nil }
    let user = authority[..<at].split(separator: ":", maxSplits: 1)
    guard user.count == 2, isSecret(String(user[1])) else { return nil }
    let host = authority[authority.index(after: at)...]
    guard !host.hasPrefix("localhost"), !host.hasPrefix("127."), !host.hasPrefix("db:") else { return nil }
    return "\(user[0])@\(host.prefix { $0 != ":" })"
  }

  /// `NAME=value` where the name says that it is a secret.
  private static func assigned(in line: String) -> String? {
    for word in line.utf8.split(whereSeparator: ByteSet(" \t;`").contains) where word.contains(UInt8(ascii: "=")) {
      let parts = Substring(word).split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = String(parts[0].drop { $0 == "-" })
      let value = String(parts[1].filter { $0 != "\"" && $0 != "'" })
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }), SensitiveNames.matches(name),
        value.count >= 10, isMixed(value), isSecret(value), value.contains(where: \.isLetter)
      else { continue }
      return "the value of `\(name)`"
    }
    return nil
  }

  private static func isMixed(_ text: String) -> Bool { text.contains(where: \.isNumber) }

  /// Whether a value looks made by a machine or kept by a person, rather than put there as an example.
  private static func isSecret(_ value: String) -> Bool {
    let lower = value.lowercased()
    let shown = ["$", "<", "{", "[", "*", "...", "…", "%", "/", "\\"]
    let words = [
      "pass", "secret", "example", "changeme", "your", "xxx", "test", "dummy", "token", "sample", "placeholder", "user",
      "postgres", "admin", "root", "123456", "abc123", "key", "redacted", "old", "new", "value", "true", "false",
      "prod",
    ]
    return value.count >= 8 && isMixed(value) && value.contains(where: \.isLetter)
      && !value.holds(shown) && !lower.holds(words)
  }
}
