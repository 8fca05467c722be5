import BackoutTestKit
import Foundation
import Layer
import Runbook

/// A user made for the test, and that user's real crontab.
struct CronUser: Sendable {
  let name = "backout-" + UUID().uuidString.prefix(8).lowercased()
  let folder: String

  static let why = "needs root, useradd and cron: a crontab belongs to a user made for the test"
  static var canBeMade: Bool {
    geteuid() == 0
      && ["/usr/sbin/useradd", "/usr/bin/crontab"].allSatisfy(FileManager.default.isExecutableFile)
  }

  init() async throws {
    folder = NSTemporaryDirectory() + "backout-cron-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try await shell("useradd --no-create-home --shell /usr/sbin/nologin \(name)")
  }

  func end() async throws {
    try await shell("crontab -u \(name) -r 2>/dev/null; userdel \(name)")
    try FileManager.default.removeItem(atPath: folder)
  }

  var variables: [String: String] {
    ["PATH": "\(folder)/own:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
  }

  @discardableResult
  func shell(_ text: String) async throws -> String {
    let result = try await ProcessRunner().run(
      CommandRequest(words: ["bash", "-c", text], directory: folder, variables: variables, timeout: 20))
    return result.text
  }

  func put(_ list: String) async throws { try await shell("printf '\(list)' | crontab -u \(name) -") }
  func list() async throws -> String { try await shell("crontab -u \(name) -l 2>/dev/null") }

  /// From here on `crontab` without a user is this user's, as it is for whoever is that user.
  func becomeOwn() async throws {
    try await shell(
      "mkdir own; printf '#!/bin/sh\\nexec /usr/bin/crontab -u \(name) \"$@\"\\n' >own/crontab; chmod +x own/crontab")
  }

  func environment() -> StepEnvironment {
    StepEnvironment(
      label: "run/step", context: ReadingContext(directory: folder, variables: variables), images: MemoryImageStore(),
      runner: ProcessRunner(), session: PlainShell(directory: folder, variables: variables), secrets: FixedSecrets())
  }
}
