import Foundation
import Testing
import Yams

/// The pre-commit hook and the GitHub action, run in a repository as their hosts run them: with a stand-in for `lint`
/// that answers as agreed, and with the program itself.
@Suite struct IntegrationFilesTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// One error in a file that has the word BAD, none elsewhere; `--fail-on` as documented.
  private static let standIn = #"""
    #!/bin/bash
    printf '%s\n' "$*" >>"$CALLS"
    [[ $1 == lint ]] || exit 70
    form=text found=0 files=()
    while shift && (($#)); do
      case $1 in
        --sarif | --json) form=${1#--} ;;
        --fail-on) shift ;;
        --) ;;
        -*) echo "unknown: $1" >&2; exit 2 ;;
        *) [[ -f $1 ]] || { echo "$1 cannot be read" >&2; exit 2; }; files+=("$1") ;;
      esac
    done
    for file in "${files[@]}"; do if grep -q BAD "$file"; then found=6; fi; done
    case $form in
      sarif) printf '{"version": "2.1.0", "runs": []}\n' ;;
      json) printf '{"files": [{"path": "%s", "grade": "F", "findings": [{"rule": "bad-word", "line": 3, "endLine": 4,' \
        "${files[0]}"
        printf '"severity": "error", "message": "50%% of this\\nis bad", "fix": null}]}]}\n' ;;
      *) echo "$found found" ;;
    esac
    exit "$found"
    """#

  private func scene(runbook: String = "# Rollback\n", files: [String: String] = [:]) async throws -> Scene {
    let scene = try await Scene(runbook: runbook, files: files)
    let folder = scene.root + "/bin"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(Self.standIn.utf8).write(to: URL(fileURLWithPath: folder + "/backout"))
    try await scene.shell("chmod +x '\(folder)/backout'")
    return scene
  }

  private func ran(_ words: [String], in scene: Scene, with variables: [String: String] = [:]) async throws -> Scene.Ran
  {
    var all = scene.variables
    all["PATH"] = "\(scene.root)/bin:" + (all["PATH"] ?? "")
    all["CALLS"] = scene.root + "/calls"
    all.merge(variables) { $1 }
    return try await Scene.Running(words, in: scene.repository, variables: all, root: scene.root).end()
  }

  private func calls(_ scene: Scene) -> [String] {
    let data = FileManager.default.contents(atPath: scene.root + "/calls") ?? Data()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  // MARK: pre-commit

  private static func hook() throws -> [String: Any] {
    let hooks = try #require(try Yams.load(yaml: text(".pre-commit-hooks.yaml")) as? [[String: Any]])
    return try #require(hooks.first { $0["id"] as? String == "backout-lint" })
  }

  /// As pre-commit puts it together: entry, arguments, files.
  private static func hookWords(_ files: [String]) throws -> [String] {
    let hook = try hook()
    let entry = try #require(hook["entry"] as? String)
    return entry.split(separator: " ").map(String.init) + (hook["args"] as? [String] ?? []) + files
  }

  static let runbooks = [
    "ROLLBACK.md", "docs/rollback-plan.md", "ops/Roll-back API.markdown", "ops/api.rollback.md", "BACKOUT.md",
    "plans/back-out.md", "ops/deploy_and_roll_back.md",
  ]
  static let others = [
    "README.md", "backout.yaml", ".github/workflows/rollback.yml", "Sources/Rollback.swift", "rollback/notes.md",
    "rollback.md.orig", "docs/feedback_output.md",
  ]

  @Test func theHookMeansRunbooks() throws {
    let pattern = try Regex(try #require(try Self.hook()["files"] as? String))
    for name in Self.runbooks { #expect(name.contains(pattern), "\(name)") }
    for name in Self.others { #expect(!name.contains(pattern), "\(name)") }
    #expect(try Self.hook()["language"] as? String == "system")
  }

  @Test func theHookFailsWhereThereAreFindings() async throws {
    let scene = try await scene(files: ["BACKOUT.md": "# BAD\n"])
    let search = ["/usr/bin/env"]
    #expect(try await ran(search + Self.hookWords(["ROLLBACK.md"]), in: scene).status == 0)
    #expect(try await ran(search + Self.hookWords(["ROLLBACK.md", "BACKOUT.md"]), in: scene).status == 6)
    #expect(calls(scene).last == "lint --fail-on error ROLLBACK.md BACKOUT.md")
  }

  // MARK: The action

  @Test func theActionFetchesNothingAndPassesItsInputsOn() throws {
    let action = try #require(try Yams.load(yaml: Self.text("action.yml")) as? [String: Any])
    let inputs = try #require(action["inputs"] as? [String: Any])
    let runs = try #require(action["runs"] as? [String: Any])
    let steps = try #require(runs["steps"] as? [[String: Any]])
    #expect(runs["using"] as? String == "composite")
    #expect(steps.allSatisfy { $0["uses"] == nil })
    let variables = steps.compactMap { $0["env"] as? [String: String] }.reduce(into: [:]) { $0.merge($1) { $1 } }
    let script = try Self.text("script/action")
    for name in variables.keys where name != "BACKOUT_ACTION" { #expect(script.contains("${\(name)"), "\(name)") }
    // An input reaches the shell as a variable only: in the script's text it would be run.
    for step in steps { #expect((step["run"] as? String)?.contains("${{") == false) }
    #expect(Set(variables.values) == Set(inputs.keys.map { "${{ inputs.\($0) }}" } + ["${{ github.action_path }}"]))
  }

  private func action(_ scene: Scene, _ variables: [String: String] = [:]) async throws -> Scene.Ran {
    try await ran([Self.root.appending(path: "script/action").path], in: scene, with: variables)
  }

  @Test func theActionFindsRunbooksAndWritesSARIF() async throws {
    let scene = try await scene(files: [
      "BACKOUT.md": "# Fine\n", "README.md": "# BAD\n", "a b rollback.MD": "# Fine\n",
    ])
    let good = try await action(scene, ["GITHUB_OUTPUT": scene.root + "/output"])
    #expect(good.status == 0, "\(good.all)")
    #expect(calls(scene).first == "lint --sarif --fail-on error -- BACKOUT.md ROLLBACK.md a b rollback.MD")
    #expect(scene.read("backout.sarif")?.contains("2.1.0") == true)
    let output = FileManager.default.contents(atPath: scene.root + "/output") ?? Data()
    #expect(String(decoding: output, as: UTF8.self) == "sarif=backout.sarif\n")
  }

  @Test func theActionFailsWithLintsStatusAndKeepsTheSARIF() async throws {
    let scene = try await scene(runbook: "# BAD\n")
    let found = try await action(
      scene, ["BACKOUT_ACTION_FAIL_ON": "warning", "BACKOUT_ACTION_SARIF": "out/lint.sarif", "GITHUB_ACTIONS": "true"])
    #expect(found.status == 6, "\(found.all)")
    #expect(scene.exists("out/lint.sarif"))
    #expect(calls(scene).allSatisfy { $0.contains("--fail-on warning -- ROLLBACK.md") })
    #expect(
      found.out.contains(
        "::error file=ROLLBACK.md,line=3,endLine=4,title=backout bad-word::50%25 of this%0Ais bad"), "\(found.out)")
  }

  @Test func theActionSaysWhatIsMissing() async throws {
    let scene = try await scene()
    let nowhere = try await action(scene, ["BACKOUT_ACTION_PROGRAM": "no-such-backout"])
    #expect(nowhere.status == 2 && nowhere.err.contains("no-such-backout"), "\(nowhere.all)")
    let unreadable = try await action(scene, ["BACKOUT_ACTION_PATHS": " ROLLBACK.md \n\n  gone.md\n"])
    #expect(unreadable.status == 2 && unreadable.err.contains("gone.md"), "\(unreadable.all)")
    #expect(!scene.exists("backout.sarif") && !scene.exists("backout.sarif.new"))
    try await scene.shell("git rm -q ROLLBACK.md")
    let nothing = try await action(scene)
    #expect(nothing.status == 0 && nothing.err.contains("Nothing was linted"), "\(nothing.all)")
  }

  // MARK: With the program itself

  static let hasLint: Bool = {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Scene.executable)
    process.arguments = ["help", "lint"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    let said = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    // For a verb that it does not know, the program shows its own help.
    return String(decoding: said, as: UTF8.self).contains("USAGE: backout lint")
  }()

  @Test(.enabled(if: hasLint, "this backout has no lint yet"))
  func theProgramKeepsToWhatTheyExpect() async throws {
    // `git revert` opens an editor, which nobody sees in a script.
    let scene = try await scene(runbook: Scene.runbook("git revert HEAD"))
    try FileManager.default.removeItem(atPath: scene.root + "/bin/backout")
    try FileManager.default.createSymbolicLink(
      atPath: scene.root + "/bin/backout", withDestinationPath: Scene.executable)
    let hook = try await ran(["/usr/bin/env"] + Self.hookWords(["ROLLBACK.md"]), in: scene)
    #expect([0, 6].contains(hook.status), "\(hook.all)")
    let found = try await action(scene, ["BACKOUT_ACTION_FAIL_ON": "note", "GITHUB_ACTIONS": "true"])
    #expect(found.status == 6, "\(found.all)")
    #expect(found.out.contains(" file=ROLLBACK.md,line="), "\(found.all)")
    let sarif = try JSONSerialization.jsonObject(with: Data((scene.read("backout.sarif") ?? "").utf8)) as? [String: Any]
    #expect(sarif?["version"] as? String == "2.1.0")
  }
}
