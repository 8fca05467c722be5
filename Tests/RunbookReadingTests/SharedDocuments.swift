import Foundation
import Runbook

@testable import RunbookReading

/// The seeds and the corpus, which stand beside the package and are no part of it.
enum SharedDocuments {
  static let folder: URL? = {
    if let given = ProcessInfo.processInfo.environment["BACKOUT_SHARED"] { return URL(fileURLWithPath: given) }
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/", !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
      root.deleteLastPathComponent()
    }
    let folder = root.deletingLastPathComponent().appendingPathComponent("shared")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  static func documents(_ name: String, ending: String) -> [URL] {
    guard let folder else { return [] }
    let found = try? FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent(name), includingPropertiesForKeys: nil)
    return (found ?? []).filter { $0.pathExtension == ending && $0.lastPathComponent != "README.md" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  static var seeds: [URL] { documents("seeds", ending: "txt") }
  static var corpus: [URL] { documents("corpus", ending: "md") }
}
