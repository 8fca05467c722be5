/// The runbook's own incident template, with what the record knows in its `[fields]`; what only people know stays open.
public struct ReportTemplate: Sendable {
  public struct Known: Sendable {
    /// A field's name in small letters → its value: `date`, `time`, `duration`, `operator`.
    public var fields: [String: String]
    /// What was done, in order: one line each.
    public var steps: [String]
    /// What was changed, in numbers; empty: not known.
    public var affected: String
    /// Whether data was lost, in words.
    public var lost: String

    public init(fields: [String: String], steps: [String], affected: String, lost: String) {
      self.fields = fields
      self.steps = steps
      self.affected = affected
      self.lost = lost
    }
  }

  var text: String
  var known: Known

  public init(text: String, known: Known) {
    self.text = text
    self.known = known
  }

  /// Filled in, with its headings below level two.
  public var markdown: String {
    var lines: [String] = []
    var hasListed = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if isStepItem(line), !known.steps.isEmpty {
        if !hasListed { lines += known.steps.enumerated().map { "\($0 + 1). \($1)" } }
        hasListed = true
      } else if hasListed, line == "..." || line == "…" {
        continue
      } else {
        lines.append(filled(line.hasPrefix("#") ? "##" + line : line))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// `1. [Step 1]`: an item of a list that holds nothing but a step's field.
  private func isStepItem(_ line: String) -> Bool {
    let item = line.drop { $0.isNumber || ".)-* ".contains($0) }.lowercased()
    return item.hasPrefix("[step") && item.hasSuffix("]") && line.count > item.count
  }

  private func filled(_ line: String) -> String {
    var result = ""
    var rest = Substring(line)
    while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
      let after = rest.index(after: close)
      let isLink = after < rest.endIndex && rest[after] == "("
      let field = rest[rest.index(after: open)..<close].lowercased()
      result += rest[..<open]
      result += isLink ? String(rest[open...close]) : value(field, of: line) ?? String(rest[open...close])
      rest = rest[after...]
    }
    return result + rest
  }

  private func value(_ field: String, of line: String) -> String? {
    let words = line.lowercased()
    if field == "duration", ["outage", "downtime", "impact"].contains(where: words.contains) { return nil }
    if let value = known.fields[field] { return value }
    if field == "number", words.contains("affected"), !known.affected.isEmpty { return known.affected }
    if field.hasPrefix("yes/no"), words.contains("lost") || words.contains("loss") { return known.lost }
    return nil
  }
}
