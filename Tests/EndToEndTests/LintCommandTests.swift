import Foundation
import Testing

/// `backout lint`, through the real binary.
@Suite struct LintCommandTests {
  private static let fence = "git revert HEAD\n\n# Check\ngit log -1"

  @Test func findingsDecideTheExitStatus() async throws {
    let scene = try await Scene(runbook: Scene.runbook(Self.fence))
    let lenient = try await scene.backout("lint", "ROLLBACK.md")
    #expect(lenient.says("revert-opens-editor") && lenient.says("grade"), "\(lenient.all)")
    let strict = try await scene.backout("lint", "ROLLBACK.md", "--fail-on", "warning")
    #expect(strict.status == 6, "\(strict.all)")
    let found = try await scene.backout("lint")
    #expect(found.says("ROLLBACK.md"), "\(found.all)")
  }

  @Test func jsonIsTheContract() async throws {
    let scene = try await Scene(runbook: Scene.runbook(Self.fence))
    let file = try #require((try await scene.backout("lint", "--json").json()["files"] as? [[String: Any]])?.first)
    #expect(file["path"] as? String == "ROLLBACK.md" && file["grade"] is String)
    let findings = try #require(file["findings"] as? [[String: Any]])
    let finding = try #require(findings.first { $0["rule"] as? String == "revert-opens-editor" })
    #expect(Set(finding.keys) == ["rule", "line", "endLine", "severity", "message", "fix"])
    #expect(scene.read("ROLLBACK.md")?.contains("git revert HEAD") == true, "lint changes nothing")
  }

  @Test func fixShowsTheDifferenceAndWritesIt() async throws {
    let scene = try await Scene(runbook: Scene.runbook(Self.fence))
    let before = scene.read("ROLLBACK.md")
    let shown = try await scene.backout("lint", "ROLLBACK.md", "--fix", "--dry-run")
    #expect(shown.says("-git revert HEAD +git revert --no-edit HEAD"), "\(shown.all)")
    #expect(scene.read("ROLLBACK.md") == before)
    let machine = try await scene.backout("lint", "ROLLBACK.md", "--fix", "--dry-run", "--json")
    #expect(try machine.json()["files"] != nil && machine.err.contains("-git revert HEAD"), "\(machine.all)")
    let fixed = try await scene.backout("lint", "ROLLBACK.md", "--fix")
    #expect(fixed.says("+git revert --no-edit HEAD"), "\(fixed.all)")
    #expect(scene.read("ROLLBACK.md")?.contains("git revert --no-edit HEAD\n") == true)
    let again = try await scene.backout("lint", "ROLLBACK.md")
    #expect(!again.says("revert-opens-editor"), "\(again.all)")
  }

  @Test func aHoleThatIsBoundIsNone() async throws {
    let scene = try await Scene(runbook: Scene.runbook("git checkout <good>"))
    let open = try await scene.backout("lint", "ROLLBACK.md")
    #expect(open.says("unresolved-placeholder"), "\(open.all)")
    // A plan without --env is blocked by it.
    try scene.write("backout.yaml", "service: thing\nenvironments: {live: {parameters: {good: HEAD~1}}}\n")
    let partly = try await scene.backout("lint", "ROLLBACK.md")
    #expect(partly.says("unresolved-placeholder") && partly.says("`good` is bound for live only"), "\(partly.all)")
    try scene.write("backout.yaml", "service: thing\nrunbooks: {ROLLBACK.md: {parameters: {good: HEAD~1}}}\n")
    let bound = try await scene.backout("lint", "ROLLBACK.md")
    #expect(!bound.says("unresolved-placeholder"), "\(bound.all)")
    try scene.write("backout.yaml", "servise: thing\n")
    let wrong = try await scene.backout("lint", "ROLLBACK.md")
    #expect(wrong.status == 2 && wrong.says("service"), "\(wrong.all)")
  }

  /// What is wrong beside one runbook takes no finding of another.
  @Test func aBrokenBackoutYamlHidesNoFinding() async throws {
    let scene = try await Scene(runbook: Scene.runbook(Self.fence))
    try FileManager.default.createDirectory(atPath: scene.path("sub"), withIntermediateDirectories: true)
    try scene.write("sub/ROLLBACK.md", Scene.runbook(Self.fence))
    try scene.write("sub/backout.yaml", "service: thing\nrunbooks: [\n")
    func lint(_ options: String...) async throws -> Scene.Ran {
      let ran = try await scene.begin(["lint", "ROLLBACK.md", "sub/ROLLBACK.md"] + options).end()
      #expect(ran.status == 2 && ran.err.contains("/sub/backout.yaml:"), "\(ran.all)")
      #expect(ran.err.contains("counts as open: sub/ROLLBACK.md\n"), "\(ran.all)")
      return ran
    }
    let screen = try await lint()
    #expect(screen.out.contains("ROLLBACK.md") && screen.out.contains("revert-opens-editor"), "\(screen.all)")
    let files = try #require(try await lint("--json").json()["files"] as? [[String: Any]])
    #expect(files.compactMap { $0["path"] as? String } == ["ROLLBACK.md", "sub/ROLLBACK.md"])
    for file in files {
      let findings = try #require(file["findings"] as? [[String: Any]])
      #expect(findings.contains { $0["rule"] as? String == "revert-opens-editor" }, "\(file)")
    }
    #expect(try await lint("--fix", "--dry-run").says("+git revert --no-edit HEAD"))
    _ = try await lint("--fix")
    for name in ["ROLLBACK.md", "sub/ROLLBACK.md"] {
      #expect(scene.read(name)?.contains("git revert --no-edit HEAD\n") == true)
    }
  }

  @Test func whatIsNotThereIsBadInput() async throws {
    let scene = try await Scene(runbook: Scene.runbook("ls"))
    let missing = try await scene.backout("lint", "nothing.md")
    #expect(missing.status == 2 && missing.says("there is no such file"), "\(missing.all)")
    try FileManager.default.createDirectory(atPath: scene.path("empty"), withIntermediateDirectories: true)
    let empty = try await scene.backout("lint", "empty")
    #expect(empty.status == 2 && empty.says("holds no runbook"), "\(empty.all)")
    let rule = try await scene.backout("lint", "--explain", "no-such-rule")
    #expect(rule.status == 2 && rule.says("lint --rules"), "\(rule.all)")
  }

  @Test func rulesExplainThemselves() async throws {
    let scene = try await Scene(runbook: Scene.runbook("ls"))
    let rules = try await scene.backout("lint", "--rules")
    #expect(rules.status == 0 && rules.says("revert-opens-editor"), "\(rules.all)")
    let rule = try await scene.backout("lint", "--explain", "revert-opens-editor")
    #expect(rule.status == 0 && rule.says("--no-edit"), "\(rule.all)")
  }

  /// `plan --explain` does for its problems what `lint --explain` does for its rules, and needs no runbook either.
  @Test func problemsExplainThemselves() async throws {
    let scene = try await Scene(runbook: Scene.runbook("git checkout gone"))
    let blocked = try await scene.backout("plan", "ROLLBACK.md")
    #expect(blocked.status == 3 && blocked.says("backout plan --explain NAME"), "\(blocked.all)")
    let one = try await scene.backout("plan", "--explain", "step-4/2:target-unknown")
    #expect(one.status == 0 && one.says("git fetch --tags"), "\(one.all)")
    let json = try await scene.backout("plan", "--explain", "no-op", "--json").json()
    #expect(Set(json.keys) == ["code", "meaning", "severities", "cure"] && json["code"] as? String == "no-op")
    let all = try await scene.backout("plan", "--problems")
    #expect(all.status == 0 && all.says("local-changes-in-the-way"), "\(all.all)")
    let slip = try await scene.backout("plan", "--explain", "4.2:target-unknwon")
    #expect(slip.status == 2 && slip.says("target-unknown") && slip.says("plan --problems"), "\(slip.all)")
    let rule = try await scene.backout("plan", "--explain", "fixed-sleep")
    #expect(rule.status == 2 && rule.says("backout lint --explain fixed-sleep"), "\(rule.all)")
  }

  @Test func aScriptIsLookedForInTheRunbooksRepository() async throws {
    let scene = try await Scene(runbook: Scene.runbook("./scripts/notify.sh\n./scripts/undo.sh"))
    try FileManager.default.createDirectory(atPath: scene.path("scripts"), withIntermediateDirectories: true)
    try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: scene.path("scripts/undo.sh")))
    let file = try #require((try await scene.backout("lint", "--json").json()["files"] as? [[String: Any]])?.first)
    let found = try #require(file["findings"] as? [[String: Any]]).filter { $0["rule"] as? String == "script-missing" }
    #expect(found.count == 1 && (found.first?["message"] as? String)?.contains("scripts/notify.sh") == true, "\(found)")
    try FileManager.default.removeItem(atPath: scene.path(".git"))
    let outside = try await scene.backout("lint", "ROLLBACK.md")
    #expect(!outside.says("script-missing"), "outside a repository nobody knows: \(outside.all)")
  }
}
