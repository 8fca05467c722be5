import Layer
import Runbook

/// Makes containers and networks again from what was kept, and takes away what was not there before. What went wrong is
/// said; whether it worked is seen by looking afterwards.
struct Workshop {
  let engine: DockerEngine
  let kept: ImageKeeping.Content
  /// Image → the name under which it was kept.
  let tags: [String: JSONValue]

  private func tell(_ arguments: [String], _ said: inout [String]) async throws {
    let result = try await engine.docker(arguments)
    if result.status != 0 { said.append(engine.firstLine(result.errorText)) }
  }

  // MARK: Bringing back

  /// Containers that were not there before go, too: their ports must be free before anything starts.
  func bringBack(_ all: [Change]) async throws -> [String] {
    let changes = all.filter { $0.was != nil }
    var said: [String] = []
    for change in changes {
      guard let name = change.name("tag:"), let image = change.was?.stringValue else { continue }
      try await tell(["image", "tag", await source(of: image, asked: "") ?? image, name], &said)
    }
    for change in changes where change.present == nil {
      if let name = change.name("network:") { said += try await makeNetwork(name) }
    }
    for volume in kept.volumes {
      let body = volume.members(["Name", "Driver", "Labels"], ["Options": "DriverOpts"])
      _ = try await engine.call("POST", "/volumes/create", body: body)
    }
    let containers = kept.containers.map(Container.init)
    let names = Dictionary(containers.map { ($0.identifier, $0.name) }, uniquingKeysWith: { $1 })
    var replaced: [String: String] = [:]
    for container in containers {
      guard let change = changes.first(where: { $0.key == "container:\(container.name)" }),
        isToBeMade(change)
      else { continue }
      let standIn = Container.standInPrefix + container.name
      if let why = try await make(container, as: standIn, names: names) {
        said.append(why)
      } else {
        replaced[container.name] = standIn
      }
    }
    // Only now that everything is ready does anything go: from the last started to the first.
    for container in containers.reversed() {
      guard replaced[container.name] != nil,
        changes.contains(where: { $0.key == "container:\(container.name)" && $0.present != nil })
      else { continue }
      try await remove(container.name, &said)
    }
    for change in all where change.was == nil {
      if let name = change.name("container:") { try await remove(name, &said) }
    }
    for (name, standIn) in replaced.sorted(by: { $0.key < $1.key }) {
      try await tell(["container", "rename", standIn, name], &said)
    }
    for container in containers {
      guard let change = changes.first(where: { $0.key == "container:\(container.name)" }), let was = change.was else {
        continue
      }
      if isToBeMade(change), replaced[container.name] == nil { continue }
      if ContainerState.isRunning(was) {
        try await tell(["container", "start", container.name], &said)
      } else if let present = change.present, !isToBeMade(change), ContainerState.isRunning(present) {
        try await tell(["container", "stop", container.name], &said)
      }
    }
    return said
  }

  private func isToBeMade(_ change: Change) -> Bool {
    guard let present = change.present else { return true }
    return present["image"] != change.was?["image"] || present["settings"] != change.was?["settings"]
  }

  /// It gets the time that it asks for to end.
  private func remove(_ name: String, _ said: inout [String]) async throws {
    try await tell(["container", "stop", name], &said)
    // One that removes itself is gone by now.
    if try await !engine.containers(named: [name]).isEmpty { try await tell(["container", "rm", name], &said) }
  }

  /// A name of `image`: the one it was asked for by where that still stands for it, else the one it was kept under.
  private func source(of image: String, asked reference: String) async throws -> String? {
    for name in [reference, tags[image]?.stringValue ?? "", image] where !name.isEmpty {
      if try await engine.image(name) == image { return name }
    }
    return nil
  }

  /// Why it could not be made; nil: it is there.
  private func make(_ container: Container, as name: String, names: [String: String]) async throws -> String? {
    guard let source = try await source(of: container.image, asked: container.reference) else {
      return "the image \(ImageName.shown(container.reference, container.image)) is gone"
    }
    if try await !engine.containers(named: [name]).isEmpty {
      _ = try await engine.docker(["container", "rm", "-f", name])
    }
    let creation = container.creation(from: source, names: names)
    let made = try await engine.call("POST", "/containers/create?name=\(name)", body: creation.body)
    guard made.status == 201 else { return refusal(made) }
    for (network, endpoint) in creation.more.sorted(by: { $0.key < $1.key }) {
      let joined = try await engine.call(
        "POST", "/networks/\(network)/connect", body: ["Container": .string(name), "EndpointConfig": endpoint])
      guard joined.status < 300 else { return refusal(joined) }
    }
    return nil
  }

  private func makeNetwork(_ name: String) async throws -> [String] {
    guard let network = kept.networks.first(where: { $0["Name"]?.stringValue == name }) else { return [] }
    let names = ["Name", "Driver", "Internal", "Attachable", "EnableIPv6", "Options", "Labels"]
    // With the addresses that it had; where somebody else has them by now, with others.
    let whole = try await engine.call("POST", "/networks/create", body: network.members(names + ["IPAM"], [:]))
    if whole.status == 201 { return [] }
    let plain = try await engine.call("POST", "/networks/create", body: network.members(names, [:]))
    return plain.status == 201 ? [] : [refusal(plain)]
  }

  private func refusal(_ answer: (status: Int, answer: JSONValue?)) -> String {
    engine.firstLine(answer.answer?["message"]?.stringValue ?? "the engine answered \(answer.status)")
  }

  // MARK: Taking away

  /// Networks and names of images that were not there before. An image that loses its name stays, under one of ours.
  func takeAway(_ changes: [Change], label: String) async throws -> [String] {
    var said: [String] = []
    for change in changes where change.was == nil || change.was == .null {
      if let name = change.name("network:") { try await tell(["network", "rm", name], &said) }
      guard let name = change.name("tag:"), let image = change.present?.stringValue else { continue }
      try await tell(["image", "tag", image, KeptTag.name(label: label, image: image)], &said)
      try await tell(["image", "rm", name], &said)
    }
    return said
  }
}

extension JSONValue {
  /// An object of some of this one's members; `renamed` gives others another name.
  func members(_ names: [String], _ renamed: [String: String]) -> JSONValue {
    var result: [String: JSONValue] = [:]
    for name in names { result[name] = self[name] }
    for (name, other) in renamed { result[other] = self[name] }
    return .object(result)
  }
}
