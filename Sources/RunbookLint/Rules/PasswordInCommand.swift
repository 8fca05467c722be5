import Runbook

struct PasswordInCommand: LintRule {
  let id = "password-in-command"
  let severity = Finding.Severity.error
  let summary = "A password stands in the document, and in everybody's list of processes."
  let explanation = """
    Whoever reads the repository has it, and while the command runs every user of the machine sees it. Change it, and take
    it from the environment, a password file (`~/.pgpass`, `--defaults-extra-file`) or the secret store.
    """
  let bad =
    "# Rollback\n\n## Rollback steps\n\n```bash\nPGPASSWORD=kestrel91 psql -h db.acme.io shop -c 'SELECT 1'\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\npsql -h db.acme.io shop -c 'SELECT 1'\n```\n"
  let references = [
    "https://www.postgresql.org/docs/current/libpq-pgpass.html",
    "https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      guard let name = Self.secret(in: found.command) else { return nil }
      return finding(
        at: found, "`\(name)` holds a password in plain text: the repository and the list of processes show it",
        fix: Fix(title: "change it, and take it from the environment, ~/.pgpass or an option file"))
    }
  }

  private static func secret(in command: ParsedCommand) -> String? {
    for assignment in command.assignments
    where ["PGPASSWORD", "MYSQL_PWD", "SSHPASS", "REDISCLI_AUTH"].contains(assignment.name) && isReal(assignment.value)
    {
      return assignment.name
    }
    guard ["mysql", "mysqldump", "mysqladmin", "mariadb"].contains(command.call.first ?? "") else { return nil }
    for word in command.words.dropFirst() {
      for option in ["--password=", "-p"] where word.text.hasPrefix(option) && word.text.count > option.count {
        let value = String(word.text.dropFirst(option.count))
        if isReal(Word(text: value, value: word.value.map { _ in value })) { return option }
      }
    }
    return nil
  }

  private static func isReal(_ word: Word) -> Bool {
    guard let value = word.value, value.count > 2, !value.contains(where: { "$<>[]{}.*".contains($0) }) else {
      return false
    }
    let lower = value.lowercased()
    return !lower.holds([
      "redacted", "password", "passwd", "your", "secret", "xxx", "changeme", "example", "pass", "test",
    ])
  }
}
