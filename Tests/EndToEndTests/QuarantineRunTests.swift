import Foundation
import Testing

/// A pipeline of a user made for the test, in that user's crontab: the runbook kills it, and cron would start it again.
private struct CronWorld: Sendable {
  let scene: Scene
  let user: String
  /// The program's name, which no other process on the machine has.
  let program: String
  /// `unshare`, with the program in a PID namespace of its own: a killall by name reaches nothing else.
  let pipeline: Scene.Running
  let bystander = "30 4 * * * echo 'it is|50\\% & more'"

  static let why =
    "needs root, useradd, cron, killall, unshare and nsenter: crontab and processes belong to the test alone"
  static var canBeMade: Bool {
    geteuid() == 0
      && ["/usr/sbin/useradd", "/usr/bin/crontab", "/usr/bin/killall", "/usr/bin/unshare", "/usr/bin/nsenter"]
        .allSatisfy(FileManager.default.isExecutableFile)
  }

  var line: String { "0 3 1 1 * cd / && \(scene.root)/\(program) 600 # it's the unified one" }
  var list: String { "# nightly\n\(line)\n\(bystander)\n" }

  /// Takes it away whatever becomes of `body`.
  static func with(_ body: (CronWorld) async throws -> Void) async throws {
    let world = try await CronWorld()
    do {
      try await body(world)
    } catch {
      try await world.end()
      throw error
    }
    try await world.end()
  }

  private init() async throws {
    let mark = UUID().uuidString.prefix(6).lowercased()
    let (user, program) = ("backout-\(mark)", "unified-\(mark)")
    self.user = user
    self.program = program
    let own = NSTemporaryDirectory() + "backout-own-\(mark)"
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    scene = try await Scene(
      runbook: Scene.runbook("# Stop the unified pipeline\nkillall -9 \(program)"),
      variables: ["PATH": "\(own):\(path)"])
    // Whoever runs the tests is root, whose crontab is not touched: `crontab` is this user's.
    try await scene.shell(
      """
      useradd --no-create-home --shell /usr/sbin/nologin \(user)
      mkdir \(own); printf '#!/bin/sh\\nexec /usr/bin/crontab -u \(user) "$@"\\n' >\(own)/crontab
      chmod +x \(own)/crontab; cp "$(command -v sleep)" \(scene.root)/\(program)
      """)
    pipeline = try Scene.Running(
      [
        "/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
        // The namespace, and whoever is in it, ends with this shell: killall must be out of it by then.
        "\(scene.root)/\(program) 600; status=$?; sleep 2; exit $status",
      ], in: scene.root, variables: scene.variables, root: scene.root)
    let outside = pipeline.processIdentifier
    try await scene.shell(
      """
      for try in 1 2 3 4 5 6 7 8 9 10; do inside=$(pgrep -P \(outside)) && pgrep -P "$inside" && break; sleep 0.1; done
      printf '#!/bin/sh\nexec nsenter --target %s --pid --mount /usr/bin/killall "$@"\n' "$inside" >\(own)/killall
      chmod +x \(own)/killall
      """)
    try await put(list)
    try await scene.confirm()
  }

  func put(_ list: String) async throws {
    try Data(list.utf8).write(to: URL(fileURLWithPath: scene.root + "/list"))
    try await scene.shell("crontab \(scene.root)/list")
  }
  func now() async throws -> String { try await scene.shell("crontab -l").out }

  func end() async throws {
    // The run killed it, unless something went wrong.
    pipeline.process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
    try await scene.shell("crontab -r; userdel \(user); rm -r \"$(dirname \"$(command -v crontab)\")\"")
  }
}

@Suite struct QuarantineRunTests {
  @Test(.enabled(if: CronWorld.canBeMade, Comment(rawValue: CronWorld.why)))
  func whatWouldComeBackIsOfferedTakenReportedAndUndone() async throws {
    try await CronWorld.with(offered)
  }

  private func offered(_ world: CronWorld) async throws {
    let scene = world.scene
    let name = "cron-\(world.program)"

    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 0 && plan.says("It could come back"), "\(plan.all)")
    #expect(plan.says("cron starts \(world.program) again, 0 3 1 1 *") && plan.says("--quarantine \(name)"))
    let offers = try #require(try await scene.backout("plan", "--json").json()["quarantine"] as? [[String: Any]])
    #expect(offers.map { $0["name"] as? String } == [name] && offers.first?["step"] is NSNull)
    let release = try #require(offers.first?["release"] as? String)

    let unknown = try await scene.backout("plan", "ROLLBACK.md", "--quarantine", "cron-nothing")
    #expect(unknown.status == 2 && unknown.says("There are: \(name)") && unknown.says("Nothing was executed"))
    let taken = try await scene.backout("plan", "ROLLBACK.md", "--quarantine", name)
    #expect(!taken.says("It could come back") && taken.says("backout run ROLLBACK.md --quarantine \(name) --plan"))
    #expect(try await world.now() == world.list)

    let run = try await scene.run("--answer", "step-1/1=yes", "--quarantine", "all")
    #expect(run.status == 0 && run.says("In quarantine") && run.out.contains(release), "\(run.all)")
    #expect(await world.pipeline.end().status == 128 + SIGKILL)
    let marked = world.list.replacingOccurrences(of: world.line, with: "# quarantined by backout: \(world.line)")
    #expect(try await world.now() == marked)
    #expect(try await scene.status().steps["quarantine/1"] == "proven")
    let status = try await scene.backout("status", "--json").json()
    #expect((status["quarantine"] as? [[String: Any]])?.first?["release"] as? String == release)
    let report = try await scene.backout("report")
    #expect(report.out.contains("## In quarantine") && report.out.contains("      \(release)\n"), "\(report.all)")

    // The command that the report names takes it away, and puts nothing else in its place.
    try await scene.shell(release)
    #expect(try await world.now() == world.list)
    try await world.put(marked)
    let undo = try await scene.backout("undo", "-y", "--non-interactive")
    #expect(try await world.now() == world.list, "\(undo.all)")
    #expect(!undo.says("In quarantine"))
    #expect(try await scene.backout("report").out.contains("## In quarantine") == false)
  }

  @Test(.enabled(if: CronWorld.canBeMade, Comment(rawValue: CronWorld.why)))
  func aPlanOfAnotherCrontabIsAnotherPlan() async throws {
    try await CronWorld.with(changed)
  }

  private func changed(_ world: CronWorld) async throws {
    let plan = try await world.scene.backout("plan", "ROLLBACK.md", "--quarantine", "all", "--json").json()
    let hash = try #require(plan["hash"] as? String)
    let newer = world.list.replacingOccurrences(of: "0 3 1 1 *", with: "0 4 1 1 *")
    try await world.put(newer)
    // The offer is another one now, and so is the plan.
    let run = try await world.scene.run(
      "--answer", "step-1/1=yes", "--quarantine", "all", "--plan", String(hash.prefix(12)))
    #expect(run.status == 3, "\(run.all)")
    #expect(try await world.now() == newer)
  }

  private static let namespaceWhy =
    "needs root, unshare and cron: the files of /etc/cron.d are the test's, in a mount namespace"
  private static var hasNamespaces: Bool {
    geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")
      && FileManager.default.fileExists(atPath: "/etc/cron.d")
  }

  @Test(.enabled(if: hasNamespaces, Comment(rawValue: namespaceWhy)))
  func aJobOfTheSystemThatDeploysIsKeptOut() async throws {
    let scene = try await Scene(runbook: Scene.runbook("git checkout HEAD~1"), files: ["code": "old\n"])
    try await scene.shell("echo new >code; git commit -qam second; mkdir \(scene.root)/cron.d")
    let line = "*/5 *\t* * *\troot\tcd \(scene.repository) && git pull --quiet"
    let list = "# deploys\n\(line)\n"
    let file = "\(scene.root)/cron.d/deploy"
    try Data(list.utf8).write(to: URL(fileURLWithPath: file))
    func now() throws -> String { try String(contentsOfFile: file, encoding: .utf8) }
    func backout(_ arguments: String) async throws -> Scene.Ran {
      try await scene.shell(
        "unshare --mount sh -c 'mount --bind \(scene.root)/cron.d /etc/cron.d && exec \(Scene.executable) \(arguments)'"
      )
    }
    try await scene.confirm()

    let plan = try await backout("plan ROLLBACK.md")
    #expect(plan.says("cron (/etc/cron.d/deploy, as root) deploys in"), "\(plan.all)")
    let run = try await backout("run ROLLBACK.md -y --non-interactive --quarantine all")
    #expect(run.says("In quarantine") && scene.read("code") == "old\n", "\(run.all)")
    #expect(try now() == list.replacingOccurrences(of: line, with: "# quarantined by backout: \(line)"))
    #expect(try await scene.status().steps["quarantine/1"] == "proven")
    let status = try await scene.backout("status", "--json").json()
    let release = try #require((status["quarantine"] as? [[String: Any]])?.first?["release"] as? String)
    #expect(release.hasPrefix("sed -i ") && release.hasSuffix(" /etc/cron.d/deploy"))

    let undo = try await backout("undo -y --non-interactive")
    #expect(try now() == list && scene.read("code") == "new\n", "\(undo.all)")
  }
}
