import Layer
import Runbook

/// Tells `team@example.org`, to whom something is written, from `deploy@example.org`, where something runs.
enum MailAddress {
  /// Programs that take `user@host` as a place.
  private static let reachers: Set<String> = ["ssh", "scp", "sftp", "rsync", "mosh", "git", "ansible", "docker"]

  /// Whether `host` stands in the step's text in mail addresses alone.
  static func isOnly(_ host: String, in step: Step) -> Bool {
    if case .shell(let statement) = step.action,
      statement.commands.contains(where: { $0.place != .here || $0.name.map(reachers.contains) ?? false })
    {
      return false
    }
    var rest = step.text[...]
    var isFound = false
    while let range = rest.firstRange(of: host) {
      let word = step.text[..<range.lowerBound].reversed().prefix { !$0.isWhitespace && !"\"'<>,;()".contains($0) }
      // The word is reversed: `://` reads `//:`.
      guard word.first == "@", !String(word).contains("//:") else { return false }
      isFound = true
      rest = rest[range.upperBound...]
    }
    return isFound
  }
}
