import Layer
import Runbook

/// Brings back the containers, networks and names that a step replaced or took away.
struct ImageUndo {
  let effect: Effect
  let image: BeforeImage
  let before: Observation
  let after: Observation
  let answer: ConflictAnswer?
  let environment: StepEnvironment

  /// Throws `NoAnswer`.
  func undo() async throws -> Undone {
    let command = try effect.imageCommand()
    guard before.isObserved else {
      return Undone(notRestored: effect.targets, summary: "what ran before is not known: \(before.summary)")
    }
    if command.options.namesIdentifier {
      return Undone(notRestored: effect.targets, summary: "an image that was removed by its id is gone")
    }
    let project = image.facts["project"]?.stringValue
    let kept = try await content()
    func look() async throws -> ImageLook {
      try await ImageLook(again: before.states, project: project, for: command, effect, in: environment)
    }
    let now = try await look()
    if effect.undoneLast == true { return try await restart(now, look) }
    var undone = Undone(summary: "")
    let work = try await changes(now, &undone)
    let workshop = Workshop(engine: now.engine, kept: kept, tags: image.facts["tags"]?.objectValue ?? [:])
    let said = try await workshop.bringBack(work) + workshop.takeAway(work, label: environment.label)
    let final = try await look().observation
    for change in work {
      if ContainerState.same(change.key, final.states[change.key], change.was) {
        undone.restored.append(change.key)
      } else {
        undone.notRestored.append(change.key + (said.first.map { ": \($0)" } ?? ""))
      }
    }
    for volume in before.states.keys.sorted() where volume.hasPrefix("volume:") && after.states[volume] == nil {
      undone.notRestored.append("\(volume): its contents are gone")
    }
    if answer == .exportBoth, !undone.conflicts.isEmpty {
      let names = (image.facts["tags"]?.objectValue ?? [:]).values.compactMap(\.stringValue).sorted()
      undone.notRestored.append("the images from before are \(names.joined(separator: ", "))")
    }
    if !undone.conflicts.isEmpty {
      undone.summary = "somebody else changed it after the step: \(final.summary)"
    } else {
      undone.summary = (undone.notRestored.isEmpty ? "as before: " : "now: ") + final.summary
    }
    return undone
  }

  /// Restarts what runs, so that what was put back takes effect.
  private func restart(_ now: ImageLook, _ look: () async throws -> ImageLook) async throws -> Undone {
    var undone = Undone(summary: "")
    for container in now.containers where container.isRunning {
      let result = try await now.engine.docker(["restart", container.name])
      if result.status == 0 {
        undone.restored.append("container:\(container.name)")
      } else {
        undone.notRestored.append("container:\(container.name): \(now.engine.firstLine(result.errorText))")
      }
    }
    undone.summary = "restarted: \(try await look().observation.summary)"
    return undone
  }

  private func content() async throws -> ImageKeeping.Content {
    guard let blob = image.blobs.first(where: { $0.name == ImageKeeping.blobName }) else {
      return ImageKeeping.Content(containers: [], networks: [], volumes: [])
    }
    return try CanonicalJSON.value(of: try await environment.images.load(blob))
  }

  /// What the step changed and is to be as before; what somebody changed since is a conflict.
  private func changes(_ look: ImageLook, _ undone: inout Undone) async throws -> [Change] {
    let now = look.observation.states
    let keys = Set(before.states.keys).union(after.states.keys).union(now.keys)
      .filter { key in ["container:", "network:", "tag:"].contains(where: key.hasPrefix) }
    var result: [Change] = []
    for key in keys.sorted() {
      let was = before.states[key]
      let left = after.states[key]
      let present = now[key]
      if after.isObserved, ContainerState.same(key, was, left) { continue }
      if ContainerState.same(key, was, present) {
        if was != nil || left != nil { undone.restored.append(key) }
        continue
      }
      var isOurs = answer == .putBack || after.isObserved && ContainerState.same(key, left, present)
      if !isOurs { isOurs = try await isHalfway(key, was, present, look.engine) }
      if isOurs {
        result.append(Change(key: key, was: was, present: present))
      } else {
        undone.conflicts.append(
          Conflict(
            target: key, kept: ContainerState.shown(was), left: ContainerState.shown(left),
            now: ContainerState.shown(present)))
      }
    }
    return result
  }

  /// Where an undo that was interrupted left it: the container from before is made and not started, or not yet in its
  /// place.
  private func isHalfway(
    _ key: String, _ was: JSONValue?, _ present: JSONValue?, _ engine: DockerEngine
  ) async throws -> Bool {
    guard let name = key.dropping(prefix: "container:"), let was else { return false }
    guard let present else {
      return try await !engine.containers(named: [Container.standInPrefix + name]).isEmpty
    }
    return present["image"] == was["image"] && present["settings"] == was["settings"]
      && present["status"] == "stopped"
  }
}

/// One thing that is to be as before; nil: not there.
struct Change {
  /// `container:NAME`, `network:NAME`, `tag:NAME`.
  var key: String
  var was: JSONValue?
  var present: JSONValue?

  func name(_ kind: String) -> String? { key.dropping(prefix: kind) }
}

/// When two states of a container are the same for an undo: health comes and goes by itself, and so does a start.
enum ContainerState {
  static func same(_ key: String, _ left: JSONValue?, _ right: JSONValue?) -> Bool {
    guard key.hasPrefix("container:") else { return (left ?? .null) == (right ?? .null) }
    guard let left, let right else { return left == nil && right == nil }
    return left["image"] == right["image"] && left["settings"] == right["settings"]
      && isRunning(left) == isRunning(right)
  }

  static func isRunning(_ state: JSONValue) -> Bool {
    ["running", "restarting", "paused"].contains(state["status"]?.stringValue ?? "")
  }

  static func shown(_ state: JSONValue?) -> String {
    guard let state, state != .null else { return "not there" }
    if let name = state.stringValue { return ImageName.shown(nil, name) }
    return "\(ImageName.shown(nil, state["image"]?.stringValue)), \(state["status"]?.stringValue ?? "?")"
  }
}
