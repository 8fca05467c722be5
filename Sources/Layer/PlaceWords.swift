import Foundation
import Runbook

extension Place {
  /// The words that run `command` in this place. `ssh` hands one text to the other side's shell, so what goes through
  /// it is quoted; every other prefix takes words.
  public func words(for command: [String]) -> [String] {
    switch self {
    case .here: command
    case .sudo, .container, .pod: prefix + command
    case .ssh: prefix + [ShellQuoting.quoted(command)]
    case .nested(let outer, let inner): outer.words(for: inner.words(for: command))
    }
  }

  /// The same, and the command gets the standard input that it is given.
  func words(for command: [String], withInput: Bool) -> [String] {
    (withInput ? takingInput : self).words(for: command)
  }

  public var isHere: Bool { self == .here }

  /// Whether a path means the same file as here.
  public var sharesFiles: Bool {
    switch self {
    case .here, .sudo: true
    case .ssh, .container, .pod, .nested: false
    }
  }

  /// Whoever acts: its processes are this machine's, and a request goes out from it.
  public var isThisMachine: Bool {
    switch self {
    case .here, .sudo: true
    case .nested(let outer, let inner): outer.isThisMachine && inner.isThisMachine
    case .ssh, .container, .pod: false
    }
  }

  /// The same machine for whoever acts there.
  public var machine: Place {
    switch self {
    case .sudo: .here
    case .nested(let outer, let inner) where inner.machine == .here: outer.machine
    case .nested(let outer, let inner): .nested(outer: outer.machine, inner: inner.machine)
    case .here, .ssh, .container, .pod: self
    }
  }
}

extension StepEnvironment {
  /// Runs a command in the place of `effect`, with words that may hold spaces and line ends, and with `variables` there
  /// too. The command must name its folder itself (`git -C`, absolute paths). Throws `CommandFailure` where it could not
  /// be started.
  public func runInPlace(
    _ words: [String], of effect: Effect, input: Data? = nil, variables: [String: String] = [:],
    timeout: Int? = nil, outputLimit: Int = 64 << 20
  ) async throws -> CommandResult {
    var words = words
    if !effect.place.isHere, !variables.isEmpty {
      // A prefix does not carry this process's variables to the other side.
      words = ["env"] + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + words
    }
    return try await runner.run(
      CommandRequest(
        words: effect.place.words(for: words, withInput: input != nil), directory: "/",
        variables: context.variables.merging(variables) { $1 }, input: input, timeout: timeout ?? settings.timeout,
        outputLimit: outputLimit))
  }
}

extension Place {
  /// The same place, for a command that reads its standard input: `docker exec` and `kubectl exec` close it without -i.
  public var takingInput: Place {
    switch self {
    case .here, .sudo, .ssh: return self
    case .container(let name, let prefix):
      // `docker compose exec` hands it on by itself.
      guard !prefix.contains("compose"), prefix.first != "docker-compose" else { return self }
      return .container(name: name, prefix: Self.withInput(prefix))
    case .pod(let name, let prefix): return .pod(name: name, prefix: Self.withInput(prefix))
    case .nested(let outer, let inner): return .nested(outer: outer.takingInput, inner: inner.takingInput)
    }
  }

  private static func withInput(_ prefix: [String]) -> [String] {
    guard let exec = prefix.firstIndex(of: "exec") else { return prefix }
    return Array(prefix[...exec]) + ["-i"] + Array(prefix[(exec + 1)...])
  }
}
