import Foundation
import Layer
import Runbook

/// How a value stands in an observation: never itself.
enum ConfigDigest {
  /// Salted by where it stands, so that equal secrets in two places do not show as equal.
  static func text(of value: String, name: String, file: String) -> String {
    String(Digest(of: "\(file)\0\(name)\0\(value)").hex.prefix(16))
  }
}

/// One dotenv file in the effect's place.
struct ConfigFile {
  let path: String
  let effect: Effect
  let environment: StepEnvironment

  private var files: any PlaceFiles { environment.files(of: effect) }

  private func read(_ path: String) async throws -> (state: FileState, file: DotenvFile)? {
    try await files.text(of: path).map { ($0.state, DotenvFile($0.text)) }
  }

  func real() async throws -> String { try await files.resolvingLinks(path) }

  func observation(_ settings: [ConfigAction.Setting]) async throws -> Observation {
    do {
      let found = try await read(real())
      var states: [String: JSONValue] = [:]
      var present = 0
      for setting in settings {
        let value = found?.file.value(of: setting.name)
        if value != nil { present += 1 }
        states["config:\(path) \(setting.name)"] = value.map { .string(digest($0, setting.name)) } ?? .null
        // The whole line, so that quotes and comments come back, too.
        states["line \(setting.name)"] =
          found?.file.line(of: setting.name).map { .string(digest($0, "line \(setting.name)")) } ?? .null
        if let wanted = try? await environment.reveal(setting.value) {
          states["wanted \(setting.name)"] = .string(digest(wanted, setting.name))
        }
      }
      states["exists"] = .bool(found != nil)
      let name = (path as NSString).lastPathComponent
      return Observation(
        states: states,
        summary: found == nil
          ? "\(name) is not there"
          : FlagText.shown(settings.map { ($0.name, found?.file.value(of: $0.name)) })
            ?? "\(present) of \(settings.count) set in \(name)")
    } catch let error as FileFailure {
      return .notObserved(error.description)
    }
  }

  private func digest(_ value: String, _ name: String) -> String {
    ConfigDigest.text(of: value, name: name, file: path)
  }

  func set(_ settings: [ConfigAction.Setting]) async throws {
    let path = try await real()
    let found = try await read(path)
    var file = found?.file ?? DotenvFile("")
    for setting in settings { file.set(setting.name, to: try await environment.reveal(setting.value)) }
    try await write(file, to: path, like: found?.state)
  }

  private func write(_ file: DotenvFile, to path: String, like state: FileState?) async throws {
    try await files.write(file.text, to: path, like: state)
  }

  func undo(
    _ settings: [ConfigAction.Setting], image: BeforeImage, before: Observation, after: Observation,
    answer: ConflictAnswer?
  ) async throws -> Undone {
    let now = try await observation(settings)
    guard now.isObserved else {
      return Undone(notRestored: effect.targets, summary: "nothing put back: \(now.summary)")
    }
    let path = try await real()
    var undone = Undone(summary: "")
    let found = try await read(path)
    var file = found?.file ?? DotenvFile("")
    let kept = try await keptFile(image)
    var changes = 0
    for name in Set(settings.map(\.name)).sorted() {
      let target = "config:\(self.path) \(name)"
      let was = before.states["line \(name)"] ?? .null
      let left = after.states["line \(name)"] ?? .null
      let present = now.states["line \(name)"] ?? .null
      guard was != left else { continue }
      if present == was {
        undone.restored.append(target)
      } else if present == left || answer == .putBack {
        file.replace(name, line: kept?.line(of: name))
        changes += 1
        undone.restored.append(target)
      } else {
        undone.conflicts.append(
          Conflict(
            target: target, kept: was == .null ? "not set" : "its value before",
            left: left == .null ? "not set" : "the step's value", now: present == .null ? "not set" : "another value"))
      }
    }
    if answer == .exportBoth, !undone.conflicts.isEmpty, let kept {
      try await write(kept, to: "\(path).backout-kept", like: found?.state)
      undone.notRestored.append("config:\(self.path): the kept version is \(path).backout-kept")
    }
    if changes > 0 {
      if let kept { file.end(like: kept) }
      if image.facts["existed"] == false, file.text.isEmpty {
        try await files.remove(path)
      } else {
        try await write(file, to: path, like: found?.state)
      }
    }
    undone.summary =
      "\(undone.restored.count.counted("setting")) put back"
      + (undone.conflicts.isEmpty ? "" : ", \(undone.conflicts.count) left, being newer")
    return undone
  }

  private func keptFile(_ image: BeforeImage) async throws -> DotenvFile? {
    guard image.facts["existed"] == true, let blob = image.blobs.first else { return nil }
    return DotenvFile(String(decoding: try await FileArchive.bytes(of: blob, from: environment.images), as: UTF8.self))
  }
}
