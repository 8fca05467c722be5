import Foundation

/// A sealed file that grows: output and session snapshots. A crash costs at most the chunk that was being written.
///
///     "BOSLOG1\n"  8 bytes
///     key check   16 bytes
///     frames      4 bytes of length (little-endian), then as many bytes
///
/// A frame is either the 24-byte header of a secretstream, which begins a segment (the length's top bit is set), or a
/// sealed chunk. Every opening for writing begins a segment. The magic, `context` and the segment's number are
/// authenticated with every chunk, so that neither chunks nor segments can be left out, moved or exchanged; only the
/// end of the last segment can be missing, unless the log was finished.
public enum SealedLog {
  static let magic = Data("BOSLOG1\n".utf8)
  static var headBytes: Int { magic.count + SealingKey.checkBytes }
  /// Plain bytes of a chunk at most; longer ones are written as several.
  public static let chunkBytes = 1 << 20
  static let segmentBit: UInt32 = 1 << 31

  /// How the end of a log looks.
  public enum Ending: String, Codable, Hashable, Sendable {
    /// Closed by `finish`: nothing is missing.
    case finished
    /// Still open, or its writer died between two chunks.
    case open
    /// Its writer died while it wrote: the last chunk is not whole. (Power loss may leave it its length, so a last chunk
    /// that does not open counts too: whoever can change the end can as well cut it off.)
    case torn
    /// A chunk before the last does not open: somebody changed it. What stood before it is proven.
    case changed
  }

  /// Everything that is proven, and how it ends. Throws `SealedFileError` where it cannot be read at all.
  public static func read(_ path: String, key: SealingKey, context: String) throws -> (data: Data, ending: Ending) {
    let reader = try SealedLogReader(path: path, key: key, context: context)
    var data = Data()
    while let chunk = try reader.next() { data.append(chunk) }
    return (data, reader.ending)
  }

  static func authenticated(_ context: String, segment: Int) -> [UInt8] {
    Array(magic) + withUnsafeBytes(of: UInt64(segment).littleEndian, Array.init) + Array(context.utf8)
  }

  static func frame(_ bytes: Data, isSegment: Bool = false) -> Data {
    let length = UInt32(bytes.count) | (isSegment ? segmentBit : 0)
    return withUnsafeBytes(of: length.littleEndian) { Data($0) } + bytes
  }
}
