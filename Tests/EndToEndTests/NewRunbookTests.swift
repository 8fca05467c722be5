import Foundation
import Testing

/// `init --new` uses what a repository has, and leaves as a hole what nothing in it says.
@Suite struct NewRunbookTests {
  /// A repository of these files, with two releases where `tags` names them.
  private func scene(_ files: [String: String], tags: [String] = ["v1", "v2"]) async throws -> Scene {
    let scene = try await Scene(runbook: "x", variables: ["DATABASE_URL": "postgres://localhost:1/none"])
    try await scene.shell("git rm -q --cached ROLLBACK.md backout.yaml && rm ROLLBACK.md backout.yaml")
    for (name, text) in files {
      try FileManager.default.createDirectory(
        atPath: (scene.path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try scene.write(name, text)
    }
    try await scene.shell("find . -name '*.sh' -exec chmod +x {} + && git add -A && git commit -qm release")
    for tag in tags { try await scene.shell("git commit -q --allow-empty -m \(tag) && git tag \(tag)") }
    return scene
  }

  private struct Made {
    var runbook: String
    var bindings: String
    /// The codes of what blocks its plan, once each of its holes has a value.
    var blocking: Set<String>
  }

  /// - Parameter values: of its holes.
  private func made(_ scene: Scene, _ values: [String: String]) async throws -> Made {
    let made = try await scene.backout("init", "--new")
    #expect(made.status == 0, "\(made.all)")
    let bindings = try #require(scene.read("backout.yaml"))
    let lines = values.map { "      \($0.key): \($0.value)\n" }.joined()
    let filled =
      values.isEmpty
      ? bindings : bindings.replacingOccurrences(of: "    parameters:\n", with: "    parameters:\n" + lines)
    try scene.write("backout.yaml", filled)
    let again = try await scene.backout("init")
    #expect(again.says("missing nothing"), "\(again.all)")
    try await scene.shell("git add -A && git commit -qm runbook")
    // Its own holes apart, lint has nothing against it.
    let lint = try await scene.backout("lint", "--json")
    let rules = Set(lint.out.matches(of: /"rule":\s*"([a-z-]+)"/).map { String($0.output.1) })
    #expect(rules.isSubset(of: ["unresolved-placeholder", "undefined-variable"]), "\(lint.all)")
    let plan = try await scene.backout("plan", "--json", "ROLLBACK.md").json()
    let problems = try #require(plan["problems"] as? [[String: Any]])
    let blocking = problems.filter { $0["severity"] as? String == "error" }.compactMap { $0["code"] as? String }
    return Made(runbook: try #require(scene.read("ROLLBACK.md")), bindings: bindings, blocking: Set(blocking))
  }

  private static let health = ["health-url": "http://localhost:1/health"]
  /// Nothing listens where these point to.
  private static let unreachable: Set<String> = ["database-unreachable", "endpoint-unreachable"]

  @Test(arguments: [
    ("migrations/0002_b.down.sql", "migrations/0002_b.up.sql"),
    ("db/migrations/2_b_down.sql", "db/migrations/2_b_up.sql"),
    ("sql/down/10_b.sql", "sql/up/10_b.sql"), ("migrations/10_b.rollback.sql", "migrations/10_b.sql"),
  ])
  func aMigrationIsTakenBackByItsOwnFileAndTheScriptRestarts(down: String, up: String) async throws {
    let folder = (up as NSString).deletingLastPathComponent
    let scene = try await scene([
      "\(folder)/1_a.sql": "CREATE TABLE a (i int);\n", up: "CREATE TABLE b (i int);\n", down: "DROP TABLE b;\n",
      "restart.sh": "#!/bin/sh\ntrue\n",
    ])
    let made = try await made(scene, Self.health)
    let order = [
      "--file=\"$HOME/repo-before-rollback.dump\" \"$DATABASE_URL\"\n",
      "psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 --single-transaction -f \(down)\n", "git checkout \"$PREVIOUS\"",
      "./restart.sh\n", "curl ",
    ].map { made.runbook.firstRange(of: $0)?.lowerBound }
    #expect(
      order.allSatisfy { $0 != nil } && order.compactMap { $0 } == order.compactMap { $0 }.sorted(), "\(made.runbook)")
    #expect(!made.runbook.contains("systemctl"))
    #expect(made.blocking.isSubset(of: Self.unreachable), "\(made.blocking)")
  }

  @Test func whatNothingSaysIsAHole() async throws {
    let scene = try await scene(
      ["migrations/0001_a.sql": "CREATE TABLE a (i int);\n", "Procfile": "web: x\nworker: y\n", "go.sh": "true\n"],
      tags: [])
    let made = try await made(
      scene,
      Self.health.merging(
        ["previous-release": "HEAD~1", "restart-script": "go.sh", "file-that-takes-it-back": "migrations/0001_a.sql"]) {
          $1
        })
    #expect(
      made.runbook.contains("-f \"<file-that-takes-it-back>\"") && made.runbook.contains("bash \"<restart-script>\""))
    #expect(made.runbook.contains("web, worker") && !made.runbook.contains("systemctl"), "\(made.runbook)")
    #expect(made.bindings.contains("# a tag or commit that `git log --oneline` lists"), "\(made.bindings)")
    #expect(made.blocking.isSubset(of: Self.unreachable), "\(made.blocking)")
  }

  @Test(arguments: [
    ("restart: build\n\ttrue\nrollback:\n\ttrue\n", "make restart\n"), ("deploy :\n\ttrue\n", "make deploy\n"),
    ("rollback:\n\ttrue\n", "make rollback\n"),
  ])
  func aMakefileSaysHow(makefile: String, command: String) async throws {
    let scene = try await scene(["Makefile": "restart := no\n" + makefile])
    let made = try await made(scene, Self.health)
    #expect(made.runbook.contains("\n\(command)"), "\(made.runbook)")
    #expect(made.runbook.contains("git checkout") == !command.contains("rollback"))
    #expect(!made.runbook.contains("<restart-script>") && !made.runbook.contains("systemctl"))
    #expect(made.blocking.isSubset(of: Self.unreachable), "\(made.blocking)")
  }

  @Test func aToolThatReadsAPartOfTheMigrationTakesItBack() async throws {
    let scene = try await scene([
      "migrations/1_a.sql": "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n", "bin/restart": "#!/bin/bash\n",
    ])
    let made = try await scene.backout("init", "--new")
    let runbook = try #require(scene.read("ROLLBACK.md"), "\(made.all)")
    #expect(runbook.contains("goose -dir migrations postgres \"$DATABASE_URL\" down\n"), "\(runbook)")
    #expect(runbook.contains("\nbash bin/restart\n"), "\(runbook)")
  }

  /// What `backout.yaml` suggests for a commit is the release before the one that runs, wherever the runbook's own stands.
  @Test func theSuggestedCommitIsNotTheOneThatRuns() async throws {
    let scene = try await scene(["a.txt": "1\n"])
    try await scene.shell("echo 2 > a.txt && git commit -qam v3 && git tag v3")
    try scene.write("ROLLBACK.md", Scene.runbook("git checkout <commit>"))
    _ = try await scene.backout("init")
    try await scene.shell("sed -i 's/# commit: {/commit: {/' backout.yaml")
    // What computes a value at plan time is confirmed before.
    try await scene.confirm()
    try await scene.shell("git add -A && git commit -qm runbook")
    let plan = try await scene.backout("plan", "ROLLBACK.md")
    #expect(plan.status == 0 && plan.says("→") && plan.says("\"v2\", 2 commits back"), "\(plan.all)")
  }

  // MARK: The tag of an image

  private static let compose = """
    services:
      web: { image: "registry.local/shop:${VERSION}", ports: ["127.0.0.1:46033:8080"] }

    """

  @Test(arguments: [
    (["v1.4", "v1.5"], "sed -i \"s/^VERSION=.*/VERSION=$PREVIOUS_IMAGE/\" .env"),
    (["1.4", "1.5"], "sed -i \"s/^VERSION=.*/VERSION=$PREVIOUS/\" .env"),
    (["june", "july"], "sed -i \"s/^VERSION=.*/VERSION=<previous-image-tag>/\" .env"),
  ])
  func theTagOfAnImageIsSetWhereGitDoesNotKeepIt(tags: [String], command: String) async throws {
    let scene = try await scene(["compose.yaml": Self.compose, ".gitignore": ".env\n"], tags: tags)
    try scene.write(".env", "A=b\nVERSION=1.5\n")
    let made = try await scene.backout("init", "--new")
    let runbook = try #require(scene.read("ROLLBACK.md"), "\(made.all)")
    let set = try #require(runbook.firstRange(of: command + "\n"), "\(runbook)").lowerBound
    let up = try #require(runbook.firstRange(of: "docker compose up -d\n"), "\(runbook)").lowerBound
    #expect(set < up && runbook.contains("docker compose config | grep"), "\(runbook)")
    let isHole = command.contains("<")
    #expect(scene.read("backout.yaml")?.contains("# the one before 1.5, which .env has now as VERSION") == isHole)
    if command.contains("PREVIOUS_IMAGE") {
      try await scene.shell(
        "sed -n '/^RUNNING=/p; /^PREVIOUS/p; /^sed /p' ROLLBACK.md > \"$HOME/set\" && sh \"$HOME/set\"")
      #expect(scene.read(".env") == "A=b\nVERSION=1.4\n")
    }
    let lint = try await scene.backout("lint", "--json")
    let rules = Set(lint.out.matches(of: /"rule":\s*"([a-z-]+)"/).map { String($0.output.1) })
    #expect(rules.isSubset(of: ["unresolved-placeholder"]), "\(lint.all)")
  }

  @Test func aTagThatGitKeepsOrTheFileSaysNeedsNoStep() async throws {
    let tracked = try await scene(["compose.yaml": Self.compose, ".env": "VERSION=1.5\n"])
    _ = try await tracked.backout("init", "--new")
    #expect(tracked.read("ROLLBACK.md")?.contains("Name the image") == false)
    let literal = try await scene([
      "compose.yaml": "services: { web: { image: \"${REGISTRY}/shop:1.5\" } }\n"
    ])
    _ = try await literal.backout("init", "--new")
    #expect(literal.read("ROLLBACK.md")?.contains("Name the image") == false)
    let exported = try await scene(["compose.yaml": Self.compose])
    _ = try await exported.backout("init", "--new", variables: ["VERSION": "2"])
    #expect(exported.read("ROLLBACK.md")?.contains("\nexport VERSION=\"$PREVIOUS_IMAGE\"\n") == true)
  }
}
