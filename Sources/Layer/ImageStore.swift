import Foundation
import Runbook

/// Kept bytes: where they are and what they must be.
public struct BlobReference: Codable, Hashable, Sendable {
  public var name: String
  /// Of the plain bytes.
  public var digest: Digest
  /// Plain bytes.
  public var bytes: Int

  public init(name: String, digest: Digest, bytes: Int) {
    self.name = name
    self.digest = digest
    self.bytes = bytes
  }
}

/// Where before-images lie, encrypted. A step has one of its own: names are the step's.
public protocol ImageStore: Sendable {
  /// Writes chunks until `next` gives nil. Durable on return; a name that is already kept whole is kept once: its
  /// reference is returned and nothing is written. Throws where there is no room: what was written so far is removed.
  func save(_ name: String, chunks next: () async throws -> Data?) async throws -> BlobReference
  /// Reads it back in chunks, checking the digest at the end; throws where it was changed.
  func load(_ blob: BlobReference, each chunk: (Data) async throws -> Void) async throws
  /// The references of what is kept whole under this step.
  func kept(_ name: String) async throws -> BlobReference?
}

extension ImageStore {
  public func save(_ name: String, data: Data) async throws -> BlobReference {
    var rest: Data? = data
    return try await save(name) {
      defer { rest = nil }
      return rest
    }
  }

  public func load(_ blob: BlobReference) async throws -> Data {
    var result = Data()
    try await load(blob) { result.append($0) }
    return result
  }
}
