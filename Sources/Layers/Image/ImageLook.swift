import Foundation
import Layer
import Runbook

/// What a command touches, as the engine shows it now.
///
/// The states: `container:NAME`, `network:NAME`, `volume:NAME`, `tag:NAME` (the image that a name stands for), and
/// `wanted:SERVICE`, which is what the compose file asks for.
struct ImageLook {
  let command: ImageCommand
  let engine: DockerEngine
  /// What ought to run gets a moment to become healthy.
  private let waits: Bool
  private(set) var project: ComposeProject?
  /// Of a compose project; nil: the command names its containers.
  private(set) var projectName: String?
  /// Services whose containers are meant; nil: all.
  private var scope: Set<String>?
  private(set) var containers: [Container] = []
  private(set) var networks: [JSONValue] = []
  private(set) var volumes: [JSONValue] = []
  /// Name of an image → its id; nil: no image here has the name.
  private(set) var tags: [String: String?] = [:]
  /// Those of `tags` that the command may give to another image.
  private var changedTags: Set<String> = []
  private(set) var wanted: [ComposeService] = []

  /// Looks for a command that is to come or has run.
  /// - Parameter wholly: with the services of the compose file, whether or not they tell what is observed.
  ///
  /// Throws `NoAnswer`.
  init(
    _ command: ImageCommand, _ effect: Effect, in environment: StepEnvironment, wholly: Bool = false
  ) async throws {
    self.command = command
    waits = (command.wantsRunning || command.verb == .look) && !environment.isPlanning
    engine = DockerEngine(command: command, effect: effect, environment: environment)
    _ = try await engine.identity()
    switch command.subject {
    case .engine: break
    case .images(let names):
      changedTags = Set(names)
      try await readTags(names)
    case .containers: try await settle()
    case .project(let reference, let services):
      let project =
        wholly || command.verb == .up || command.changesTags
        ? try await ComposeProject(reference, engine: engine)
        : try await ComposeProject(nameOf: reference, engine: engine)
      self.project = project
      projectName = project.name
      wanted = project.wanted(
        services, profiles: reference.profiles, alone: command.options.isAlone || command.verb != .up)
      if !services.isEmpty { scope = Set(services + (command.verb == .up ? wanted.map(\.name) : [])) }
      changedTags = Set(wanted.filter(mayGetAnotherImage).map(\.image))
      try await readProject(tags: changedTags.union(command.verb == .up ? wanted.map(\.image) : []))
    }
    if let source = command.options.source { try await readTags([source]) }
  }

  /// Looks at what an observation of this command saw, whatever the compose file says now. Throws `NoAnswer`.
  init(
    again observed: [String: JSONValue], project: String?, for command: ImageCommand, _ effect: Effect,
    in environment: StepEnvironment
  ) async throws {
    self.command = command
    waits = true
    engine = DockerEngine(command: command, effect: effect, environment: environment)
    _ = try await engine.identity()
    projectName = project
    changedTags = Set(observed.keys.compactMap { $0.dropping(prefix: "tag:") })
    if case .project(_, let services) = command.subject, !services.isEmpty {
      scope = Set(services + observed.keys.compactMap { $0.dropping(prefix: "wanted:") })
    }
    if project == nil {
      try await settle()
      try await readTags(changedTags.sorted())
    } else {
      try await readProject(tags: changedTags)
    }
  }

  private func mayGetAnotherImage(_ service: ComposeService) -> Bool {
    switch command.verb {
    case .build: service.isBuilt
    case .pull: !service.isBuilt
    case .up: command.options.builds && service.isBuilt || command.options.pull == "always" && !service.isBuilt
    case .down: command.options.takesImages
    default: false
    }
  }

  private mutating func readProject(tags: Set<String>) async throws {
    guard let projectName else { return }
    if command.changesContainers { try await settle() }
    if command.changesNetworks { networks = try await engine.networks(ofProject: projectName) }
    if command.verb == .down, command.options.takesVolumes {
      volumes = try await engine.volumes(ofProject: projectName)
    }
    try await readTags(tags.sorted())
  }

  private mutating func readTags(_ names: [String]) async throws {
    for name in names { tags.updateValue(try await engine.image(name), forKey: name) }
  }

  /// Reads the containers, and gives those that ought to run a moment: to become healthy as long as the engine says
  /// that they are starting, and `StepEnvironment.watch` to fall over.
  private mutating func settle() async throws {
    let clock = ContinuousClock()
    let begun = clock.now
    let patience = Duration.seconds(min(engine.environment.settings.timeout, 180))
    while true {
      containers = try await readContainers()
      let passed = begun.duration(to: clock.now)
      let now = Date()
      let states = containers.map { $0.settling(now: now) }
      let isEarly =
        states.contains(.starting) && passed < patience
        || states.contains(.young) && passed < engine.environment.watch
      guard waits, isEarly else { return }
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  private func readContainers() async throws -> [Container] {
    if case .containers(let names) = command.subject { return try await engine.containers(named: names) }
    guard let projectName else { return [] }
    let all = try await engine.containers(ofProject: projectName)
    return scope.map { scope in all.filter { scope.contains($0.service ?? "") } } ?? all
  }

  /// The images that are lost to a prune once the command has run.
  var images: Set<String> {
    Set(containers.map(\.image) + changedTags.compactMap { tags[$0] ?? nil }).subtracting([""])
  }

  // MARK: Saying it

  var observation: Observation {
    let now = Date()
    var states: [String: JSONValue] = [:]
    for container in containers { states["container:\(container.name)"] = container.state(of: command, now: now) }
    for network in networks {
      states["network:\(network["Name"]?.plainText ?? "")"] = .string(Self.digest(of: network))
    }
    for volume in volumes { states["volume:\(volume["Name"]?.plainText ?? "")"] = true }
    for name in changedTags { states["tag:\(name)"] = (tags[name] ?? nil).map(JSONValue.string) ?? .null }
    if let source = command.options.source {
      states["wanted:"] = (tags[source] ?? nil).map(JSONValue.string) ?? .null
    }
    if command.verb == .up {
      for service in wanted {
        states["wanted:\(service.name)"] = [
          "name": .string(service.image), "image": (tags[service.image] ?? nil).map(JSONValue.string) ?? .null,
          "count": .integer(command.options.scale[service.name] ?? service.replicas),
        ]
      }
    }
    return Observation(states: states, summary: summary(now: now))
  }

  private func summary(now: Date) -> String {
    var parts = containers.map { $0.shown(now: now) }
    if case .containers(let names) = command.subject {
      let there = Set(containers.flatMap { [$0.name, $0.identifier] })
      parts += names.filter { name in !there.contains { $0.hasPrefix(name) } }.map { "no container \($0)" }
    } else if command.changesContainers, containers.isEmpty, projectName != nil {
      parts = ["nothing runs"]
    }
    parts += changedTags.sorted().map { name in
      (tags[name] ?? nil).map { "\(name) is \(ImageName.shown(nil, $0))" } ?? "no image \(name)"
    }
    if parts.isEmpty { return engine.effect.role == .observe ? "it only looks" : "nothing of it here" }
    return parts.joined(separator: "; ")
  }

  /// Of what was given when it was made; the addresses are the engine's choice.
  private static func digest(of network: JSONValue) -> String {
    let names = ["Driver", "Internal", "Attachable", "EnableIPv6", "Options", "Labels"]
    let given = names.map { ($0, network[$0] ?? .null) }
    let value = JSONValue.object(Dictionary(given, uniquingKeysWith: { $1 })).withoutEmptyMembers
    return String(Digest(of: value.canonicalText).hex.prefix(16))
  }
}
