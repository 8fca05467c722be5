import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Folders and file names of what Backout keeps.
public enum Folder {
  /// Makes `path` and the folders above it that are missing, each 0700 and durable. Throws `FolderError`.
  public static func make(_ path: String) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw FolderError(path: path, code: ENOTDIR) }
      return
    }
    let parent = (path as NSString).deletingLastPathComponent
    if !parent.isEmpty, parent != path { try make(parent) }
    guard mkdir(path, 0o700) == 0 else {
      // Another process made it meanwhile.
      if errno == EEXIST { return }
      throw FolderError(path: path, code: errno)
    }
    if !parent.isEmpty { try sync(parent) }
  }

  /// Makes the names in a folder durable. Throws `FolderError`.
  public static func sync(_ path: String) throws {
    let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FolderError(path: path, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FolderError(path: path, code: errno) }
  }

  /// Bytes that this user may still write where `path` lies (the nearest folder that exists). Throws `FolderError`.
  public static func freeBytes(at path: String) throws -> Int {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else {
      let code = errno
      let parent = (path as NSString).deletingLastPathComponent
      guard code == ENOENT, !parent.isEmpty, parent != path else { throw FolderError(path: path, code: code) }
      return try freeBytes(at: parent)
    }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// `name` as one safe file name: other bytes than letters, digits, `_`, `-` and inner `.` become `%XX`; a long name
  /// ends in its digest. Two names never become one.
  public static func safeName(_ name: String) -> String {
    var result = ""
    for (index, byte) in name.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where index > 0:
        result.append(".")
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        result += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    if result.isEmpty { return "%" }
    return result.utf8.count <= 120 ? result : "\(result.prefix(50))~\(Digest(of: name).hex)"
  }
}

/// A folder that could not be used.
public struct FolderError: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  /// `errno`.
  public var code: Int32

  public init(path: String, code: Int32) {
    self.path = path
    self.code = code
  }

  /// From an error of Foundation's.
  init(path: String, _ error: any Error) {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError ?? error as? POSIXError
    self.init(path: path, code: underlying.map(\.code.rawValue) ?? EIO)
  }

  public var description: String { "the folder \(path) cannot be used: \(String(cString: strerror(code)))" }
}
