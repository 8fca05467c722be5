import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Writes a sealed file under a temporary name; `finish` makes it durable under its own. Dropped without `finish`, it
/// leaves nothing.
public final class SealedFileWriter {
  private let path: String
  private let partial: String
  private var descriptor: Int32
  private var stream: SecretStream.Sealer
  private var pending = Data()
  private var digest = RunningDigest()
  private var bytes = 0

  /// Throws `SealedFileError`. `path`'s folder exists; one writer a path at a time.
  public init(path: String, key: SealingKey, context: String) throws {
    self.path = path
    partial = path + ".partial"
    stream = SecretStream.Sealer(key: key, context: SealedFile.authenticated(context))
    // What a crash left.
    unlink(partial)
    descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SealedFileError.of(errno, path: path) }
    try write(SealedFile.magic + key.check + stream.header)
  }

  deinit { cancel() }

  /// Throws `SealedFileError`; then the file is cancelled.
  public func append(_ data: Data) throws {
    digest.update(data)
    bytes += data.count
    pending.append(data)
    // One byte more than a chunk: the last chunk is only known at the end, and carries the final tag.
    var start = pending.startIndex
    while pending.endIndex - start > SealedFile.chunkBytes {
      let end = start + SealedFile.chunkBytes
      try write(stream.seal(pending[start..<end], tag: .message))
      start = end
    }
    pending = Data(pending[start...])
  }

  /// The digest and the number of the plain bytes, when the file is on disk under its name. Throws `SealedFileError`;
  /// then the file is cancelled.
  public func finish() throws -> (digest: Digest, bytes: Int) {
    // A file of whole chunks ends with an empty one, so that its length follows from its plain bytes.
    if pending.count == SealedFile.chunkBytes {
      try write(stream.seal(pending, tag: .message))
      pending = Data()
    }
    try write(stream.seal(pending, tag: .final))
    guard fsync(descriptor) == 0 else { throw failure(errno) }
    close(descriptor)
    descriptor = -1
    guard rename(partial, path) == 0 else { throw failure(errno) }
    do {
      try Folder.sync((path as NSString).deletingLastPathComponent)
    } catch let error as FolderError {
      throw SealedFileError.of(error.code, path: path)
    }
    return (digest.digest, bytes)
  }

  /// Removes what was written. Harmless twice, and after `finish`.
  public func cancel() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    unlink(partial)
  }

  private func write(_ data: Data) throws {
    guard descriptor >= 0 else { throw SealedFileError.unusable(path: path, code: EBADF) }
    if let code = FileBytes.write(data, to: descriptor) { throw failure(code) }
  }

  private func failure(_ code: Int32) -> SealedFileError {
    if descriptor >= 0 { cancel() } else { unlink(partial) }
    return .of(code, path: path, needed: SealedFile.sealedBytes(of: bytes))
  }
}
