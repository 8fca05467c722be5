/// What `backout.yaml` says: everything that prose cannot. One file, several runbooks.
public struct Bindings: Codable, Hashable, Sendable {
  public var service: String?
  public var runbooks: [String: RunbookBindings]
  /// Overlays over every runbook's bindings, chosen by `--env`.
  public var environments: [String: RunbookBindings]
  public var layers: [String: DeclaredLayer]
  public var people: [String: Person]
  public var settings: Settings

  public init(
    service: String? = nil, runbooks: [String: RunbookBindings] = [:], environments: [String: RunbookBindings] = [:],
    layers: [String: DeclaredLayer] = [:], people: [String: Person] = [:], settings: Settings = Settings()
  ) {
    self.service = service
    self.runbooks = runbooks
    self.environments = environments
    self.layers = layers
    self.people = people
    self.settings = settings
  }

  /// The bindings of one runbook, with the overlay of `environment` on top.
  public func bindings(for runbook: String, environment: String?) -> RunbookBindings {
    var result = runbooks[runbook] ?? RunbookBindings()
    if let environment, let overlay = environments[environment] { result.merge(overlay) }
    return result
  }

  /// The same with each overlay on top, by its environment's name.
  public func bindings(forEachEnvironmentOf runbook: String) -> [String: RunbookBindings] {
    environments.mapValues { overlay in
      var result = runbooks[runbook] ?? RunbookBindings()
      result.merge(overlay)
      return result
    }
  }
}

public struct RunbookBindings: Codable, Hashable, Sendable {
  /// Placeholder name → value.
  public var parameters: [String: Parameter]
  /// URL prefix in the document → URL prefix to call.
  public var endpoints: [String: String]
  /// Command as the document writes it (its beginning, by whole words) → command to run.
  public var commands: [String: String]
  public var connections: [String: Connection]
  /// Procedure id → stage or step ids, in order.
  public var procedures: [String: [String]]
  /// Choice id → option id.
  public var choices: [String: String]
  /// Step id or slug → what it needs. `is` decides which step is meant.
  public var steps: [String: StepBinding]
  /// Paths that later steps execute though an earlier step removes them: kept at the run's start and run from the copy.
  public var carry: [String]
  /// Where `env` fences go.
  public var configFile: String?
  /// Who must approve before the first change.
  public var approvals: [String]

  public init(
    parameters: [String: Parameter] = [:], endpoints: [String: String] = [:], commands: [String: String] = [:],
    connections: [String: Connection] = [:], procedures: [String: [String]] = [:], choices: [String: String] = [:],
    steps: [String: StepBinding] = [:], carry: [String] = [], configFile: String? = nil, approvals: [String] = []
  ) {
    self.parameters = parameters
    self.endpoints = endpoints
    self.commands = commands
    self.connections = connections
    self.procedures = procedures
    self.choices = choices
    self.steps = steps
    self.carry = carry
    self.configFile = configFile
    self.approvals = approvals
  }

  /// By its name, else as it is spelled.
  public func parameter(for hole: Placeholder) -> Parameter? { parameters[hole.name] ?? parameters[hole.spelling] }

  /// Lays `overlay` over these bindings; its entries win.
  public mutating func merge(_ overlay: RunbookBindings) {
    parameters.merge(overlay.parameters) { $1 }
    endpoints.merge(overlay.endpoints) { $1 }
    commands.merge(overlay.commands) { $1 }
    connections.merge(overlay.connections) { $1 }
    procedures.merge(overlay.procedures) { $1 }
    choices.merge(overlay.choices) { $1 }
    steps.merge(overlay.steps) { $1 }
    if !overlay.carry.isEmpty { carry = overlay.carry }
    configFile = overlay.configFile ?? configFile
    if !overlay.approvals.isEmpty { approvals = overlay.approvals }
  }
}

/// What fills a placeholder.
public enum Parameter: Codable, Hashable, Sendable {
  case value(String)
  /// A read-only command, run once at plan time; its trimmed output is the value.
  case from(command: String)
  case secret(SecretReference)
}

/// Where a secret is; never the secret.
public enum SecretReference: Codable, Hashable, Sendable {
  case environment(String)
  case file(String)
  case command(String)

  /// `env:NAME`, `file:PATH`, `command:TEXT`; nil for anything else.
  public init?(_ text: String) {
    if let name = text.dropping(prefix: "env:") {
      self = .environment(name)
    } else if let path = text.dropping(prefix: "file:") {
      self = .file(path)
    } else if let command = text.dropping(prefix: "command:") {
      self = .command(command)
    } else {
      return nil
    }
  }

  public var text: String {
    switch self {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    case .command(let command): "command:\(command)"
    }
  }
}

extension String {
  /// What follows `prefix`, where the string begins with it.
  public func dropping(prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}

/// A connection by name: `{ postgres: env:DATABASE_URL }` or `{ sqlite: path }`.
public enum Connection: Codable, Hashable, Sendable {
  case postgres(SecretReference)
  /// A URL or conninfo without a password.
  case postgresLiteral(String)
  case sqlite(String)
}

public struct StepBinding: Codable, Hashable, Sendable {
  /// The beginning of the command that it is for.
  public var `is`: String?
  public var `guard`: BoundCheck?
  /// Guards that no earlier step cures: they are asked for the plan too, and must hold from the start.
  public var ready: [BoundCheck]
  public var verify: BoundCheck?
  /// A command that reverses the step.
  public var undo: String?
  /// A command whose output is the state that the step changes.
  public var observe: String?
  public var connection: String?
  /// Seconds.
  public var timeout: Int?
  public var interactive: Bool?
  /// Runs this instead of a code fence or a manual step.
  public var run: String?
  /// Safe to act again where the before-state is still there.
  public var repeatable: Bool?
  /// Leave the step out, with this reason.
  public var skip: String?
  /// HTTP undo: more fields to put back, or the request that restores.
  public var restore: [String]
  public var approval: String?

  public init(
    is: String? = nil, guard: BoundCheck? = nil, verify: BoundCheck? = nil, undo: String? = nil,
    observe: String? = nil, connection: String? = nil, timeout: Int? = nil, interactive: Bool? = nil,
    run: String? = nil, repeatable: Bool? = nil, skip: String? = nil, restore: [String] = [], approval: String? = nil,
    ready: [BoundCheck] = []
  ) {
    self.ready = ready
    self.is = `is`
    self.guard = `guard`
    self.verify = verify
    self.undo = undo
    self.observe = observe
    self.connection = connection
    self.timeout = timeout
    self.interactive = interactive
    self.run = run
    self.repeatable = repeatable
    self.skip = skip
    self.restore = restore
    self.approval = approval
  }
}

/// `{ sql: …, expect: 0 }`, `{ run: …, expect: { contains: ok } }`, `{ http: …, expect: { status: 200 } }`.
public struct BoundCheck: Codable, Hashable, Sendable {
  public var question: Check.Question
  public var expectation: Expectation
  /// What is asked, in a person's words.
  public var title: String?

  public init(question: Check.Question, expectation: Expectation, title: String? = nil) {
    self.title = title
    self.question = question
    self.expectation = expectation
  }
}

/// Any migration tool, in four commands. `{revision}` is the migration that a command takes back or makes again,
/// `{target}` the one that the database is at afterwards; other names take a word each.
public struct DeclaredMigrations: Codable, Hashable, Sendable {
  /// Prints the revision that the database is at, as its last line; nothing where it is at none.
  public var current: String
  /// Prints every revision, a line each, oldest first.
  public var list: String
  /// The command that goes down, as the runbook writes it.
  public var down: String
  /// The command that goes up again.
  public var up: String
  /// Prints the SQL that `down` would run. Nil: nobody knows what it touches.
  public var sql: String?
  /// The tables that `down` may touch, where there is no `sql`. None: every table of the connection.
  public var tables: [String]

  public init(
    current: String, list: String, down: String, up: String, sql: String? = nil, tables: [String] = []
  ) {
    self.current = current
    self.list = list
    self.down = down
    self.up = up
    self.sql = sql
    self.tables = tables
  }
}

public struct Person: Codable, Hashable, Sendable {
  public var name: String?
  public var notify: String?

  public init(name: String? = nil, notify: String? = nil) {
    self.name = name
    self.notify = notify
  }
}

public struct Settings: Codable, Hashable, Sendable {
  /// Bytes a step may keep without being asked for.
  public var keepMaximum: Int
  /// Seconds a step may take where nothing else is said.
  public var timeout: Int
  /// Bytes of output kept of a step.
  public var outputMaximum: Int
  /// Days that a run's before-images are kept.
  public var retentionDays: Int
  /// A connection whose target holds an advisory lock for the run's time.
  public var lock: String?

  public init(
    keepMaximum: Int = 1 << 30, timeout: Int = 900, outputMaximum: Int = 64 << 20, retentionDays: Int = 90,
    lock: String? = nil
  ) {
    self.keepMaximum = keepMaximum
    self.timeout = timeout
    self.outputMaximum = outputMaximum
    self.retentionDays = retentionDays
    self.lock = lock
  }
}
