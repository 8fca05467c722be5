import Foundation
import Runbook

/// Everything a driver may reach while it works on one step.
public struct StepEnvironment: Sendable {
  /// `run/step`, for names in the target system (an application name, a stash message).
  public var label: String
  public var context: ReadingContext
  public var images: any ImageStore
  public var runner: any CommandRunning
  /// The run's shell. Nil while planning, observing and verifying outside a run.
  public var session: (any ShellSession)?
  public var secrets: any SecretResolving
  /// Hides the secrets of this run in what is shown.
  public var redactor: Redactor
  public var settings: Settings
  /// For a plan: a look that has to wait is given up soon, and is said.
  public var isPlanning = false
  /// After acting: what was started is given a moment to fall over.
  public var isVerifying = false
  /// That moment.
  public var watch = Duration.seconds(2)
  /// After acting: `Outcome.background` of the step.
  public var leftInBackground: Set<Int> = []
  /// For a plan: `Forecast.arrives` of the steps before.
  public var arriving: [String: String] = [:]
  /// For a plan: working trees and folders in which a step or command before brings other files, and the files that it
  /// edits or brings by themselves. Asked for where a driver needs it: every step before is gone through.
  public var changing: @Sendable () -> Set<String> = { [] }
  /// Makes a marker durable in the journal before the change that it stands for (a transaction id).
  public var mark: @Sendable (JSONValue) async throws -> Void

  public init(
    label: String, context: ReadingContext, images: any ImageStore, runner: any CommandRunning,
    session: (any ShellSession)? = nil, secrets: any SecretResolving, redactor: Redactor = Redactor(),
    settings: Settings = Settings(), mark: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
  ) {
    self.label = label
    self.context = context
    self.images = images
    self.runner = runner
    self.session = session
    self.secrets = secrets
    self.redactor = redactor
    self.settings = settings
    self.mark = mark
  }

  /// Runs a read-only command in the effect's own place and folder, without the session. Throws `CommandFailure` only
  /// where it could not be started; a status other than 0 is the caller's to judge.
  public func run(
    _ words: [String], for effect: Effect, input: Data? = nil, variables: [String: String] = [:]
  ) async throws -> CommandResult {
    try await runner.run(
      CommandRequest(
        words: effect.place.words(for: words, withInput: input != nil), directory: effect.directory,
        variables: context.variables.merging(variables) { $1 }, input: input, timeout: settings.timeout))
  }

  /// `text` with the secrets that its tokens name filled in. For the last moment only.
  public func reveal(_ text: String) async throws -> String {
    var values: [String: String] = [:]
    for name in SecretToken.names(in: text) { values[name] = try await secrets.value(of: name) }
    return SecretToken.replace(in: text) { values[$0] ?? "" }
  }
}

/// Resolves secrets by parameter name or reference.
public protocol SecretResolving: Sendable {
  /// Throws where it cannot be had, naming the reference and never the value.
  func value(of name: String) async throws -> String
  func value(of reference: SecretReference) async throws -> String
}

public struct CommandRequest: Sendable {
  public var words: [String]
  public var directory: String
  public var variables: [String: String]
  public var input: Data?
  /// Seconds.
  public var timeout: Int
  /// Bytes of output kept of each stream; the rest is read and counted.
  public var outputLimit: Int

  public init(
    words: [String], directory: String, variables: [String: String] = [:], input: Data? = nil, timeout: Int = 60,
    outputLimit: Int = 64 << 20
  ) {
    self.words = words
    self.directory = directory
    self.variables = variables
    self.input = input
    self.timeout = timeout
    self.outputLimit = outputLimit
  }
}

public struct CommandResult: Sendable {
  public var status: Int
  public var output: Data
  public var errors: Data

  public init(status: Int, output: Data, errors: Data = Data()) {
    self.status = status
    self.output = output
    self.errors = errors
  }

  public var text: String { String(decoding: output, as: UTF8.self) }
  public var trimmed: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
  public var errorText: String {
    String(decoding: errors, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// A command that could not be run at all.
public struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable { case notFound, timedOut(seconds: Int), notStarted(String) }
  public var words: [String]
  public var reason: Reason

  public init(words: [String], reason: Reason) {
    self.words = words
    self.reason = reason
  }

  public var description: String {
    let name = words.first ?? "command"
    return switch reason {
    case .notFound: "\(name): not found"
    case .timedOut(let seconds): "\(name): did not end within \(seconds) s and was stopped"
    case .notStarted(let why): "\(name): could not be started: \(why)"
    }
  }
}

/// Runs commands outside the session: observations and checks.
public protocol CommandRunning: Sendable {
  func run(_ request: CommandRequest) async throws -> CommandResult
  /// Gives `body` the command's output piece by piece, nil at its end. The command's status is known only after `body`:
  /// whoever keeps what it reads has the command say at the end that it is whole.
  func read<Value: Sendable>(
    _ request: CommandRequest, _ body: (_ next: () async throws -> Data?) async throws -> Value
  ) async throws -> (value: Value, result: CommandResult)
  /// Lets `body` write the command's input piece by piece. A command that ends before it has read all is not an error
  /// here: its status says what it came to.
  func write(
    _ request: CommandRequest, _ body: (_ write: (Data) async throws -> Void) async throws -> Void
  ) async throws -> CommandResult
}

/// What only runs whole commands hands their bytes over whole.
extension CommandRunning {
  public func read<Value: Sendable>(
    _ request: CommandRequest, _ body: (_ next: () async throws -> Data?) async throws -> Value
  ) async throws -> (value: Value, result: CommandResult) {
    let result = try await run(request)
    var rest: Data? = result.output
    let value = try await body {
      defer { rest = nil }
      return rest
    }
    return (value, result)
  }

  public func write(
    _ request: CommandRequest, _ body: (_ write: (Data) async throws -> Void) async throws -> Void
  ) async throws -> CommandResult {
    var request = request
    var input = Data()
    try await body { input.append($0) }
    request.input = input
    return try await run(request)
  }
}

/// The run's shell, held by the session host.
public protocol ShellSession: Sendable {
  /// Runs one statement as written; its end is known, or `SessionLost` is thrown.
  func run(_ statement: String, timeout: Int) async throws -> Outcome
  /// The words as this session's shell expands them now. Words with a command substitution must not be given.
  func expand(_ words: [String]) async throws -> [[String]]
  /// The session's folder and exported variables now.
  func state() async throws -> SessionState
}

public struct SessionState: Codable, Hashable, Sendable {
  public var directory: String
  public var variables: [String: String]

  public init(directory: String, variables: [String: String]) {
    self.directory = directory
    self.variables = variables
  }
}
