import BackoutTestKit
import Foundation
import Layer
import Runbook

/// A folder with small executables that hold their state in files, first in PATH.
struct ToolFolder: Sendable {
  let folder: URL

  init(_ tools: [String: String], state: [String: String] = [:]) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("backout-tools-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, script) in tools {
      let file = folder.appendingPathComponent(name)
      try Data(("#!/bin/bash\nstate=$(dirname \"$0\")\n" + script).utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    for (name, text) in state { try set(name, text) }
  }

  func set(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }
  func state(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
  /// As in the beginning: files that came since are gone.
  func reset(to state: [String: String]) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let path = folder.appendingPathComponent(name).path
      if !FileManager.default.isExecutableFile(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }
    for (name, text) in state { try set(name, text) }
  }
  func remove() { try? FileManager.default.removeItem(at: folder) }

  var variables: [String: String] { ["PATH": folder.path + ":/usr/local/bin:/usr/bin:/bin"] }

  func environment(
    layers: [String: DeclaredLayer] = [:], binding: StepBinding? = nil, variables more: [String: String] = [:],
    secrets: [String: String] = [:]
  ) -> StepEnvironment {
    let variables = variables.merging(more) { $1 }
    var environment = StepEnvironment(
      label: "run/step",
      context: ReadingContext(directory: folder.path, variables: variables, layers: layers, binding: binding),
      images: MemoryImageStore(), runner: ProcessRunner(),
      session: PlainShell(directory: folder.path, variables: variables), secrets: FixedSecrets(secrets),
      redactor: Redactor(secrets: secrets), settings: Settings(timeout: 20))
    // These tools fall over at once, or never.
    environment.watch = .milliseconds(200)
    return environment
  }
}
