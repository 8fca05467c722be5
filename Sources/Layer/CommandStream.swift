import Foundation
import Runbook
import Subprocess

/// A dump may be larger than memory: its bytes go through in pieces.
extension ProcessRunner {
  /// Past `request.timeout` the command is stopped, and its output ends.
  ///
  /// Throws `CommandFailure` where it could not be started, and what `body` throws; the command is stopped then.
  public func read<Value: Sendable>(
    _ request: CommandRequest, _ body: (_ next: () async throws -> Data?) async throws -> Value
  ) async throws -> (value: Value, result: CommandResult) {
    let configuration = try Self.configuration(of: request, writes: false)
    do {
      let result = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .bytes(limit: request.outputLimit)
      ) { execution in
        let watch = Self.watch(execution, seconds: request.timeout)
        defer { watch.cancel() }
        var pieces = execution.standardOutput.makeAsyncIterator()
        do {
          return try await body {
            try await pieces.next().map { piece in piece.withUnsafeBytes { Data($0) } }
          }
        } catch {
          try? execution.send(signal: .terminate, toProcessGroup: true)
          throw error
        }
      }
      return (
        result.closureResult,
        CommandResult(
          status: Self.status(result.terminationStatus), output: Data(), errors: Data(result.standardError))
      )
    } catch let error as SubprocessError {
      throw Self.failure(error, of: request)
    }
  }

  /// Past `request.timeout` the command is stopped.
  ///
  /// Throws `CommandFailure` where it could not be started, and what `body` throws; the command is stopped then.
  public func write(
    _ request: CommandRequest, _ body: (_ write: (Data) async throws -> Void) async throws -> Void
  ) async throws -> CommandResult {
    let configuration = try Self.configuration(of: request, writes: true)
    do {
      let result = try await Subprocess.run(
        configuration, input: .inputWriter, output: .bytes(limit: request.outputLimit),
        error: .bytes(limit: request.outputLimit)
      ) { execution in
        let watch = Self.watch(execution, seconds: request.timeout)
        defer { watch.cancel() }
        let writer = execution.standardInputWriter
        var isOpen = true
        do {
          try await body { data in
            if isOpen { isOpen = await Self.feed(data, to: writer) }
          }
          try await writer.finish()
        } catch let error where !(error is SubprocessError) {
          try? execution.send(signal: .terminate, toProcessGroup: true)
          throw error
        }
      }
      return CommandResult(
        status: Self.status(result.terminationStatus), output: Data(result.standardOutput),
        errors: Data(result.standardError))
    } catch let error as SubprocessError {
      throw Self.failure(error, of: request)
    }
  }

  private static func watch<Input, Output, Error>(
    _ execution: Execution<Input, Output, Error>, seconds: Int
  ) -> Task<Void, Never> {
    Task {
      guard (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
      try? execution.send(signal: .terminate, toProcessGroup: true)
    }
  }
}
