import Foundation
import Testing

/// Runs `script/kill-loop`: a part of it, always the same, or with `BACKOUT_KILLS=all` every kill.
@Suite struct KillLoopTests {
  @Test(.enabled(if: CallSIDWorld.seed != nil, "there is no ../shared/seeds/001_* beside this checkout"))
  func killedAnywhereItEndsAsIfItWereNot() throws {
    let isWhole = ProcessInfo.processInfo.environment["BACKOUT_KILLS"] == "all"
    let process = Process()
    process.executableURL = CallSIDWorld.root.appendingPathComponent("script/kill-loop")
    process.arguments = ["--backout", CallSIDWorld.executable, "--every", isWhole ? "1" : "29"]
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
