import CSystemCalls
import Foundation
import Glibc
import Journal

/// `backout __session-host FOLDER`: what the binary does when it was started as a session's host. Its first client is
/// on descriptor 3, and tells it the rest.
public enum SessionHostMain {
  public static let verb = "__session-host"

  /// - Parameter arguments: all of the command line, the program's name first.
  /// - Returns: the exit status.
  public static func run(arguments: [String]) -> Int32 {
    guard arguments.count == 3 else {
      FileHandle.standardError.write(Data("backout: \(verb) is for backout itself\n".utf8))
      return 2
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    signal(SIGINT, SIG_IGN)
    let folder = SessionFolder(path: arguments[2])
    let signals = backout_signal_descriptor()
    _ = backout_become_subreaper()
    let first = HostClient(3)
    do {
      // Held until this process ends: two hosts would write the same records.
      let lock = open(folder.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard lock >= 0 else { throw SessionError.folderNotUsable(path: folder.path, errno: errno) }
      // One that ends is not named any more, and holds it a moment longer.
      let patience = SystemClock.nanoseconds() + 1_000_000_000
      while flock(lock, LOCK_EX | LOCK_NB) != 0 {
        guard folder.hostPid == nil, SystemClock.nanoseconds() < patience else {
          throw SessionError.hostAlive(pid: folder.hostPid ?? 0)
        }
        usleep(5_000)
      }
      let tool = first?.pid
      let faults = FaultInjector.fromEnvironment(role: .host) { tool }
      try Host(folder: folder, first: first, signals: signals, faults: faults).run()
      close(lock)
      return 0
    } catch {
      first?.send(.failed(Host.sessionError(error, folder)), to: 0)
      return 70
    }
  }
}
