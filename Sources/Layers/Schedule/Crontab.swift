import Foundation
import Layer
import Runbook

/// A user's crontab in the effect's own place.
struct Crontab {
  let command: CrontabCommand
  let effect: Effect
  let environment: StepEnvironment

  /// The list as it is; nil: that user has none. Throws `NoCrontab` where it cannot be had, `CommandFailure` where the
  /// program cannot be started.
  func list() async throws -> JobList? {
    if let user = command.user, try await environment.run(["id", "-u", user], for: effect).status != 0 {
      throw NoCrontab(description: "there is no user \(user) (\(effect.place.label))")
    }
    let result = try await environment.run(command.words + ["-l"], for: effect)
    // No list is told from a refusal by what crontab gives for both: a status and no output. Installing shows it.
    return result.status == 0 ? JobList(text: result.output) : nil
  }

  /// What the list will be; nil where only the run tells.
  func wanted() async throws -> JobList? {
    switch command.action {
    case .list, .remove, .install(.edited), .install(.unknown): nil
    case .install(.text(let text)): JobList(text: Data(text.utf8))
    case .install(.file(let path)): try await read(path, in: effect)
    case .install(.redirected(let path)): try await read(path, in: effect.here)
    }
  }

  private func read(_ path: String, in effect: Effect) async throws -> JobList? {
    let result = try await environment.run(["cat", "--", path], for: effect)
    return result.status == 0 ? JobList(text: result.output) : nil
  }

  /// Makes `list` the user's, or takes the list away. Throws `NoCrontab` where crontab refuses.
  func put(_ list: JobList?) async throws {
    let result =
      if let list {
        try await environment.run(command.words + ["-"], for: effect, input: list.text)
      } else {
        try await environment.run(command.words + ["-r"], for: effect)
      }
    guard result.status == 0 else {
      throw NoCrontab(description: "crontab ended with exit \(result.status): \(result.errorText)")
    }
  }
}

/// The list cannot be had or put; nothing was changed.
struct NoCrontab: Error, CustomStringConvertible {
  var description: String
}

extension Effect {
  /// The same, opened by the session's own shell.
  fileprivate var here: Effect {
    var effect = self
    effect.place = .here
    return effect
  }

  /// Throws `DecodingError` where the effect is not this driver's.
  func crontabCommand() throws -> CrontabCommand { try parameters.decoded() }
}
