import Foundation
import Glibc

/// A unix socket named `s` in a folder. It is reached through `/proc/self/fd`, since an address holds only 108 bytes.
enum SocketFile {
  static func listen(in folder: SessionFolder) throws -> Int32 {
    try withAddress(in: folder) { fd, address, length in
      unlink(folder.path + "/" + SessionFolder.socketName)
      return bind(fd, address, length) == 0 && Glibc.listen(fd, 8) == 0
    }
  }

  /// Nil where nobody listens.
  static func connect(to folder: SessionFolder) throws -> Int32? {
    do {
      return try withAddress(in: folder) { Glibc.connect($0, $1, $2) == 0 }
    } catch SessionError.folderNotUsable(_, let number) where number == ECONNREFUSED || number == ENOENT {
      return nil
    }
  }

  private static func withAddress(
    in folder: SessionFolder, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws -> Int32 {
    let directory = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw SessionError.folderNotUsable(path: folder.path, errno: errno) }
    defer { close(directory) }
    let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    guard fd >= 0 else { throw SessionError.folderNotUsable(path: folder.path, errno: errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array("/proc/self/fd/\(directory)/\(SessionFolder.socketName)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let succeeded = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if succeeded { return fd }
    let number = errno
    close(fd)
    throw SessionError.folderNotUsable(path: folder.path, errno: number)
  }
}
