import CSystemCalls
import Foundation
import Glibc
import Journal

/// A run's shell, as the tool sees it. One client at a time; the shell goes on when the client dies.
///
/// Everything throws `SessionLost` where the host died or dropped this client, and `SessionError` where it refused.
public struct SessionHostClient: Sendable {
  public let folder: SessionFolder
  public let hostPid: Int32
  private let connection: HostConnection

  /// Starts a host with a new shell.
  /// - Parameters:
  ///   - executable: this program's own path.
  ///   - directory: where the shell begins; it must exist.
  ///   - environment: all of the shell's environment. It goes through the socket.
  ///   - restoring: whether the shell takes over the state that an earlier host of this folder kept.
  ///   - key: for what the session keeps on disk.
  public static func launch(
    executable: String, folder: SessionFolder, directory: String, environment: [String: String], restoring: Bool,
    key: SealingKey
  ) async throws -> SessionHostClient {
    // One that was killed a moment ago may still be on its way out.
    let patience = SystemClock.nanoseconds() + 2_000_000_000
    while let pid = folder.hostPid {
      guard SystemClock.nanoseconds() < patience else { throw SessionError.hostAlive(pid: pid) }
      try await Task.sleep(for: .milliseconds(10))
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw SessionError.folderNotUsable(path: folder.path, errno: errno)
    }
    chmod(folder.path, 0o700)
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends) == 0 else {
      throw SessionError.hostNotStarted(path: executable, errno: errno)
    }
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(nothing) }
    let isFirst = access(folder.recordsPath, F_OK) != 0
    let own = ProcessInfo.processInfo.environment.filter { name, _ in
      // A fault strikes once: the host that takes over counts anew.
      name == "BACKOUT_FAULT" && isFirst || name == "BACKOUT_FAULT_LOG"
        || ["PATH", "HOME", "LANG", "TZ", "LD_LIBRARY_PATH"].contains(name)
    }
    let started = Spawn.start(
      executable, arguments: ["backout", SessionHostMain.verb, folder.path], environment: own, directory: "/",
      descriptors: [nothing, nothing, nothing, ends[1]], targets: [0, 1, 2, 3], leadsSession: true)
    // Now: held open here, it would hide that the host died before it answered.
    close(ends[1])
    guard case .success(let pid) = started else {
      close(ends[0])
      guard case .failure(let failure) = started else {
        throw SessionError.hostNotStarted(path: executable, errno: ENOEXEC)
      }
      throw SessionError.hostNotStarted(path: executable, errno: failure.number)
    }
    Self.reap(pid)
    let connection = HostConnection(fd: ends[0], folder: folder)
    _ = try await connection.ask(
      .start(directory: directory, environment: environment, key: Data(key.bytes), restoring: restoring))
    return SessionHostClient(folder: folder, hostPid: pid, connection: connection)
  }

  /// The client of a host that lives; nil: no host is alive, or one that was never told where to begin, and ends. Throws `SessionError.inUse` where another process that is
  /// alive has it.
  public static func attach(to folder: SessionFolder) async throws -> SessionHostClient? {
    guard let pid = folder.hostPid, let fd = try SocketFile.connect(to: folder) else { return nil }
    let connection = HostConnection(fd: fd, folder: folder)
    do {
      _ = try await connection.ask(.hello)
    } catch is SessionLost where folder.hostPid == nil {
      return nil
    } catch SessionError.neverBegun {
      return nil
    }
    return SessionHostClient(folder: folder, hostPid: pid, connection: connection)
  }

  /// Runs one statement and waits for its end. `onOutput` is called in order, from a thread of its own; it should be
  /// quick. Where this task is cancelled the statement goes on.
  public func run(
    _ request: StatementRequest, onOutput: @escaping @Sendable (Data) -> Void = { _ in }
  ) async throws -> StatementResult {
    var request = request
    if request.text.utf8.contains(0) { throw SessionError.holdsNUL }
    if request.interactive, request.terminal == nil { request.terminal = "/proc/\(getpid())/fd/0" }
    return try await result(of: .run(request), onOutput)
  }

  private func result(
    of request: HostRequest, _ onOutput: @escaping @Sendable (Data) -> Void
  ) async throws -> StatementResult {
    let before = connection.shell
    connection.shell = nil
    let result = try Self.result(try await connection.ask(request, onOutput: onOutput), folder)
    if let mark = result.state, mark == before?.mark { connection.shell = before }
    return result
  }

  /// Waits for a statement that an earlier client started; gives its result where it has ended already.
  public func wait(
    for id: String, onOutput: @escaping @Sendable (Data) -> Void = { _ in }
  ) async throws -> StatementResult {
    try await result(of: .wait(id), onOutput)
  }

  /// The words as the shell expands them now, each word of shell syntax to any number of words; what is not set
  /// expands to nothing. Nothing in the session changes. Words that would run a command are refused.
  public func expand(_ words: [String]) async throws -> [[String]] {
    guard case .words(let result) = try await connection.ask(.expand(words)) else { throw Self.odd(folder) }
    return result
  }

  public func state() async throws -> SessionSnapshot {
    if let known = connection.shell, known.directoryExists, access(known.directory, F_OK) == 0 { return known }
    guard case .state(let result) = try await connection.ask(.state) else { throw Self.odd(folder) }
    connection.shell = result.mark == nil ? nil : result
    return result
  }

  public func status(of id: String) async throws -> StatementStatus {
    guard case .status(let result) = try await connection.ask(.status(id)) else { throw Self.odd(folder) }
    return result
  }

  /// TERM to all processes of a running statement, KILL 5 s later to what is left. Returns at once; `wait` tells the
  /// end. Does nothing where it has ended.
  public func terminate(_ id: String) async throws { _ = try await connection.ask(.terminate(id)) }

  /// Ends the host and its shell; what statements left in the background lives on. Throws
  /// `SessionError.statementRunning` while a statement runs.
  public func end() async throws {
    _ = try await connection.ask(.end)
    // Gone when the host has closed its end.
    do { _ = try await connection.ask(.hello) } catch is SessionLost {}
  }

  /// Lets the host go without ending it, as this process's death would.
  public func drop() { connection.close() }

  private static func result(_ reply: HostReply, _ folder: SessionFolder) throws -> StatementResult {
    guard case .result(let result) = reply else { throw odd(folder) }
    return result
  }

  private static func odd(_ folder: SessionFolder) -> SessionLost {
    SessionLost(folder: folder.path, why: "its host answered something else than was asked")
  }

  /// Takes the host's status when it ends, so that no zombie stays while this process lives.
  private static func reap(_ pid: Int32) {
    let fd = backout_pidfd_open(pid)
    guard fd >= 0 else { return }
    let source = DispatchSource.makeReadSource(fileDescriptor: fd, queue: .global())
    source.setEventHandler {
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      source.cancel()
    }
    source.setCancelHandler { close(fd) }
    source.resume()
  }
}
