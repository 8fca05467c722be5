import Runbook
import Testing

@testable import RunbookLint

/// What the rules on shell commands must not say, and what their small examples leave out.
struct ShellRulesTests {
  private func findings(_ rule: any LintRule, _ commands: String) throws -> [Finding] {
    try RunbookLintTests.findings(of: rule, in: Example.shell(commands))
  }

  @Test(arguments: [
    "curl -sf http://localhost/health", "curl -s http://localhost/health | grep -q ok",
    "curl -s http://localhost/health | jq -e '.status == \"ok\"'", "test \"$(curl -s http://localhost/health)\" = ok",
    "curl -s -o /dev/null -w '%{http_code}' http://localhost/health",
    "curl -X POST https://hooks.slack.com/services/T -d '{\"text\": \"rolled back\"}'",
  ]) func aLookAtTheAnswerIsACheck(_ command: String) throws {
    #expect(try findings(CurlCannotFail(), command).isEmpty)
  }

  @Test func prettyPrintingIsNoCheck() throws {
    #expect(try findings(CurlCannotFail(), "curl -s http://localhost/health | jq .").count == 1)
  }

  @Test(arguments: [
    "docker compose logs --tail=100 web", "tail -n 50 app.log", "tail -f app.log | grep -m1 ready",
    "psql \"$URL\" -c 'SELECT 1'", "psql shop < before.sql", "sqlite3 app.db 'PRAGMA integrity_check'",
    "redis-cli -h cache -p 6379 PING", "docker compose up -d --wait", "ssh host 'systemctl restart app'",
    "python3 migrate.py down", "kubectl get pods -n shop", "while read -r line; do echo \"$line\"; done < list.txt",
    "docker compose exec -T db psql -U shop -c 'SELECT 1'", "npm run build", "fly logs --no-tail -a shop",
  ]) func whatEndsByItselfBlocksNothing(_ command: String) throws {
    #expect(try findings(BlocksAutomation(), command).isEmpty)
  }

  @Test func aShellElsewhereIsOneFindingAndNotTwo() throws {
    let commands = "ssh deploy@app-1\ncd /opt/app\ndocker compose up -d"
    #expect(try findings(SSHThenLocal(), commands).count == 1)
    #expect(try findings(BlocksAutomation(), commands).isEmpty)
    #expect(try findings(BlocksAutomation(), "ssh deploy@app-1").count == 1)
    #expect(try findings(SSHThenLocal(), "ssh deploy@app-1 uptime\ncd /opt/app").isEmpty)
  }

  @Test func aPlaceholderIsAnErrorWhereTheShellWouldRedirect() throws {
    let bare = try findings(UnresolvedPlaceholder(), "git checkout <good-commit>\ngit checkout <good-commit> -- app/")
    #expect(bare.map(\.severity) == [.error])
    #expect(bare.first?.message.contains("lines 6 and 7") ?? false)
    let quoted = try findings(UnresolvedPlaceholder(), "git commit -m \"Back to <version>\"")
    #expect(quoted.map(\.severity) == [.warning])
    #expect(try findings(UnresolvedPlaceholder(), "docker ps --format '{{.Names}}' | awk '{print $1}'").isEmpty)
  }

  @Test(arguments: [
    "for host in a b; do ping -c1 \"$host\"; done", "source .env\necho \"$TAG\"", "TAG=1\necho \"$TAG\"",
    "echo \"$HOME\"", "docker pull app:${TAG:-stable}", ": \"${TAG:?}\"\ndocker pull app:latest",
  ]) func aVariableThatIsGivenIsFine(_ commands: String) throws {
    #expect(try findings(UndefinedVariable(), commands).isEmpty)
  }

  @Test func variablesOfOneCommandAreOneFinding() throws {
    let found = try findings(UndefinedVariable(), "mysql -h $DB_HOST -u $DB_USER shop < before.sql")
    #expect(found.count == 1)
    #expect(found.first?.severity == .note)
  }

  @Test(arguments: [
    "rm -rf /opt/app/releases/bad", "rm -rf node_modules", "rm -rf ~/.cache/app/*", "rm -rf \"${DIR:?}\"/*",
    "DIR=/opt/app\nrm -rf \"$DIR/dist\"", "rm *.log",
  ]) func aNamedFolderIsNotWide(_ commands: String) throws {
    #expect(try findings(RmRfWide(), commands).isEmpty)
  }

  @Test(arguments: ["rm -rf *", "rm -rf /", "rm -rf $DIR/*", "rm -r -f \"$DIR\"/"]) func aPatternIs(_ command: String)
    throws
  {
    #expect(try findings(RmRfWide(), command).count == 1)
  }

  @Test(arguments: [
    "git push origin main", "git push --force-with-lease origin fix-login", "git push origin HEAD:rollback",
  ]) func aPlainPushForcesNothing(_ command: String) throws {
    #expect(try findings(ForcePushShared(), command).isEmpty)
  }

  @Test func aLeaseOnASharedBranchIsAWarningAndAForceAnError() throws {
    #expect(try findings(ForcePushShared(), "git push --force-with-lease origin main").map(\.severity) == [.warning])
    #expect(try findings(ForcePushShared(), "git push -f origin main").map(\.severity) == [.error])
  }

  @Test(arguments: [
    "git checkout main\ngit push origin main", "git checkout v1.4.0 -- app\ngit push origin main",
    "git checkout v1.4.0\ngit checkout -b back\ngit push origin back", "git checkout v1.4.0\ngit push origin HEAD:main",
    "git checkout release/1.4\ngit push origin release/1.4",
  ]) func aBranchThatMovedIsPushed(_ commands: String) throws {
    #expect(try findings(DetachedCheckoutPush(), commands).isEmpty)
  }

  @Test(arguments: [
    "git revert --no-edit HEAD~3..HEAD", "git revert --no-edit abc1234", "git revert --no-edit HEAD HEAD~1",
  ]) func aRangeThatBeginsAtTheOlderEndIsFine(_ command: String) throws {
    #expect(try findings(ReversedRevertRange(), command).isEmpty)
    #expect(try findings(RevertTargetMoved(), command).isEmpty)
  }

  @Test(arguments: [
    "docker compose restart web", "export TAG=1.4.0\ndocker compose up -d\ndocker compose restart proxy",
    "docker compose exec web alembic downgrade -1\ndocker compose restart web",
  ]) func aRestartThatHasNothingToTakeIsFine(_ commands: String) throws {
    #expect(try findings(ComposeRestart(), commands).isEmpty)
  }

  @Test func aChangedComposeFileNeedsAnUp() throws {
    let commands = "sed -i 's/web:2/web:1/' docker-compose.yml\ndocker compose restart web"
    #expect(try findings(ComposeRestart(), commands).count == 1)
  }

  @Test(arguments: [
    ("s/a/b/g", false), ("s|/etc/a|/etc/b|", false), (#"s/a\/b/c\/d/"#, false), ("s/lib/new/lib/old/", true),
    ("s/a/b", true), ("s/a/b/I;s/c/d/", false), ("/x/d", false), ("s#a#b#2p", false),
  ]) func aSubstitutionHasThreeSeparators(_ expression: String, _ isBroken: Bool) {
    #expect((SedExpressionBroken.fault(in: expression) != nil) == isBroken, "\(expression)")
  }

  @Test(arguments: [
    ("export PASSWORD=your-password-1", false), ("API_KEY=$API_KEY", false), ("psql postgres://a:b@localhost/x", false),
    ("TOKEN_EXPIRY=3600", false), ("postgresql://user:password123@db.internal/x", false),
    ("export STRIPE_SECRET=q8Wz71LmPd03", true), ("https://ci:v7RtQ20xkLs@git.internal/app.git", true),
    ("git checkout 4f0c2d1a9b8e7f6a5d4c3b2a1908f7e6d5c4b3a2", false),
  ]) func onlyWhatLooksKeptIsACredential(_ line: String, _ isOne: Bool) {
    #expect((LiteralCredential.credential(in: line) != nil) == isOne, "\(line)")
  }

  @Test func whatIsPipedInNeedsStandardInput() throws {
    #expect(try findings(ExecWithoutStdin(), "cat dump.sql | docker exec -i db psql -U shop").isEmpty)
    #expect(try findings(ExecWithoutStdin(), "cat dump.sql | docker compose exec -T db psql -U shop").isEmpty)
    #expect(try findings(ExecWithoutStdin(), "docker exec db psql -U shop -c 'SELECT 1'").isEmpty)
    let found = try findings(ExecWithoutStdin(), "cat dump.sql | docker compose exec db psql -U shop")
    #expect(found.map(\.severity) == [.warning])
    #expect(try findings(ExecWithoutStdin(), "docker exec -it db psql < dump.sql").count == 1)
    #expect(try findings(ExecWithoutStdin(), "kubectl exec db-0 -n shop -- psql < dump.sql").count == 1)
  }

  @Test(arguments: [
    "kubectl get nodes", "kubectl apply -f k8s/web.yaml", "kubectl get pods -A", "kubectl -n shop get pods",
    "kubectl config set-context --current --namespace=shop\nkubectl get pods", "kubectl config current-context",
  ]) func aNamespaceThatIsNamedOrNeedlessIsFine(_ commands: String) throws {
    #expect(try findings(KubectlWithoutNamespace(), commands).isEmpty)
  }

  @Test func onlyChecksAndBackupsAreSwallowed() throws {
    #expect(try findings(SwallowedFailure(), "docker compose down || true").isEmpty)
    #expect(try findings(SwallowedFailure(), "curl -f http://localhost/health || exit 1").isEmpty)
    #expect(try findings(SwallowedFailure(), "COUNT=$(grep -c x app.log || echo 0)\necho $COUNT").isEmpty)
    #expect(try findings(SwallowedFailure(), "pg_dump shop > shop.sql || true").count == 1)
    #expect(try findings(SwallowedFailure(), "echo 'a || true'").isEmpty)
  }

  @Test func aScriptIsLookedForWhereItIsStarted() throws {
    let files = RepositoryFiles(paths: ["ops/restore.sh", "tools/down.py"])
    func missing(_ commands: String) throws -> [Int] {
      try RunbookLintTests.findings(of: ScriptMissing(), in: Example.shell(commands), repository: files).map(\.line)
    }
    #expect(try missing("./ops/restore.sh\npython tools/down.py") == [])
    #expect(try missing("cd ops\n./restore.sh") == [])
    #expect(try missing("cd /srv/app\n./nowhere.sh") == [])
    #expect(try missing("python -m app.migrate down\n/usr/local/bin/x.sh") == [])
    #expect(try missing("cat > fix.sh <<'EOF'\necho\nEOF\nbash fix.sh") == [])
    #expect(try missing("python tools/up.py") == [6])
    #expect(try findings(ScriptMissing(), "./nowhere.sh").isEmpty)
  }

  @Test func aDateIsOneNameOnlyOnce() throws {
    let day = "cp app.db app.db.$(date +%F)\nrm app.db\ncp app.db.$(date +%F) app.db"
    #expect(try findings(DateEvaluatedAgain(), day).map(\.severity) == [.note])
    #expect(try findings(BackupNamedToday(), day).isEmpty)
    #expect(try findings(BackupNamedToday(), "cp app.db app.db.$(date +%s)").isEmpty)
    #expect(try findings(BackupNamedToday(), "cp app.db.$(date +%s) app.db").map(\.severity) == [.error])
    #expect(try findings(DateEvaluatedAgain(), "echo \"$(date) begin\"\necho \"$(date) end\"").isEmpty)
  }

  @Test func savingThatWasTheOtherChoiceIsKnown() throws {
    let commands =
      "git stash push -m 'the new login'\n# OR, if nothing of it is worth keeping:\ngit reset --hard v1.4.0"
    #expect(try findings(ResetHardUnsaved(), commands).isEmpty)
  }

  @Test func aPurgeOfASecretMayForget() throws {
    let commands =
      "git filter-repo --replace-text secrets.txt\ngit reflog expire --expire=now --all\ngit gc --prune=now"
    #expect(try findings(PruneDestroys(), commands).isEmpty)
  }
}
