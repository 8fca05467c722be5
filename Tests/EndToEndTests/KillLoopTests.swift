import Foundation
import Testing

/// Runs `script/kill-loop`: a part of it, always the same, or with `BACKOUT_KILLS=all` every kill of those worlds' runs.
@Suite(.serialized) struct KillLoopTests {
  @Test(
    .enabled(if: CallSIDWorld.seed != nil, "there is no ../shared/seeds/001_* beside this checkout"),
    arguments: [("call-sid-webhook", "37"), ("gong-pipeline", "79"), ("traffic-cutover", "127")])
  func killedAnywhereItEndsAsIfItWereNot(_ world: String, every: String) throws {
    let isWhole = ProcessInfo.processInfo.environment["BACKOUT_KILLS"] == "all"
    let process = Process()
    process.executableURL = CallSIDWorld.root.appendingPathComponent("script/kill-loop")
    process.arguments = [world, "--backout", CallSIDWorld.executable, "--every", isWhole ? "1" : every]
    let path = NSTemporaryDirectory() + "backout-kill-loop-" + UUID().uuidString
    try Data().write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    process.standardOutput = output
    process.standardError = output
    try process.run()
    process.waitUntilExit()
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(text)")
    print(text)
  }
}
