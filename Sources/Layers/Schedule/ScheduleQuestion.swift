import Foundation
import Layer
import Runbook

/// Asks a place what is scheduled there.
struct ScheduleQuestion {
  let environment: StepEnvironment
  let place: Place

  /// Throws `CommandFailure` where the place cannot be asked at all.
  func ask(_ words: [String]) async throws -> CommandResult {
    let effect = Effect(
      driver: "schedule", layer: .schedule, role: .observe, summary: words.joined(separator: " "), place: place,
      directory: "/")
    return try await environment.run(words, for: effect)
  }

  /// What the program prints; nil where it failed, there is no such program, or it printed no text.
  func text(_ words: [String]) async throws -> String? {
    try await output(words).flatMap { String(bytes: $0, encoding: .utf8) }
  }

  /// What the program prints; nil where it failed or there is no such program.
  func output(_ words: [String]) async throws -> Data? {
    do {
      let result = try await ask(words)
      return result.status == 0 ? result.output : nil
    } catch let failure as CommandFailure where failure.reason == .notFound {
      return nil
    }
  }
}
