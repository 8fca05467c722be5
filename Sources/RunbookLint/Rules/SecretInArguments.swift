import Runbook

struct SecretInArguments: LintRule {
  let id = "secret-in-arguments"
  let severity = Finding.Severity.note
  let summary = "A secret is an argument: every user of the machine sees it while the command runs."
  let explanation = """
    A process's arguments are in `ps` and in `/proc`, and on many machines in the audit log: a token in `-H`, a password
    after `-p`. A variable does not help, since the shell puts its value there.

    Hand it over by a file or by standard input: `curl -H @headers`, `mysql --defaults-extra-file=FILE`,
    `PGPASSFILE`, `redis-cli` with `REDISCLI_AUTH`, `docker login --password-stdin`.
    """
  let bad = Example.shell("mysql -u app -p\"$DB_PASSWORD\" shop < before.sql")
  let good = Example.shell("mysql --defaults-extra-file=/etc/shop/mysql.cnf shop < before.sql")
  let references = ["https://curl.se/docs/manpage.html#-H"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard let (what, form) = secret(found) else { return nil }
      return finding(
        at: found, "\(what) is an argument of `\(found.name)`: `ps` shows it while it runs", fix: Fix(title: form))
    }
  }

  private func secret(_ found: PlacedCommand) -> (what: String, form: String)? {
    let arguments = found.arguments
    let pairs = Array(zip(arguments, arguments.dropFirst()))
    switch found.name {
    case "curl", "wget", "http":
      for (option, value) in pairs where option == "-H" || option == "--header" {
        let plain = value.filter { $0 != "\"" && $0 != "'" }
        let name = plain.prefix { $0 != ":" }
        guard SensitiveNames.matches(String(name)) || name.lowercased() == "x-auth" else { continue }
        return ("the value of the header `\(Shown.text(String(name)))`", "curl -H @FILE, which holds the header")
      }
      for (option, value) in pairs where (option == "-u" || option == "--user") && value.contains(":") {
        return ("the password after `\(option)`", "curl --netrc-file FILE")
      }
    case "mysql", "mysqldump", "mariadb", "mysqladmin":
      let glued = arguments.first { $0.hasPrefix("-p") && $0.count > 2 && !$0.hasPrefix("-p=") }
      if let option = glued ?? arguments.first(where: { $0.hasPrefix("--password=") }) {
        return (
          "the password in `\(option.hasPrefix("--") ? "--password=" : "-p")…`",
          "\(found.name) --defaults-extra-file=FILE"
        )
      }
    case "redis-cli":
      if arguments.contains("-a") || arguments.contains("--pass") {
        return ("the password after `-a`", "REDISCLI_AUTH in the environment")
      }
    case "mongo", "mongosh", "mongodump", "mongorestore", "sqlcmd", "docker", "podman", "helm", "sshpass":
      let options: Set<String> =
        found.name == "sqlcmd" ? ["-P"] : found.name == "sshpass" ? ["-p"] : ["--password", "-p"]
      guard found.name != "docker" && found.name != "podman" && found.name != "helm" || found.operands.contains("login")
      else { return nil }
      for (option, _) in pairs where options.contains(option) {
        return (
          "the password after `\(option)`", found.operands.contains("login") ? "--password-stdin" : "a config file"
        )
      }
    default:
      for argument in arguments {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { continue }
        let name = argument[..<equals].dropFirst(2)
        if ["password", "token", "api-key", "secret"].contains(name.lowercased()) {
          return (
            "the value of `--\(name)`", "the environment, a file or standard input, where \(found.name) can take it so"
          )
        }
      }
    }
    return nil
  }
}
