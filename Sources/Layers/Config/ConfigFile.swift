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
    guard let state = try await files.states(of: [path], recursive: false)[path] else { return nil }
    guard state.kind == .file else {
      throw FileFailure(doing: "reading", path: path, reason: "it is no file")
    }
    var data = Data()
    while true {
      let more = try await files.bytes(of: path, from: data.count)
      if more.isEmpty { break }
      data += more
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw FileFailure(doing: "reading", path: path, reason: "it is not UTF-8 text; nothing was changed")
    }
    return (state, DotenvFile(text))
  }

  /// A link is followed, so that it stays one and its target changes.
  func real() async throws -> String {
    var path = path
    for _ in 0..<8 {
      guard let state = try await files.states(of: [path], recursive: false)[path], state.kind == .link,
        let target = state.link
      else { return path }
      path = target.hasPrefix("/") ? target : (path as NSString).deletingLastPathComponent + "/" + target
    }
    throw FileFailure(doing: "reading", path: self.path, reason: "its links lead nowhere")
  }

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
        summary: found == nil ? "\(name) is not there" : "\(present) of \(settings.count) set in \(name)")
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
    let temporary = try await files.begin(besides: path)
    try await files.append(Data(file.text.utf8), to: temporary)
    let made = try await files.states(of: [temporary], recursive: false)[temporary]
    // A file of settings may hold secrets: a new one is its owner's alone.
    var attributes =
      state ?? FileState(kind: .file, mode: 0o600, owner: made?.owner ?? 0, group: made?.group ?? 0)
    attributes.modified = 0
    try await files.finish(temporary, as: path, state: attributes)
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
      "\(undone.restored.count) settings put back"
      + (undone.conflicts.isEmpty ? "" : ", \(undone.conflicts.count) left, being newer")
    return undone
  }

  private func keptFile(_ image: BeforeImage) async throws -> DotenvFile? {
    guard image.facts["existed"] == true, let blob = image.blobs.first else { return nil }
    return DotenvFile(String(decoding: try await FileArchive.bytes(of: blob, from: environment.images), as: UTF8.self))
  }
}
