import Foundation
import Runbook
import Subprocess
import SystemPackage

/// Runs commands as processes of their own group, stdin closed or given, bounded in time and output.
public struct ProcessRunner: CommandRunning {
  public init() {}

  /// Where `path` has the program. Subprocess itself would start a process for each folder of `path` that lacks it.
  private static func located(_ name: String, in path: String, directory: String) -> String? {
    if name.contains("/") { return name }
    for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
      let candidate =
        (folder.isEmpty ? directory : folder.hasPrefix("/") ? "\(folder)" : "\(directory)/\(folder)") + "/" + name
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
        FileManager.default.isExecutableFile(atPath: candidate)
      {
        return candidate
      }
    }
    return nil
  }

  /// Writing to a command that has ended already would end this process with it. What Subprocess starts has the signal's
  /// own meaning again.
  private static let outlivesBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

  /// Throws `CommandFailure`.
  static func configuration(of request: CommandRequest, writes: Bool) throws -> Configuration {
    if writes { outlivesBrokenPipes }
    guard let name = request.words.first else {
      throw CommandFailure(words: [], reason: .notStarted("no command was given"))
    }
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(2))]
    var variables = request.variables
    if variables["PATH"] == nil { variables["PATH"] = ProcessInfo.processInfo.environment["PATH"] }
    let environment = Environment.custom(
      Dictionary(
        variables.compactMap { key, value in Environment.Key(rawValue: key).map { ($0, value) } },
        uniquingKeysWith: { $1 }))
    guard let path = located(name, in: variables["PATH"] ?? "", directory: request.directory) else {
      throw CommandFailure(words: request.words, reason: .notFound)
    }
    return Configuration(
      executable: .path(FilePath(path)),
      arguments: Arguments(Array(request.words.dropFirst())),
      environment: environment, workingDirectory: FilePath(request.directory), platformOptions: options)
  }

  /// False: the command reads no more. Its status tells how it ended.
  static func feed(_ data: Data, to writer: StandardInputWriter) async -> Bool {
    (try? await writer.write([UInt8](data))) != nil
  }

  static func status(_ status: TerminationStatus) -> Int {
    switch status {
    case .exited(let code): Int(code)
    case .signaled(let signal): 128 + Int(signal)
    }
  }

  static func failure(_ error: SubprocessError, of request: CommandRequest) -> CommandFailure {
    switch error.code {
    case .executableNotFound: CommandFailure(words: request.words, reason: .notFound)
    default: CommandFailure(words: request.words, reason: .notStarted(error.description))
    }
  }

  public func run(_ request: CommandRequest) async throws -> CommandResult {
    let configuration = try Self.configuration(of: request, writes: request.input?.isEmpty == false)
    do {
      return try await withThrowingTaskGroup(of: CommandResult?.self) { group in
        group.addTask {
          let result = try await Subprocess.run(
            configuration, input: .inputWriter, output: .bytes(limit: request.outputLimit),
            error: .bytes(limit: request.outputLimit)
          ) { execution in
            // Not `input: .array`: where the command ends before it has read all, that ends this process
            // (swift-subprocess issue 367).
            if let input = request.input, !input.isEmpty {
              _ = await Self.feed(input, to: execution.standardInputWriter)
            }
            try await execution.standardInputWriter.finish()
          }
          return CommandResult(
            status: Self.status(result.terminationStatus), output: Data(result.standardOutput),
            errors: Data(result.standardError))
        }
        group.addTask {
          try await Task.sleep(for: .seconds(request.timeout))
          return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
          throw CommandFailure(words: request.words, reason: .timedOut(seconds: request.timeout))
        }
        return result
      }
    } catch let error as SubprocessError {
      throw Self.failure(error, of: request)
    }
  }
}
