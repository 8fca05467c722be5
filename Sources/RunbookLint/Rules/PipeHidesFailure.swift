import Runbook

struct PipeHidesFailure: LintRule {
  let id = "pipe-hides-failure"
  let severity = Finding.Severity.warning
  let summary = "A pipeline succeeds where its last command does: the failure before it is not seen."
  let explanation = """
    `pg_dump shop | gzip > shop.sql.gz` exits 0 when `pg_dump` cannot connect: gzip has packed nothing, and the backup is
    20 bytes long. `cat FILE | psql` restores nothing and succeeds where FILE is missing.

    `set -o pipefail` first, or do without the pipe: `pg_dump -Fc -f shop.dump shop`, `psql -f FILE`.
    """
  let bad = Example.shell("pg_dump shop | gzip > /backups/shop.sql.gz")
  let good = Example.shell("set -o pipefail\npg_dump shop | gzip > /backups/shop.sql.gz")
  let references = ["https://www.gnu.org/software/bash/manual/html_node/Pipelines.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard found.command.context == .pipeline, !found.isFed, let next = found.rest.first, next.context == .pipeline,
        !document.sets("pipefail", letter: nil, before: index)
      else { return nil }
      let last = found.rest.last { $0.context == .pipeline } ?? next
      let end = Shown.text(last.text)
      if dumps(found),
        ["gzip", "bzip2", "xz", "zstd", "pigz", "openssl", "gpg", "aws", "tee", "age"].contains(last.name ?? "")
      {
        return finding(
          at: found, "where `\(found.shown)` fails, `\(end)` still succeeds: the backup is empty or cut off",
          fix: Fix(title: "set -o pipefail, before it"))
      }
      if ["cat", "gunzip", "zcat", "gzip", "xz", "bzcat", "unzip"].contains(found.name), loads(last) {
        return finding(
          at: found, "where `\(found.shown)` fails, `\(end)` is given nothing, and succeeds",
          fix: Fix(title: "set -o pipefail, before it, or hand the file over: \(last.name ?? "psql") … < FILE"))
      }
      if last.name == "tee", found.step.role == .change, !Self.harmless.contains(found.name) {
        return finding(
          at: found, "where `\(found.shown)` fails, `tee` still succeeds: the step counts as done",
          fix: Fix(title: "set -o pipefail, before it"))
      }
      return nil
    }
  }

  private static let harmless: Set<String> = ["echo", "printf", "date", "git", "cat", "sudo", "ls", ""]

  private func dumps(_ found: PlacedCommand) -> Bool {
    ["pg_dump", "pg_dumpall", "mysqldump", "mongodump", "sqlite3", "mariadb-dump"].contains(found.name)
  }

  private func loads(_ command: ParsedCommand) -> Bool {
    ["psql", "mysql", "mariadb", "sqlite3", "mongorestore", "pg_restore", "redis-cli"].contains(command.name ?? "")
  }
}
