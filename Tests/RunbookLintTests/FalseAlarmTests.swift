import Runbook
import RunbookReading
import Testing

@testable import RunbookLint

/// What rules said wrongly of public documents, in small; and what they must go on saying beside it.
struct FalseAlarmTests {
  private func found(_ id: String, in text: String) throws -> [Finding] {
    try lint(text).filter { $0.rule == id }
  }

  private func lines(_ id: String, in text: String) throws -> [Int] { try found(id, in: text).map(\.line) }

  private func runbook(_ commands: String, heading: String = "Rollback steps") -> String {
    "# Rollback\n\n## \(heading)\n\n```bash\n\(commands)\n```\n"
  }

  // no-verification

  @Test(arguments: [
    ("sqlite3 shop.db 'PRAGMA integrity_check;'", true), ("echo done", false),
  ]) func whatIsCheckedMayBeStartedAfterwards(_ command: String, _ isChecked: Bool) throws {
    let title = isChecked ? "Verify the database" : "Say so"
    let text = """
      # Rollback

      ## SQLite rollback

      1. **Restore**
         ```bash
         docker-compose down
         cp backups/shop.db data/shop.db
         ```
      2. **\(title)**
         ```bash
         \(command)
         ```
      3. **Start the shop**
         ```bash
         docker-compose up -d
         ```
      """
    #expect(try lines("no-verification", in: text).isEmpty == isChecked)
  }

  @Test func aPushOfWhatWasTestedNeedsNoOtherTest() throws {
    let text = runbook(
      "git revert --no-edit HEAD\n# Test what came of it\nphp artisan test\ngit push origin fix-$(date +%F)")
    #expect(try lines("no-verification", in: text).isEmpty)
    #expect(try lines("no-verification", in: runbook("git revert --no-edit HEAD\ngit push origin main")) == [7])
  }

  @Test(arguments: [("// Verify that it is off", true), ("// Off for everybody", false)])
  func aCheckInALanguageThatIsNotReadIsOne(_ comment: String, _ isChecked: Bool) throws {
    let text =
      "# Rollback\n\n## Rollback steps\n\n```javascript\nawait flags.disable(\"shop\");\n\n\(comment)\n"
      + "console.log(await flags.isEnabled(\"shop\"));\n```\n"
    #expect(try lines("no-verification", in: text).isEmpty == isChecked)
  }

  @Test func aScriptThatIsSaidToCheckChecks() throws {
    let script = "./scripts/rollback.sh production\n\n# The script:\n# 1. stops the shop\n# 2. runs "
    #expect(try lines("no-verification", in: runbook(script + "smoke tests")).isEmpty)
    #expect(try lines("no-verification", in: runbook(script + "the old version")) == [6])
  }

  @Test(arguments: ["Verification", "Contacts"]) func aSectionBesideItsOwnChecksAllOfThem(_ title: String) throws {
    let text = """
      # Rollback

      ## Functions

      ### All of them

      ```bash
      git checkout v1.4.0 -- functions
      supabase functions deploy
      ```

      ### One of them

      ```bash
      supabase functions deploy hook
      ```

      ### \(title)

      ```bash
      curl -fsS https://api.shop.test/health
      ```
      """
    #expect(try lines("no-verification", in: text).isEmpty == (title == "Verification"))
  }

  @Test(arguments: ["3) Validation after the rollback", "3) Contacts"])
  func theLastOfCountedSectionsChecksAll(_ title: String) throws {
    let text =
      "# Rollback\n\n## 1) Restore the network\n\n```bash\nsudo netplan apply\n```\n\n"
      + "## 2) Restore the controller\n\n```bash\nsystemctl restart unifi\n```\n\n## \(title)\n\n- Devices are connected\n"
    #expect(try lines("no-verification", in: text).isEmpty == title.contains("Validation"))
  }

  @Test func aListOfCommandsIsNoProcedure() throws {
    let tool = "migrate -path ./migrations -database $URL"
    #expect(try lines("no-verification", in: runbook("\(tool) up\n\(tool) down 1\n\(tool) force 3")).isEmpty)
    #expect(try lines("no-verification", in: runbook("\(tool) down 1\n\(tool) force 3")) == [7])
  }

  @Test func whereAllIsLookedAtIsNoAppendixAndNoOtherProcedure() throws {
    let text = """
      # Rollback

      ## Rollback of the view

      ```bash
      bq cp -f shop.view_before shop.view
      ```

      ## Contacts

      Ask the shop's team.

      ## Monitoring integration

      The shop exposes metrics.

      ## Appendix: common commands

      ### Check a view

      ```bash
      bq show shop.view
      ```
      """
    let found = try found("no-verification", in: text)
    #expect(found.map(\.severity) == [.warning])
    #expect(try self.found("no-verification", in: text + "\n\n- [ ] Verified the shop\n").map(\.severity) == [.warning])
    let checked = text.replacing("## Appendix", with: "## After rollback\n\n- [ ] Verified the shop\n\n## Appendix")
    #expect(try self.found("no-verification", in: checked).map(\.severity) != [.warning])
  }

  // blocks-automation

  @Test func whatIsWatchedInASectionOfItsOwnMayGoOn() throws {
    let text = runbook("kubectl rollout undo deployment/shop")
    let logs = "```bash\nkubectl logs -f deployment/shop\n```\n"
    #expect(try lines("blocks-automation", in: text + "\n## Monitor for 30 minutes\n\n" + logs).isEmpty)
    #expect(
      try lines("blocks-automation", in: text + "\n## Afterwards\n\nWatch the logs for a while:\n\n" + logs).isEmpty)
    #expect(try lines("blocks-automation", in: text + "\n## Afterwards\n\n" + logs) == [12])
    let more = logs + "\n```bash\ncurl -fsS https://shop.test\n```\n"
    #expect(try lines("blocks-automation", in: text + "\n## Monitor for 30 minutes\n\n" + more) == [12])
  }

  @Test(
    arguments: [
      ("kubectl exec -it postgres-0 -- pg_isready -h db", nil),
      ("kubectl exec -it postgres-0 -- pg_dumpall -U postgres > all.sql", "CR LF"),
      ("kubectl exec -i postgres-0 -- pg_dumpall -U postgres > all.sql", nil),
      ("kubectl exec deployment/web -it -- bundle exec rails dbconsole", "prompt"),
    ] as [(String, String?)]) func whatAPodIsAskedOnATerminal(_ command: String, _ word: String?) throws
  {
    let found = try found("blocks-automation", in: runbook(command))
    #expect(found.count == (word == nil ? 0 : 1), "\(command)")
    if let word { #expect(found.first?.message.contains(word) ?? false, "\(found)") }
  }

  @Test(arguments: ["--tail", "-f", "--follow"]) func flyLogsHasNoSuchFlag(_ flag: String) throws {
    #expect(try lines("tool-command-unknown", in: runbook("fly logs -a shop \(flag)")) == [6])
    #expect(try lines("blocks-automation", in: runbook("fly logs -a shop \(flag)")).isEmpty)
    #expect(try lines("blocks-automation", in: runbook("fly logs -a shop")) == [6])
  }

  @Test func whereAProductIsSetUpItIsStarted() throws {
    let text =
      "\n## Quick Start\n\n```bash\ncurl -fsS -H \"X-Key: your-access-key\" https://shop.test\n```\n\n```bash\nnpm start\n```\n"
    for id in ["blocks-automation", "unresolved-placeholder"] {
      #expect(try lines(id, in: runbook("git revert --no-edit HEAD") + text).isEmpty, "\(id)")
      let steps = runbook("git revert --no-edit HEAD") + text.replacing("Quick Start", with: "Rollback of the start")
      #expect(try lines(id, in: steps).count == 1, "\(id)")
    }
  }

  @Test func ofAListOfCommandsOneIsPicked() throws {
    let text = "docker logs -f shop\npg_dump shop > shop.sql"
    #expect(
      try lines(
        "blocks-automation", in: runbook("git revert --no-edit HEAD") + "\n" + runbook(text, heading: "Useful commands")
      ).isEmpty)
  }

  // The others

  @Test func aCacheFillsAgain() throws {
    #expect(try lines("destructive-without-warning", in: runbook("psql -c 'DELETE FROM search_cache'")).isEmpty)
    #expect(try lines("destructive-without-warning", in: runbook("psql -c 'DELETE FROM searches'")) == [6])
  }

  @Test(arguments: [("id = 7", true), ("id = 8", false)])
  func rowsThatAreKeptMayBeChanged(_ condition: String, _ isKept: Bool) throws {
    let text =
      "# Rollback\n\n## Rollback steps\n\n```sql\nCREATE TABLE shop_before AS SELECT * FROM shop WHERE id = 7;\n"
      + "UPDATE shop SET open = true WHERE \(condition);\n```\n"
    #expect(try lines("sql-outside-transaction", in: text).isEmpty == isKept)
  }

  @Test func aResetToTheHeadLosesNoCommit() throws {
    let found = try found("reset-hard-unsaved", in: runbook("git reset --hard HEAD\n./rollback.sh"))
    #expect(found.count == 1 && !found[0].message.contains("name"))
    #expect(try lines("reset-hard-unsaved", in: runbook("# Discard local changes\ngit reset --hard HEAD")).isEmpty)
    #expect(try lines("reset-hard-unsaved", in: runbook("# Discard local changes\ngit reset --hard v1")) == [7])
  }

  @Test(arguments: [("# Confirm: yes", true), ("# Confirm that it is up", false)])
  func aQuestionMayBeAnswered(_ comment: String, _ isAnswered: Bool) throws {
    #expect(try lines("asks-for-confirmation", in: runbook("terraform apply\n\(comment)")).isEmpty == isAnswered)
  }

  @Test(arguments: [" || true", ""]) func whatMayFailIsTriedInAddition(_ end: String) throws {
    let text = runbook(
      "# Option 1: the file\ncp off.json flags.json\n# Option 2: the API\ncurl -X POST shop.test/off\(end)")
    #expect(try lines("alternatives-in-one-block", in: text).isEmpty == !end.isEmpty)
  }

  @Test func whatACommandIsToSayIsNoHole() throws {
    let text = runbook("npx eas update --branch production --message \"Rollback to build def456\"")
    #expect(try lines("unresolved-placeholder", in: text).isEmpty)
  }

  @Test func inASubstitutionAHoleIsTwoRedirections() throws {
    let text = runbook("./audit.sh --outputs \"$(jq -nc --arg digest <bad-digest> '{d:$digest}')\"")
    #expect(try found("unresolved-placeholder", in: text).map(\.severity) == [.error])
  }

  @Test func anExampleInABlockOfStepsIsLookedAtToo() throws {
    let text = runbook(
      "# Back to one\nalembic downgrade 8f2c1a7\n\n# Example: back to the beginning\nalembic downgrade base")
    let found = try found("migrations-all-taken-back", in: text)
    #expect(found.map(\.line) == [10] && found.map(\.severity) == [.note])
  }

  @Test func whatIsBoundIsNoOpenHole() throws {
    let text =
      "# R\n\n## Rollback Steps\n\n```bash\ngit checkout <good>\ncurl https://api.example.com/x?k=$KEY_X\n```\n"
    var document = LintDocument(path: "R.md", text: text, runbook: try RunbookReader().read(text, named: "R.md"))
    let rules: [any LintRule] = [UnresolvedPlaceholder(), UndefinedVariable()]
    func found() -> Int { rules.flatMap { $0.findings(in: document) }.count }
    #expect(found() == 3)
    document.bindings.parameters = ["good": .value("HEAD~1"), "KEY_X": .secret(.environment("KEY_X"))]
    #expect(found() == 1)
    document.bindings.endpoints = ["https://api.example.com": "http://127.0.0.1:9011"]
    #expect(found() == 0)
  }

  /// What one environment binds is open for the others, and for a plan that names none.
  @Test func whatOnlyEnvironmentsBind() throws {
    let text = "# R\n\n## Rollback Steps\n\n```bash\ngit checkout <good>\ngit tag $GOOD_X\n```\n"
    var document = LintDocument(path: "R.md", text: text, runbook: try RunbookReader().read(text, named: "R.md"))
    let rules: [any LintRule] = [UnresolvedPlaceholder(), UndefinedVariable()]
    func found(_ environments: [String: RunbookBindings]) -> [String] {
      document.environments = environments
      return rules.flatMap { $0.findings(in: document) }.map(\.message)
    }
    let binding = RunbookBindings(parameters: ["good": .value("HEAD~1"), "GOOD_X": .value("1")])
    let none = found([:])
    #expect(none.count == 2 && !none.contains { $0.contains("only") })
    for environments in [["staging": binding], ["staging": binding, "live": RunbookBindings()]] {
      let partly = found(environments)
      #expect(partly.count == 2 && partly.allSatisfy { $0.hasSuffix("is bound for staging only") }, "\(partly)")
    }
    #expect(found(["staging": binding, "live": binding]).isEmpty)
  }

  @Test func whatIsReplacedOrLeftOutHasNoOpenHole() throws {
    let text = "# R\n\n## Rollback Steps\n\n```bash\ngit checkout <good>\ncd app && git checkout <good>\n```\n"
    var document = LintDocument(path: "R.md", text: text, runbook: try RunbookReader().read(text, named: "R.md"))
    func found(_ commands: [String: String], _ steps: [String: StepBinding] = [:]) -> Int {
      document.bindings.commands = commands
      document.bindings.steps = steps
      return UnresolvedPlaceholder().findings(in: document).count
    }
    #expect(found([:]) == 1)
    #expect(found(["git checkout <good>": "./world back"]) == 0)
    // Only the beginning goes, or it says the hole again.
    #expect(found(["git checkout": "./world back"]) == 1)
    #expect(found(["git checkout <good>": "git checkout <good> -- app"]) == 1)
    #expect(found(["cd app": "cd world"]) == 1)
    let skip = StepBinding(is: "git checkout", skip: "not here")
    #expect(found([:], ["first": skip]) == 1)
    #expect(found([:], ["first": skip, "second": StepBinding(is: "cd app", run: "./world back")]) == 0)
    #expect(found([:], ["first": skip, "second": StepBinding(is: "cd app", run: "./world back <good>")]) == 1)
  }
}
