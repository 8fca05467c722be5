import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Reads a sealed log as far as it is proven.
public final class SealedLogReader {
  private let path: String
  private let key: SealingKey
  private let context: String
  private let descriptor: Int32
  let isKeyKnown: Bool
  private var stream: SecretStream.Opener?
  private var isAtEnd = false
  /// How the log ends; known when `next` gave nil.
  public private(set) var ending = SealedLog.Ending.open
  /// Bytes of the file that are proven, and the segments begun in them.
  private(set) var whole = SealedLog.headBytes
  private(set) var segments = 0

  /// Throws `SealedFileError`.
  public init(path: String, key: SealingKey, context: String) throws {
    self.path = path
    self.key = key
    self.context = context
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SealedFileError.of(errno, path: path) }
    self.descriptor = descriptor
    do {
      let head = try FileBytes.read(SealedLog.headBytes, from: descriptor, path: path)
      guard head.count == SealedLog.headBytes, head.prefix(SealedLog.magic.count) == SealedLog.magic else {
        throw SealedFileError.changed(path: path, why: "it does not begin like a sealed log")
      }
      isKeyKnown = Data(head.suffix(SealingKey.checkBytes)) == key.check
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// The next proven chunk; nil at the end, of which `ending` says what it is. Throws `SealedFileError`.
  public func next() throws -> Data? {
    while !isAtEnd {
      let prefix = try FileBytes.read(4, from: descriptor, path: path)
      if prefix.isEmpty { return end(.open) }
      guard prefix.count == 4 else { return end(.torn) }
      let length = prefix.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let count = Int(length & ~SealedLog.segmentBit)
      let isSegment = length & SealedLog.segmentBit != 0
      guard
        isSegment
          ? count == SecretStream.headerBytes
          : (SecretStream.overhead...SealedLog.chunkBytes + SecretStream.overhead).contains(count)
      else { return end(try isRestEmpty(after: prefix) ? .torn : .changed) }
      let bytes = try FileBytes.read(count, from: descriptor, path: path)
      guard bytes.count == count else { return end(.torn) }
      if isSegment {
        stream = SecretStream.Opener(
          key: key, header: bytes, context: SealedLog.authenticated(context, segment: segments))
        segments += 1
        whole += 4 + count
        continue
      }
      guard let (plain, isFinal) = stream?.open(bytes) else {
        guard isKeyKnown else { throw SealedFileError.wrongKey(path: path) }
        return end(try FileBytes.read(1, from: descriptor, path: path).isEmpty ? .torn : .changed)
      }
      guard isKeyKnown else { throw SealedFileError.changed(path: path, why: "its key check was changed") }
      whole += 4 + count
      if isFinal {
        return end(try FileBytes.read(1, from: descriptor, path: path).isEmpty ? .finished : .changed)
      }
      if !plain.isEmpty { return plain }
    }
    return nil
  }

  /// Room that the file system gave before the bytes came reads as zeros.
  private func isRestEmpty(after prefix: Data) throws -> Bool {
    var part = prefix
    while !part.isEmpty {
      guard part.allSatisfy({ $0 == 0 }) else { return false }
      part = try FileBytes.read(SealedLog.chunkBytes, from: descriptor, path: path)
    }
    return true
  }

  private func end(_ ending: SealedLog.Ending) -> Data? {
    self.ending = ending
    isAtEnd = true
    return nil
  }
}
