import Runbook

struct MySQLAsksPassword: LintRule {
  let id = "mysql-asks-password"
  let severity = Finding.Severity.warning
  let summary = "`-p` without a value asks for the password, and waits."
  let explanation = """
    `mysql -u root -p shop` takes `shop` as the database and asks for the password at the terminal. Without one it fails.
    Put the password into an option file that only its owner reads (`--defaults-extra-file`, `~/.my.cnf`), or use
    `mysql_config_editor`; on the command line every user of the machine sees it.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nmysql -u root -p shop < /srv/undo.sql\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    mysql --defaults-extra-file=/etc/mysql/rollback.cnf shop < /srv/undo.sql
    ```
    """
  let references = ["https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.filter { found in
      ["mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump"].contains(found.command.call.first ?? "")
        && found.command.arguments.contains { $0 == "-p" || $0 == "--password" }
    }.map { found in
      finding(
        at: found, "`\(found.command.text.firstLine)` asks for the password at a terminal and waits",
        fix: Fix(title: "--defaults-extra-file=FILE in the place of -p"))
    }
  }
}
