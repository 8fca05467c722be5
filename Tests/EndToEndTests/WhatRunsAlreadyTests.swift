import BackoutTestKit
import Foundation
import Testing

/// A rollback that goes nowhere, and what a plan asks the repository so that it can tell.
@Suite struct WhatRunsAlreadyTests {
  /// `v1` and `v2`, of which the second runs; the runbook comes on top of it.
  private func scene(_ statements: String, bindings: String = "") async throws -> Scene {
    let scene = try await Scene(runbook: Scene.runbook(statements), bindings: bindings, files: ["a.txt": "1\n"])
    try await scene.shell(
      """
      git rm -q --cached ROLLBACK.md backout.yaml && git commit -q --amend -m one && git tag v1
      echo 2 > a.txt && git commit -qam two && git tag v2 && git add -A && git commit -qm runbook
      """)
    return scene
  }

  @Test func aRollbackToWhatRunsIsAskedAndNotCalledOne() async throws {
    let scene = try await scene("git checkout v2")
    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 0 && plan.says("goes back to what runs already"), "\(plan.all)")
    #expect(plan.says("step-1/1:nothing-to-roll-back") && plan.says("no file but the runbook's own"), "\(plan.all)")
    #expect(plan.says("takes away or replaces ROLLBACK.md, backout.yaml"), "\(plan.all)")
    try await scene.confirm()
    let asked = try await scene.run()
    #expect(asked.status == 4 && asked.says("Is it the release to go back to?"), "\(asked.all)")
    _ = try await scene.backout("abort")
    let done = try await scene.run("--answer", "step-1/1:nothing-to-roll-back=yes")
    #expect(done.status == 0 && done.says("nothing was rolled back") && !done.says("✓ rolled back"), "\(done.all)")
    let report = try await scene.backout("report")
    #expect(report.says("ran already") && !report.says("was rolled back in"), "\(report.all)")
  }

  @Test(arguments: ["git checkout v1", "git checkout v2\ngit checkout v1", "git checkout v1\ngit checkout v2"])
  func aRollbackThatGoesBackIsNot(statements: String) async throws {
    let plan = try await scene(statements).backout("plan", "ROLLBACK.md")
    #expect(plan.status == 0 && plan.says("can be rolled back") && !plan.says("nothing-to-roll-back"), "\(plan.all)")
  }

  /// The last commit is the runbook's own: a revert of it is no rollback.
  @Test func aRevertOfTheRunbookIsAskedAbout() async throws {
    let own = try await scene("git revert --no-edit HEAD").backout("plan", "ROLLBACK.md")
    #expect(own.status == 0 && own.says("step-1/1:reverts-runbook"), "\(own.all)")
    #expect(own.says("changes only ROLLBACK.md, backout.yaml"), "\(own.all)")
    let edited = try await scene("git checkout HEAD~1 -- ROLLBACK.md")
    try await edited.shell("echo >> ROLLBACK.md && git commit -qam edited")
    let paths = try await edited.backout("plan", "ROLLBACK.md")
    #expect(paths.says("step-1/1:reverts-runbook") && paths.says("changes only ROLLBACK.md,"), "\(paths.all)")
    let release = try await scene("git revert --no-edit v2").backout("plan", "ROLLBACK.md")
    #expect(release.status == 0 && !release.says("reverts-runbook"), "\(release.all)")
    #expect(release.says("1 commit reverted"), "\(release.all)")
  }

  /// The run took its own runbook away: who plans again hears which run it was, and how to have it back.
  @Test func aRunbookThatARunTookAwayIsFoundAgain() async throws {
    let scene = try await scene("git checkout v1")
    try await scene.confirm()
    try await scene.shell("git add -A && git commit -qm confirmed")
    let ran = try await scene.run()
    #expect(ran.status == 0 && !scene.exists("ROLLBACK.md"), "\(ran.all)")
    for verb in ["plan", "run", "confirm"] {
      let lost = try await scene.backout(verb)
      #expect(
        lost.status == 2 && lost.says("(succeeded) went back to a release that has no ROLLBACK.md"), "\(lost.all)")
      #expect(lost.says("backout.yaml backout.lock or, with") && lost.says("backout undo"), "\(lost.all)")
    }
    let named = try await scene.backout("plan", "ROLLBACK.md")
    let restore = try #require(named.err.split(separator: "\n").first { $0.contains("git restore") })
    try await scene.shell(String(restore.drop { $0 != ":" }.dropFirst(2)))
    let again = try await scene.backout("plan")
    #expect(again.status == 0 && again.says("nothing-to-roll-back"), "\(again.all)")
    // What git never had is only said not to be there.
    let never = try await scene.backout("plan", "OTHER.md")
    #expect(never.status == 2 && !never.says("git restore"), "\(never.all)")
  }

  /// The files go back; the image would not.
  @Test(.enabled(if: TestDocker.isAvailable, Comment(rawValue: TestDocker.whyNot ?? "")))
  func anImageWhoseTagNoStepSetsIsAskedAbout() async throws {
    let docker = try await TestDocker { "services: {web: {image: \"\($0):${VERSION}\", init: true}}\n" }
    func plan(_ statements: String, exported: [String: String] = [:]) async throws -> String {
      try docker.write("ROLLBACK.md", Scene.runbook(statements))
      return try await docker.run(
        "'\(Scene.executable)' plan --json ROLLBACK.md || true",
        variables: exported.merging(["BACKOUT_HOME": docker.folder + "/home/backout"]) { $1 })
    }
    try await docker.run(
      """
      git init -q -b main && git config user.name t && git config user.email t@example.org
      mkdir docs && echo 1 > docs/x
      printf 'VERSION=1\n' > .env && echo 1 > a.txt && git add a.txt docs docker-compose.yml && git commit -qm one && git tag v1
      printf 'VERSION=2\n' > .env && echo 2 | tee a.txt > docs/x && git commit -qam two && git tag v2
      docker-compose up -d
      """)
    let up = "docker-compose up -d"
    for goingBack in ["git checkout v1", "git revert --no-edit v2", "git checkout v1 -- ."] {
      let asked = try await plan("\(goingBack)\n\(up)")
      #expect(asked.contains("image-stays") && asked.contains("VERSION comes from .env"), "\(asked)")
    }
    let together = try await plan("git checkout v1 && \(up)")
    #expect(together.contains("image-stays"), "\(together)")
    // What is exported wins over the file that a step edits.
    let edit = "sed -i 's/^VERSION=.*/VERSION=1/' .env"
    let won = try await plan("\(edit)\n\(up)", exported: ["VERSION": "2"])
    #expect(won.contains("image-stays") && won.contains("wins over .env that a step before edits"), "\(won)")
    let unset = try await plan("\(edit)\nexport VERSION=1\n\(up)", exported: ["VERSION": "2"])
    #expect(!unset.contains("image-stays"), "\(unset)")
    let edited = try await plan("\(edit)\n\(up)")
    #expect(!edited.contains("image-stays"), "\(edited)")
    #expect(edited.contains("web as VERSION in .env names it then"), "\(edited)")
    for setting in [
      "sed -i 's/^VERSION=.*/VERSION=1/' .env", "export VERSION=1", "echo VERSION=1 > .env", "source release.env",
    ] {
      let set = try await plan("git checkout v1\n\(setting)\n\(up)")
      #expect(!set.contains("image-stays"), "\(setting): \(set)")
    }
    // No file goes back, or one by itself: it is only started anew.
    for other in [
      "git checkout v2\n\(up)", "git checkout v2 -- .\n\(up)", "docker-compose down\n\(up)",
      "git checkout v1 -- docs/x\n\(up)",
    ] {
      let started = try await plan(other)
      #expect(!started.contains("image-stays"), "\(other): \(started)")
    }
  }

  @Test func whatGitSaysIsAskedWhilePlanning() async throws {
    let statements = """
      RUNNING=$(git describe --tags --abbrev=0)
      PREVIOUS=$(git describe --tags --abbrev=0 "$RUNNING^" | head -1)
      git checkout "$PREVIOUS"
      """
    let known = try await scene(statements)
    let plan = try await known.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 0 && plan.says("\"one\", 2 commits back"), "\(plan.all)")
    #expect(!plan.says("known-when-run"), "\(plan.all)")
    try await known.confirm()
    let ran = try await known.run()
    #expect(ran.status == 0 && ran.says("✓ rolled back") && known.read("a.txt") == "1\n", "\(ran.all)")

    // What an earlier step may change is known when it runs.
    let changed = try await scene("git tag v3\n" + statements).backout("plan", "ROLLBACK.md")
    #expect(changed.status == 0 && changed.says("known-when-run"), "\(changed.all)")

    let none = try await scene(statements)
    try await none.shell("git tag -d v1 v2")
    let blocked = try await none.backout("plan", "ROLLBACK.md")
    #expect(blocked.status == 3 && blocked.says("step-1/1:value-missing"), "\(blocked.all)")
    #expect(blocked.says("ends with exit 128 here: fatal: No names found"), "\(blocked.all)")
  }

  @Test func anotherMachinesFolderIsNamedWithItsCure() async throws {
    let scene = try await scene("cd /nowhere/shop\ngit checkout v1")
    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 3 && plan.says("step-1/1:folder-missing"), "\(plan.all)")
    #expect(plan.says("the line `cd /nowhere/shop: cd .`") && !plan.says("not-a-repository"), "\(plan.all)")
    let cured = try await self.scene(
      "cd /nowhere/shop\ngit checkout v1",
      bindings: "runbooks: { ROLLBACK.md: { commands: { cd /nowhere/shop: cd . } } }\n"
    ).backout("plan", "ROLLBACK.md")
    #expect(cured.status == 0 && cured.says("2 commits back"), "\(cured.all)")
  }
}
