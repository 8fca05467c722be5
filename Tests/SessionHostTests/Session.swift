import Foundation
import Journal
import Synchronization
import Testing

@testable import SessionHost

/// A session of a test, in a folder of its own.
struct Session {
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
  static let key = {
    guard let key = SealingKey(bytes: [UInt8](repeating: 7, count: 32)) else {
      preconditionFailure("32 bytes are a key")
    }
    return key
  }()

  let root: String
  let folder: SessionFolder
  let work: String
  var client: SessionHostClient

  static func start(
    under name: String = "session", environment: [String: String] = [:], in directory: String? = nil
  ) async throws -> Session {
    let root = NSTemporaryDirectory() + "backout-session-" + UUID().uuidString
    let work = root + "/work"
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    let folder = SessionFolder(path: root + "/" + name)
    var variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": root]
    variables.merge(environment) { $1 }
    let client = try await SessionHostClient.launch(
      executable: executable, folder: folder, directory: directory ?? work, environment: variables, restoring: false,
      key: key)
    return Session(root: root, folder: folder, work: work, client: client)
  }

  /// A new host that takes the session over.
  mutating func restart() async throws {
    client = try await SessionHostClient.launch(
      executable: Self.executable, folder: folder, directory: work,
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], restoring: true,
      key: Self.key)
  }

  @discardableResult
  func run(
    _ text: String, id: String = "s-" + UUID().uuidString, timeout: Double? = 30, outputLimit: Int = 1 << 20
  ) async throws -> StatementResult {
    try await client.run(StatementRequest(id: id, text: text, timeout: timeout, outputLimit: outputLimit))
  }

  /// What the statement printed.
  func output(_ text: String) async throws -> String {
    String(decoding: try await run(text).outputTail, as: UTF8.self)
  }

  /// Ends the host and removes all; leaves nothing running.
  func end() async {
    try? await client.end()
    try? FileManager.default.removeItem(atPath: root)
  }
}

/// What a statement printed, as it came.
final class Collected: Sendable {
  private let bytes = Mutex(Data())
  func add(_ data: Data) { bytes.withLock { $0.append(data) } }
  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}

/// Waits for something that must come soon.
func eventually(within seconds: Double = 10, _ condition: () async throws -> Bool) async throws -> Bool {
  let end = Date().addingTimeInterval(seconds)
  while Date() < end {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}

func isAlive(_ pid: Int32) -> Bool { ProcessTable.entry(of: pid).map { !$0.isZombie } ?? false }
