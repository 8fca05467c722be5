import Foundation
import Journal
import Layer
import Planning
import Runbook

/// Everything that gives the engine effects: what it runs, with what, and who it tells and asks.
public struct RunContext: Sendable {
  public var plan: Plan
  public var planHash: Digest
  public var run: RunIdentifier
  public var journal: any Journal
  public var clock: any InstantSource
  public var drivers: DriverList
  public var parser: any ShellParsing
  public var runner: any CommandRunning
  public var checks: any CheckAnswering
  public var secrets: any SecretResolving
  public var redactor: Redactor
  public var sessions: any SessionOpening
  /// The image store of a step, by the step's id.
  public var images: @Sendable (_ step: String) -> any ImageStore
  /// Where carried files are laid out while the run goes on.
  public var carriedFolder: String
  /// The process's environment, with what the session needs on top.
  public var variables: [String: String]
  public var operatorName: String
  public var hostName: String
  /// Asks the person at the terminal; nil: nobody is there, the run waits.
  public var ask: (@Sendable ([Ask], RunState) async -> [RunAnswer]?)?
  /// Told of every event after it is durable.
  public var report: @Sendable (RunEvent, RunState) -> Void
  /// Told of a step's output as it comes, redacted.
  public var output: @Sendable (_ step: String, _ text: String) -> Void
  /// Steps that run without a before-image, with the reason.
  public var withoutKeep: [String: String]
  public var faults: FaultInjector
  /// Told of a wider redactor, where the session was seen to hold more secrets.
  public var learned: @Sendable (Redactor) -> Void = { _ in }

  public init(
    plan: Plan, planHash: Digest, run: RunIdentifier, journal: any Journal, clock: any InstantSource,
    drivers: DriverList, parser: any ShellParsing, runner: any CommandRunning, checks: any CheckAnswering,
    secrets: any SecretResolving, redactor: Redactor, sessions: any SessionOpening,
    images: @escaping @Sendable (String) -> any ImageStore, carriedFolder: String, variables: [String: String],
    operatorName: String, hostName: String, ask: (@Sendable ([Ask], RunState) async -> [RunAnswer]?)? = nil,
    report: @escaping @Sendable (RunEvent, RunState) -> Void = { _, _ in },
    output: @escaping @Sendable (String, String) -> Void = { _, _ in }, withoutKeep: [String: String] = [:],
    faults: FaultInjector = .none
  ) {
    self.plan = plan
    self.planHash = planHash
    self.run = run
    self.journal = journal
    self.clock = clock
    self.drivers = drivers
    self.parser = parser
    self.runner = runner
    self.checks = checks
    self.secrets = secrets
    self.redactor = redactor
    self.sessions = sessions
    self.images = images
    self.carriedFolder = carriedFolder
    self.variables = variables
    self.operatorName = operatorName
    self.hostName = hostName
    self.ask = ask
    self.report = report
    self.output = output
    self.withoutKeep = withoutKeep
    self.faults = faults
  }
}

/// A statement for the session.
public struct StatementOrder: Sendable {
  /// Unique in the run: `step-4/2#1`.
  public var id: String
  public var text: String
  /// Seconds.
  public var timeout: Int
  public var interactive: Bool

  public init(id: String, text: String, timeout: Int, interactive: Bool = false) {
    self.id = id
    self.text = text
    self.timeout = timeout
    self.interactive = interactive
  }
}

/// What is known of a statement that was handed over earlier.
public enum StatementTrace: Sendable {
  case neverStarted
  case running
  case ended(Outcome)
  /// Started, and nobody saw the end; `alive`: processes of it that still live.
  case lost(alive: [Int32])
}

/// The run's shell, as the engine uses it.
public protocol RunSession: ShellSession {
  func run(_ order: StatementOrder, onOutput: @escaping @Sendable (Data) -> Void) async throws -> Outcome
  /// Waits for a statement that is still running.
  func wait(for id: String, onOutput: @escaping @Sendable (Data) -> Void) async throws -> Outcome
  /// Ends the host; processes left in the background are spared.
  func end() async
}

/// Opens the run's session: a new one, one restored from its snapshot, or one whose host still lives.
public protocol SessionOpening: Sendable {
  func open(directory: String, variables: [String: String]) async throws -> any RunSession
  func trace(of statement: String) async throws -> StatementTrace
  /// Ends a host that still lives, where the run is over.
  func end() async
}

/// How a call of the engine ended.
public struct RunResult: Sendable {
  public var state: RunState
  /// What it waits for, where it waits.
  public var waiting: [Ask]

  public init(state: RunState, waiting: [Ask]) {
    self.state = state
    self.waiting = waiting
  }
}
