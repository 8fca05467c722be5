import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// One run per service at a time: an OS lock, held while this value lives. The kernel gives it up when the process
/// dies, however it dies (an open-file-description lock); commands that the run starts do not inherit it.
public final class ServiceLock: Sendable {
  public let service: String
  public let path: String
  private let descriptor: Int32

  // fcntl's `F_OFD_GETLK` and `F_OFD_SETLK`: the C library hides them from Swift behind a feature macro.
  #if os(Linux)
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37
  #else
    private static let getLock: Int32 = 92
    private static let setLock: Int32 = 90
  #endif

  /// Who holds a lock, as its file says.
  public struct Holder: Codable, Hashable, Sendable {
    public var process: Int32
    public var run: RunIdentifier?
  }

  private init(service: String, path: String, descriptor: Int32) {
    self.service = service
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    // Closing alone would leave the lock to a child that stands between its fork and its exec.
    release()
    close(descriptor)
  }

  /// Takes the lock without waiting. `home` exists. Throws `ServiceLockError`.
  public static func acquire(
    service: String, run: RunIdentifier? = nil, in home: HomeFolder
  ) throws -> ServiceLock {
    let path = home.lock(of: service)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ServiceLockError.unusable(path: path, code: errno) }
    var range = wholeFile(F_WRLCK)
    guard fcntl(descriptor, Self.setLock, &range) == 0 else {
      let code = errno
      defer { close(descriptor) }
      guard code == EWOULDBLOCK || code == EACCES else { throw ServiceLockError.unusable(path: path, code: code) }
      let holder = readHolder(descriptor)
      throw ServiceLockError.held(service: service, byProcess: holder?.process, run: holder?.run)
    }
    let lock = ServiceLock(service: service, path: path, descriptor: descriptor)
    lock.note(run: run)
    return lock
  }

  /// Who holds the service's lock now; nil: nobody.
  public static func holder(of service: String, in home: HomeFolder) -> Holder? {
    let descriptor = open(home.lock(of: service), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Asks without taking: a lock taken to see whether it is free could refuse a run that begins just then.
    var range = wholeFile(F_WRLCK)
    guard fcntl(descriptor, Self.getLock, &range) == 0, range.l_type != F_UNLCK else { return nil }
    return readHolder(descriptor) ?? Holder(process: 0, run: nil)
  }

  /// Writes into the lock's file whose it is. It only informs: the lock itself is the kernel's.
  public func note(run: RunIdentifier?) {
    guard let text = try? CanonicalJSON.text(of: Holder(process: getpid(), run: run)) else { return }
    var line = text + "\n"
    line.withUTF8 { bytes in
      _ = pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
      _ = ftruncate(descriptor, off_t(bytes.count))
    }
  }

  /// Gives the lock up before this value ends. Harmless twice.
  public func release() {
    var range = Self.wholeFile(F_UNLCK)
    _ = fcntl(descriptor, Self.setLock, &range)
  }

  private static func wholeFile(_ type: some BinaryInteger) -> flock {
    var range = flock()
    range.l_type = .init(type)
    range.l_whence = .init(SEEK_SET)
    return range
  }

  private static func readHolder(_ descriptor: Int32) -> Holder? {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    let line = buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }
    return try? CanonicalJSON.value(Holder.self, of: Data(line))
  }
}

public enum ServiceLockError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another process runs this service. Who, where its file says.
  case held(service: String, byProcess: Int32?, run: RunIdentifier?)
  case unusable(path: String, code: Int32)

  public var description: String {
    switch self {
    case .held(let service, let process, let run):
      """
      \(service) is being rolled back already\(run.map { " by run \($0.short)" } ?? "")\
      \(process.map { " (process \($0))" } ?? ""): nothing was changed. `backout status` shows it, `backout pause` and \
      `backout abort` speak to it
      """
    case .unusable(let path, let code):
      "the lock \(path) cannot be used: \(String(cString: strerror(code))). Nothing was changed"
    }
  }
}
