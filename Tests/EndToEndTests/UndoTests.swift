import Foundation
import Testing

/// What an undo puts back, what it says of the rest, and that it is asked anew.
@Suite struct UndoTests {
  private func scene(
    _ statements: String, bindings: String = "", files: [String: String] = ["a": "a\n", "b": "b\n"],
    variables: [String: String] = [:]
  ) async throws -> Scene {
    let scene = try await Scene(
      runbook: Scene.runbook(statements), bindings: bindings, files: files, variables: variables)
    try await scene.confirm()
    return scene
  }

  private func undo(_ scene: Scene, _ arguments: String...) async throws -> Scene.Ran {
    try await scene.begin(["undo", "-y", "--non-interactive"] + arguments).end()
  }

  // MARK: Several commands in one step

  @Test func everyCommandOfAStepKeepsItsOwn() async throws {
    let scene = try await scene("rm a && rm b")
    #expect(try await scene.run().status == 0)
    #expect(!scene.exists("a") && !scene.exists("b"))
    let undone = try await undo(scene)
    #expect(undone.status == 0 && scene.read("a") == "a\n" && scene.read("b") == "b\n", "\(undone.all)")
  }

  @Test func everyCommandOfAStepIsProvenByItsOwn() async throws {
    let scene = try await scene("cp a c && cp b d", files: ["a": "a\n", "b": "b\n", "c": "c\n", "d": "d\n"])
    let ran = try await scene.run()
    #expect(ran.status == 0 && ran.says("1 step proven"), "\(ran.all)")
    let undone = try await undo(scene)
    #expect(undone.status == 0 && scene.read("c") == "c\n" && scene.read("d") == "d\n", "\(undone.all)")
  }

  @Test func whatHasNoWayBackIsSaidBeforeAndAfter() async throws {
    let scene = try await scene(
      "rm a && echo hi | mail -s down ops@localhost",
      files: ["a": "a\n", "mail": "#!/bin/sh\ncat >/dev/null; touch sent\n"], variables: ["PATH": ".:/usr/bin:/bin"])
    try await scene.shell("chmod +x mail && git commit -qam x")
    let ran = try await scene.run("--answer", "step-1/1=yes")
    #expect(ran.status == 0 && scene.exists("sent"), "\(ran.all)")
    let dry = try await scene.backout("undo", "--dry-run")
    #expect(dry.says("not put back: mail"), "\(dry.all)")
    let steps = try #require(
      try await scene.backout("undo", "--dry-run", "--json").json()["undo"] as? [[String: Any]])
    #expect((steps.first?["lost"] as? [String])?.count == 1)
    let undone = try await undo(scene)
    #expect(undone.status == 0 && scene.read("a") == "a\n", "\(undone.all)")
    #expect(undone.says("undone in part") && undone.says("not put back: mail"), "\(undone.all)")
  }

  // MARK: Asked anew

  @Test func anUndoInPartIsAskedAgain() async throws {
    let scene = try await scene("echo new > a")
    #expect(try await scene.run().status == 0)
    try scene.write("a", "newer\n")
    let kept = try await undo(scene, "--answer", "1.1=keep-newer")
    #expect(kept.status == 1 && scene.read("a") == "newer\n", "\(kept.all)")
    let asked = try await undo(scene)
    #expect(asked.status == 4 && scene.read("a") == "newer\n", "\(asked.all)")
    let back = try await undo(scene, "--answer", "1.1=put-back")
    #expect(back.status == 0 && scene.read("a") == "a\n", "\(back.all)")
  }

  /// The answer was for another undo, and what it would overwrite is newer than it.
  @Test func anAnswerThatWasNotUsedIsVoid() async throws {
    let scene = try await scene(
      "# One\necho new > a\n\n# Two\n./work",
      bindings: "runbooks: { ROLLBACK.md: { steps: { step-1/2: { is: ./work, undo: test -e ready } } } }\n",
      files: ["a": "a\n", "work": "#!/bin/sh\n"])
    try await scene.shell("chmod +x work && git commit -qam x")
    #expect(try await scene.run("--answer", "step-1/2=yes").status == 0)
    let stopped = try await undo(scene, "--answer", "1.1=put-back")
    #expect(stopped.status == 1, "\(stopped.all)")
    let aborted = try await undo(scene, "--answer", "1.2=abort")
    #expect(aborted.status == 1 && scene.read("a") == "new\n", "\(aborted.all)")
    try scene.write("a", "newer\n")
    try scene.write("ready", "")
    // The command was seen to end: it is run again without a question.
    let asked = try await undo(scene)
    #expect(asked.status == 4 && scene.read("a") == "newer\n", "\(asked.all)")
    let back = try await undo(scene, "--answer", "1.1=keep-newer")
    #expect(back.status == 1 && scene.read("a") == "newer\n", "\(back.all)")
  }

  // MARK: Secrets

  /// A path that holds a secret's value is hidden in the journal; the undo goes by the path itself.
  @Test func aSecretThatIsPartOfAPath() async throws {
    let scene = try await scene(
      "# One\nrm shop/a\n\n# Two\nsed -i s/OLD/NEW/ shop/c", files: [:], variables: ["DB_PASSWORD": "shop"])
    try await scene.shell("mkdir shop && echo a > shop/a && echo OLD > shop/c && git add -A && git commit -qm files")
    let ran = try await scene.run()
    #expect(ran.status == 0 && scene.read("shop/c") == "NEW\n", "\(ran.all)")
    let undone = try await undo(scene)
    #expect(undone.status == 0 && scene.read("shop/a") == "a\n" && scene.read("shop/c") == "OLD\n", "\(undone.all)")
    let journal = try await scene.shell("strings \(scene.home)/journal.sqlite* | grep -c 'repo/shop/a' || true").out
    #expect(journal == "0\n")
  }

  /// A secret may be a word that the journal's own entries are made of.
  @Test(arguments: ["attempt", "step", "states", "observed", "step-1/1"])
  func aSecretThatIsAWordOfTheJournal(_ word: String) async throws {
    let scene = try await scene("# One\nexport API_TOKEN=$(echo \(word))\nrm a\n\n# Two\ntest -e ready")
    let ran = try await scene.run("--answer", "step-1/1=yes")
    #expect(ran.status == 1 && !scene.exists("a"), "\(ran.all)")
    for verb in [["status"], ["undo", "--dry-run"], ["report"]] {
      let said = try await scene.begin(verb).end()
      #expect(said.status == 0 || said.status == 1, "\(verb): \(said.all)")
    }
    try scene.write("ready", "")
    let resumed = try await scene.begin(["resume", "--non-interactive", "--answer", "1.3=retry"]).end()
    #expect(resumed.status == 0, "\(resumed.all)")
    let undone = try await undo(scene)
    #expect(scene.read("a") == "a\n", "\(undone.all)")
  }
}
