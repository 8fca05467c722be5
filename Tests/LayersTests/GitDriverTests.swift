import BackoutTestKit
import Foundation
import GitLayer
import Layer
import Runbook
import Testing

/// A git command in a world that `prepare` has made ready, and what somebody else does after it.
struct GitCase: Sendable, CustomTestStringConvertible {
  var words: [String]
  var prepare = ""
  var disturb: String?
  /// Fails where the disturbance is gone.
  var survives = "true"
  var provable = true
  var folder = ""
  var testDescription: String { words.joined(separator: " ") + (folder.isEmpty ? "" : " in \(folder)") }

  init(
    _ command: String, prepare: String = "", disturb: String? = nil, survives: String = "true", provable: Bool = true,
    folder: String = ""
  ) {
    words = command.split(separator: " ").map { $0.replacingOccurrences(of: "~NL~", with: GitWorld.odd) }
    self.prepare = prepare
    self.disturb = disturb
    self.survives = survives
    self.provable = provable
    self.folder = folder
  }
}

private let commitsOnTop =
  "printf new > newer.txt; git add newer.txt; git commit -qm Newer; git rev-parse HEAD > ../newer"
private let topSurvives = "git rev-parse HEAD | cmp - ../newer && test \"$(cat newer.txt)\" = new"
private let dirt = """
  printf 'dirty\\n' >> src/run.sh; printf 'staged\\n' > staged.txt; git add staged.txt; printf 'loose' > 'loose file'
  mkdir -p ignored; printf keep > ignored/x; printf log > app.log; ln -s nowhere 'loose link'
  """

@Suite struct GitDriverTests {
  static let changes: [GitCase] = [
    GitCase("git checkout v1", disturb: commitsOnTop, survives: topSurvives),
    GitCase("git checkout v1", disturb: "printf mine > a.txt", survives: "test \"$(cat a.txt)\" = mine"),
    GitCase("git checkout side", disturb: commitsOnTop, survives: topSurvives),
    GitCase("git checkout HEAD~1", prepare: "printf 'loose' > 'loose file'; mkdir x; printf 1 > x/y; git add x"),
    GitCase("git checkout -b rollback/x v1", disturb: commitsOnTop, survives: topSurvives),
    GitCase("git checkout -f v1", prepare: dirt, disturb: "printf mine > a.txt", survives: "grep -q mine a.txt"),
    GitCase(
      "git checkout HEAD~1 -- ~NL~", disturb: "printf mine > $'odd näme\\nline.txt'",
      survives: "grep -q mine $'odd näme\\nline.txt'"),
    GitCase(
      "git checkout v1 -- src a.txt", prepare: "printf mine > src/app.py; chmod 700 src/app.py",
      disturb: "printf new > a.txt", survives: "grep -q new a.txt"),
    GitCase(
      "git checkout -- src/app.py", prepare: "printf mine > src/app.py; chmod 700 src/app.py",
      disturb: "printf new > src/app.py", survives: "grep -q new src/app.py"),
    GitCase("git checkout HEAD -- app.py", prepare: "printf mine > src/app.py; git add -A", folder: "/src"),
    GitCase("git switch side", disturb: commitsOnTop, survives: topSurvives),
    GitCase("git switch -c new v1"),
    GitCase("git switch --detach v1", prepare: dirt + "; git checkout -q -- src/run.sh"),
    GitCase("git restore --source=HEAD~1 src/app.py", disturb: "echo x > src/app.py", survives: "grep -q x src/app.py"),
    GitCase("git restore --staged staged.txt", prepare: dirt),
    GitCase(
      "git restore --source v1 --staged --worktree .", prepare: "printf z > src/app.py",
      disturb: "echo x > src/app.py", survives: "grep -q x src/app.py"),
    GitCase("git revert HEAD", prepare: "printf loose > loose", disturb: commitsOnTop, survives: topSurvives),
    GitCase("git revert HEAD~2..HEAD", disturb: "printf mine > a.txt", survives: "grep -q mine a.txt"),
    GitCase(
      "git revert --no-edit HEAD~1 HEAD",
      prepare:
        "git checkout -q -b f; printf q > q; git add q; git commit -qm q; printf q > r; git add r; git commit -qm r"),
    GitCase("git reset --hard HEAD~1", prepare: dirt, disturb: commitsOnTop, survives: topSurvives),
    GitCase(
      "git reset --hard v1", prepare: dirt + "; git rm -q --cached src/app.py",
      disturb: "printf mine > a.txt", survives: "grep -q mine a.txt"),
    GitCase(
      "git reset --hard", prepare: dirt, disturb: "printf mine > src/run.sh", survives: "grep -q mine src/run.sh"),
    GitCase("git reset --soft HEAD~1", prepare: dirt, disturb: commitsOnTop, survives: topSurvives),
    GitCase("git reset HEAD~1", prepare: dirt),
    GitCase("git reset HEAD staged.txt", prepare: dirt),
    GitCase("git stash", prepare: dirt, disturb: "printf mine > src/run.sh", survives: "grep -q mine src/run.sh"),
    GitCase(
      "git stash push -u -m rollback", prepare: dirt, disturb: "printf mine > 'loose file'",
      survives: "grep -q mine 'loose file'"),
    GitCase("git stash -a", prepare: dirt),
    GitCase(
      "git stash pop", prepare: dirt + "; git stash -q", disturb: "printf mine > src/run.sh",
      survives: "grep -q mine src/run.sh"),
    GitCase("git stash apply", prepare: dirt + "; git stash -q -u"),
    GitCase(
      "git stash drop stash@{1}",
      prepare: "for i in 1 2 3; do printf $i > src/app.py; git stash push -q -m s$i; done"),
    GitCase("git stash clear", prepare: "for i in 1 2 3; do printf $i > src/app.py; git stash push -q -m s$i; done"),
    GitCase(
      "git clean -fd",
      prepare: dirt + "; mkdir -p empty/deep loosedir; printf 1 > $'loosedir/a\\nb'; chmod 751 loosedir",
      disturb: "printf mine > 'loose file'", survives: "grep -q mine 'loose file'"),
    GitCase(
      "git clean -fdx", prepare: dirt, disturb: "mkdir ignored; printf mine > ignored/x",
      survives: "grep -q mine ignored/x"),
    GitCase("git clean -f", prepare: dirt),
    GitCase("git clean -fd", prepare: dirt + "; printf 1 > src/new", folder: "/src"),
    GitCase(
      "git branch hotfix v1", disturb: "git branch -qf hotfix side",
      survives: "test $(git rev-parse hotfix) = $(git rev-parse side)"),
    GitCase(
      "git branch -D side",
      prepare: "git checkout -q side; printf q > q; git add q; git commit -qm q; git checkout -q main",
      disturb: "git branch side v1", survives: "test $(git rev-parse side) = $(git rev-parse v1)"),
    GitCase("git branch -m main trunk"),
    GitCase("git branch -M side other"),
    GitCase("git tag v2", disturb: "git tag -f v2 side", survives: "test $(git rev-parse v2) = $(git rev-parse side)"),
    GitCase("git tag -a v3 -m annotated"),
    GitCase("git tag -d v1"),
    GitCase(
      "git tag -f v1 HEAD", disturb: "git tag -f v1 side", survives: "test $(git rev-parse v1) = $(git rev-parse side)"),
    GitCase("git commit -am change", prepare: "printf mine > src/app.py", disturb: commitsOnTop, survives: topSurvives),
    GitCase("git commit --amend --no-edit", prepare: "printf mine > src/app.py; git add -A"),
    GitCase("git merge side", prepare: "git checkout -q v1", disturb: commitsOnTop, survives: topSurvives),
    GitCase(
      "git merge --no-ff --no-edit topic",
      prepare: "git checkout -q -b topic v1; printf q > q; git add q; git commit -qm q; git checkout -q main"),
    GitCase(
      "git cherry-pick topic",
      prepare: "git checkout -q -b topic v1; printf q > q; git add q; git commit -qm q; git checkout -q main",
      disturb: commitsOnTop, survives: topSurvives),
    GitCase(
      "git fetch origin", prepare: otherPushes, disturb: "git update-ref refs/remotes/origin/main v1",
      survives: "test $(git rev-parse origin/main) = $(git rev-parse v1)"),
    GitCase("git pull", prepare: otherPushes, disturb: commitsOnTop, survives: topSurvives),
    GitCase("git pull origin main", prepare: otherPushes),
    GitCase(
      "git push origin main", prepare: "printf mine > m; git add m; git commit -qm mine",
      disturb: otherPushesMore, survives: "test $(git -C ../remote.git rev-parse main) = $(cat ../other/pushed)"),
    GitCase("git push", prepare: "printf mine > m; git add m; git commit -qm mine"),
    GitCase("git push -f origin HEAD:main", prepare: otherPushes + "; git checkout -q v1"),
    GitCase("git push --force-with-lease origin side~1:side"),
    GitCase("git push origin --delete side"),
    GitCase(
      "git push origin :side", disturb: "git push -q origin v1:refs/heads/side",
      survives: "test $(git -C ../remote.git rev-parse side) = $(git rev-parse v1)"),
    GitCase("git push origin rollback/x", prepare: "git checkout -q -b rollback/x v1"),
    GitCase("git push --tags origin", prepare: "git tag new side"),
    GitCase("git -C src checkout v1"),
  ]

  private static let otherPushes = """
    git clone -q ../remote.git ../other; (cd ../other; printf o > o; git add o; git commit -qm Other; git push -q)
    """
  private static let otherPushesMore = """
    git clone -q ../remote.git ../other; (cd ../other; printf o > o; git add o; git commit -qm Other; git push -q; git rev-parse HEAD > pushed)
    """

  @Test(arguments: changes)
  func conforms(_ scenario: GitCase) async throws {
    let world = try await GitWorld()
    defer { world.end() }
    if !scenario.prepare.isEmpty { try await world.shell(scenario.prepare) }
    try await world.save()
    let disturb: @Sendable () async throws -> Void = { try await world.shell(scenario.disturb ?? "true") }
    let report = try await exerciseDriver(
      GitDriver(),
      DriverScenario(
        name: scenario.testDescription, action: GitWorld.action(scenario.words),
        statement: GitWorld.statement(scenario.words), environment: world.environment(world.clone + scenario.folder),
        disturb: scenario.disturb == nil ? nil : disturb,
        disturbanceSurvives: {
          let result = try await ProcessRunner().run(
            CommandRequest(
              words: ["bash", "-c", scenario.survives], directory: world.clone, variables: world.variables))
          return result.status == 0
        }, reset: { try await world.reset() }, isProvable: scenario.provable))
    #expect(report.violations.isEmpty, "\(report.violations.joined(separator: "\n"))")
  }

  @Test(arguments: [
    "git log --oneline -10", "git status", "git diff HEAD~1", "git show v1", "git rev-parse HEAD", "git branch",
    "git branch -a", "git tag", "git tag -l v*", "git ls-files", "git remote -v", "git describe --tags",
    "git blame src/app.py",
    "git reflog", "git stash list", "git log --all --oneline -- src/", "git branch --show-current", "git clean -nd",
  ])
  func looks(_ command: String) async throws {
    let world = try await GitWorld()
    defer { world.end() }
    let words = command.split(separator: " ").map(String.init)
    let effect = try #require(
      GitDriver().recognise(GitWorld.action(words), in: ReadingContext(directory: world.clone)))
    #expect(effect.role == .observe)
    let report = try await exerciseDriver(
      GitDriver(),
      DriverScenario(
        name: command, action: GitWorld.action(words), statement: GitWorld.statement(words),
        environment: world.environment()))
    #expect(report.violations.isEmpty, "\(report.violations)")
  }

  @Test(arguments: [
    "git bisect start", "git worktree add x", "git --git-dir=x log", "git submodule update", "hg status",
  ])
  func doesNotKnow(_ command: String) {
    let words = command.split(separator: " ").map(String.init)
    #expect(GitDriver().recognise(GitWorld.action(words), in: ReadingContext(directory: "/srv/app")) == nil)
  }
}
