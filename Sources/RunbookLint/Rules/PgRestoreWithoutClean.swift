import Runbook

struct PgRestoreWithoutClean: LintRule {
  let id = "pg-restore-without-clean"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "`pg_restore` without `--clean` loads over what is there."
  let explanation = """
    Without `--clean`, `pg_restore -d` creates objects that exist already: each one is an error, which it counts and passes
    over, and the old rows are added to the new ones. `--clean --if-exists` drops first; `--create` makes a new database.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npg_restore -d shop /srv/backups/shop.dump\n```\n"
  let good =
    "# Rollback\n\n## Rollback steps\n\n```bash\npg_restore --clean --if-exists -d shop /srv/backups/shop.dump\n```\n"
  let references = ["https://www.postgresql.org/docs/current/app-pgrestore.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.runs.flatMap { run -> [Finding] in
      run.indices.flatMap { index in
        run[index].commands.compactMap { found -> Finding? in
          guard let restore = found.restore, restore.tool == "pg_restore", restore.overwrites,
            !found.has("-c", "--clean", "-C", "--create", "-a", "--data-only"), !found.has(short: "c"),
            !found.has(short: "C"), !(restore.file?.hasSuffix(".sql") ?? false),
            !(run.before(index) + [run[index]]).contains(where: \.makesRoom)
          else { return nil }
          let edit = document.edit(line: found.line, replacing: "pg_restore ", with: "pg_restore --clean --if-exists ")
          return finding(
            at: found,
            "`\(found.command.text.firstLine)` loads over the tables that are there, and adds the old rows to them",
            fix: Fix(title: "pg_restore --clean --if-exists …", edits: edit.map { [$0] } ?? []))
        }
      }
    }.once
  }
}
