import Foundation
import Layer
import Runbook

/// Resolves secrets by parameter name or reference, from the environment, a file or a command. Nothing is kept.
public struct ReferenceSecrets: SecretResolving {
  /// Names the reference, never the value.
  public struct Unavailable: Error, Hashable, Sendable, CustomStringConvertible {
    public var reference: String
    public var why: String
    public var description: String { "the secret \(reference) cannot be had: \(why)" }
  }

  private let references: [String: SecretReference]
  private let variables: [String: String]
  private let directory: String
  private let runner: any CommandRunning

  /// - Parameters:
  ///   - references: parameter → where its secret is.
  ///   - directory: where relative files and commands are looked for; absolute.
  public init(
    references: [String: SecretReference], variables: [String: String], directory: String, runner: any CommandRunning
  ) {
    self.references = references
    self.variables = variables
    self.directory = directory
    self.runner = runner
  }

  public func value(of name: String) async throws -> String {
    guard let reference = references[name] else {
      throw Unavailable(reference: name, why: "backout.yaml binds no secret of that name")
    }
    return try await value(of: reference)
  }

  public func value(of reference: SecretReference) async throws -> String {
    switch reference {
    case .environment(let name):
      guard let value = variables[name], !value.isEmpty else {
        throw Unavailable(reference: reference.text, why: "the environment has no \(name)")
      }
      return value
    case .file(let path):
      let full = ReadingContext(directory: directory, variables: variables).absolutePath(path)
      guard let data = FileManager.default.contents(atPath: full) else {
        throw Unavailable(reference: reference.text, why: "\(full) cannot be read")
      }
      return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    case .command(let text):
      let result = try await runner.run(
        CommandRequest(words: ["bash", "-c", text], directory: directory, variables: variables, timeout: 60))
      // What it printed may be part of the secret: only its status is told.
      guard result.status == 0 else { throw Unavailable(reference: reference.text, why: "exit \(result.status)") }
      return result.text.trimmingCharacters(in: .newlines)
    }
  }
}

/// A plan keeps nothing.
struct NoImages: ImageStore {
  struct KeepsNothing: Error {}
  func save(_ name: String, chunks next: () async throws -> Data?) async throws -> BlobReference {
    throw KeepsNothing()
  }
  func load(_ blob: BlobReference, each chunk: (Data) async throws -> Void) async throws { throw KeepsNothing() }
  func kept(_ name: String) async throws -> BlobReference? { nil }
}
