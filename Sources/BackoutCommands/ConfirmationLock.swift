import Foundation
import Runbook

/// `backout.lock`: which reading of which runbook a person confirmed. The program's file, committed beside people's.
struct ConfirmationLock: Codable, Sendable {
  struct Confirmation: Codable, Sendable {
    /// Of the reading.
    var digest: Digest
    /// Of the `from:` commands, which run at plan time.
    var commands: Digest
    var by: String
    /// ISO 8601.
    var at: String
    /// What ran then, a line a step, so that a change can be shown.
    var steps: [String]
  }

  static let currentVersion = 1
  var version = currentVersion
  var runbooks: [String: Confirmation] = [:]

  static let name = "backout.lock"

  static func path(beside bindings: String) -> String {
    (bindings as NSString).deletingLastPathComponent + "/" + name
  }

  /// Throws `Failure` where the file is there and cannot be understood.
  static func load(beside bindings: String) throws -> ConfirmationLock {
    let path = path(beside: bindings)
    guard FileManager.default.fileExists(atPath: path) else { return ConfirmationLock() }
    do {
      let lock = try JSONDecoder().decode(
        ConfirmationLock.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
      guard lock.version <= currentVersion else {
        throw Failure(.badInput, "\(path) was written by a newer Backout; nothing was executed.")
      }
      return lock
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(
        .badInput, "\(path) cannot be understood: \(error). Nothing was executed.",
        next: "delete it and confirm again: backout confirm RUNBOOK")
    }
  }

  func save(beside bindings: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let path = Self.path(beside: bindings)
    do {
      try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.badInput, "\(path) cannot be written: \((error as NSError).localizedDescription)")
    }
  }
}

extension Workspace {
  enum ConfirmationState: Sendable {
    case confirmed
    case never
    /// What is different: lines with `+` and `-`.
    case changed([String])
    /// The reading is the confirmed one; the commands that run at plan time are not.
    case commandsChanged([String])
  }

  /// Every command that runs at plan time, sorted.
  func planTimeCommands(environment: String?) -> [String] {
    bindings.bindings(for: key, environment: environment).parameters.compactMap { name, parameter in
      if case .from(let command) = parameter { "\(name): \(command)" } else { nil }
    }.sorted()
  }

  func confirmation(environment: String?) -> ConfirmationState {
    let commands = planTimeCommands(environment: environment)
    guard let confirmed = lock.runbooks[key] else { return .never }
    guard confirmed.digest == runbook.digest else {
      let now = runbook.stepLines
      let removed = confirmed.steps.filter { !now.contains($0) }.map { "- \($0)" }
      let added = now.filter { !confirmed.steps.contains($0) }.map { "+ \($0)" }
      return .changed(removed + added)
    }
    guard confirmed.commands == Self.digest(ofCommands: commands) else { return .commandsChanged(commands) }
    return .confirmed
  }

  mutating func confirm(environment: String?, by name: String, at instant: Date) throws {
    lock.runbooks[key] = ConfirmationLock.Confirmation(
      digest: runbook.digest, commands: Self.digest(ofCommands: planTimeCommands(environment: environment)), by: name,
      at: instant.formatted(.iso8601), steps: runbook.stepLines)
    try lock.save(beside: bindingsPath)
  }

  private static func digest(ofCommands commands: [String]) -> Digest { Digest(of: commands.joined(separator: "\n")) }
}

extension Runbook {
  /// A line a step, for telling two readings apart.
  var stepLines: [String] {
    procedures.flatMap { procedure in
      procedure.stages.flatMap { stage in
        stage.steps.map { step in
          "\(procedure.id) \(step.id) \(step.kind.rawValue) \(Digest(of: step.text).short) \(step.text.firstLine)"
        }
      }
    }
  }
}

extension String {
  /// The first line, at most 100 characters.
  var firstLine: String {
    let line = split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: true).first.map(String.init) ?? ""
    return line.count > 100 ? line.prefix(99) + "…" : line
  }
}
