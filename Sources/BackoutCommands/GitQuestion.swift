import Foundation
import Layer

/// What git says of a repository, read-only: for what is said around a plan, not for the plan.
enum GitQuestion {
  /// What it prints; nil where it fails or prints nothing.
  static func answer(_ words: [String], in folder: String) async -> String? {
    let request = CommandRequest(
      words: ["git", "-C", folder] + words, directory: folder, variables: ProcessInfo.processInfo.environment,
      timeout: 30)
    guard let result = try? await ProcessRunner().run(request), result.status == 0, !result.trimmed.isEmpty else {
      return nil
    }
    return result.trimmed
  }
}
