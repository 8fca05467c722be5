import Foundation
import Testing

/// A call-SID world of its own, at release 2.0 and broken, without callers, with the real binary to look at it.
final class FaultWorld: Sendable {
  let folder: String
  /// The runbook's name in the checkout.
  let runbook: String
  private let script: String
  private let root: String

  var checkout: String { folder + "/agy-backend" }

  private init(folder: String, runbook: String, script: String, root: String) {
    self.folder = folder
    self.runbook = runbook
    self.script = script
    self.root = root
  }

  /// - Parameter runbook: an unchanged document instead of the world's own `ROLLBACK.md`.
  static func raise(runbook: String? = nil) async throws -> FaultWorld {
    let root = NSTemporaryDirectory() + "backout-faults-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    // PostgreSQL, which does not run as root, passes through it.
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: root)
    let script = CallSIDWorld.example + "/world"
    let name = runbook.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "ROLLBACK.md"
    let world = FaultWorld(folder: root + "/world", runbook: name, script: script, root: root)
    do {
      try await world.tell(["up"] + (runbook.map { ["--runbook", $0] } ?? []))
      try await world.tell(["break"])
      try await world.tell(["stop-callers"])
      try await world.confirm()
    } catch {
      await world.down()
      throw error
    }
    return world
  }

  func down() async {
    _ = try? await tell(["down"])
    try? FileManager.default.removeItem(atPath: root)
  }

  /// `world …`; must succeed.
  @discardableResult
  func tell(_ words: [String]) async throws -> String {
    let ran = try await Scene.Running(
      [script, "--dir", folder] + words, in: root,
      variables: [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": root, "WORLD_FAST": "1",
        "TMPDIR": root, "LANG": "C.UTF-8",
      ], root: root
    ).end()
    try #require(ran.status == 0, "world \(words.joined(separator: " ")): \(ran.all)")
    return ran.out
  }

  /// Broken as at first, then this fault. False where it cannot be planted on this machine.
  func plant(_ name: String?, _ argument: String? = nil) async throws -> Bool {
    let lock = checkout + "/backout.lock"
    let confirmed = FileManager.default.contents(atPath: lock)
    try await tell(["reset", "--home"])
    if !FileManager.default.fileExists(atPath: lock) { try confirmed?.write(to: URL(fileURLWithPath: lock)) }
    guard let name else { return true }
    return try await !tell(["fault", name] + (argument.map { [$0] } ?? [])).contains("skipped:")
  }

  func state() async throws -> String { try await tell(["state", "--stable"]) }

  // MARK: The tool

  /// The tool in the checkout, with the variables that the world's `env` gives a person.
  func backout(_ arguments: [String]) async throws -> Scene.Ran {
    let words = ["/bin/bash", "-c", #". "$0/env" && cd "$0/agy-backend" && exec "$@""#, folder, Scene.executable]
    return try await Scene.Running(
      words + arguments, in: root,
      variables: [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": root,
        "XDG_CONFIG_HOME": root + "/config", "BACKOUT_OPERATOR": "tess", "LANG": "C.UTF-8",
      ], root: root
    ).end()
  }

  private func confirm() async throws {
    let read = try await backout(["convert", "--json", runbook])
    let digest = try #require(try read.json()["digest"] as? String, "\(read.all)")
    let ran = try await backout(["confirm", runbook, "--digest", String(digest.prefix(8))])
    try #require(ran.status == 0, "\(ran.all)")
  }

  struct Problem: Decodable, Sendable {
    var code: String
    var step: String?
    var line: Int?
    var severity: String
    var message: String
  }

  struct Planned: Decodable, Sendable {
    var verdict: String
    var problems: [Problem]
  }

  /// `backout plan --json`, which must leave the world as it is.
  func plan(_ arguments: [String] = []) async throws -> (status: Int32, plan: Planned) {
    let before = try await state()
    let ran = try await backout(["plan", runbook, "--procedure", "full", "--json"] + arguments)
    #expect(try await state() == before, "planning changed the world")
    return (ran.status, try JSONDecoder().decode(Planned.self, from: Data(ran.out.utf8)))
  }

  /// A line of the runbook, from 1.
  func line(_ number: Int) throws -> String {
    let text = try String(contentsOfFile: checkout + "/" + runbook, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return String(try #require(lines.indices.contains(number - 1) ? lines[number - 1] : nil))
  }
}

/// One world for the whole suite: raised before its first test, ended after its last.
struct InFaultWorld: SuiteTrait, TestScoping {
  @TaskLocal static var world: FaultWorld?
  /// Nil: the world's own.
  var runbook: String?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let world = try await FaultWorld.raise(runbook: runbook)
    let result: Result<Void, any Error>
    do {
      try await Self.$world.withValue(world) { try await function() }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await world.down()
    try result.get()
  }
}
