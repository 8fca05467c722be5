import Runbook

struct ArtisanAsks: LintRule {
  let id = "artisan-asks-in-production"
  let severity = Finding.Severity.warning
  let summary = "In production, `php artisan migrate…` asks before it acts."
  let explanation = """
    Where `APP_ENV` is `production`, Laravel's migration commands ask "are you sure?". Without a terminal nobody answers,
    and the command is cancelled. `--force` runs them without the question.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nphp artisan migrate:rollback --step=1\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\nphp artisan migrate:rollback --step=1 --force\n```\n"
  let references = ["https://laravel.com/docs/migrations"]

  private static let asking: Set<String> = [
    "migrate", "migrate:rollback", "migrate:reset", "migrate:refresh", "migrate:fresh", "db:seed", "db:wipe",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      let call = found.command.call
      guard call.first == "artisan", let name = call.dropFirst().first, Self.asking.contains(name),
        !found.has("--force", "--pretend", "--env")
      else { return nil }
      let edit = document.edit(line: found.line, replacing: "artisan \(name)", with: "artisan \(name) --force")
      return finding(
        at: found, "in production `php artisan \(name)` asks first, and without a terminal it is cancelled",
        fix: Fix(title: "php artisan \(name) --force …", edits: edit.map { [$0] } ?? []))
    }
  }
}
