import Foundation
import Testing

/// What would surely fail is found by looking, whatever earlier steps do that has nothing to do with it.
@Suite struct PlanTruthTests {
  private static func severity(of code: String, in plan: Scene.Ran) throws -> [String] {
    let problems = try #require(try plan.json()["problems"] as? [[String: Any]])
    return problems.filter { $0["code"] as? String == code }.compactMap { $0["severity"] as? String }
  }

  @Test func goingElsewhereBringsNoTagIntoBeing() async throws {
    let scene = try await Scene(runbook: Scene.runbook("git checkout main\ngit reset --hard no-such-tag"))
    let plan = try await scene.backout("plan", "--json", "ROLLBACK.md")
    #expect(plan.status == 3, "\(plan.all)")
    #expect(try Self.severity(of: "target-unknown", in: plan) == ["error"])
  }

  @Test func aTagThatAnEarlierStepMakesIsThereWhenItIsNeeded() async throws {
    let scene = try await Scene(runbook: Scene.runbook("git tag before-it main\ngit checkout before-it"))
    let plan = try await scene.backout("plan", "--json", "ROLLBACK.md")
    #expect(plan.status == 0, "\(plan.all)")
    #expect(try Self.severity(of: "target-unknown", in: plan) == ["warning"])
  }

  @Test func whatAFetchMayBringIsNotJudgedBeforeIt() async throws {
    let scene = try await Scene(runbook: Scene.runbook("git fetch origin\ngit checkout origin/release"))
    try await scene.shell(
      "git init -q --bare ../origin.git && git remote add origin ../origin.git && git push -q origin main")
    let plan = try await scene.backout("plan", "--json", "ROLLBACK.md")
    #expect(plan.status == 0, "\(plan.all)")
    #expect(try Self.severity(of: "target-unknown", in: plan) == ["warning"])
  }

  /// A checkout changes `x`, which is none of its targets, and leaves `y` as it is.
  @Test(arguments: ["git checkout v1", "git checkout v1 -- x", "git checkout v1 -- ."], ["x", "y"])
  func whatACheckoutBringsIsNotJudgedBeforeIt(checkout: String, file: String) async throws {
    let scene = try await Scene(
      runbook: Scene.runbook("\(checkout)\nsed -i s/v1/v3/ \(file)"), files: ["x": "v1\n", "y": "none\n"])
    try await scene.shell("git tag v1 && echo v2 > x && git commit -qam two")
    let plan = try await scene.backout("plan", "--json", "ROLLBACK.md")
    #expect(plan.status == (file == "x" ? 0 : 3), "\(plan.all)")
    #expect(try Self.severity(of: "no-op", in: plan) == [file == "x" ? "warning" : "error"])
  }
}
