import Runbook

struct DumpOverExisting: LintRule {
  let id = "dump-over-existing"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "A plain dump is loaded into a database that still holds its tables."
  let explanation = """
    A plain dump of `pg_dump` begins with `CREATE TABLE`. Where the table is still there, that fails, `psql` goes on, and
    `COPY` adds the old rows to the new ones or breaks off at the first key that is there twice. The result is neither
    the old state nor the new one.

    Load it into an empty database (`dropdb`, `createdb`), or make the dump with `--clean --if-exists`.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\npsql -v ON_ERROR_STOP=1 shop < /srv/backups/shop.sql\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    dropdb shop
    createdb shop
    psql -v ON_ERROR_STOP=1 shop < /srv/backups/shop.sql
    ```
    """
  let references = [
    "https://www.postgresql.org/docs/current/app-pgdump.html",
    "https://www.postgresql.org/docs/current/backup-dump.html",
  ]

  private static let emptying = [
    "drop database", "drop schema", "create database", "dropdb", "createdb", "--clean", "new database",
    "empty database",
    "fresh database", "new instance", "temporary", "volume rm", "down -v", "--volumes", "recreate", "pg_dump -c",
    "drop owned",
  ]

  /// Of the procedure, or of the backup's own making anywhere.
  private func isEmptied(before found: PlacedCommand, in document: LintDocument) -> Bool {
    let first = min(found.placed.procedure.line, found.line)
    return (max(1, first)...found.line).contains { document.lowerLine($0).holds(Self.emptying) }
      || document.lines.contains { $0.contains("pg_dump") && ($0.contains("--clean") || $0.contains(" -c ")) }
  }

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard let restore = found.restore, restore.tool == "psql", let file = restore.file, restore.overwrites,
        !isEmptied(before: found, in: document)
      else { return nil }
      return finding(
        at: found,
        "`\(file)` is loaded over the tables that are there: `CREATE TABLE` fails, and `COPY` adds the old rows",
        fix: Fix(title: "`dropdb` and `createdb` before it, or make the dump with `--clean --if-exists`"))
    }
  }
}
