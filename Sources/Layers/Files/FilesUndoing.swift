import Foundation
import Layer
import Runbook

/// Puts files back three ways, path by path.
struct FilesUndoing {
  let image: BeforeImage
  let before: Observation
  let after: Observation
  let now: Observation
  let answer: ConflictAnswer?
  let files: any PlaceFiles
  let images: any ImageStore

  var undone = Undone(summary: "")

  init(
    image: BeforeImage, before: Observation, after: Observation, now: Observation, answer: ConflictAnswer?,
    files: any PlaceFiles, images: any ImageStore
  ) {
    self.image = image
    self.before = before
    self.after = after
    self.now = now
    self.answer = answer
    self.files = files
    self.images = images
  }

  mutating func undo() async throws -> Undone {
    let names = Set(before.states.keys).union(after.states.keys).filter { $0.hasPrefix("file:") }
    var gone: [String] = []
    var back: [String: String] = [:]
    var blocked: [String] = []
    for name in names.sorted() {
      let was = state(before, name)
      let left = state(after, name)
      let present = state(now, name)
      guard was != left else { continue }
      let path = String(name.dropFirst("file:".count))
      let isBlocked = blocked.contains { name.hasPrefix($0 + "/") }
      if present == was {
        undone.restored.append(name)
      } else if !isBlocked, present == left || answer == .putBack {
        if was == nil { gone.append(path) } else { back[path] = path }
      } else {
        undone.conflicts.append(
          Conflict(target: name, kept: words(was), left: words(left), now: words(present)))
        // Somebody's file stands where the folder was: what was in it has no place to go back to.
        if was?.hasPrefix("d ") == true, present?.hasPrefix("d ") != true { blocked.append(name) }
        if answer == .exportBoth, was != nil, !isBlocked {
          back[path] = "\(path).backout-kept"
          undone.notRestored.append("\(name): the kept version is \(path).backout-kept")
        }
      }
    }
    // What is deepest goes first, so that folders are empty when their turn comes.
    for path in gone.sorted(by: >) {
      try await files.remove(path)
      if let state = try await files.states(of: [path], recursive: false)[path] {
        undone.conflicts.append(
          Conflict(target: "file:\(path)", kept: "not there", left: "folder", now: "\(state.summary) with newer files"))
      } else {
        undone.restored.append("file:\(path)")
      }
    }
    try await putBack(back)
    undone.restored.sort()
    var parts = ["\(undone.restored.count) put back"]
    if !undone.conflicts.isEmpty { parts.append("\(undone.conflicts.count) left, being newer") }
    undone.summary = parts.joined(separator: ", ")
    return undone
  }

  private mutating func putBack(_ back: [String: String]) async throws {
    guard !back.isEmpty else { return }
    let isExport = { (path: String) in back[path] != path }
    if image.facts["attributes"] == true {
      guard let blob = image.blobs.first(where: { $0.name == "attributes" }) else { return }
      let states = try CanonicalJSON.value([String: FileState].self, of: try await images.load(blob))
      for (path, state) in states.sorted(by: { $0.key > $1.key }) where back[path] != nil && !isExport(path) {
        // The bytes were never the step's: only their attributes go back.
        if let present = try await files.states(of: [path], recursive: false)[path], present.kind == state.kind {
          try await files.make(state, at: path)
          undone.restored.append("file:\(path)")
        }
      }
      return
    }
    guard let blob = image.blobs.first(where: { $0.name == "files" }) else {
      undone.notRestored += back.keys.sorted().map { "file:\($0): its bytes were not kept" }
      return
    }
    // A file that stands where a folder was must go first.
    for path in back.keys.sorted() where state(before, "file:\(path)")?.hasPrefix("d ") == true && !isExport(path) {
      if let present = try await files.states(of: [path], recursive: false)[path], present.kind != .directory {
        try await files.remove(path)
      }
    }
    let written = try await FileArchive.restore(blob, from: images, to: files, destinations: back)
    for path in back.keys.sorted() {
      if !written.contains(path) {
        undone.notRestored.append("file:\(path): its bytes were not kept")
      } else if !isExport(path) {
        undone.restored.append("file:\(path)")
      }
    }
  }

  private func state(_ observation: Observation, _ name: String) -> String? { observation.states[name]?.stringValue }

  private func words(_ text: String?) -> String { text ?? "not there" }
}
