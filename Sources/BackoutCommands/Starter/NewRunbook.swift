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

  private var hasDatabase: Bool { sight.alembicFolder != nil || sight.hasDjango || sight.migration != nil }

  private var steps: [String] {
    // The schema first: the older code does not have the migrations that take it back.
    [look] + (hasDatabase ? [keep] : []) + (hasDatabase && wholeRollback == nil ? [schema] : [])
      + [code, sight.imageTag.map(image), restart, verify].compactMap { $0 }
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
    let isByURL = sight.migration != nil && sight.alembicFolder == nil && !sight.hasDjango
    return step(
      "Keep the data", "5 minutes",
      "The address and the password come from the environment ("
        + (isByURL ? "`DATABASE_URL`" : "`PGHOST`, `PGUSER`, `PGDATABASE`, `~/.pgpass`") + ").\n\n"
        + fence([
          "# A copy of the database as it is now",
          "pg_dump --format=custom --file=\(dump)" + (isByURL ? " \"$DATABASE_URL\"" : ""), "",
          "# It can be read to its end", "pg_restore --list \(dump)",
        ]))
  }

  /// Outside of the repository: no commit takes it in, and no checkout goes over it.
  private var dump: String {
    let service = sight.service.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" }
    return "\"$HOME/\(String(service))-before-rollback.dump\""
  }

  private func takeBack(_ migration: MigrationSight) -> String {
    let loss = "**WARNING:** what the migration added is lost; step 2 keeps a copy."
    let warning =
      loss + " The newest one is `\(migration.newest)`: name\n"
      + "another where there is a newer one, and leave this out where the release brought none."
    func psql(_ file: String) -> [String] {
      ["psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 --single-transaction -f \(file)"]
    }
    switch migration.wayBack {
    case .file(let down):
      return step(
        "Take the schema back", "5 minutes",
        warning + "\n\n" + fence(["# While the newer code is still here"] + psql(down)))
    case .tool(let command, let look):
      return step(
        "Take the schema back", "5 minutes",
        loss + " Leave this out where the release brought no\nmigration.\n\n"
          + fence(["# One migration back, while the newer code is still here", command, "", "# It is taken back", look])
      )
    case .none:
      return step(
        "Take the schema back", "5 minutes",
        warning + " Nothing in this repository takes\nit back: write the statements into a file, and name that.\n\n"
          + fence(["# While the newer code is still here"] + psql("\"<file-that-takes-it-back>\"")))
    }
  }

  private var schema: String {
    if let migration = sight.migration, sight.alembicFolder == nil, !sight.hasDjango { return takeBack(migration) }
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

  private var wholeRollback: String? {
    guard sight.composeFile == nil, sight.unit == nil, case .wholeRollback(let command) = sight.start else {
      return nil
    }
    return command
  }

  private var code: String {
    if let wholeRollback {
      return step(
        "Put the previous release back", "5 minutes",
        "What it does is this repository's own: read its target in the `Makefile`.\n\n"
          + fence(["# Go back and start it", wholeRollback, "", "# It is the one", "git log -1 --oneline"]))
    }
    // Commits come on top of the release that runs, this runbook's own among them: what is before HEAD is no answer.
    let commands =
      sight.releases.previous != nil
      ? [
        "# The release that runs: the last tag", "RUNNING=$(git describe --tags --abbrev=0)", "",
        "# The release before it", "PREVIOUS=$(git describe --tags --abbrev=0 \"$RUNNING^\")", "",
      ] + previousTag + ["# Go there", "git checkout \"$PREVIOUS\""]
      : ["# The release before the one that runs", "git checkout \"<previous-release>\""]
    return step(
      "Put the previous release back", "2 minutes", fence(commands + ["", "# It is the one", "git log -1 --oneline"]))
  }

  /// Where a release's images are named like its tag.
  private var previousTag: [String] {
    guard let tag = sight.imageTag, let prefix = tag.prefix, !prefix.isEmpty else { return [] }
    return [
      "# Its images have the tag's name, without the `\(prefix)`",
      "PREVIOUS_IMAGE=$(git describe --tags --abbrev=0 \"$RUNNING^\" | cut -c\(prefix.count + 1)-)", "",
    ]
  }

  /// No checkout brings back what names the image.
  private func image(_ tag: RepositorySight.ImageTag) -> String {
    let value = tag.prefix.map { $0.isEmpty ? "$PREVIOUS" : "$PREVIOUS_IMAGE" } ?? Self.imageHole
    let set =
      tag.file.map { "sed -i \"s/^\(tag.written)=.*/\(tag.written)=\(value)/\" \($0)" }
      ?? "export \(tag.variable)=\"\(value)\""
    return step(
      "Name the image of that release", "1 minute",
      "The tag of the image comes from `\(tag.variable)` "
        + (tag.file.map { "in `\($0)`, which git does not keep: the\ncheckout leaves it as it is." }
          ?? "in the environment of whoever starts it: set it there, too, for the\nnext start.")
        + "\n\n" + fence([set, "", "# Compose reads it", "docker compose config | grep \"image: .*:\(value)\""]))
  }

  private static let imageHole = "<previous-image-tag>"

  /// Of the holes in it, by their names: what is known, and may be another tomorrow.
  var remarks: [String: String] {
    var remarks = [
      "previous-release": "a tag or commit that `git log --oneline` lists; the newest may be this runbook's own",
      "restart-script": "its path; what starts the service anew",
      "file-that-takes-it-back": "its path; SQL that takes back \(sight.migration?.newest ?? "the migration")",
    ]
    if let tag = sight.imageTag, let value = tag.value, tag.prefix == nil {
      remarks["previous-image-tag"] =
        "the one before \(value), which \(tag.file ?? "the environment") has now as \(tag.variable)"
    }
    return remarks
  }

  private var restart: String? {
    if wholeRollback != nil { return nil }
    var commands: [String] = []
    if sight.hasPackageJSON, sight.composeFile == nil {
      commands += ["# The dependencies of that release", "npm ci"]
      if sight.hasBuildScript { commands += ["npm run build"] }
      commands += [""]
    }
    if sight.composeFile != nil {
      // `--wait` is not in every compose: the check below asks until it answers.
      commands +=
        sight.compose.isBuilt
        ? ["# Build and start it", "docker compose up -d --build"] : ["# Start it", "docker compose up -d"]
    } else if let unit = sight.unit {
      commands += ["# Start it", "sudo systemctl restart \(unit)", "", "# It runs", "systemctl is-active \(unit)"]
    } else if case .command(let command) = sight.start {
      commands += ["# Start it", command]
    } else {
      commands += ["# Start it", "bash \"<restart-script>\""]
      var text = "Nothing in this repository says how it is started again: put that into a script, and name it."
      if case .procfile(let names) = sight.start, !names.isEmpty {
        text += "\nThe `Procfile` names what runs: \(names.joined(separator: ", "))."
      }
      return step("Start it", "5 minutes", text + "\n\n" + fence(commands))
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
