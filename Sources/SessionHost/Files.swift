import Foundation
import Glibc

/// Small files, written whole.
enum Files {
  /// All or nothing, but for power loss. Throws an `errno` as `POSIXError`.
  static func replace(_ path: String, with data: Data) throws {
    let new = path + ".new"
    let fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard fd >= 0 else { throw failure() }
    defer { close(fd) }
    try fill(fd, data)
    guard rename(new, path) == 0 else { throw failure() }
  }

  /// `path`, or the nearest folder above it that exists.
  static func nearestFolder(to path: String) -> String {
    var candidate = path
    while candidate.count > 1 {
      var status = stat()
      if stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(candidate, X_OK) == 0 {
        return candidate
      }
      candidate = (candidate as NSString).deletingLastPathComponent
    }
    return "/"
  }

  private static func fill(_ fd: Int32, _ data: Data) throws {
    try data.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Glibc.write(fd, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw failure() }
        done += count
      }
    }
  }

  private static func failure() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
