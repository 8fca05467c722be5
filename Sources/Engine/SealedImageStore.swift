import Foundation
import Journal
import Layer
import Runbook

/// A step's before-images in sealed files, in a folder of its own (0700, files 0600).
///
/// A blob is two files: the bytes, and a small sealed record beside them (`.kept`) with their digest and number, which
/// is written last. So a blob without a record was never whole, and a record without its blob was tampered with: that
/// is an error, since keeping again would keep the state after the change.
public struct SealedImageStore: ImageStore {
  public let folder: String
  private let key: SealingKey
  /// What the files are bound to besides their names: `run/step`.
  private let label: String

  /// - Parameter label: `run/step`; a file of another label does not open here. Touches nothing.
  public init(folder: String, label: String, key: SealingKey) {
    self.folder = folder
    self.label = label
    self.key = key
  }

  /// The store of a run's step.
  public init(home: HomeFolder, run: RunIdentifier, step: String, key: SealingKey) {
    self.init(folder: home.images(of: run, step: step), label: "\(run.text)/\(step)", key: key)
  }

  /// Throws `SealedFileError`, `FolderError`, and what `next` throws; then nothing of the blob is left.
  public func save(_ name: String, chunks next: () async throws -> Data?) async throws -> BlobReference {
    if let reference = try await kept(name) { return reference }
    try Folder.make(folder)
    let writer = try SealedFileWriter(path: path(name), key: key, context: context(name))
    while let chunk = try await next() { try writer.append(chunk) }
    let (digest, bytes) = try writer.finish()
    let reference = BlobReference(name: name, digest: digest, bytes: bytes)
    do {
      try SealedFile.write(
        try CanonicalJSON.data(of: reference), to: recordPath(name), key: key, context: recordContext(name))
    } catch {
      try? FileManager.default.removeItem(atPath: path(name))
      throw error
    }
    return reference
  }

  /// Throws `SealedFileError`: `changed` where the bytes are not those of `blob`. The chunks given before that were
  /// proven one by one.
  public func load(_ blob: BlobReference, each chunk: (Data) async throws -> Void) async throws {
    let path = path(blob.name)
    let reader = try SealedFileReader(path: path, key: key, context: context(blob.name))
    var digest = RunningDigest()
    var bytes = 0
    while let data = try reader.next() {
      digest.update(data)
      bytes += data.count
      try await chunk(data)
    }
    guard digest.digest == blob.digest, bytes == blob.bytes else {
      throw SealedFileError.changed(path: path, why: "its bytes are not those that the journal names")
    }
  }

  /// Reads the record, not the bytes. Throws `SealedFileError` where the record was changed or its blob is not there.
  public func kept(_ name: String) async throws -> BlobReference? {
    let data: Data
    do {
      data = try SealedFile.read(recordPath(name), key: key, context: recordContext(name))
    } catch SealedFileError.missing {
      return nil
    }
    let reference = try CanonicalJSON.value(BlobReference.self, of: data)
    let path = path(name)
    let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    guard reference.name == name, size == SealedFile.sealedBytes(of: reference.bytes) else {
      throw size == nil
        ? SealedFileError.missing(path: path)
        : SealedFileError.changed(path: path, why: "its length is not what was kept")
    }
    return reference
  }

  private func path(_ name: String) -> String { "\(folder)/\(Folder.safeName(name)).image" }
  private func recordPath(_ name: String) -> String { "\(folder)/\(Folder.safeName(name)).kept" }
  private func context(_ name: String) -> String { "image \(label) \(name)" }
  private func recordContext(_ name: String) -> String { "kept \(label) \(name)" }
}
