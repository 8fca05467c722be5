import Runbook
import Testing

@testable import RunbookLint

/// What looks like a defect and is none, and the other way round: where a rule's two examples do not suffice.
struct DocumentRulesTests {
  private func lines(_ id: String, in text: String, repository: RepositoryFiles? = nil) throws -> [Int] {
    let rule = try #require(allRules.first { $0.id == id })
    return try findings(of: rule, in: text, repository: repository).map(\.line)
  }

  private func runbook(_ commands: String, before: String = "", after: String = "") -> String {
    "# Rollback\n\n\(before)\n\n## Rollback steps\n\n```bash\n\(commands)\n```\n\n\(after)\n"
  }

  @Test(arguments: [
    "**Check:** the shop answers.", "## Verify\n\n- Orders come in again.", "## After the rollback\n\nWatch the queue.",
  ]) func aCheckInProseEndsAProcedure(_ text: String) throws {
    #expect(try lines("no-verification", in: runbook("systemctl restart shop", after: text)).isEmpty)
    #expect(try lines("no-verification", in: runbook("systemctl restart shop", after: "## Contacts")) == [8])
  }

  @Test func aNoteWrittenAtTheEndIsNotTheLastChange() throws {
    #expect(
      try lines(
        "no-verification", in: runbook("heroku rollback v42\nheroku ps\ncat > log.md <<EOF\nrolled back\nEOF")
      ).isEmpty)
  }

  @Test func alternativesThatOnlyLookMayRunTogether() throws {
    let text = runbook("# Option 1: by tag\ngit log --oneline v1.4.0\n# Option 2: by date\ngit log --since=yesterday")
    #expect(try lines("alternatives-in-one-block", in: text).isEmpty)
  }

  @Test(arguments: [
    ("psql shop -c 'SELECT 1'", false), ("psql -1 shop -f undo.sql", false), ("zcat undo.sql.gz | psql shop", true),
    ("psql shop --file=undo.sql", true), ("psql -v ON_ERROR_STOP=on shop < undo.sql", false),
    ("psql shop <<SQL\nBEGIN;\nDELETE FROM a WHERE b = 1;\nDELETE FROM c WHERE d = 1;\nCOMMIT;\nSQL", false),
  ]) func whatPsqlIsFed(_ command: String, _ isFound: Bool) throws {
    #expect(try lines("psql-without-stop", in: runbook(command)).isEmpty == !isFound, "\(command)")
  }

  @Test(arguments: [
    ("pg_restore -l shop.dump", false), ("pg_restore -cd shop shop.dump", false),
    ("pg_restore -d shop_restored shop.dump", false), ("createdb shop\npg_restore -d shop shop.dump", false),
    ("pg_restore --dbname=shop shop.dump", true),
  ]) func wherePgRestoreNeedsNoClean(_ commands: String, _ isFound: Bool) throws {
    #expect(try lines("pg-restore-without-clean", in: runbook(commands)).isEmpty == !isFound, "\(commands)")
  }

  @Test func aRestoreIntoNothingNeedsNoSafetyBackup() throws {
    let restore = "cat /srv/backups/shop-backup.sql | psql shop"
    #expect(try lines("restore-without-safety-backup", in: runbook(restore)) == [8])
    #expect(try lines("restore-without-safety-backup", in: runbook("dropdb shop\ncreatedb shop\n\(restore)")).isEmpty)
    let prepared = "## Before you begin\n\n- [ ] Take a backup of the database"
    #expect(try lines("restore-without-safety-backup", in: runbook(restore, before: prepared)).isEmpty)
  }

  @Test(arguments: [
    ("git checkout v1.4.0 -- src/shop.py\nalembic downgrade 8f2c1a7", false),
    ("git checkout -b rollback\nalembic downgrade 8f2c1a7", false),
    ("git checkout v1.4.0\ndocker compose exec web alembic downgrade 8f2c1a7", false),
    ("git reset --hard v1.4.0\npython manage.py migrate orders 0041", true),
    ("git checkout v1.4.0\nbundle exec rails db:rollback STEP=1", true),
  ]) func whichCheckoutTakesTheMigrationsAway(_ commands: String, _ isFound: Bool) throws {
    #expect(try lines("downgrade-after-checkout", in: runbook(commands)).isEmpty == !isFound, "\(commands)")
  }

  @Test(arguments: [
    ("npx knex migrate:rollback --all", true), ("npx knex migrate:rollback", false),
    ("migrate -path ./migrations -database $URL down", true),
    ("migrate -path ./migrations -database $URL down 1", false),
    ("python manage.py migrate orders zero", true), ("python manage.py migrate orders 0041", false),
    ("php artisan migrate:reset", true), ("npx sequelize-cli db:migrate:undo:all", true),
    ("npx sequelize-cli db:migrate:undo:all --to 20240115-orders.js", false),
    ("npx prisma migrate reset --force", true),
  ]) func whatTakesBackEverything(_ command: String, _ isFound: Bool) throws {
    #expect(try lines("migrations-all-taken-back", in: runbook(command)).isEmpty == !isFound, "\(command)")
  }

  @Test(arguments: [
    ("UPDATE a SET b = 1;", true), ("DELETE FROM a;", true), ("DELETE FROM a -- WHERE c = 1\n;", true),
    ("UPDATE a SET b = 1\n  WHERE c = 'x;y';", false), ("DELETE FROM a USING c WHERE a.id = c.id;", false),
    ("SELECT 'DELETE FROM a';", false),
  ]) func whichChangesTakeEveryRow(_ sql: String, _ isFound: Bool) throws {
    let text = "# Rollback\n\n## Rollback steps\n\n```sql\n\(sql)\n```\n"
    #expect(try lines("update-or-delete-without-where", in: text).isEmpty == !isFound, "\(sql)")
  }

  @Test func phasesMayRunBackwardsAndScenariosBeginAnew() throws {
    let phases = "# Rollback\n\n## Phase 3: schema\n\n## Phase 2: code\n\n## Phase 1: flags\n"
    #expect(try lines("step-numbers", in: phases).isEmpty)
    let scenarios = "# Rollback\n\n## Web\n\n### 1. Stop\n\n### 2. Go\n\n## Jobs\n\n### 1. Stop\n\n### 2. Go\n"
    #expect(try lines("step-numbers", in: scenarios).isEmpty)
    #expect(try lines("step-numbers", in: "# R\n\n## Step 1: a\n\n## Step 3: b\n\n## Step 2: c\n") == [7])
    #expect(try lines("step-numbers", in: "# R\n\n## 2.1. a\n\n## 2.2. b\n").isEmpty)
  }

  @Test func linksAreTakenFromTheDocumentOrTheRepository() throws {
    let files = RepositoryFiles(paths: ["docs/ROLLBACK.md", "docs/db/restore.md", "scripts/undo.sql"])
    let text = """
      # Rollback

      See [a](docs/db/restore.md), [b](scripts/), [c](https://acme.io/x), [d](#rollback-steps), [e](<hole>.md)
      and [f](docs/gone.md#top), [g](../outside.md).

      """
    #expect(try lines("broken-reference", in: text, repository: files) == [4])
    #expect(try lines("broken-reference", in: text).isEmpty)
  }

  @Test func aPlaceholderIsNotALinkAnAddressOrAChannel() throws {
    func contacts(_ detail: String) -> String {
      runbook("heroku ps", after: "## Contacts\n\n- **Database lead:** \(detail)")
    }
    #expect(try lines("contact-placeholder", in: contacts("[Name]")).count == 1)
    #expect(try lines("contact-placeholder", in: contacts("<phone number>")).count == 1)
    #expect(try lines("contact-placeholder", in: contacts("[the rota](https://acme.pagerduty.com/rota)")).isEmpty)
    #expect(try lines("contact-placeholder", in: contacts("<lead@acme.io>")).isEmpty)
    #expect(try lines("contact-placeholder", in: contacts("#shop-oncall")).isEmpty)
  }

  @Test func whatMarksAMigrationAfterItsSQLIsRight() throws {
    let marks = "npx prisma migrate resolve --rolled-back 20240115_add_phone"
    #expect(try lines("prisma-resolve-is-no-rollback", in: runbook(marks)) == [8])
    #expect(try lines("prisma-resolve-is-no-rollback", in: runbook("\(marks)\nnpx prisma migrate deploy")).isEmpty)
    #expect(try lines("migration-only-marked", in: runbook("psql -1 shop -f down.sql\nalembic stamp 8f2c1a7")).isEmpty)
  }

  @Test func maintenanceEndsInAnyForm() throws {
    #expect(try lines("maintenance-never-off", in: runbook("php artisan down")) == [8])
    #expect(try lines("maintenance-never-off", in: runbook("php artisan down\nphp artisan up")).isEmpty)
    #expect(
      try lines("maintenance-never-off", in: runbook("php artisan down", after: "Then disable maintenance mode."))
        .isEmpty)
  }

  @Test(arguments: [
    "Tell the team and its lead engineer.", "Notify all stakeholders by e-mail.", "Clone git@github.com:a/b.git first.",
  ]) func whoIsNoContact(_ text: String) throws {
    #expect(try lines("no-contact", in: runbook("systemctl restart shop", before: text)) == [1])
  }

  @Test(arguments: ["Page the DBA.", "Write to dba@example.org.", "Ask @dana.", "Escalation: the rota."])
  func whoIsAContact(_ text: String) throws {
    #expect(try lines("no-contact", in: runbook("systemctl restart shop", before: text)).isEmpty)
  }

  @Test func whatSaysWhenToRollBack() throws {
    let vague = "If a deployment fails or causes issues, do this at once."
    #expect(try lines("no-trigger", in: runbook("systemctl restart shop", before: vague)) == [1])
    let section = "## When to act\n\nMore than 5 % of requests fail."
    #expect(try lines("no-trigger", in: runbook("systemctl restart shop", before: section)).isEmpty)
  }

  @Test func aBackupThatIsAskedForTooLateIsNone() throws {
    let asked = "Create a backup before rolling back."
    let downgrade = "alembic downgrade 8f2c1a7"
    #expect(try lines("downgrade-without-backup", in: runbook(downgrade, before: asked)).isEmpty)
    #expect(try lines("downgrade-without-backup", in: runbook(downgrade, after: asked)) == [8])
  }

  @Test(arguments: [
    ("psql shop -c \"UPDATE flags SET on = false WHERE name = 'new'\"", true),
    ("psql -1 shop -c \"UPDATE flags SET on = false WHERE name = 'new'\"", false),
    ("psql shop -c 'SELECT 1'", false), ("psql shop -c 'CREATE INDEX a ON b (c)'", false),
    ("psql shop -c 'BEGIN; DELETE FROM a WHERE b = 1; COMMIT'", false),
  ]) func whatIsFinalAsSoonAsItHasRun(_ command: String, _ isFound: Bool) throws {
    #expect(try lines("sql-outside-transaction", in: runbook(command)).isEmpty == !isFound, "\(command)")
  }

  @Test func alternativesInACommentOfAnOption() throws {
    let commands = "# The commit\ngit revert --no-edit abc\n\n# Or back to a commit\ngit reset --hard def"
    #expect(try !lines("alternatives-in-one-block", in: runbook(commands)).isEmpty)
    let order = "git fetch\n# Order matters\ngit reset --hard a"
    #expect(try lines("alternatives-in-one-block", in: runbook(order)).isEmpty)
  }

  @Test(arguments: [
    "BACKUP_DIR=/srv/app_20240115\ncp -r $BACKUP_DIR/app .", "./migrate back --backup-file b_20240115.sql",
  ])
  func aDayInAnOptionOrAVariable(_ commands: String) throws {
    #expect(try lines("hard-coded-backup", in: runbook(commands)) == [8])
  }

  @Test func aSectionWithNoCheckOfItsOwnIsANote() throws {
    let rule = NoVerification()
    let text = runbook("systemctl restart shop", after: "## Roll back the queue\n\n```bash\nsystemctl restart q\n```\n")
    #expect(try findings(of: rule, in: text).contains { $0.severity == .warning })
    let shared = try findings(of: rule, in: text + "\n## Verification\n\nCheck that orders come in.\n")
    #expect(shared.allSatisfy { $0.severity == .note } && shared.count < 2, "\(shared)")
  }
}
