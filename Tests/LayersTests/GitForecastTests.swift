import BackoutTestKit
import Foundation
import GitLayer
import Layer
import Runbook
import Testing

/// What a plan finds out by looking, and what verify says of commands that did nothing.
@Suite struct GitForecastTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var command: String
    var prepare = "true"
    var code: String
    var severity: Problem.Severity = .error
    var testDescription: String { "\(command): \(code)" }
  }

  static let cases: [Case] = [
    Case(command: "git checkout 91ab3e2", code: "target-unknown"),
    Case(command: "git checkout HEAD -- src/app.py", code: "no-op"),
    Case(command: "git checkout HEAD -- nowhere", code: "path-unknown"),
    Case(command: "git checkout v1", prepare: "printf loose > a.txt", code: "untracked-in-the-way"),
    Case(
      command: "git checkout v1", prepare: "printf a.txt >> .git/info/exclude; printf loose > a.txt",
      code: "ignored-replaced", severity: .warning),
    Case(command: "git checkout v1", prepare: "printf mine > src/app.py", code: "local-changes-in-the-way"),
    Case(command: "git checkout -b side v1", code: "exists"),
    Case(command: "git revert HEAD..HEAD~2", code: "empty-range"),
    Case(command: "git revert HEAD~2", prepare: "printf 9 > src/run.sh; git commit -qam 9", code: "would-conflict"),
    Case(
      command: "git revert HEAD", prepare: "git checkout -q v1; git merge -q --no-ff -m m side", code: "merge-commit"),
    Case(
      command: "git checkout -b back elsewhere",
      prepare: "git tag elsewhere $(git commit-tree -m elsewhere 'HEAD^{tree}')", code: "not-an-ancestor",
      severity: .question),
    Case(
      command: "git reset --hard elsewhere",
      prepare: "git tag elsewhere $(git commit-tree -m elsewhere 'HEAD^{tree}')", code: "not-an-ancestor",
      severity: .question),
    Case(command: "git stash", code: "no-op"),
    Case(command: "git stash pop", code: "stash-empty"),
    Case(command: "git clean -fd", code: "no-op", severity: .warning),
    Case(
      command: "git push origin main",
      prepare:
        "git clone -q ../remote.git ../o; (cd ../o; printf o > o; git add o; git commit -qm o; git push -q); git commit -q --allow-empty -m mine",
      code: "push-rejected"),
    Case(command: "git push origin main", prepare: "git checkout -q v1", code: "detached-push"),
    Case(command: "git push", prepare: "git checkout -q v1", code: "detached-push"),
    Case(command: "git push origin main", prepare: "rm -rf ../remote.git", code: "remote-unreachable"),
    Case(command: "git fetch", prepare: "rm -rf ../remote.git", code: "remote-unreachable"),
    Case(command: "git commit", prepare: "printf 1 > src/app.py; git add -A", code: "opens-editor"),
    Case(
      command: "git checkout v1", prepare: "printf x > src/app.py; git commit -qam x; git revert HEAD~1 || true",
      code: "operation-in-progress"),
    Case(command: "git checkout v1", prepare: "rm -rf .git", code: "not-a-repository"),
    Case(command: "git checkout v1", prepare: "touch .git/index.lock", code: "index-lock"),
    Case(command: "git pull", prepare: "git checkout -q v1", code: "no-upstream"),
    Case(command: "git branch -d nowhere", code: "target-unknown"),
    Case(
      command: "git checkout -b back wants-more",
      prepare:
        "printf 'A_KEY=\nB_KEY=x\n' > .env.example; git add -A; git commit -qm t; git tag wants-more; git reset -q --hard HEAD~1; printf 'B_KEY=1\n' > .env",
      code: "target-variable-missing", severity: .question),
  ]

  @Test(arguments: cases)
  func finds(_ scenario: Case) async throws {
    let world = try await GitWorld()
    defer { world.end() }
    try await world.shell(scenario.prepare)
    let environment = world.environment()
    let driver = GitDriver()
    let words = scenario.command.split(separator: " ").map(String.init)
    let effect = try #require(driver.recognise(GitWorld.action(words), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    let forecast = try await driver.forecast(effect, before: before, in: environment)
    let found = try #require(
      forecast.problems.first { $0.code == scenario.code }, "only \(forecast.problems.map(\.code))")
    #expect(found.severity == scenario.severity)
    #expect(!found.message.isEmpty)
    let after = try await driver.observe(effect, in: environment)
    #expect(before.states == after.states)
  }

  private func look(
    _ command: String, world: GitWorld, variables: [String: String] = [:]
  ) async throws -> (Effect, Observation, Forecast) {
    let environment = world.environment()
    let words = command.split(separator: " ").map(String.init)
    let effect = try #require(GitDriver().recognise(GitWorld.action(words), in: environment.context))
    let before = try await GitDriver().observe(effect, in: environment)
    return (effect, before, try await GitDriver().forecast(effect, before: before, in: environment))
  }

  @Test func checkoutSaysFromWhereToWhereAndWhatGoes() async throws {
    let world = try await GitWorld()
    defer { world.end() }
    try await world.shell("printf 5 > fresh; git add -A; git commit -qm 'Two-step lookup'")
    let (_, _, forecast) = try await look("git checkout v1", world: world)
    #expect(forecast.from.hasSuffix("\"Two-step lookup\""))
    #expect(forecast.to.hasSuffix("\"First\", 3 commits back"))
    #expect(forecast.problems.isEmpty, "\(forecast.problems)")
    #expect(forecast.removes.map { ($0 as NSString).lastPathComponent }.sorted() == ["fresh", "run.sh"])
    #expect(forecast.pins["HEAD"] != nil && forecast.pins["target"] != nil)
    #expect(forecast.keeps == "no changed files")
  }

  /// Relative to the working tree.
  static let changing: [(String, [String])] = [
    ("git checkout v1 -- src/app.py", ["/src/app.py"]), ("git checkout v1 -- src a.txt", ["/a.txt", "/src"]),
    ("git checkout v1 -- .", [""]), ("git -C src checkout v1 -- app.py", ["/src/app.py"]),
    ("git -C src checkout v1 -- .", ["/src"]), ("git -C src checkout v1 -- ..", [""]),
    ("git checkout v1 -- :/src/", ["/src"]), ("git checkout HEAD -- .", []),
    ("git restore -s v1 src/../a.txt", ["/a.txt"]), ("git restore --staged -s v1 src", []),
    ("git revert --no-edit HEAD", [""]),
  ]

  @Test(arguments: changing)
  func aCheckoutOfPathsChangesNoMoreThanThese(_ command: String, _ changing: [String]) async throws {
    let world = try await GitWorld()
    defer { world.end() }
    let (_, _, forecast) = try await look(command, world: world)
    #expect(forecast.changing == changing.map { world.clone + $0 })
  }

  @Test func oneIsNotSeveral() async throws {
    let world = try await GitWorld()
    defer { world.end() }
    try await world.shell("git commit -q --allow-empty -m mine")
    let (_, _, push) = try await look("git push origin main", world: world)
    #expect(push.keeps == "1 remote ref")
    let (_, _, paths) = try await look("git checkout HEAD -- src/app.py", world: world)
    #expect(paths.problems.contains { $0.message.contains("the 1 path already equals") }, "\(paths.problems)")
  }

  @Test func aCommandThatDidNothingIsRefuted() async throws {
    let world = try await GitWorld()
    defer { world.end() }
    for command in ["git checkout HEAD -- src/app.py", "git revert HEAD..HEAD~2", "git stash", "git checkout nowhere"] {
      let (effect, before, _) = try await look(command, world: world)
      let verdict = GitDriver().verify(effect, before: before, after: before, outcome: nil)
      guard case .refuted = verdict else {
        Issue.record("\(command): \(verdict)")
        continue
      }
    }
    for command in ["git checkout main", "git reset --hard", "git clean -fd", "git push origin main"] {
      let (effect, before, _) = try await look(command, world: world)
      let verdict = GitDriver().verify(effect, before: before, after: before, outcome: nil)
      guard case .proven(let why) = verdict else {
        Issue.record("\(command): \(verdict)")
        continue
      }
      #expect(why.hasPrefix("already there"))
    }
  }

  @Test func missingVariablesAreNamed() async throws {
    let world = try await GitWorld()
    defer { world.end() }
    let command = ParsedCommand(words: [
      Word(literal: "git"), Word(literal: "checkout"),
      Word(text: "\"${PREVIOUS}\"", value: nil, variables: ["PREVIOUS"]),
    ])
    var environment = world.environment()
    let effect = try #require(GitDriver().recognise(.command(command), in: environment.context))
    let before = try await GitDriver().observe(effect, in: environment)
    let forecast = try await GitDriver().forecast(effect, before: before, in: environment)
    #expect(forecast.problems.contains { $0.code == "variable-missing" && $0.message.contains("$PREVIOUS") })
    environment.context.variables["PREVIOUS"] = "v1"
    let known = try #require(GitDriver().recognise(.command(command), in: environment.context))
    #expect(known.summary == "git checkout v1")
  }

  @Test func putBackSavesTheNewerCommitsOnABranch() async throws {
    let world = try await GitWorld()
    defer { world.end() }
    let environment = world.environment()
    let driver = GitDriver()
    let (effect, before, _) = try await look("git reset --hard HEAD~1", world: world)
    let old = try await world.shell("git rev-parse HEAD")
    let image = try await driver.keep(effect, before: before, in: environment)
    try await world.shell("git reset -q --hard HEAD~1")
    let after = try await driver.observe(effect, in: environment)
    try await world.shell(
      "printf n > n; git add n; git commit -qm Newer; git reflog expire --expire=now --all; git update-ref -d refs/remotes/origin/main; git gc -q --prune=now"
    )
    let newer = try await world.shell("git rev-parse HEAD")
    let left = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(left.conflicts.count == 1)
    #expect(try await world.shell("git rev-parse HEAD") == newer)
    let exported = try await driver.undo(
      image, of: effect, before: before, after: after, answer: .exportBoth, in: environment)
    #expect(try await world.shell("git rev-parse backout/kept-\(old.prefix(7))") == old, "\(exported)")
    let put = try await driver.undo(image, of: effect, before: before, after: after, answer: .putBack, in: environment)
    #expect(put.conflicts.isEmpty, "\(put)")
    #expect(try await world.shell("git rev-parse HEAD; git status --porcelain") == old)
    #expect(try await world.shell("git rev-parse backout/newer-\(newer.prefix(7))") == newer)
  }

  @Test func keptCommitsSurviveGarbageCollection() async throws {
    let world = try await GitWorld()
    defer { world.end() }
    try await world.shell("printf only > only; git add only; git commit -qm Only")
    let environment = world.environment()
    let driver = GitDriver()
    let (effect, before, _) = try await look("git reset --hard HEAD~2", world: world)
    let old = try await world.shell("git rev-parse HEAD")
    let image = try await driver.keep(effect, before: before, in: environment)
    #expect(!image.blobs.isEmpty)
    try await world.shell("git reset -q --hard HEAD~2; git reflog expire --expire=now --all; git gc -q --prune=now")
    let after = try await driver.observe(effect, in: environment)
    let undone = try await driver.undo(image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.conflicts.isEmpty)
    #expect(try await world.shell("git rev-parse HEAD; git status --porcelain") == old)
  }
}
