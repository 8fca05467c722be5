import Runbook

/// A kind of state that can be rolled back.
public enum LayerKind: String, Codable, Hashable, Sendable, CaseIterable {
  case code, files, data, schema, backup, image, config, endpoint, flag, traffic, schedule, process, message
  /// Nobody knows what the command touches.
  case unknown
  /// A person does it.
  case person
}

/// What an action would touch, in its layer's own terms. A value: it is hashed with the plan and kept in the journal,
/// so it never holds a secret (see `SecretToken`).
public struct Effect: Codable, Hashable, Sendable {
  /// The `LayerDriver.id` of the driver that recognised it.
  public var driver: String
  public var layer: LayerKind
  /// `observe`: it changes nothing, and is never kept or undone.
  public var role: Step.Role
  /// One line: `git checkout 91ab3e2`, `PUT /v1/webhooks/wh_2f1`.
  public var summary: String
  public var place: Place
  /// The absolute folder in which it acts.
  public var directory: String
  /// What it touches, as stable names: `file:/srv/app/.env`, `git:/srv/app HEAD`, `postgres:host:port/db dev.calls`.
  /// Words expanded at run time that name others than the plan's stop the run ("wider than planned").
  public var targets: [String]
  /// The driver's own understanding of the command.
  public var parameters: JSONValue
  public var reversibility: Reversibility
  public var isDestructive: Bool
  /// Acting again where the before-state is still there does no harm.
  public var isRepeatable: Bool
  /// The driver makes the change itself, instead of running the command as written.
  public var isNative: Bool
  /// It puts nothing back itself, it makes what was put back take effect: undone after everything else
  /// (`docs/decisions/0012-undo-order.md`).
  public var undoneLast: Bool?
  /// It only writes a backup into a file: where none was there before, an undo of the run leaves it.
  public var makesBackup: Bool?
  /// What it changes cannot be looked at: no observation proves it.
  public var isUnseen: Bool?

  public init(
    driver: String, layer: LayerKind, role: Step.Role = .change, summary: String, place: Place = .here,
    directory: String, targets: [String] = [], parameters: JSONValue = .null, reversibility: Reversibility = .exact,
    isDestructive: Bool = false, isRepeatable: Bool = false, isNative: Bool = false
  ) {
    self.driver = driver
    self.layer = layer
    self.role = role
    self.summary = summary
    self.place = place
    self.directory = directory
    self.targets = targets
    self.parameters = parameters
    self.reversibility = reversibility
    self.isDestructive = isDestructive
    self.isRepeatable = isRepeatable
    self.isNative = isNative
  }

  /// Nobody knows what it touches: there is nothing to observe, keep or put back.
  public var isOpaque: Bool { targets.isEmpty }
}

/// Whether a step can be taken back.
public enum Reversibility: Codable, Hashable, Sendable {
  case exact
  /// What is lost.
  case partial(String)
  /// Why not. Such a step is a point of no return.
  case none(String)

  public var label: String {
    switch self {
    case .exact: "exact"
    case .partial(let lost): "partial: \(lost)"
    case .none(let why): "none: \(why)"
    }
  }
  public var isPointOfNoReturn: Bool { if case .none = self { true } else { false } }
}

/// What a driver is asked to recognise.
public enum ParsedAction: Codable, Hashable, Sendable {
  case command(ParsedCommand)
  case sql(SQLText)
  case config(ConfigBlock)
  case file(FileDefinition)
  /// Something a person does.
  case manual(String)
}

/// What is known, without asking the system, of where an action acts.
public struct ReadingContext: Sendable {
  /// The absolute folder of the session at this step.
  public var directory: String
  /// The session's variables as far as they are known.
  public var variables: [String: String]
  /// The operator's own variables, which no step changes: what `env:NAME` refers to.
  public var operatorVariables: [String: String]
  /// Variables that an earlier step or the shell sets, to what only the run will tell.
  public var unknownVariables: Set<String> = []
  public var connections: [String: Connection]
  /// URL prefix in the document → URL prefix to call.
  public var endpoints: [String: String]
  public var layers: [String: DeclaredLayer]
  public var binding: StepBinding?
  /// `config_file` of the bindings.
  public var configFile: String?

  public init(
    directory: String, variables: [String: String] = [:], operatorVariables: [String: String]? = nil,
    connections: [String: Connection] = [:], endpoints: [String: String] = [:], layers: [String: DeclaredLayer] = [:],
    binding: StepBinding? = nil,
    configFile: String? = nil
  ) {
    self.directory = directory
    self.variables = variables
    self.operatorVariables = operatorVariables ?? variables
    self.connections = connections
    self.endpoints = endpoints
    self.layers = layers
    self.binding = binding
    self.configFile = configFile
  }

  /// `path` made absolute against the session's folder, `~` and `.`/`..` resolved by text alone.
  public func absolutePath(_ path: String) -> String {
    var text = path
    if text == "~" || text.hasPrefix("~/"), let home = variables["HOME"] { text = home + text.dropFirst() }
    if !text.hasPrefix("/") { text = directory + "/" + text }
    return "/" + text.withoutDots
  }
}

extension String {
  /// A path without `.` and `..`, by its text alone, and without slashes at its ends: `a/c` of `a/./b/../c`.
  public var withoutDots: String {
    var parts: [Substring] = []
    for part in split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }
}
