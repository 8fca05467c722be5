/// A first runbook for a repository: short, and in an order that does no harm. What the repository does not say is a hole
/// in it; lint finds nothing else.
struct NewRunbook {
  let sight: RepositorySight

  init(seeing sight: RepositorySight) { self.sight = sight }

  var text: String {
    var parts = [
      "# Rolling back \(sight.service)",
      """
      What this goes back to: the release before the one that runs. Read it through once before you need it, and put in
      what only your team knows: the bounds, the people, the address of the health check.
      """, Self.when, Self.matrix, before, "## Rollback steps",
    ]
    parts += steps.enumerated().map { "### Step \($0 + 1): \($1)" }
    parts += [after, Self.success, contacts]
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static let when = """
    ## When to roll back

    - Error rate above 5 % for 10 minutes after a deploy
    - 95th percentile of the response time above 2 seconds for 10 minutes
    - Any request writes wrong data
    """

  private static let matrix = """
    ## Decision matrix

    | Severity | Action | Approval |
    | --- | --- | --- |
    | P0: down, or data at risk | roll back at once | on-call engineer |
    | P1: a bound above is passed | roll back within 1 hour | team lead |
    | P2: a single feature | fix forward | none |
    """

  private var before: String {
    """
    ## Before you begin

    - [ ] The trouble began with the last deploy
    - [ ] The channel #\(sight.service)-incidents knows that a rollback begins
    """
  }

  // MARK: Steps

  private var hasDatabase: Bool { sight.alembicFolder != nil || sight.hasDjango }

  private var steps: [String] {
    // The schema first: the older code does not have the migrations that take it back.
    [look] + (hasDatabase ? [keep, schema] : []) + [code, restart, verify].compactMap { $0 }
  }

  private func step(_ title: String, _ time: String, _ body: String) -> String { "\(title) (\(time))\n\n\(body)" }

  private func fence(_ commands: [String]) -> String { (["```bash"] + commands + ["```"]).joined(separator: "\n") }

  private func inService(_ command: String) -> String {
    sight.compose.service.map { "docker compose exec -T \($0) \(command)" } ?? command
  }

  private var look: String {
    var commands = ["# What runs now", "git log -1 --oneline"]
    if sight.composeFile != nil { commands += ["docker compose ps"] }
    if sight.alembicFolder != nil { commands += ["", "# Where the schema stands", inService("alembic current")] }
    if sight.hasDjango { commands += ["", "# Where the schema stands", inService("python manage.py showmigrations")] }
    return step("Look at what runs", "2 minutes", fence(commands))
  }

  private var keep: String {
    step(
      "Keep the data", "5 minutes",
      "The address and the password come from the environment (`PGHOST`, `PGUSER`, `PGDATABASE`, `~/.pgpass`).\n\n"
        + fence([
          "# A copy of the database as it is now", "pg_dump --format=custom --file=before-rollback.dump", "",
          "# It can be read to its end", "pg_restore --list before-rollback.dump",
        ]))
  }

  private var schema: String {
    let command = sight.alembicFolder != nil ? "alembic downgrade -1" : "python manage.py migrate"
    let check = sight.alembicFolder != nil ? "alembic current" : "python manage.py showmigrations"
    guard sight.alembicFolder != nil else {
      return step(
        "Take the schema back", "5 minutes",
        "**WARNING:** what the newest migration added is lost; step 2 keeps a copy. Name the app and the migration to go\n"
          + "back to: `\(command)` with both of them.\n\n"
          + fence(["# Which migrations are applied", inService(check)]))
    }
    return step(
      "Take the schema back", "5 minutes",
      "**WARNING:** what the newest migration added is lost; step 2 keeps a copy. Leave this out where the release brought\n"
        + "no migration.\n\n"
        + fence([
          "# One revision back, while the code still has it", inService(command), "", "# It is there", inService(check),
        ]))
  }

  private var code: String {
    // Commits come on top of the release that runs, this runbook's own among them: what is before HEAD is no answer.
    let commands =
      sight.hasReleases
      ? [
        "# The release that runs: the last tag", "RUNNING=$(git describe --tags --abbrev=0)", "",
        "# The release before it", "PREVIOUS=$(git describe --tags --abbrev=0 \"$RUNNING^\")", "",
        "# Go there", "git checkout \"$PREVIOUS\"",
      ] : ["# The release before the one that runs", "git checkout \"<previous-release>\""]
    return step(
      "Put the previous release back", "2 minutes", fence(commands + ["", "# It is the one", "git log -1 --oneline"]))
  }

  private var restart: String? {
    var commands: [String] = []
    if sight.hasPackageJSON, sight.composeFile == nil {
      commands += ["# The dependencies of that release", "npm ci"]
      if sight.hasBuildScript { commands += ["npm run build"] }
      commands += [""]
    }
    if sight.composeFile != nil {
      // `--wait` is not in every compose: the check below asks until it answers.
      commands += ["# Build and start it", "docker compose up -d --build"]
    } else if let unit = sight.unit {
      commands += ["# Start it", "sudo systemctl restart \(unit)", "", "# It runs", "systemctl is-active \(unit)"]
    } else {
      commands += [
        "# Start it", "sudo systemctl restart \(sight.service)", "", "# It runs",
        "systemctl is-active \(sight.service)",
      ]
    }
    return step("Start it", "5 minutes", fence(commands))
  }

  private var verify: String {
    var commands = [
      "# It answers; it may take a moment",
      "curl --fail --silent --show-error --retry 10 --retry-delay 3 --retry-all-errors \(health)",
    ]
    if sight.composeFile != nil { commands += ["", "# Everything is up", "docker compose ps"] }
    return step(
      "Verify", "5 minutes", fence(commands) + "\n\n- [ ] A person has used it once, and it did what they wanted")
  }

  private var health: String {
    guard let origin = sight.compose.origin else { return "\"<health-url>\"" }
    return sight.compose.healthPath.map { origin + $0 } ?? "\"\(origin)/<health-path>\""
  }

  // MARK: After

  private var after: String {
    """
    ## After the rollback

    - Watch the error rate and the response time for 1 hour
    - Write down what happened, and what must change before the next deploy
    """
  }

  private static let success = """
    ## Success criteria

    - Error rate below 1 % for 30 minutes
    - 95th percentile of the response time below 1 second
    """

  private var contacts: String {
    """
    ## Contacts

    1. **On-call engineer**: #\(sight.service)-incidents
    2. **Team lead**: #\(sight.service)
    """
  }
}
