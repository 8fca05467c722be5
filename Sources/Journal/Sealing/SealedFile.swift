import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// A sealed file, whole or absent.
///
///     "BOSEAL1\n"  8 bytes
///     key check   16 bytes: which key, without telling anything of it
///     header      24 bytes: libsodium secretstream (XChaCha20-Poly1305)
///     chunks      64 KiB of plain bytes each, 17 bytes longer sealed; the last one shorter, with the final tag
///
/// The magic and `context` are authenticated with every chunk: a file that is put in another's place does not open.
public enum SealedFile {
  static let magic = Data("BOSEAL1\n".utf8)
  /// Plain bytes of a chunk.
  public static let chunkBytes = 64 << 10
  static var headBytes: Int { magic.count + SealingKey.checkBytes + SecretStream.headerBytes }

  /// Seals `data` into `path` in one go; what stood there is replaced whole. Throws `SealedFileError`.
  @discardableResult
  public static func write(
    _ data: Data, to path: String, key: SealingKey, context: String
  ) throws -> (digest: Digest, bytes: Int) {
    let writer = try SealedFileWriter(path: path, key: key, context: context)
    try writer.append(data)
    return try writer.finish()
  }

  /// Everything in it. Throws `SealedFileError`.
  public static func read(_ path: String, key: SealingKey, context: String) throws -> Data {
    let reader = try SealedFileReader(path: path, key: key, context: context)
    var result = Data()
    while let chunk = try reader.next() { result.append(chunk) }
    return result
  }

  /// Bytes on disk of a sealed file with `plain` bytes in it.
  public static func sealedBytes(of plain: Int) -> Int {
    headBytes + plain + (plain / chunkBytes + 1) * SecretStream.overhead
  }

  static func authenticated(_ context: String) -> [UInt8] { Array(magic) + Array(context.utf8) }
}

public enum SealedFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No room on the disk: what was written of the file is removed. `needed`: bytes on disk that were known to be
  /// wanted so far.
  case noRoom(path: String, needed: Int?)
  /// Changed or cut off after it was sealed, put in another's place, or no sealed file at all.
  case changed(path: String, why: String)
  /// Sealed with another key.
  case wrongKey(path: String)
  case missing(path: String)
  case unusable(path: String, code: Int32)

  public var description: String {
    switch self {
    case .noRoom(let path, let needed):
      """
      no room on the disk for \(path)\(needed.map { " (at least \($0) bytes)" } ?? ""): what was written of it is \
      removed. Make room, or set BACKOUT_HOME to a larger disk
      """
    case .changed(let path, let why):
      "\(path) is not what was kept: \(why). Nothing was done with it"
    case .wrongKey(let path):
      """
      \(path) was sealed with another key. Nothing was done with it; give the key that it was kept with by \
      BACKOUT_KEY or BACKOUT_KEY_COMMAND
      """
    case .missing(let path):
      "\(path) is missing. Nothing was changed"
    case .unusable(let path, let code):
      "\(path) cannot be used: \(String(cString: strerror(code))). Nothing was changed"
    }
  }

  /// The error of a failed write or open.
  static func of(_ code: Int32, path: String, needed: Int? = nil) -> SealedFileError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .noRoom(path: path, needed: needed)
    case ENOENT: .missing(path: path)
    default: .unusable(path: path, code: code)
    }
  }
}
