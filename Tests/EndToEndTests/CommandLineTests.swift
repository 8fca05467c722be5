import Foundation
import Testing

/// A hostile user at the command line: every refusal says what is wrong, where, and what to type next, on standard
/// error, with the documented exit status, and changes nothing.
@Suite struct CommandLineTests {
  private func scene(_ bindings: String = "", runbook: String? = nil) async throws -> Scene {
    try await Scene(
      runbook: runbook ?? Scene.runbook("# Write a\necho new > a.txt\n\n# Remove b\nrm b.txt"), bindings: bindings,
      files: ["a.txt": "old\n", "b.txt": "b\n"])
  }

  private func expect(
    _ ran: Scene.Ran, _ status: Int32, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(ran.status == status, "\(ran.all)", sourceLocation: sourceLocation)
    for part in parts { #expect(ran.err.contains(part), "\(part) in: \(ran.err)", sourceLocation: sourceLocation) }
  }

  @Test func wrongWordsExitWithTwoAndSayWhatFits() async throws {
    let scene = try await scene()
    expect(try await scene.backout("rnu"), 2, "rnu")
    expect(try await scene.backout("run", "--nope"), 2, "--nope")
    expect(try await scene.backout("plan", "NOWHERE.md"), 2, "NOWHERE.md", "Nothing was executed")
    expect(try await scene.backout("plan", "ROLLBACK.md", "nope"), 2, "nope", "full")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--env", "nope"), 2, "nope")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--choose", "x=y"), 2, "x")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--choose", "x"), 2, "NAME=VALUE")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--set", "novalue"), 2, "NAME=VALUE")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--set", "x=1"), 2, "x")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--accept", "x"), 2, "--reason")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--from", "step-9/9"), 2, "step-9/9")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--only", "step-9"), 2, "step-9", "step-1")
    expect(try await scene.backout("plan", "ROLLBACK.md", "--bindings", "no.yaml"), 2, "no.yaml")
    expect(try await scene.backout("history", "--limit", "0"), 2, "--limit")
    expect(try await scene.backout("history", "--limit", "many"), 2, "many")
    expect(try await scene.backout("history", "--prune=-1"), 2, "--prune")
    expect(try await scene.backout("answer", "yes"), 2, "answer wants")
    expect(try await scene.backout("plan", "."), 2, "cannot be read", "a folder")
    expect(try await scene.backout("plan", "/dev/zero"), 2, "cannot be read", "no file")
    #expect(scene.read("a.txt") == "old\n")
  }

  @Test func aFolderWithoutARunbookIsToldHowToStartOne() async throws {
    let scene = try await scene()
    try await scene.shell("git rm -q --cached ROLLBACK.md && rm ROLLBACK.md")
    expect(try await scene.backout("init"), 2, "No rollback runbook", "nothing was written", "backout init --new")
    expect(try await scene.backout("init", "--new"), 0)
    let runbook = try #require(scene.read("ROLLBACK.md"))
    #expect(runbook.contains("## Rollback steps"))
    // Which release is before the one that runs, how it is started, and what answers when it is well: nothing says it.
    let lint = try await scene.backout("lint", "--fail-on", "warning")
    expect(lint, 6)
    #expect(lint.says("3 warnings") && lint.says("`<restart-script>`"), "\(lint.all)")
    #expect(lint.says("`<previous-release>`") && lint.says("`<health-url>`"), "\(lint.all)")
    let again = try await scene.backout("init")
    #expect(again.says("parameters: previous-release") && again.says("parameters: health-url"), "\(again.all)")
  }

  @Test func aNewRunbookGoesToTheReleaseBeforeTheOneThatRuns() async throws {
    let scene = try await scene()
    try await scene.shell("git rm -q --cached ROLLBACK.md backout.yaml && rm ROLLBACK.md backout.yaml")
    try scene.write(
      "compose.yaml",
      """
      services:
        db: { image: postgres, ports: ["5432:5432"] }
        web:
          image: web
          ports: ["127.0.0.1:46033:8080"]
          healthcheck: { test: [CMD, curl, -f, "http://localhost:8080/healthz"] }
      """)
    try await scene.shell(
      "git add -A && git commit -qm one && git tag v1 && echo 2 > a.txt && git commit -qam two && git tag v2")
    let made = try await scene.backout("init", "--new")
    #expect(made.status == 0 && made.says("grade A") && made.says("missing nothing"), "\(made.all)")
    let runbook = try #require(scene.read("ROLLBACK.md"))
    #expect(runbook.contains("http://127.0.0.1:46033/healthz"))
    #expect(runbook.contains("docker compose exec") == false && runbook.contains("--wait") == false)
    #expect(scene.read("backout.yaml")?.contains("endpoints") == false)
    // As the README says: both are committed, on top of the release that runs.
    try await scene.shell("git add -A && git commit -qm runbook")
    try await scene.shell("sed -n '/^RUNNING=/p; /^PREVIOUS=/p' ROLLBACK.md > found && echo 'echo $PREVIOUS' >> found")
    try await scene.shell("test \"$(sh found)\" = v1")
  }

  @Test func whatAFailedCommandSaidBeginsWithItsFirstLine() async throws {
    let scene = try await scene(runbook: Scene.runbook("bash -c 'seq 1 40; exit 7'"))
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 1 && ran.says("exit 7") && ran.says("│ 1 │ … 33 lines … │ 35 │ 36"), "\(ran.all)")
  }

  @Test func aCommandThatConnectsByItselfLacksNoConnection() async throws {
    let scene = try await scene(runbook: Scene.runbook("psql \"$DATABASE_URL\" -c 'SELECT 1'"))
    let own = try await scene.backout("init")
    #expect(own.status == 0 && !own.all.contains("connections"), "\(own.all)")
    let fenced = try await self.scene(
      runbook: "# R\n\n## Rollback Steps\n\n### Step 1: Look\n\n```sql\nSELECT 1;\n```\n")
    let missing = try await fenced.backout("init")
    #expect(missing.says("connections: default"), "\(missing.all)")
  }

  @Test func anUnknownOptionNamesTheChoicesOptions() async throws {
    let scene = try await scene(
      runbook: """
        # R

        ## Rollback Steps

        ### Step 1: Put it back

        **Option A: Write**

        ```bash
        echo a > a.txt
        ```

        **Option B: Remove**

        ```bash
        rm b.txt
        ```
        """)
    let known = try await scene.backout("plan", "ROLLBACK.md", "--choose", "step-1=option-a")
    #expect(known.status == 0, "\(known.all)")
    expect(
      try await scene.backout("plan", "ROLLBACK.md", "--choose", "step-1=option-z"), 2, "option-z", "option-a",
      "option-b")
  }

  @Test func runsAreNamedByAUniqueBeginning() async throws {
    let scene = try await scene()
    expect(try await scene.backout("status"), 2, "no run")
    try await scene.confirm()
    #expect(try await scene.run().status == 0)
    try await scene.shell("git checkout -q . && sleep 0.01")
    #expect(try await scene.run().status == 0)
    for verb in ["status", "resume", "undo", "report", "abort", "pause"] {
      expect(try await scene.backout(verb, "zzzz"), 2, "zzzz", "backout history")
      expect(try await scene.backout(verb, "0"), 2, "fits several runs")
    }
    expect(try await scene.backout("resume"), 2, "has ended", "backout undo")
    expect(try await scene.backout("abort"), 2, "has ended")
    expect(try await scene.backout("pause"), 2, "has ended")
    expect(try await scene.backout("answer", "step-1/1", "yes"), 2, "has ended")
    let report = try await scene.backout("report")
    #expect(report.status == 0 && report.out.contains("## Timeline") && report.err.isEmpty)
  }

  /// The whole command, the condition that it hangs on, and what it is to print, with its holes filled in the run.
  @Test func whatIsConfirmedIsShownWhole() async throws {
    let scene = try await Scene(
      runbook: """
        # R

        ## Rollback

        If the old version needs it, remove b:

        ```sh
        rm b.txt
        ```

        Then:

        ```sh
        echo "a command that is much too long for a line of a terminal, however wide it is, to its very end" > \\
          a.txt
        echo '{"version":"<version>"}'
        ```

        Expected output: `{"version":"<version>"}`

        """, bindings: "runbooks: { ROLLBACK.md: { parameters: { version: \"1.4\" } } }\n", files: ["b.txt": "b\n"])
    let reading = try await scene.backout("confirm")
    #expect(reading.status == 4 && reading.says("to its very end\" > \\ a.txt"), "\(reading.all)")
    #expect(reading.says("asked first: If the old version needs it, remove b"), "\(reading.all)")
    #expect(reading.says("expects {\"version\":\"<version>\"}"), "\(reading.all)")
    try await scene.confirm()
    let ran = try await scene.run("--answer", "1.1=no")
    #expect(ran.status == 0 && scene.exists("b.txt"), "\(ran.all)")
    #expect(ran.says("2 steps proven"), "\(ran.all)")
  }

  @Test func undoTwiceIsRefusedAndTheDryRunChangesNothing() async throws {
    let scene = try await scene()
    try await scene.confirm()
    #expect(try await scene.run().status == 0)
    #expect(scene.read("a.txt") == "new\n" && !scene.exists("b.txt"))
    let before = try await scene.backout("history", "--json").out
    let dry = try await scene.backout("undo", "--dry-run")
    #expect(dry.status == 0 && dry.out.contains("a.txt") && !scene.exists("b.txt"), "\(dry.all)")
    #expect(try await scene.backout("history", "--json").out == before)
    expect(try await scene.backout("undo"), 4, "undo plan", "--plan")
    expect(try await scene.backout("undo", "--plan", "deadbeef"), 3, "deadbeef")
    #expect(!scene.exists("b.txt"))
    let undo = try await scene.backout("undo", "-y")
    #expect(undo.status == 0 && scene.read("a.txt") == "old\n" && scene.read("b.txt") == "b\n", "\(undo.all)")
    expect(try await scene.backout("undo", "-y"), 2, "undone already")
    expect(try await scene.backout("answer", "step-1/1", "yes"), 2, "has ended")
  }

  @Test func answersThatFitNoQuestionAreRefused() async throws {
    let scene = try await scene(runbook: Scene.runbook("# Fails\nfalse\n\n# Remove b\nrm b.txt"))
    try await scene.confirm()
    expect(
      try await scene.backout("run", "ROLLBACK.md", "-y", "--non-interactive", "--answer", "step-7=yes"), 2, "step-7")
    #expect(try await scene.run().status == 1)
    expect(try await scene.backout("answer", "step-9/9", "yes"), 2, "step-9/9")
    expect(try await scene.backout("answer", "step-1/1", "perhaps"), 2, "retry, done, skip, abort")
    expect(try await scene.backout("answer", "step-1/1", "skip"), 2, "--reason")
    expect(try await scene.backout("answer", "zzz", "step-1/1", "retry"), 2, "zzz")
    for verb in ["approve", "reject"] {
      expect(try await scene.backout(verb), 2, "nothing waits for leave now", "nothing was sent", "backout status")
    }
    #expect(try await scene.backout("answer", "step-1/1", "skip", "--reason", "known").status == 0)
    let ran = try await scene.backout("resume", "--non-interactive")
    #expect(ran.status == 1 && !scene.exists("b.txt"), "\(ran.all)")
  }

  /// Several approvals wait: what is printed to type is whole, and is the same wherever it is printed.
  @Test func approvalsAreNamedByWhatIsTyped() async throws {
    let scene = try await scene(
      "runbooks: {ROLLBACK.md: {approvals: [lea], steps: {write: {is: echo new, approval: kim}}}}\n")
    try await scene.confirm()
    let waits = try await scene.run()
    #expect(waits.status == 4 && waits.says("backout approve --id plan"), "\(waits.all)")
    #expect(waits.says("backout approve --id 1.1") && waits.says("backout reject --id 1.1"), "\(waits.all)")
    let run = try #require(try await scene.backout("status", "--json").json()["run"] as? String).prefix(14)
    expect(
      try await scene.backout("approve", "--reason", "all quiet"), 2, "waits for 2 approvals",
      "backout approve \(run) --id plan --reason 'all quiet'",
      "backout approve \(run) --id 1.1 --reason 'all quiet'")
    for id in ["plan", "1.1"] { expect(try await scene.backout("approve", "--id", id), 0) }
    let ran = try await scene.backout("resume", "--non-interactive")
    #expect(ran.status == 0 && scene.read("a.txt") == "new\n", "\(ran.all)")
    expect(try await scene.backout("approve"), 2, "has ended")
  }

  @Test func aNumberOfTheScreenIsAnID() async throws {
    let scene = try await scene(runbook: Scene.runbook("# Fails\nfalse\n\n# Remove b\nrm b.txt"))
    try await scene.confirm()
    #expect(try await scene.run().status == 1)
    expect(try await scene.backout("answer", "1.1", "perhaps"), 2, "step-1/1 takes retry")
    #expect(try await scene.backout("answer", "1.1", "skip", "--reason", "known").status == 0)
    #expect(try await scene.backout("resume", "--non-interactive").status == 1)
    #expect(try await scene.status().steps["step-1/1"] == "skipped")
    let other = try await self.scene(runbook: Scene.runbook("# Fails\nfalse\n\n# Remove b\nrm b.txt"))
    try await other.confirm()
    expect(try await other.run("--answer", "1.9=yes"), 2, "nothing that is called 1.9")
    let begun = try await other.begin(
      ["run", "ROLLBACK.md", "-y", "--non-interactive", "--answer", "1.1=skip", "--reason", "known"]
    ).end()
    #expect(try await other.status().steps["step-1/1"] == "skipped", "\(begun.all)")
  }

  @Test func thePrintedCommandMeansThePlan() async throws {
    let scene = try await scene(runbook: Scene.runbook("bash gone.sh"))
    try await scene.confirm()
    let plan = try await scene.backout(
      "plan", "ROLLBACK.md", "--accept", "1.1:script-missing", "--reason", "it's known")
    #expect(plan.status == 0 && !plan.says("blocks the plan"), "\(plan.all)")
    let printed = try #require(plan.out.split(separator: "\n").last { $0.contains("backout run") })
    #expect(printed.contains("--accept 1.1:script-missing") && printed.contains("--plan "), "\(printed)")
    let command = printed.trimmingCharacters(in: .whitespaces).dropFirst("backout".count)
    _ = try await scene.shell("\(Scene.executable)\(command) --non-interactive || test $? = 1")
    #expect(try await scene.status().steps["step-1/1"] == "failed")
  }

  @Test func undoingARunThatChangedNothingEndsIt() async throws {
    let scene = try await scene(runbook: Scene.runbook("false"))
    try await scene.confirm()
    #expect(try await scene.run().status == 1)
    let hosts = { try await scene.shell("pgrep -f '[_]_session-host \(scene.home)' || true").out }
    #expect(try await !hosts().isEmpty)
    let asked = try await scene.backout("undo")
    expect(asked, 4, "backout abort")
    #expect(try await scene.status().state == "paused")
    let undone = try await scene.backout("undo", "-y")
    #expect(undone.status == 0 && undone.says("changed nothing"), "\(undone.all)")
    #expect(try await scene.status().state == "undone")
    #expect(try await eventually { try await hosts().isEmpty })
    #expect(try await scene.run().status == 1, "nothing is in its way")
    #expect(try await scene.backout("abort").status == 0)
  }

  // MARK: Confirmation and the plan

  @Test func confirmShowsWhatBackoutYAMLRunsInstead() async throws {
    let scene = try await scene(
      "runbooks:\n  ROLLBACK.md:\n    commands:\n      ./bin/restart: touch instead.txt\n",
      runbook: Scene.runbook("./bin/restart now\n\nrm b.txt"))
    let shown = try await scene.backout("confirm", "ROLLBACK.md")
    #expect(shown.says("by backout.yaml touch instead.txt now instead of ./bin/restart now"), "\(shown.all)")
    #expect(!shown.says("instead of rm"), "\(shown.all)")
    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.says("by backout.yaml, instead of ./bin/restart now"), "\(plan.all)")
  }

  @Test func nothingRunsUnconfirmed() async throws {
    let scene = try await scene()
    let ran = try await scene.run()
    expect(ran, 4, "never confirmed", "backout confirm ROLLBACK.md --digest ")
    let words = try #require(ran.err.split(separator: "\n").last).split(separator: " ").map(String.init)
    #expect(try await scene.backout(words[1], words[2], words[3], words[4]).status == 0, "\(ran.err)")
    expect(try await scene.backout("confirm", "ROLLBACK.md", "--digest", "00000000"), 3, "nothing was confirmed")
    expect(try await scene.backout("confirm", "ROLLBACK.md"), 4, "--digest")
    expect(try await scene.backout("run", "ROLLBACK.md", "--non-interactive"), 4, "Nobody accepted", "--plan")
    expect(try await scene.backout("run", "ROLLBACK.md", "--plan", "deadbeef"), 3, "deadbeef", "nothing was executed")
    #expect(scene.read("a.txt") == "old\n")
    try scene.write("ROLLBACK.md", Scene.runbook("# Write a\necho new > a.txt\n\n# Remove all\nrm -rf ."))
    expect(try await scene.run(), 4, "changed since it was confirmed", "+ full step-1/2", "- full step-1/2", "rm b.txt")
    #expect(scene.exists("b.txt"))
  }

  @Test func commandsOfThePlanAreConfirmedFirst() async throws {
    let runbook = Scene.runbook("# Write\necho <value> > a.txt")
    let scene = try await scene(
      "runbooks: { ROLLBACK.md: { parameters: { value: { from: \"echo seen >> ran.txt; echo five\" } } } }\n",
      runbook: runbook)
    let before = try await scene.backout("plan", "ROLLBACK.md")
    #expect(before.out.contains("backout confirm") && !scene.exists("ran.txt"), "\(before.all)")
    try await scene.confirm()
    #expect(try await scene.backout("plan", "ROLLBACK.md").status == 0)
    #expect(scene.read("ran.txt") == "seen\n")
    try scene.write(
      "backout.yaml",
      "service: thing\nrunbooks: { ROLLBACK.md: { parameters: { value: { from: \"rm -f ran.txt\" } } } }\n")
    expect(try await scene.run(), 4, "commands that run at plan time changed", "rm -f ran.txt")
    _ = try await scene.backout("plan", "ROLLBACK.md")
    #expect(scene.exists("ran.txt"))
  }

  // MARK: Files that people and disks bend

  @Test func brokenFilesBesideTheRunbook() async throws {
    let scene = try await scene()
    try scene.write("backout.yaml", "service: thing\nrunboks: {}\n")
    expect(try await scene.backout("plan", "ROLLBACK.md"), 2, "backout.yaml:2", "runbooks")
    try scene.write("backout.yaml", "service: [thing\n")
    expect(try await scene.backout("plan", "ROLLBACK.md"), 2, "backout.yaml:")
    try scene.write("backout.yaml", "service: thing\n")
    try scene.write("backout.lock", "{\"version\": 1, \"runbooks\"")
    expect(try await scene.backout("plan", "ROLLBACK.md"), 2, "backout.lock", "Nothing was executed", "backout confirm")
    try scene.write("backout.lock", "{\"version\": 99, \"runbooks\": {}}")
    expect(try await scene.backout("plan", "ROLLBACK.md"), 2, "newer Backout")
  }

  @Test func foldersThatCannotServe() async throws {
    let scene = try await scene()
    for verb in [["plan", "ROLLBACK.md"], ["status"], ["history"], ["run", "ROLLBACK.md"]] {
      let ran = try await scene.begin(verb, variables: ["BACKOUT_HOME": "relative/home"]).end()
      expect(ran, 2, "relative/home", "absolute")
    }
    #expect(!scene.exists("relative"))
    try await scene.confirm()
    try await scene.shell("mkdir -p $XDG_CONFIG_HOME/backout && echo nonsense > $XDG_CONFIG_HOME/backout/key")
    let ran = try await scene.run()
    expect(ran, 2, "key")
    #expect(scene.read("a.txt") == "old\n")
  }

  @Test func withoutShfmtNothingIsGuessed() async throws {
    let scene = try await scene(runbook: Scene.runbook("cat <(echo new) > a.txt"))
    let bin = scene.root + "/bin"
    try await scene.shell(
      "mkdir \(bin) && for t in bash sh git env cat rm ls; do ln -s $(command -v $t) \(bin)/$t; done")
    expect(try await scene.backout("plan", "ROLLBACK.md", variables: ["PATH": bin]), 2, "shfmt")
    // Plain commands are certain without it, and read as they are with it.
    try scene.write("ROLLBACK.md", Scene.runbook("echo new > a.txt"))
    let without = try await scene.backout("convert", "ROLLBACK.md", variables: ["PATH": bin])
    #expect(without.status == 0)
    #expect(try await scene.backout("convert", "ROLLBACK.md").out == without.out)
  }

  @Test func planAndHelpChangeNothing() async throws {
    let scene = try await scene()
    let before = try await scene.shell("find . -type f | sort | xargs sha256sum | grep -v '/.git/'").out
    for verb in [
      ["--help"], ["help", "run"], ["--version"], ["plan", "ROLLBACK.md"], ["plan", "ROLLBACK.md", "--json"],
      ["convert", "ROLLBACK.md"], ["convert", "--json", "ROLLBACK.md"],
    ] {
      let ran = try await scene.begin(verb).end()
      #expect(ran.status == 0 && ran.err.isEmpty && !ran.out.isEmpty, "\(verb): \(ran.all)")
    }
    #expect(!FileManager.default.fileExists(atPath: scene.home))
    #expect(!FileManager.default.fileExists(atPath: scene.root + "/config"))
    #expect(try await scene.shell("find . -type f | sort | xargs sha256sum | grep -v '/.git/'").out == before)
  }

  // MARK: Signals

  @Test(arguments: [SIGINT, SIGHUP, SIGTERM])
  func aSignalPausesAfterTheStep(_ number: Int32) async throws {
    let scene = try await scene(
      runbook: Scene.runbook("# Slow\nsleep 1.5 && echo slow > a.txt\n\n# Remove b\nrm b.txt"))
    try await scene.confirm()
    let running = try scene.begin(["run", "ROLLBACK.md", "-y", "--non-interactive", "--events"])
    #expect(try await eventually { running.out.contains("\"kind\":\"acting\"") })
    running.signal(number)
    let ran = await running.end()
    #expect(ran.status == 4, "\(ran.all)")
    #expect(scene.read("a.txt") == "slow\n" && scene.exists("b.txt"))
    let status = try await scene.backout("status")
    #expect(status.status == 0 && status.out.contains("paused"), "\(status.all)")
    let resumed = try await scene.backout("resume", "--non-interactive")
    #expect(resumed.status == 0 && !scene.exists("b.txt"), "\(resumed.all)")
    #expect(try await scene.status().state == "succeeded")
  }

  @Test func killedThenStatusThenResume() async throws {
    let scene = try await scene(
      runbook: Scene.runbook("# Slow\nsleep 1.5 && echo slow > a.txt\n\n# Remove b\nrm b.txt"))
    try await scene.confirm()
    let running = try scene.begin(["run", "ROLLBACK.md", "-y", "--non-interactive", "--events"])
    #expect(try await eventually { running.out.contains("\"kind\":\"acting\"") })
    running.signal(SIGKILL)
    #expect(await running.end().status == -SIGKILL)
    let status = try await scene.status()
    #expect(status.state == "running" && status.steps["step-1/1"] == "acting", "\(status)")
    expect(try await scene.run(), 3, "backout resume")
    let resumed = try await scene.backout("resume", "--non-interactive")
    #expect(resumed.status == 0, "\(resumed.all)")
    #expect(scene.read("a.txt") == "slow\n" && !scene.exists("b.txt"))
  }

  @Test func closedInputIsNoTerminal() async throws {
    let scene = try await scene()
    try await scene.confirm()
    let ran = try await scene.shell(
      "'\(Scene.executable)' run ROLLBACK.md -y <&- > out.log 2> err.log; echo $? > status.log; cat status.log")
    #expect(ran.out == "0\n" && scene.read("a.txt") == "new\n", "\(scene.read("err.log") ?? "")")
  }
}
