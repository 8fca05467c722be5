import Foundation
import Layer
import Runbook

/// Files that a later step executes though an earlier step removes them: kept before the first change, laid out beside
/// the run while it goes on.
struct CarriedFiles {
  var context: RunContext

  private var store: any ImageStore { context.images("carried") }

  /// Keeps each file once and lays it out. Throws where one can neither be read nor was kept before.
  func layOut() async throws {
    for path in context.plan.carried {
      let source = context.plan.directory + "/" + path
      let blob: BlobReference
      if let kept = try await store.kept(path) {
        blob = kept
      } else {
        blob = try await store.save(path, data: try Data(contentsOf: URL(fileURLWithPath: source)))
      }
      let target = URL(fileURLWithPath: context.carriedFolder + "/" + path)
      if FileManager.default.fileExists(atPath: target.path) { continue }
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      try await store.load(blob).write(to: target, options: .atomic)
      let isExecutable = FileManager.default.isExecutableFile(atPath: source)
      try FileManager.default.setAttributes(
        [.posixPermissions: isExecutable ? 0o700 : 0o600], ofItemAtPath: target.path)
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: context.carriedFolder) }
}
