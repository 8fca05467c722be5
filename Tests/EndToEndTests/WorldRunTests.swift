import BackoutTestKit
import Foundation
import Testing

/// Every procedure of the example worlds' runbooks, run by the real binary to the end that the world itself confirms, and
/// taken back: of the documents in ../shared/seeds, unchanged, where they are; else of the worlds' own.
@Suite(.serialized) struct WorldRunTests {
  private static let examples = CallSIDWorld.root.appendingPathComponent("Examples").path

  /// The seed whose name begins so; nil: this checkout stands alone.
  private static func seed(_ beginning: String) -> String? {
    let folder = CallSIDWorld.seed.map { ($0 as NSString).deletingLastPathComponent }
    let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? []
    return names.first { $0.hasPrefix(beginning) }.map { "\(folder ?? "")/\($0)" }
  }

  /// Runs `script` with `backout` on its path, in a folder of its own that goes afterwards.
  private func run(_ script: String) throws {
    let folder = NSTemporaryDirectory() + "backout-worlds-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: folder + "/bin", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder)
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/bin/backout", withDestinationPath: CallSIDWorld.executable)
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BACKOUT_") }
    variables["PATH"] = "\(folder)/bin:\(variables["PATH"] ?? "/usr/bin:/bin")"
    variables["BACKOUT"] = CallSIDWorld.executable
    variables["WORLD_FAST"] = "1"
    variables["XDG_CONFIG_HOME"] = folder + "/config"
    let output = folder + "/output"
    try Data().write(to: URL(fileURLWithPath: output))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-euc", script, "world", Self.examples, folder]
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    // A file, not a pipe: what a world leaves running holds the other end.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    let said = String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(said.suffix(6_000))")
  }

  private func everyRun(_ world: String, _ seed: String) throws {
    let runbook = Self.seed(seed).map { "--runbook '\($0)'" } ?? ""
    try run("\"$1/lib/try-runs\" \"$1/\(world)\" \(runbook)")
  }

  @Test(arguments: [("gong-pipeline", "000_"), ("traffic-cutover", "003_")])
  func everyRunEndsAndIsTakenBack(_ world: String, _ seed: String) throws { try everyRun(world, seed) }

  @Test(
    .enabled(if: TestDocker.isAvailable, "needs a container engine, docker-compose and a static busybox"),
    arguments: [("eleven-phases", "002_"), ("docker-gateway", "004_")])
  func everyProcedureEndsAndIsTakenBack(_ world: String, _ seed: String) throws { try everyRun(world, seed) }
}
