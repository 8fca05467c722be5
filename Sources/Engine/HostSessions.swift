import Foundation
import Journal
import Layer
import SessionHost

/// Sessions of one run, held by a host that is this binary, re-executed.
public struct HostSessions: SessionOpening {
  public var folder: SessionFolder
  /// This program's own path.
  public var executable: String
  public var key: SealingKey
  /// Bytes of output kept of a statement.
  public var outputMaximum: Int

  public init(folder: SessionFolder, executable: String, key: SealingKey, outputMaximum: Int) {
    self.folder = folder
    self.executable = executable
    self.key = key
    self.outputMaximum = outputMaximum
  }

  /// The living host's session; else a new host, which takes over what an earlier one kept.
  public func open(directory: String, variables: [String: String]) async throws -> any RunSession {
    if let client = try await SessionHostClient.attach(to: folder) {
      return HostSession(client: client, outputMaximum: outputMaximum)
    }
    let client = try await SessionHostClient.launch(
      executable: executable, folder: folder, directory: directory, environment: variables,
      restoring: FileManager.default.fileExists(atPath: folder.snapshotPath), key: key)
    return HostSession(client: client, outputMaximum: outputMaximum)
  }

  public func end() async { try? await SessionHostClient.attach(to: folder)?.end() }

  public func trace(of statement: String) async throws -> StatementTrace {
    if let client = try await SessionHostClient.attach(to: folder) {
      // Now, and not when the last reference goes: the session is opened next, and the host has one client at a time.
      defer { client.drop() }
      switch try await client.status(of: statement) {
      case .notStarted: return .neverStarted
      case .running: return .running
      case .ended(let result): return .ended(HostSession.outcome(of: withOutput(result, of: statement)))
      case .unknown: break
      }
    } else {
      switch try folder.status(of: statement) {
      case .notStarted: return .neverStarted
      case .ended(let result): return .ended(HostSession.outcome(of: withOutput(result, of: statement)))
      case .running, .unknown: break
      }
    }
    return .lost(alive: folder.liveProcesses(of: statement))
  }

  /// A host that took over knows from the records that a statement ended; what it printed lies sealed beside them.
  private func withOutput(_ result: StatementResult, of statement: String) -> StatementResult {
    guard result.outputTail.isEmpty, result.outputBytes > 0 else { return result }
    var result = result
    do {
      result.outputTail = try folder.output(of: statement, key: key) ?? Data()
    } catch {
      result.notices.append("what it printed cannot be read again: \(error)")
    }
    return result
  }
}

/// The run's shell, through its host.
struct HostSession: RunSession {
  var client: SessionHostClient
  var outputMaximum: Int

  func run(_ order: StatementOrder, onOutput: @escaping @Sendable (Data) -> Void) async throws -> Outcome {
    let result = try await client.run(
      StatementRequest(
        id: order.id, text: order.text, timeout: Double(order.timeout), outputLimit: outputMaximum,
        interactive: order.interactive), onOutput: onOutput)
    return Self.outcome(of: result)
  }

  func run(_ statement: String, timeout: Int) async throws -> Outcome {
    try await run(StatementOrder(id: UUID().uuidString, text: statement, timeout: timeout), onOutput: { _ in })
  }

  func wait(for id: String, onOutput: @escaping @Sendable (Data) -> Void) async throws -> Outcome {
    Self.outcome(of: try await client.wait(for: id, onOutput: onOutput))
  }

  func expand(_ words: [String]) async throws -> [[String]] { try await client.expand(words) }

  func state() async throws -> SessionState {
    let snapshot = try await client.state()
    return SessionState(directory: snapshot.directory, variables: snapshot.variables)
  }

  func end() async { try? await client.end() }

  /// The last 16 KiB, from the beginning of a line: half a secret would not be recognised as one.
  private static func shownEnd(of result: StatementResult) -> String {
    let limit = 16 << 10
    let end = result.outputTail.suffix(limit)
    guard result.outputTail.count > limit || result.outputLeftOut > 0 else {
      return String(decoding: end, as: UTF8.self)
    }
    let newline = end.prefix(4096).firstIndex(of: 0x0A).map { end.index(after: $0) }
    return String(
      decoding: end[(newline ?? end.index(end.startIndex, offsetBy: min(4096, end.count)))...], as: UTF8.self)
  }

  static func outcome(of result: StatementResult) -> Outcome {
    let text = shownEnd(of: result)
    var summary =
      result.timedOut
      ? "did not end in time and was stopped"
      : result.signal.map { "ended by signal \($0)" } ?? "exit \(result.exitStatus)"
    if result.outputLeftOut > 0 { summary += "; \(result.outputLeftOut) bytes of its output were not kept" }
    for notice in result.notices { summary += "; \(notice)" }
    var outcome = Outcome(
      exitStatus: result.exitStatus, succeeded: result.exitStatus == 0 && !result.timedOut, summary: summary,
      output: text)
    if !result.backgroundProcesses.isEmpty { outcome.background = result.backgroundProcesses.map { Int($0) } }
    return outcome
  }
}
