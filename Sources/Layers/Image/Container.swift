import Foundation
import Layer
import Runbook

/// One container as `inspect` shows it.
struct Container {
  /// The beginning of the name of a container that an undo has made and not yet put in its place.
  static let standInPrefix = "backout-undo-"

  /// Holds secrets in its variables: never shown, kept sealed.
  let raw: JSONValue

  private func text(_ path: String...) -> String { path.reduce(Optional(raw)) { $0?[$1] }?.stringValue ?? "" }
  private func label(_ name: String) -> String? {
    raw["Config"]?["Labels"]?["com.docker.compose.\(name)"]?.stringValue
  }

  var identifier: String { text("Id") }
  var name: String { text("Name").dropping(prefix: "/") ?? text("Name") }
  /// The image that it runs.
  var image: String { text("Image") }
  /// The name by which that image was asked for.
  var reference: String { text("Config", "Image") }
  var service: String? { label("service") }
  var configHash: String? { label("config-hash") }
  var isOneOff: Bool { label("oneoff")?.lowercased() == "true" }
  var startedAt: String { text("State", "StartedAt") }
  var health: String? { raw["State"]?["Health"]?["Status"]?.stringValue }
  var restartPolicy: String { text("HostConfig", "RestartPolicy", "Name") }
  var exitCode: Int { raw["State"]?["ExitCode"]?.integerValue ?? 0 }
  private var restartCount: Int { raw["RestartCount"]?.integerValue ?? 0 }
  var isRunning: Bool { raw["State"]?["Running"]?.boolValue == true }

  func hasValue(of variable: String) -> Bool {
    (raw["Config"]?["Env"]?.arrayValue ?? []).contains { entry in
      entry.stringValue.map { $0.hasPrefix("\(variable)=") && $0.count > variable.count + 1 } ?? false
    }
  }

  /// `running`, `restarting`, `paused`, `stopped`.
  func status(now: Date) -> String {
    switch text("State", "Status") {
    case "running": restartCount > 0 && (uptime(now: now) ?? 60) < 10 ? "restarting" : "running"
    case "restarting": "restarting"
    case "paused": "paused"
    default: "stopped"
    }
  }

  /// Seconds.
  private func uptime(now: Date) -> Double? {
    (try? Date(startedAt.prefix(19) + "Z", strategy: .iso8601)).map { now.timeIntervalSince($0) }
  }

  enum Settling { case settled, young, starting }

  /// Whether it is too early to say how it is.
  func settling(now: Date) -> Settling {
    guard isRunning else { return text("State", "Status") == "restarting" ? .young : .settled }
    if health == "starting" { return .starting }
    if status(now: now) == "restarting" { return .young }
    return health == nil && (uptime(now: now) ?? 60) < 2 ? .young : .settled
  }

  /// What an observation says of it: neither its id, which each recreation changes, nor an instant, nor a secret.
  func state(of command: ImageCommand, now: Date) -> JSONValue {
    var state: [String: JSONValue] = [
      "image": .string(image), "settings": .string(settingsDigest), "status": .string(status(now: now)),
    ]
    if let service { state["service"] = .string(service) }
    // Elsewhere it comes and goes by itself, and nobody waits for it.
    if let health, isRunning, command.wantsRunning || command.verb == .look { state["health"] = .string(health) }
    if command.wantsRunning, !isRunning, exitCode != 0 { state["exit"] = .integer(exitCode) }
    // Tells a start from the one before.
    if command.verb == .restart {
      state["start"] = .string(String(Digest(of: identifier + startedAt).hex.prefix(12)))
    }
    return .object(state)
  }

  /// `web 1.4 (sha256:ab12cd34), healthy`.
  func shown(now: Date) -> String {
    let status = status(now: now)
    let how = status == "running" ? health ?? status : status == "stopped" ? "stopped (\(exitCode))" : status
    return "\(service ?? name) \(ImageName.shown(reference, image)), \(how)"
  }

  // MARK: What makes it what it is

  /// Of everything that was given when it was made.
  var settingsDigest: String {
    var config = raw["Config"]?.objectValue ?? [:]
    config["Image"] = nil
    config["Hostname"] = hostname.map(JSONValue.string)
    var host = raw["HostConfig"]?.objectValue ?? [:]
    // Mounts stand below as they came to be; a volume without a name is a mount by name when it is made again.
    for name in ["ContainerIDFile", "Binds", "Mounts", "ConsoleSize"] { host[name] = nil }
    for name in ["NetworkMode", "IpcMode", "PidMode"] where host[name]?.stringValue?.hasPrefix("container:") == true {
      host[name] = "container"
    }
    let mounts = (raw["Mounts"]?.arrayValue ?? []).map { mount in
      ["Destination", "Type", "Name", "Source", "RW"].map { mount[$0]?.plainText ?? "" }.joined(separator: " ")
    }
    let value: JSONValue = .object([
      "config": .object(config), "host": .object(host), "mounts": .array(mounts.sorted().map(JSONValue.string)),
      "networks": .object(endpoints.mapValues(\.withoutEmptyMembers)),
    ])
    return String(Digest(of: value.withoutEmptyMembers.canonicalText).hex.prefix(16))
  }

  /// Nil: it is the container's own id.
  private var hostname: String? {
    let name = text("Config", "Hostname")
    return name.isEmpty || identifier.hasPrefix(name) ? nil : name
  }

  /// Network → how it is attached, without what the engine chose by itself.
  private var endpoints: [String: JSONValue] {
    (raw["NetworkSettings"]?["Networks"]?.objectValue ?? [:]).mapValues { network in
      var endpoint: [String: JSONValue] = [:]
      for name in ["IPAMConfig", "Links", "DriverOpts"] { endpoint[name] = network[name] }
      let aliases = (network["Aliases"]?.arrayValue ?? []).filter { alias in
        alias.stringValue.map { !($0.count >= 12 && identifier.hasPrefix($0)) } ?? false
      }
      endpoint["Aliases"] = .array(aliases.sorted { $0.plainText < $1.plainText })
      return .object(endpoint)
    }
  }

  /// What the engine must be told to make it again.
  /// - Parameter names: container ids → names, for a network shared with a container that was made again, too.
  func creation(from image: String, names: [String: String]) -> (body: JSONValue, more: [String: JSONValue]) {
    var body = raw["Config"]?.objectValue ?? [:]
    body["Image"] = .string(image)
    body["Hostname"] = hostname.map(JSONValue.string)
    var host = raw["HostConfig"]?.objectValue ?? [:]
    host["ContainerIDFile"] = nil
    for name in ["NetworkMode", "IpcMode", "PidMode"] {
      guard let id = host[name]?.stringValue?.dropping(prefix: "container:"), let now = names[id] else { continue }
      host[name] = .string("container:\(now)")
    }
    let binds = host["Binds"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let added = unnamedVolumes(binds: binds, mounts: host["Mounts"]?.arrayValue ?? [])
    if !added.isEmpty { host["Binds"] = .array((binds + added).map(JSONValue.string)) }
    body["HostConfig"] = .object(host)
    // One network can be given; the others follow.
    let mode = host["NetworkMode"]?.stringValue ?? ""
    var more = endpoints.filter { !["bridge", "host", "none"].contains($0.key) }
    let first = more.removeValue(forKey: mode).map { (mode, $0) }
    if let (name, endpoint) = first {
      body["NetworkingConfig"] = .object(["EndpointsConfig": .object([name: endpoint])])
    }
    return (.object(body), more)
  }

  /// Volumes that only the image asked for: their contents belong to this container, and it gets them again.
  private func unnamedVolumes(binds: [String], mounts: [JSONValue]) -> [String] {
    let bound = Set(
      binds.compactMap { $0.split(separator: ":").dropFirst().first.map(String.init) }
        + mounts.compactMap { $0["Target"]?.stringValue })
    return (raw["Mounts"]?.arrayValue ?? []).compactMap { mount in
      guard mount["Type"]?.stringValue == "volume", let name = mount["Name"]?.stringValue,
        let destination = mount["Destination"]?.stringValue, !bound.contains(destination)
      else { return nil }
      return "\(name):\(destination)\(mount["RW"]?.boolValue == false ? ":ro" : "")"
    }
  }
}

extension JSONValue {
  /// Without members that say nothing, which the engine leaves out or fills in as it likes.
  var withoutEmptyMembers: JSONValue {
    guard case .object(let members) = self else { return self }
    let kept = members.mapValues(\.withoutEmptyMembers).filter { _, value in
      switch value {
      case .null, .bool(false), .integer(0), .string(""), .array([]): false
      case .object(let inner): !inner.isEmpty
      default: true
      }
    }
    return .object(kept)
  }
}
