import Foundation
import Layer
import Runbook

/// The file that `curl -o` writes: kept before it is replaced, put back while it is as curl left it.
struct OutputFile {
  let path: String
  private static let blobName = "output-before"

  private var target: String { "file:\(path)" }

  var observation: Observation {
    guard let data = FileManager.default.contents(atPath: path) else {
      return Observation(states: [target: .null], summary: "\(path) is not there")
    }
    return Observation(
      states: [target: .string(Digest(of: data).hex)], summary: "\(path), \(data.count.counted("byte"))")
  }

  func keep(driver: String, in environment: StepEnvironment) async throws -> BeforeImage {
    let summary = "what stands in \(path)"
    if let blob = try await environment.images.kept(Self.blobName) {
      return BeforeImage(driver: driver, blobs: [blob], summary: summary)
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      return BeforeImage(driver: driver, summary: "that \(path) is not there")
    }
    let blob = try await environment.images.save(Self.blobName, data: data)
    return BeforeImage(driver: driver, blobs: [blob], summary: summary)
  }

  func undo(
    _ image: BeforeImage, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let now = observation
    if now.isSameState(as: before) { return Undone(restored: [target], summary: "as before: \(now.summary)") }
    if !now.isSameState(as: after), answer != .putBack {
      let conflict = Conflict(target: target, kept: before.summary, left: after.summary, now: now.summary)
      return Undone(conflicts: [conflict], summary: "\(path) is newer than what the step left")
    }
    if let blob = image.blobs.first {
      // In place, so that the file keeps its owner and mode.
      let data = try await environment.images.load(blob)
      guard let file = FileHandle(forWritingAtPath: path) else {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        return Undone(restored: [target], summary: "as before: \(observation.summary)")
      }
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: data)
      try file.synchronize()
      try file.close()
    } else if before.states[target] == .null {
      try FileManager.default.removeItem(atPath: path)
    }
    let proof = observation
    if proof.isSameState(as: before) { return Undone(restored: [target], summary: "as before: \(proof.summary)") }
    return Undone(notRestored: [target], summary: "\(proof.summary), not as before: \(before.summary)")
  }
}
