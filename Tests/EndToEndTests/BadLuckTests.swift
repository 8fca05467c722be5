import Foundation
import Testing

/// Bad luck on the machine, through the real binary: a clear message, and nothing lost.
@Suite struct BadLuckTests {
  @Test func aStepThatPrintsOneGigabyte() async throws {
    let scene = try await Scene(
      runbook: Scene.runbook("# Print\nyes 'a line of output' | head -c 1G\n\n# After\necho on > a.txt"))
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 0 && scene.read("a.txt") == "on\n", "\(ran.all.suffix(2000))")
    #expect(ran.all.utf8.count < 100_000)
    let size = try await scene.shell("du -sk $BACKOUT_HOME | cut -f 1").out.trimmingCharacters(
      in: .whitespacesAndNewlines)
    #expect(try #require(Int(size)) < 100_000, "\(size) KiB")
  }

  @Test func aChildThatIgnoresTerm() async throws {
    let scene = try await Scene(
      runbook: Scene.runbook(
        "# Deaf\nbash -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 1; done'\n\n# After\nrm keep"),
      bindings: "runbooks: { ROLLBACK.md: { steps: { step-1/1: { is: bash -c, timeout: 1 } } } }\n",
      files: ["keep": "k"])
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 1 && ran.says("did not end in time"), "\(ran.all)")
    let pid = try #require(Int32((scene.read("pid") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(!isAlive(pid) && scene.exists("keep"))
  }

  /// Its host is killed as soon as the start of the step is on record.
  @Test func aCheckThatHeldBeforeTheStepSaysNothingOfIt() async throws {
    let scene = try await Scene(
      runbook: Scene.runbook("mkdir -p kept"),
      bindings:
        "runbooks: { ROLLBACK.md: { steps: { step-1/1: { is: mkdir, verify: { run: test -f ROLLBACK.md } } } } }\n")
    try await scene.confirm()
    let ran = try await scene.begin(
      ["run", "ROLLBACK.md", "-y", "--non-interactive"], variables: ["BACKOUT_FAULT": "record-after:2:host"]
    ).end()
    #expect(ran.status == 0 && ran.says("the state is as it was before") && scene.exists("kept"), "\(ran.all)")
  }

  /// The same, of steps that nobody but a person, or the driver of files, can say may be done again.
  @Test(
    arguments: [
      ("python3 work.py", false, 5), ("python3 work.py", true, 0), ("rm -rf a.txt none", false, 0),
      ("cp a.txt b.txt", false, 0),
      ("mv a.txt b.txt", false, 5),
    ] as [(String, Bool, Int32)])
  func aHostThatDiedBeforeItsStepBegan(command: String, isRepeatable: Bool, status: Int32) async throws {
    let bindings =
      "runbooks: { ROLLBACK.md: { steps: { step-1/1: { is: \(command), repeatable: \(isRepeatable) } } } }\n"
    let scene = try await Scene(
      runbook: Scene.runbook(command), bindings: isRepeatable ? bindings : "",
      files: ["work.py": "import pathlib; pathlib.Path('b.txt').touch()\n", "a.txt": "a"])
    try await scene.confirm()
    let ran = try await scene.begin(
      ["run", "ROLLBACK.md", "-y", "--non-interactive"], variables: ["BACKOUT_FAULT": "record-after:2:host"]
    ).end()
    #expect(ran.status == status, "\(ran.all)")
    let isDone = command.hasPrefix("rm") ? !scene.exists("a.txt") : scene.exists("b.txt")
    #expect(isDone == (status == 0), "\(ran.all)")
  }

  /// Nobody can look at what `python3` does; that the file was there before, and still is, does not say that it did it.
  @Test(arguments: [("", 5), (", repeatable: true", 0)] as [(String, Int32)])
  func aCheckThatHeldBeforeAnUnknownCommandSaysNothingOfIt(more: String, status: Int32) async throws {
    let scene = try await Scene(
      runbook: Scene.runbook("python3 work.py"),
      bindings:
        "runbooks: { ROLLBACK.md: { steps: { step-1/1: { is: python3, verify: { run: test -f ROLLBACK.md }\(more) } } } }\n",
      files: ["work.py": "import pathlib; pathlib.Path('b.txt').touch()\n"])
    try await scene.confirm()
    let ran = try await scene.begin(
      ["run", "ROLLBACK.md", "-y", "--non-interactive"], variables: ["BACKOUT_FAULT": "record-after:2:host"]
    ).end()
    #expect(ran.status == status, "\(ran.all)")
    #expect(ran.says("what is to prove it held before it too") == (status == 5), "\(ran.all)")
    #expect(scene.exists("b.txt") == (status == 0), "\(ran.all)")
  }

  /// The tool dies while the host sets the variable: a resumed run looks for it in the session, where it is.
  @Test(arguments: ["record-before:2:tool", "record-after:2:tool", "record-after:2:host", "record-after:2:both"])
  func aVariableOfTheSessionAfterAKill(fault: String) async throws {
    let scene = try await Scene(runbook: Scene.runbook("# Set\nexport VERSION=0.4.0\necho $VERSION > a.txt"))
    try await scene.confirm()
    var ran = try await scene.begin(
      ["run", "ROLLBACK.md", "-y", "--non-interactive"], variables: ["BACKOUT_FAULT": fault]
    ).end()
    #expect((ran.status == 0) == fault.hasSuffix("host"), "\(ran.all)")
    if ran.status != 0 { ran = try await scene.begin(["resume", "--non-interactive"]).end() }
    #expect(ran.status == 0 && scene.read("a.txt") == "0.4.0\n", "\(ran.all)")
  }

  @Test func aServerInTheBackgroundLivesOn() async throws {
    let scene = try await Scene(
      runbook: Scene.runbook(
        "# Serve\npython3 -u -m http.server --bind 127.0.0.1 0 > server.log 2>&1 & echo $! > pid\n\n# After\necho on > a.txt"
      ))
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 0 && scene.read("a.txt") == "on\n", "\(ran.all)")
    let pid = try #require(Int32((scene.read("pid") ?? "").trimmingCharacters(in: .whitespacesAndNewlines)))
    defer { kill(pid, SIGKILL) }
    try await Task.sleep(for: .milliseconds(500))
    #expect(isAlive(pid))
    #expect(try await eventually { scene.read("server.log")?.contains("Serving") ?? false })
    #expect(isAlive(pid))
  }

  @Test func twoRunsAtOnce() async throws {
    let scene = try await Scene(runbook: Scene.runbook("# Slow\nsleep 3 && echo one >> a.txt"))
    try await scene.confirm()
    let first = try scene.begin(["run", "ROLLBACK.md", "-y", "--non-interactive", "--events"])
    #expect(try await eventually { first.out.contains("\"kind\":\"acting\"") })
    let second = try await scene.run()
    let history = try await scene.backout("history", "--json").json()
    let run = try #require((history["runs"] as? [[String: Any]])?.first?["run"] as? String)
    #expect(second.status == 3, "\(second.all)")
    #expect(
      second.err.contains(String(run.prefix(14))) && second.err.contains("\(first.processIdentifier)"), "\(second.err)")
    for verb in [["resume"], ["undo", "-y"]] {
      let other = try await scene.begin(verb).end()
      #expect(other.status == 3, "\(verb): \(other.all)")
    }
    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 3 && plan.all.contains("run-in-progress") && plan.says("in progress"), "\(plan.all)")
    #expect(await first.end().status == 0)
    #expect(scene.read("a.txt") == "one\n")
  }

  @Test func aJournalOfANewerVersion() async throws {
    let scene = try await Scene(runbook: Scene.runbook("echo on > a.txt"), files: ["a.txt": "old\n"])
    try await scene.confirm()
    #expect(try await scene.run().status == 0)
    try await scene.shell(
      "git checkout -q a.txt; python3 -c 'import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute(\"PRAGMA user_version = 99\")' $BACKOUT_HOME/journal.sqlite"
    )
    let before = try await scene.shell("sha256sum $BACKOUT_HOME/journal.sqlite").out
    for verb in [["run", "ROLLBACK.md", "-y"], ["status"], ["history"], ["undo", "-y"], ["report"]] {
      let ran = try await scene.begin(verb).end()
      #expect(ran.status == 2 && ran.err.contains("newer Backout") && ran.err.contains("99"), "\(verb): \(ran.all)")
    }
    #expect(try await scene.shell("sha256sum $BACKOUT_HOME/journal.sqlite").out == before)
    #expect(scene.read("a.txt") == "old\n")
    let damaged = scene.home + "/journal.sqlite"
    try Data("not a database at all, but long enough to look like one".utf8).write(to: URL(fileURLWithPath: damaged))
    let ran = try await scene.backout("status")
    #expect(ran.status == 2 && ran.err.contains("journal"), "\(ran.all)")
  }

  @Test func theWorkingFolderIsDeletedByAStep() async throws {
    let scene = try await Scene(
      runbook: Scene.runbook(
        "# Into\ncd work/deep\n\n# Remove it\npython3 -c 'import shutil; shutil.rmtree(\"../../work\")'\n\n# After\necho on > after.txt"
      ),
      files: ["keep": "k"])
    try await scene.shell("mkdir -p work/deep && echo w > work/deep/file && git add -A && git commit -qm work")
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 1 && ran.all.contains("work/deep"), "\(ran.status) \(ran.all)")
    #expect(scene.read("keep") == "k" && !scene.exists("after.txt") && !scene.exists("work/after.txt"))
    // With the tools that Backout knows, the plan refuses it.
    try scene.write("ROLLBACK.md", Scene.runbook("cd work/deep\nrm -rf ../../work"))
    try await scene.shell("git checkout -q work")
    #expect(try await scene.backout("abort").status == 0)
    try await scene.confirm()
    let refused = try await scene.run()
    #expect(refused.status == 3 && refused.all.contains("too-wide"), "\(refused.all)")
    #expect(scene.read("work/deep/file") == "w\n")
  }

  @Test func theFolderIsGoneThatATypedVerbStandsIn() async throws {
    let scene = try await Scene(runbook: Scene.runbook("echo on > a.txt"))
    try await scene.confirm()
    #expect(try await scene.run().status == 0)
    for verb in ["status", "history", "plan", "run", "undo -y"] {
      let ran = try await scene.shell(
        "mkdir -p ../gone; cd ../gone; rmdir ../gone; '\(Scene.executable)' \(verb) > ../o 2>&1; echo $?; cat ../repo/../o || true"
      )
      let status = ran.out.split(separator: "\n").first.map(String.init)
      #expect(status == "0" || status == "2", "\(verb): \(ran.out)")
    }
    // The repository itself is gone: its run cannot go on, and says where it would have to be.
    let gone = try await Scene(runbook: Scene.runbook("# Fail\nfalse\n\n# More\necho on > a.txt"))
    try await gone.confirm()
    #expect(try await gone.run().status == 1)
    try FileManager.default.moveItem(atPath: gone.repository, toPath: gone.root + "/elsewhere")
    let run = try await gone.backout("answer", "step-1/1", "retry", in: gone.root)
    #expect(run.status == 0, "\(run.all)")
    let ran = try await gone.backout("resume", "--non-interactive", in: gone.root)
    #expect(ran.status == 3 && ran.err.contains(gone.repository), "\(ran.status) \(ran.all)")
    try FileManager.default.moveItem(atPath: gone.root + "/elsewhere", toPath: gone.repository)
    #expect(try await gone.backout("status").status == 0)
  }
}
