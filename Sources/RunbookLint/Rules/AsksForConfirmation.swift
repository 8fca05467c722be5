import Runbook

struct AsksForConfirmation: LintRule {
  let id = "asks-for-confirmation"
  let severity = Finding.Severity.warning
  let summary = "A command asks \"are you sure?\" and waits."
  let explanation = """
    `terraform apply`, `apt install` and `php artisan migrate:rollback` in production ask before they act. In a script they
    wait for ever or take the missing answer for no, and the step has not happened.

    Where the person has decided already, say so: a saved plan (`terraform plan -out=FILE`, `terraform apply FILE`), `-y`,
    `--force`. Then the plan is what is looked at, not the question.
    """
  let bad = Example.shell("git checkout v1.4.0 -- infra\nterraform apply")
  let good = Example.shell(
    "git checkout v1.4.0 -- infra\nterraform plan -out=rollback.tfplan\nterraform apply rollback.tfplan")
  let references = [
    "https://developer.hashicorp.com/terraform/cli/commands/apply", "https://laravel.com/docs/migrations",
    "https://www.prisma.io/docs/orm/reference/prisma-cli-reference",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      guard !found.isFed, !isAnswered(found, in: document), let (what, form) = question(found) else { return nil }
      return finding(at: found, "`\(found.shown)` \(what)", fix: Fix(title: form))
    }
  }

  /// A comment right after it says what to answer: the person is told.
  private func isAnswered(_ found: PlacedCommand, in document: LintDocument) -> Bool {
    let next = document.line(found.step.endLine + 1).drop { $0.isWhitespace }
    guard next.hasPrefix("#") else { return false }
    let words = next.plainWords
    return ["yes", "y"].contains(words.last) && ["confirm", "type", "enter", "answer"].contains(words.first)
  }

  private func question(_ found: PlacedCommand) -> (what: String, form: String)? {
    let operands = found.operands
    let tool = found.tool
    let inner = tool.dropFirst().filter { !$0.hasPrefix("-") }
    if tool.first == "prisma", inner.starts(with: ["migrate", "reset"]), !found.has("--force", "-f") {
      return ("asks before it drops the database, and waits", "--force, after a backup")
    }
    switch found.name {
    case "terraform", "tofu":
      guard !found.has("-auto-approve", "--auto-approve") else { return nil }
      if operands.first == "apply", !operands.dropFirst().contains(where: { $0.contains("plan") || $0.hasPrefix("$") }),
        !operands.dropFirst().contains(where: { !$0.contains("=") && !$0.contains(".") && $0.count > 1 })
      {
        return ("asks for \"yes\" and waits", "terraform plan -out=FILE, then terraform apply FILE")
      }
      if operands.first == "destroy" {
        return ("asks for \"yes\" and waits", "terraform plan -destroy -out=FILE, then terraform apply FILE")
      }
      if operands.first == "force-unlock", !found.has("-force") {
        return ("asks for \"yes\" and waits", "terraform force-unlock -force ID")
      }
    case "apt", "apt-get", "yum", "dnf":
      guard ["install", "remove", "purge", "downgrade", "upgrade", "autoremove"].contains(operands.first ?? ""),
        !found.has("--yes", "--assume-yes", "-qq"), !found.has(short: "y")
      else { return nil }
      return ("asks before it changes packages, and waits", "\(found.name) -y …")
    case "php" where operands.first == "artisan":
      let verbs = ["migrate", "migrate:rollback", "migrate:reset", "migrate:refresh", "migrate:fresh", "db:seed"]
      guard let verb = operands.dropFirst().first, verbs.contains(verb),
        !found.has("--force", "--pretend", "-n", "--no-interaction")
      else { return nil }
      return (
        "asks in production whether you really want to, and does nothing without an answer",
        "php artisan \(verb) --force"
      )
    case "docker":
      guard operands.count == 2, operands.last == "prune", !found.has("--force"), !found.has(short: "f") else {
        return nil
      }
      return ("asks before it deletes, and waits", "leave it out of a rollback")
    case "gh" where operands.starts(with: ["release", "delete"]) && !found.has("--yes", "-y"):
      return ("asks before it deletes, and waits", "gh release delete … --yes")
    case "heroku"
    where ["pg:reset", "apps:destroy", "pg:restore", "pg:backups:restore"].contains(operands.first ?? "")
      && !found.has("--confirm"):
      return ("asks for the app's name and waits", "--confirm APP")
    case "gcloud":
      let acts = ["restore", "delete"]
      guard operands.contains(where: acts.contains), !found.has("--quiet", "-q") else { return nil }
      return ("asks before it acts, and waits", "gcloud … --quiet")
    case "mysql", "mysqldump", "mariadb":
      return found.arguments.contains("-p") || found.arguments.contains("--password")
        ? ("asks for the password and waits", "\(found.name) --defaults-extra-file=FILE") : nil
    case "psql", "pg_restore", "pg_dump":
      return found.has("-W", "--password") ? ("asks for the password and waits", "a PGPASSFILE") : nil
    default: break
    }
    return nil
  }
}
