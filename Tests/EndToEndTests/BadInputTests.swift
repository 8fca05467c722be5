import Foundation
import Testing

/// Hostile documents and bindings, through the real binary: no crash, a clear message, nothing lost.
@Suite struct BadInputTests {
  @Test func anyBytes() async throws {
    let scene = try await Scene(runbook: "# x\n", files: ["keep.txt": "k"])
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let alphabet = Array("#`-|*[]<>(){}'\"$\\\n\n\n ab1.:;&=~ \t!".utf8)
    for turn in 0..<12 {
      let noise = (0..<4000).map { _ in
        turn % 2 == 0 ? UInt8(truncatingIfNeeded: next()) : alphabet[Int(next() % UInt64(alphabet.count))]
      }
      var bytes = Data(noise)
      if turn % 3 == 0 {
        bytes = Data("# Rollback\n\n## Rollback Steps\n\n```bash\n".utf8) + bytes + Data("\n```\n".utf8)
      }
      try bytes.write(to: URL(fileURLWithPath: scene.path("ROLLBACK.md")))
      for verb in ["convert", "plan"] {
        let ran = try await scene.backout(verb, "ROLLBACK.md")
        #expect([0, 2, 3].contains(ran.status), "turn \(turn) \(verb): \(ran.status) \(ran.err.prefix(300))")
        #expect(ran.status == 0 || !ran.all.isEmpty)
      }
    }
    #expect(scene.read("keep.txt") == "k")
    let odd = try await scene.backout("plan", ".")
    #expect(odd.status == 2 && odd.err.contains("cannot be read"), "\(odd.all)")
  }

  @Test func tenMegabytes() async throws {
    let prose = String(repeating: "Some words about a deployment and more of them. ", count: 200)
    let block = "## Notes\n\n\(prose)\n\n- a point\n\n"
    let text =
      "# Rollback\n\n" + String(repeating: block, count: 10_000_000 / block.utf8.count)
      + "\n## Rollback Steps\n\n```bash\necho back > a.txt\n```\n"
    let scene = try await Scene(runbook: text, files: ["a.txt": "old\n"])
    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 0 && plan.out.contains("a.txt"), "\(plan.status) \(plan.err.prefix(500))")
    #expect(scene.read("a.txt") == "old\n")
  }

  @Test func yamlBombs() async throws {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      bomb += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
    }
    let deep = String(repeating: "[", count: 100_000)
    let scene = try await Scene(runbook: Scene.runbook("echo back > a.txt"), files: ["a.txt": "old\n"])
    for text in [bomb + "service: *a9\n", "service: \(deep)\n", "runbooks: &r { ROLLBACK.md: *r }\n", "\u{0}\u{1}: ["] {
      try scene.write("backout.yaml", text)
      let began = ContinuousClock.now
      let ran = try await scene.backout("plan", "ROLLBACK.md")
      #expect(
        ran.status == 2 && ran.err.contains("backout.yaml"), "\(text.prefix(30)): \(ran.status) \(ran.err.prefix(300))")
      #expect(ContinuousClock.now - began < .seconds(30))
    }
    try scene.write("backout.yaml", "service: thing\n")
    try scene.write("bomb.yaml", bomb + "title: *a9\n")
    let ran = try await scene.backout("plan", "bomb.yaml")
    #expect(ran.status == 2 && ran.err.contains("bomb.yaml"), "\(ran.status) \(ran.err.prefix(300))")
    try scene.write("ROLLBACK.md", "---\n\(bomb)backout: *a9\n---\n" + Scene.runbook("echo back > a.txt"))
    try FileManager.default.removeItem(atPath: scene.path("backout.yaml"))
    let front = try await scene.backout("plan", "ROLLBACK.md")
    #expect([0, 2].contains(front.status), "\(front.status) \(front.err.prefix(300))")
  }

  @Test func aValueIsNeverSyntax() async throws {
    let scene = try await Scene(
      runbook: Scene.runbook(
        "# Write\necho <value> > a.txt\n\n# Name\ntouch \"<value>\"\n\n# In single quotes\necho 'is <value>' >> a.txt"),
      bindings:
        "runbooks: { ROLLBACK.md: { parameters: { value: \"x; rm -rf keep $(rm -rf keep) `rm -rf keep`'\" } } }\n",
      files: ["a.txt": "old\n", "keep": "k"])
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 0, "\(ran.all)")
    #expect(scene.read("keep") == "k")
    #expect(scene.exists("x; rm -rf keep $(rm -rf keep) `rm -rf keep`'"))
    #expect(
      scene.read("a.txt") == """
        x; rm -rf keep $(rm -rf keep) `rm -rf keep`'
        is x; rm -rf keep $(rm -rf keep) `rm -rf keep`'

        """)
    // Inside another interpreter's source a value is plain or refused.
    try scene.write("ROLLBACK.md", Scene.runbook("python3 -c 'open(\"<value>\", \"w\")'"))
    try await scene.confirm()
    let refused = try await scene.run()
    #expect(refused.status == 3 || refused.status == 2, "\(refused.all)")
    #expect(scene.read("keep") == "k")
    let set = try await scene.backout("plan", "ROLLBACK.md", "--set", "value=-rf; rm -rf keep")
    #expect(set.status == 3 && scene.read("keep") == "k", "\(set.all)")
  }

  @Test func aVariableThatIsNotSetIsABlockedPlan() async throws {
    let scene = try await Scene(runbook: Scene.runbook("rm -rf $UNSET_FOLDER/sub"), files: ["keep": "k"])
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status == 3 && ran.all.contains("UNSET_FOLDER"), "\(ran.all)")
    #expect(scene.read("keep") == "k")
  }

  @Test func aVariableThatTurnsOutEmptyStopsBeforeActing() async throws {
    let canary = NSTemporaryDirectory() + "backout-canary-\(UUID().uuidString)"
    try Data("here".utf8).write(to: URL(fileURLWithPath: canary))
    defer { try? FileManager.default.removeItem(atPath: canary) }
    let scene = try await Scene(
      runbook: Scene.runbook(
        "# Find\nFOLDER=$(cat nothing.txt 2>/dev/null || true)\n\n# Remove\nrm -rf $FOLDER\(canary)"),
      files: ["keep": "k"], variables: [:])
    try await scene.confirm()
    let ran = try await scene.run()
    #expect(ran.status != 0 && ran.all.contains(canary), "\(ran.all)")
    #expect(FileManager.default.fileExists(atPath: canary))
    #expect(ran.says("nothing was changed") || ran.says("nothing was executed"), "\(ran.all)")
  }
}
