import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Reads a sealed file chunk by chunk; each one is proven before it is given.
public final class SealedFileReader {
  private let path: String
  private let descriptor: Int32
  private var stream: SecretStream.Opener
  private var isFinished = false
  private let isKeyKnown: Bool

  /// Throws `SealedFileError`.
  public init(path: String, key: SealingKey, context: String) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SealedFileError.of(errno, path: path) }
    self.descriptor = descriptor
    do {
      (stream, isKeyKnown) = try Self.start(descriptor, path: path, key: key, context: context)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func start(
    _ descriptor: Int32, path: String, key: SealingKey, context: String
  ) throws -> (SecretStream.Opener, isKeyKnown: Bool) {
    let head = try FileBytes.read(SealedFile.headBytes, from: descriptor, path: path)
    guard head.count == SealedFile.headBytes, head.prefix(SealedFile.magic.count) == SealedFile.magic else {
      throw SealedFileError.changed(path: path, why: "it does not begin like a sealed file")
    }
    let check = head.dropFirst(SealedFile.magic.count).prefix(SealingKey.checkBytes)
    guard
      let stream = SecretStream.Opener(
        key: key, header: Data(head.suffix(SecretStream.headerBytes)), context: SealedFile.authenticated(context))
    else { throw SealedFileError.changed(path: path, why: "its header cannot be read") }
    return (stream, Data(check) == key.check)
  }

  /// The next plain bytes; nil at the end, which is proven to be the end. Throws `SealedFileError`.
  public func next() throws -> Data? {
    guard !isFinished else { return nil }
    let sealed = try FileBytes.read(SealedFile.chunkBytes + SecretStream.overhead, from: descriptor, path: path)
    guard let (plain, isFinal) = stream.open(sealed) else {
      guard isKeyKnown else { throw SealedFileError.wrongKey(path: path) }
      throw SealedFileError.changed(
        path: path, why: sealed.isEmpty ? "its end was cut off" : "a part of it does not open")
    }
    // Only the right key opens a chunk.
    guard isKeyKnown else { throw SealedFileError.changed(path: path, why: "its key check was changed") }
    if isFinal {
      guard try FileBytes.read(1, from: descriptor, path: path).isEmpty else {
        throw SealedFileError.changed(path: path, why: "something was added to its end")
      }
      isFinished = true
      return plain.isEmpty ? nil : plain
    }
    guard plain.count == SealedFile.chunkBytes else {
      throw SealedFileError.changed(path: path, why: "a part of it is missing")
    }
    return plain
  }
}
