import Foundation
import Layer
import Runbook

/// Before-images in memory, for tests.
public struct MemoryImageStore: ImageStore {
  private actor Storage {
    var blobs: [String: Data] = [:]
    var writes = 0

    func set(_ data: Data, for name: String) {
      blobs[name] = data
      writes += 1
    }
  }

  private let storage = Storage()

  public init() {}

  /// How often something was written: keeping twice must write once.
  public var writes: Int { get async { await storage.writes } }

  public func save(_ name: String, chunks next: () async throws -> Data?) async throws -> BlobReference {
    if let reference = try await kept(name) { return reference }
    var data = Data()
    while let chunk = try await next() { data.append(chunk) }
    await storage.set(data, for: name)
    return BlobReference(name: name, digest: Digest(of: data), bytes: data.count)
  }

  public func load(_ blob: BlobReference, each chunk: (Data) async throws -> Void) async throws {
    guard let data = await storage.blobs[blob.name] else { throw CocoaError(.fileNoSuchFile) }
    try await chunk(data)
  }

  public func kept(_ name: String) async throws -> BlobReference? {
    await storage.blobs[name].map { BlobReference(name: name, digest: Digest(of: $0), bytes: $0.count) }
  }
}

/// Secrets by name and by environment variable, for tests.
public struct FixedSecrets: SecretResolving {
  public struct Missing: Error { public var name: String }
  public var values: [String: String]

  public init(_ values: [String: String] = [:]) { self.values = values }

  public func value(of name: String) async throws -> String {
    guard let value = values[name] else { throw Missing(name: name) }
    return value
  }
  public func value(of reference: SecretReference) async throws -> String {
    switch reference {
    case .environment(let name): try await value(of: name)
    case .file(let path): try String(contentsOfFile: path, encoding: .utf8)
    case .command: throw Missing(name: reference.text)
    }
  }
}

/// A shell for driver tests: each statement in a bash of its own, in a folder that stays.
public struct PlainShell: ShellSession {
  public var directory: String
  public var variables: [String: String]
  private let runner = ProcessRunner()

  public init(directory: String, variables: [String: String]) {
    self.directory = directory
    self.variables = variables
  }

  public func run(_ statement: String, timeout: Int) async throws -> Outcome {
    let result = try await bash(statement, timeout: timeout)
    return Outcome(
      exitStatus: result.status, succeeded: result.status == 0, summary: "exit \(result.status)",
      output: result.text + result.errorText)
  }

  public func expand(_ words: [String]) async throws -> [[String]] {
    var expanded: [[String]] = []
    for word in words {
      let result = try await bash("set -- \(word); [ $# -eq 0 ] || printf '%s\\0' \"$@\"", timeout: 10)
      expanded.append(result.text.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init))
    }
    return expanded
  }

  public func state() async throws -> SessionState { SessionState(directory: directory, variables: variables) }

  private func bash(_ text: String, timeout: Int) async throws -> CommandResult {
    try await runner.run(
      CommandRequest(
        words: ["bash", "--noprofile", "--norc", "-c", text], directory: directory, variables: variables,
        timeout: timeout))
  }
}
