import Runbook

struct PrismaResolveIsNoRollback: LintRule {
  let id = "prisma-resolve-is-no-rollback"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "`prisma migrate resolve --rolled-back` only records: the schema stays as it is."
  let explanation = """
    `prisma migrate resolve --rolled-back NAME` marks a migration that failed as rolled back, in Prisma's own table. No
    table or column is touched, and for a migration that succeeded the command ends with an error.

    To take a change back, run a down migration's SQL (`prisma migrate diff` writes one, `prisma db execute` runs it),
    and look at the schema afterwards.
    """
  let bad =
    "# Rollback\n\n## Rollback steps\n\n```bash\nnpx prisma migrate resolve --rolled-back 20240115_add_phone\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    npx prisma db execute --file prisma/down/20240115_add_phone.sql
    npx prisma migrate resolve --rolled-back 20240115_add_phone
    ```
    """
  let references = [
    "https://www.prisma.io/docs/cli/migrate/resolve",
    "https://www.prisma.io/docs/orm/v7/prisma-migrate/workflows/generating-down-migrations",
  ]

  private static let mending = [
    "sql", "manual", "fix", "correct", "revert", "undo", "clean", "repair", "review", "drop", "reintenta", "corrig",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.compactMap { index -> Finding? in
        guard let found = run[index].commands.first(where: Self.marks),
          !run.before(index).contains(where: Self.takesBack), !run.after(index).contains(where: Self.runsAgain),
          !run.after(index).contains(where: { $0.changesData && !$0.step.optional && $0.step.choice == nil })
        else { return nil }
        return finding(
          at: found,
          "`prisma migrate resolve --rolled-back` only writes down that it was: tables and columns stay, "
            + "and a migration that succeeded is refused",
          fix: Fix(title: "run the down migration's SQL first: npx prisma db execute --file DOWN.sql"))
      }
    }.once
  }

  private static func marks(_ found: PlacedCommand) -> Bool {
    found.call.starts(with: ["prisma", "migrate", "resolve"]) && found.has("--rolled-back")
  }
  private static func takesBack(_ placed: PlacedStep) -> Bool {
    placed.changesData || placed.words.holds(mending)
      || placed.commands.contains { $0.call.starts(with: ["prisma", "db"]) || $0.script != nil }
  }
  private static func runsAgain(_ placed: PlacedStep) -> Bool {
    placed.words.holds(["deploy", "retry", "run again"])
      || placed.commands.contains { found in
        found.call.starts(with: ["prisma", "migrate", "deploy"])
          || (found.scriptName?.lowercased().holds(["deploy", "build"]) ?? false)
      }
  }
}
