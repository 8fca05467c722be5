import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Appends to a sealed log; one writer a path at a time.
public final class SealedLogWriter {
  private let path: String
  private let descriptor: Int32
  private var stream: SecretStream.Sealer
  /// Bytes on disk that are whole.
  private var length: Int
  private var isFinished = false

  /// Makes the log (0600), or goes on behind its last whole chunk, whatever a crash left there. Throws
  /// `SealedFileError`: `changed` where the log was finished, or a chunk of it was changed (nothing is cut off then).
  public init(path: String, key: SealingKey, context: String) throws {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SealedFileError.of(errno, path: path) }
    self.descriptor = descriptor
    do {
      let (whole, segment) = try Self.end(of: path, descriptor: descriptor, key: key, context: context)
      stream = SecretStream.Sealer(key: key, context: SealedLog.authenticated(context, segment: segment))
      length = whole
      guard ftruncate(descriptor, off_t(whole)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
        throw SealedFileError.of(errno, path: path)
      }
      let head = whole == 0 ? SealedLog.magic + key.check : Data()
      try Self.write(
        head + SealedLog.frame(stream.header, isSegment: true), path: path, descriptor: descriptor, length: &length)
      if whole == 0 { try Folder.sync((path as NSString).deletingLastPathComponent) }
    } catch {
      close(descriptor)
      if let error = error as? FolderError { throw SealedFileError.of(error.code, path: path) }
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Seals `data` as a chunk of its own. Throws `SealedFileError`; then the log is as it was before.
  ///
  /// - Parameter isDurable: on disk on return.
  public func append(_ data: Data, isDurable: Bool = false) throws {
    var start = data.startIndex
    while start < data.endIndex {
      let end = min(start + SealedLog.chunkBytes, data.endIndex)
      try seal(data[start..<end], tag: .push)
      start = end
    }
    if isDurable { try sync() }
  }

  /// Makes everything durable. Throws `SealedFileError`.
  public func sync() throws {
    guard fsync(descriptor) == 0 else { throw SealedFileError.of(errno, path: path) }
  }

  /// Writes the final chunk: from now on a missing end is noticed. Durable on return; harmless twice.
  public func finish() throws {
    guard !isFinished else { return }
    try seal(Data(), tag: .final)
    isFinished = true
    try sync()
  }

  private func seal(_ data: Data, tag: SecretStream.Tag) throws {
    guard !isFinished else { throw SealedFileError.changed(path: path, why: "it was finished") }
    // A copy of the state: a chunk that finds no room must not count in the stream.
    var next = stream
    try Self.write(
      SealedLog.frame(next.seal(data, tag: tag)), path: path, descriptor: descriptor, length: &length)
    stream = next
  }

  private static func write(_ data: Data, path: String, descriptor: Int32, length: inout Int) throws {
    if let code = FileBytes.write(data, to: descriptor) {
      ftruncate(descriptor, off_t(length))
      lseek(descriptor, off_t(length), SEEK_SET)
      throw SealedFileError.of(code, path: path, needed: length + data.count)
    }
    length += data.count
  }

  /// Where the last whole chunk ends, and the number of the segment to come.
  private static func end(
    of path: String, descriptor: Int32, key: SealingKey, context: String
  ) throws -> (whole: Int, segment: Int) {
    // A head that is not whole: it died at its beginning.
    guard lseek(descriptor, 0, SEEK_END) >= off_t(SealedLog.headBytes) else { return (0, 0) }
    let reader = try SealedLogReader(path: path, key: key, context: context)
    while try reader.next() != nil {}
    guard reader.isKeyKnown else { throw SealedFileError.wrongKey(path: path) }
    switch reader.ending {
    case .open, .torn: return (reader.whole, reader.segments)
    case .finished: throw SealedFileError.changed(path: path, why: "it was finished, and cannot grow")
    case .changed: throw SealedFileError.changed(path: path, why: "a part of it does not open")
    }
  }
}
