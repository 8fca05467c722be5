import Runbook

struct DowngradeAfterCheckout: LintRule {
  let id = "downgrade-after-checkout"
  let severity = Finding.Severity.error
  let summary = "Migrations are taken back after the code that holds them is gone."
  let explanation = """
    The way down is written in the newer code's migration files. Once `git checkout` or `git reset` has gone back to the
    older commit, they are no longer there: the tool does not find the revision that the database is at, or does nothing.

    Take the migrations back first, then the code; or run them from a copy of the newer code.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\ngit checkout v1.4.0\nalembic downgrade 8f2c1a7\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\nalembic downgrade 8f2c1a7\ngit checkout v1.4.0\n```\n"
  let references = ["https://alembic.sqlalchemy.org/en/latest/tutorial.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.compactMap { run -> Finding? in
      for index in run.indices {
        guard let found = run[index].commands.first(where: { $0.downgrade != nil }),
          let downgrade = found.downgrade
        else { continue }
        let earlier = run.before(index).flatMap(\.commands).last {
          Self.goesBack($0) && $0.command.place == found.command.place
        }
        guard let earlier else { continue }
        return finding(
          at: found,
          "`\(earlier.command.text.firstLine)` (line \(earlier.line)) took the newer migrations away, "
            + "so `\(downgrade.tool)` cannot find the ones to take back",
          fix: Fix(title: "take the migrations back before the code"))
      }
      return nil
    }.once
  }

  /// The whole work tree goes to an older commit.
  private static func goesBack(_ found: PlacedCommand) -> Bool {
    let words = found.command.arguments
    switch words.first {
    case "checkout", "switch":
      guard found.command.name == "git", !found.has("--", "-b", "-B", "-c", "-C") else { return false }
      let targets = words.dropFirst().filter { !$0.hasPrefix("-") }
      return targets.count == 1 && !targets.contains { $0 == "." || $0.hasSuffix(".py") || $0.hasSuffix("/") }
    case "reset":
      return found.command.name == "git" && found.has("--hard")
        && words.contains { $0 != "reset" && !$0.hasPrefix("-") }
    case "revert": return found.command.name == "git" && !found.has("--abort", "--quit")
    default: return false
    }
  }
}
