import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

/// A repository with history, a bare remote, odd file names, and a second clone for somebody else.
struct GitWorld: Sendable {
  let root: String
  var clone: String { root + "/work tree" }
  var remote: String { root + "/remote.git" }
  var variables: [String: String] {
    [
      "HOME": root + "/home", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
    ]
  }

  static let odd = "odd näme\nline.txt"

  init() async throws {
    root = NSTemporaryDirectory() + "backout-git-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root + "/home", withIntermediateDirectories: true)
    try """
    [user]
    name = Tester
    email = tester@example.com
    [init]
    defaultBranch = main
    [core]
    editor = false
    """.write(toFile: root + "/home/.gitconfig", atomically: true, encoding: .utf8)
    try FileManager.default.createDirectory(atPath: clone, withIntermediateDirectories: true)
    try await shell(
      """
      git init -q --bare ../remote.git
      git init -q .
      git remote add origin "$PWD/../remote.git"
      printf 'one\\n' > a.txt; mkdir -p src; printf 'code 1\\n' > src/app.py; printf 'ignored/\\n*.log\\n' > .gitignore
      printf 'odd 1\\n' > "$(printf 'odd näme\\nline.txt')"
      git add -A; git commit -qm 'First'; git tag v1
      printf 'two\\n' > a.txt; printf 'run 2\\n' > src/run.sh; chmod +x src/run.sh; git add -A; git commit -qm 'Second'
      printf 'code 3\\n' > src/app.py; printf 'odd 3\\n' > "$(printf 'odd näme\\nline.txt')"; git rm -q a.txt
      git add -A; git commit -qm 'Third'
      git branch side HEAD~1
      git push -q -u origin main side; git push -q origin v1
      """)
  }

  func end() { try? FileManager.default.removeItem(atPath: root) }

  @discardableResult
  func shell(_ text: String, in folder: String? = nil) async throws -> String {
    let result = try await ProcessRunner().run(
      CommandRequest(
        words: ["bash", "-e", "-c", text], directory: folder ?? clone, variables: variables, timeout: 60))
    #expect(result.status == 0, "\(text): \(result.errorText)")
    return result.trimmed
  }

  func environment(_ folder: String? = nil, images: any ImageStore = MemoryImageStore()) -> StepEnvironment {
    let folder = folder ?? clone
    return StepEnvironment(
      label: "run/step", context: ReadingContext(directory: folder, variables: variables), images: images,
      runner: ProcessRunner(), session: PlainShell(directory: folder, variables: variables), secrets: FixedSecrets())
  }

  static func action(_ words: [String]) -> ParsedAction { .command(ParsedCommand(literal: words)) }
  static func statement(_ words: [String]) -> String { words.map(ShellQuoting.quoted).joined(separator: " ") }

  /// Everything of the world, to put it back by other means than the driver's.
  func save() async throws { try await shell("cp -a . ../saved-clone; cp -a ../remote.git ../saved-remote") }
  func reset() async throws {
    try await shell(
      """
      find . -mindepth 1 -delete; cp -a ../saved-clone/. .
      rm -rf ../remote.git; cp -a ../saved-remote ../remote.git
      """)
  }
}
