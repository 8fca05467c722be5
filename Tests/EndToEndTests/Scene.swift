import Foundation
import Synchronization
import Testing

/// A git repository with a runbook, a home and a key of its own, and the real binary.
final class Scene: Sendable {
  static let executable: String = {
    // Beside the test bundle, wherever that was built.
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appendingPathComponent("backout").path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    return folder.path
  }()

  let root: String
  let repository: String
  let home: String
  let variables: [String: String]

  /// - Parameter home: `BACKOUT_HOME`; by default inside the scene's own folder.
  init(
    runbook: String, bindings: String = "", files: [String: String] = [:], variables extra: [String: String] = [:],
    home: String? = nil
  ) async throws {
    root = NSTemporaryDirectory() + "backout-scene-" + UUID().uuidString.prefix(8)
    repository = root + "/repo"
    self.home = home ?? root + "/home"
    try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: true)
    var variables = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": root,
      "BACKOUT_HOME": self.home, "XDG_CONFIG_HOME": root + "/config", "BACKOUT_OPERATOR": "tess", "LANG": "C.UTF-8",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
      "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
    ]
    variables.merge(extra) { $1 }
    self.variables = variables
    try write("ROLLBACK.md", runbook)
    try write("backout.yaml", "service: thing\n" + bindings)
    for (name, text) in files { try write(name, text) }
    try await shell("git init -q -b main . && git add -A && git commit -qm first")
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A runbook of one stage with these statements.
  static func runbook(_ statements: String) -> String {
    "# Roll back the thing\n\n## Rollback Steps\n\n### Step 1: Put it back\n\n```bash\n\(statements)\n```\n"
  }

  func path(_ name: String) -> String { repository + "/" + name }
  func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path(name))) }
  func read(_ name: String) -> String? {
    FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
  }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  // MARK: Running

  struct Ran: Sendable {
    var status: Int32
    var out: String
    var err: String
    var all: String { out + err }
    /// Whether it says `text`, wherever the lines are broken.
    func says(_ text: String) -> Bool {
      (out + " " + err).split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(text)
    }
    /// Standard output as JSON.
    func json() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any])
    }
  }

  /// A program under way.
  final class Running: Sendable {
    let process: Mutex<Process>
    let processIdentifier: Int32
    private let outPath: String
    private let errPath: String
    private let ended: Task<Int32, Never>

    init(_ words: [String], in folder: String, variables: [String: String], root: String, closesInput: Bool = false)
      throws
    {
      let process = Process()
      outPath = "\(root)/out-\(UUID().uuidString)"
      errPath = outPath + "-err"
      for path in [outPath, errPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
      process.executableURL = URL(fileURLWithPath: words[0])
      process.arguments = Array(words.dropFirst())
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.environment = variables
      process.standardInput = FileHandle.nullDevice
      let output = try FileHandle(forWritingTo: URL(fileURLWithPath: outPath))
      let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: errPath))
      process.standardOutput = output
      process.standardError = errors
      let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
      process.terminationHandler = {
        continuation.yield($0.terminationReason == .exit ? $0.terminationStatus : -$0.terminationStatus)
        continuation.finish()
      }
      try process.run()
      // The process object may outlive its scene, and `Process.run` reads past the end of its list of open files where
      // that has more than 1,300 entries.
      try output.close()
      try errors.close()
      processIdentifier = process.processIdentifier
      self.process = Mutex(process)
      ended = Task { await stream.first { _ in true } ?? -1 }
    }

    var out: String { String(decoding: FileManager.default.contents(atPath: outPath) ?? Data(), as: UTF8.self) }
    var err: String { String(decoding: FileManager.default.contents(atPath: errPath) ?? Data(), as: UTF8.self) }
    func signal(_ number: Int32) { kill(processIdentifier, number) }
    /// Its status when it has ended; minus the signal where one ended it.
    func end() async -> Ran {
      let status = await ended.value
      return Ran(status: status, out: out, err: err)
    }
  }

  func begin(_ arguments: [String], in folder: String? = nil, variables extra: [String: String] = [:]) throws -> Running
  {
    try Running(
      [Self.executable] + arguments, in: folder ?? repository, variables: variables.merging(extra) { $1 }, root: root)
  }

  func backout(_ arguments: String..., in folder: String? = nil, variables: [String: String] = [:]) async throws -> Ran
  {
    try await begin(arguments, in: folder, variables: variables).end()
  }

  @discardableResult
  func shell(_ text: String, in folder: String? = nil) async throws -> Ran {
    let ran = try await Running(
      ["/bin/bash", "-c", text], in: folder ?? repository, variables: variables, root: root
    ).end()
    try #require(ran.status == 0, "\(text): \(ran.all)")
    return ran
  }

  // MARK: The usual way

  func confirm() async throws {
    let digest = try #require(try await backout("convert", "--json", "ROLLBACK.md").json()["digest"] as? String)
    let ran = try await backout("confirm", "ROLLBACK.md", "--digest", String(digest.prefix(8)))
    try #require(ran.status == 0, "\(ran.all)")
  }

  func run(_ arguments: String...) async throws -> Ran {
    try await begin(["run", "ROLLBACK.md", "-y", "--non-interactive"] + arguments).end()
  }

  /// The latest run's state, and its steps' by id.
  func status() async throws -> (state: String, steps: [String: String]) {
    let object = try await backout("status", "--json").json()
    let steps = try #require(object["steps"] as? [[String: Any]])
    return (
      try #require(object["state"] as? String),
      Dictionary(uniqueKeysWithValues: steps.map { ($0["id"] as? String ?? "", $0["state"] as? String ?? "") })
    )
  }
}

/// Waits for `condition`, at most 30 s.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<600 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(50))
  }
  return false
}

func isAlive(_ process: Int32) -> Bool { kill(process, 0) == 0 }
