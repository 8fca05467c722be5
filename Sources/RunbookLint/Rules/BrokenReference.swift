import Runbook

struct BrokenReference: LintRule {
  let id = "broken-reference"
  let severity = Finding.Severity.warning
  let summary = "A link or an SQL file that the repository does not hold."
  let explanation = """
    The page with the credentials, the architecture, the undo script: found missing in the middle of a rollback, it costs
    the minutes that were to be saved. Mend the path, or take the reference out.
    """
  let bad =
    "# Rollback\n\n## Rollback steps\n\nSee [the database guide](gone/database.md).\n\n```bash\nalembic current\n```\n"
  let good =
    "# Rollback\n\n## Rollback steps\n\nSee [the list of steps](#rollback-steps).\n\n```bash\nalembic current\n```\n"

  func findings(in document: LintDocument) -> [Finding] {
    guard let repository = document.repository else { return [] }
    let folder = repository.runbookFolder.split(separator: "/").map(String.init)
    let fences = document.fences
    var result: [Finding] = []
    for (index, line) in document.lines.enumerated() where !fences.contains(where: { $0.holds(index + 1) }) {
      for target in Self.links(in: line) where !Self.isHeld(target, from: folder, by: repository) {
        result.append(
          finding(
            line: index + 1, "the repository holds no `\(target)`",
            fix: Fix(title: "mend the path, or take the link out")))
      }
    }
    return result
  }

  /// The relative targets of `[text](target)`, without their fragment.
  private static func links(in line: String) -> [String] {
    var result: [String] = []
    var rest = line[...]
    while let start = rest.range(of: "](") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: ")") else { break }
      let target = String(rest[..<end].prefix { $0 != " " && $0 != "#" && $0 != "?" })
      rest = rest[end...]
      let isPath = target.contains(".") || target.contains("/")
      let isElsewhere =
        target.contains(":") || target.hasPrefix("/") || target.hasPrefix("//") || target.hasPrefix("mailto")
      let isHole = target.contains { "<>{}$*[%".contains($0) } || target.contains("...")
      if isPath, !isElsewhere, !isHole { result.append(target) }
    }
    return result
  }

  /// Relative to the document's folder, as a renderer takes it, or to the repository's.
  private static func isHeld(_ target: String, from folder: [String], by repository: RepositoryFiles) -> Bool {
    [folder, []].contains { base in
      var parts = base
      for part in target.split(separator: "/").map(String.init) where part != "." {
        if part == ".." {
          guard !parts.isEmpty else { return true }  // Outside what is known.
          parts.removeLast()
        } else {
          parts.append(part)
        }
      }
      let path = parts.joined(separator: "/")
      return path.isEmpty || repository.contains(path) || repository.contains(folder: path)
    }
  }
}
