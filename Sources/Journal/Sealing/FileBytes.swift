import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Whole reads and writes of a file.
enum FileBytes {
  /// Writes everything; the `errno` where it could not.
  static func write(_ data: Data, to descriptor: Int32) -> Int32? {
    data.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = Foundation.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if count < 0 {
          if errno == EINTR { continue }
          return errno
        }
        offset += count
      }
      return nil
    }
  }

  /// Up to `count` bytes, fewer only at the end of the file. Throws `SealedFileError`, naming `path`.
  static func read(_ count: Int, from descriptor: Int32, path: String) throws -> Data {
    var result = Data(count: count)
    var filled = 0
    while filled < count {
      let got = result.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0 {
        if errno == EINTR { continue }
        throw SealedFileError.of(errno, path: path)
      }
      if got == 0 { break }
      filled += got
    }
    return filled == count ? result : Data(result.prefix(filled))
  }
}
