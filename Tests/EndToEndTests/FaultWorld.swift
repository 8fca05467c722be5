import Foundation
import Synchronization
import Testing

/// A world of Examples/ of its own, broken, with the real binary to look at it.
final class FaultWorld: Sendable {
  struct Example: Sendable {
    var name: String
    var checkout: String
    /// What `world` is told after `up`.
    var breaks = [["break"]]

    /// At release 2.0, without callers.
    static let callSID = Example(
      name: "call-sid-webhook", checkout: "agy-backend", breaks: [["break"], ["stop-callers"]])
    static let gong = Example(name: "gong-pipeline", checkout: "call-insights")
    static let cutover = Example(name: "traffic-cutover", checkout: "harbor")
    static let phases = Example(name: "eleven-phases", checkout: "reddit-harbor", breaks: [["break", "phase-7"]])
    static let gateway = Example(name: "docker-gateway", checkout: "gateway", breaks: [["break", "release"]])
  }

  let folder: String
  /// The runbook's name in the checkout.
  let runbook: String
  private let example: Example
  private let root: String
  /// Nothing was planted or run since the last reset.
  private let isFresh = Mutex(false)

  var checkout: String { "\(folder)/\(example.checkout)" }

  private init(folder: String, runbook: String, example: Example, root: String) {
    self.folder = folder
    self.runbook = runbook
    self.example = example
    self.root = root
  }

  /// The one of the suite that runs.
  static var raised: FaultWorld { get throws { try #require(InFaultWorld.world) } }

  /// - Parameter runbook: an unchanged document instead of the world's own `ROLLBACK.md`.
  static func raise(_ example: Example = .callSID, runbook: String? = nil) async throws -> FaultWorld {
    let root = NSTemporaryDirectory() + "backout-faults-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    // PostgreSQL, which does not run as root, passes through it.
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: root)
    let name = runbook.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "ROLLBACK.md"
    let world = FaultWorld(folder: root + "/world", runbook: name, example: example, root: root)
    do {
      try await world.tell(["up"] + (runbook.map { ["--runbook", $0] } ?? []))
      for words in example.breaks { try await world.tell(words) }
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
    let script = CallSIDWorld.root.appendingPathComponent("Examples/\(example.name)/world").path
    let ran = try await Scene.Running(
      [script, "--dir", folder] + words, in: root,
      variables: variables.merging(["WORLD_FAST": "1", "TMPDIR": root]) { $1 }, root: root
    ).end()
    try #require(ran.status == 0, "world \(words.joined(separator: " ")): \(ran.all)")
    return ran.out
  }

  private var variables: [String: String] {
    var variables = ["HOME": root, "LANG": "C.UTF-8"]
    for name in ["PATH", "DOCKER_HOST", "XDG_RUNTIME_DIR"] {
      variables[name] = ProcessInfo.processInfo.environment[name]
    }
    return variables
  }

  /// As `world break` left it, and confirmed.
  ///
  /// - Parameter broken: which break, of a world that knows several; nil: the present one.
  func reset(to broken: String? = nil) async throws {
    let lock = checkout + "/backout.lock"
    let confirmed = FileManager.default.contents(atPath: lock)
    if let broken, try String(contentsOfFile: folder + "/run/broken", encoding: .utf8) != broken + "\n" {
      try await tell(["break", broken])
    } else if isFresh.withLock({ $0 }) {
      return
    }
    try await tell(["reset", "--home"])
    if !FileManager.default.fileExists(atPath: lock) { try confirmed?.write(to: URL(fileURLWithPath: lock)) }
    isFresh.withLock { $0 = true }
  }

  /// Plants a fault besides what is wrong already. False where it cannot be planted on this machine.
  func plant(_ name: String, _ argument: String? = nil) async throws -> Bool {
    isFresh.withLock { $0 = false }
    return try await !tell(["fault", name] + (argument.map { [$0] } ?? [])).contains("skipped:")
  }

  func state() async throws -> String { try await tell(["state", "--stable"]) }

  // MARK: The tool

  /// The tool in the checkout, with the variables that the world's `env` gives a person.
  func backout(_ arguments: [String]) async throws -> Scene.Ran {
    if arguments.first != "plan" { isFresh.withLock { $0 = false } }
    let script = #". "$0/env" && cd "$1" && shift && exec "$@""#
    return try await Scene.Running(
      ["/bin/bash", "-c", script, folder, checkout, Scene.executable] + arguments, in: root,
      variables: variables.merging(["XDG_CONFIG_HOME": root + "/config", "BACKOUT_OPERATOR": "tess"]) { $1 },
      root: root
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

    var shown: String { "\(severity) \(step ?? ""):\(code) \(message)" }
  }

  struct Planned: Decodable, Sendable {
    var verdict: String
    var problems: [Problem]
  }

  /// `backout plan --json`, which must leave the world as it is.
  func plan(_ arguments: [String] = [], procedure: String = "full") async throws -> (status: Int32, plan: Planned) {
    // A good world is looked at once in its suite, by `expectGood`.
    let before = isFresh.withLock { $0 } ? nil : try await state()
    let ran = try await backout(["plan", runbook, "--procedure", procedure, "--json"] + arguments)
    if let before { #expect(try await state() == before, "planning changed the world") }
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
  var example = FaultWorld.Example.callSID
  /// Nil: the world's own.
  var runbook: String?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let world = try await FaultWorld.raise(example, runbook: runbook)
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
