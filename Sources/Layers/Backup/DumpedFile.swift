import Foundation
import Layer
import Runbook

/// The file or folder that a dump is written to.
struct DumpedFile {
  let parameters: BackupParameters
  let effect: Effect
  let environment: StepEnvironment

  private var place: Effect {
    var other = effect
    other.place = parameters.output?.place ?? effect.place
    return other
  }
  var files: any PlaceFiles { environment.files(of: place) }

  /// Absolute. Throws `DatabaseFailure` where only the run tells, `CommandFailure` where the place does not answer.
  func path() async throws -> String {
    guard let output = parameters.output else {
      throw DatabaseFailure(kind: .unknown, description: "it writes no file")
    }
    let path = try await DatedPath.resolved(output, in: environment)
    if path.hasPrefix("/") { return path }
    let folder = try await environment.run(["pwd"], for: place)
    guard folder.status == 0 else {
      throw DatabaseFailure(kind: .unreachable, description: "\(place.place.label): \(folder.errorText)")
    }
    return "\(folder.trimmed)/\(path)"
  }

  func observation() async throws -> Observation {
    let path = try await path()
    let states = try await files.states(of: [path], recursive: true)
    var look = BackupParameters.File(path: path, isKnown: true, place: place.place)
    look.isOperand = true
    var reading = parameters
    reading.selection = []
    let backup = try await BackupLook(file: look, parameters: reading, effect: effect, environment: environment).look()
    var found = backup.json.objectValue ?? [:]
    found["parts"] = .object(backup.parts.mapValues(\.json))
    return Observation(
      states: ["file:\(path)": .string(Self.text(states)), "backup": .object(found)], summary: backup.summary)
  }

  private static func text(_ states: [String: FileState]) -> String {
    if states.isEmpty { return "not there" }
    if states.count == 1, let only = states.values.first, only.kind != .directory { return only.text }
    let lines = states.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: "\n")
    return "folder \(Digest(of: lines).hex)"
  }

  func keep(by driver: String) async throws -> BeforeImage {
    let states = try await files.states(of: [try await path()], recursive: true)
    guard !states.isEmpty else { return BeforeImage(driver: driver, summary: "nothing: the file is not there yet") }
    let blob = try await FileArchive.save(states, as: "file", from: files, in: environment.images)
    return BeforeImage(driver: driver, blobs: [blob], summary: "the file that is there: \(Wording.bytes(blob.bytes))")
  }

  func undo(
    _ image: BeforeImage, before: Observation, after: Observation, answer: ConflictAnswer?
  ) async throws -> Undone {
    guard let target = before.states.keys.first(where: { $0.hasPrefix("file:") }), let was = before.states[target],
      let path = target.dropping(prefix: "file:")
    else { return Undone(notRestored: effect.targets, summary: "what was there before was not seen") }
    let now = JSONValue.string(Self.text(try await files.states(of: [path], recursive: true)))
    if now == was { return Undone(restored: [target], summary: "\(path) is as it was") }
    guard now == after.states[target] || answer == .putBack else {
      var undone = Undone(summary: "somebody changed \(path) after the step: it is left as it is")
      if answer == nil {
        undone.conflicts = [
          Conflict(
            target: target, kept: was.plainText, left: after.states[target]?.plainText ?? "not observed",
            now: now.plainText)
        ]
      } else {
        undone.notRestored = ["\(target): it stays as it is now"]
        if answer == .exportBoth, !image.blobs.isEmpty {
          try await put(image, path, to: "\(path).backout-kept")
          undone.notRestored = ["\(target): it stays as it is now; what was kept is \(path).backout-kept"]
        }
      }
      return undone
    }
    // A folder's files before the folder.
    for written in try await files.states(of: [path], recursive: true).keys.sorted().reversed() {
      try await files.remove(written)
    }
    if !image.blobs.isEmpty { try await put(image, path, to: path) }
    let proof = JSONValue.string(Self.text(try await files.states(of: [path], recursive: true)))
    return proof == was
      ? Undone(restored: [target], summary: image.blobs.isEmpty ? "\(path) is gone again" : "\(path) is as it was")
      : Undone(notRestored: ["\(target): now \(proof.plainText)"], summary: "\(path) is not as it was")
  }

  private func put(_ image: BeforeImage, _ path: String, to destination: String) async throws {
    for blob in image.blobs {
      var back: [String: String] = [:]
      try await FileArchive.list(blob, from: environment.images) { entry in
        back[entry.path] = destination + entry.path.dropFirst(path.count)
      }
      try await FileArchive.restore(blob, from: environment.images, to: files, destinations: back)
    }
  }
}
