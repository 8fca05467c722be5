import CSystemCalls
import Foundation
import Glibc

/// One bash of the session and the pipes to it.
final class HostShell {
  let mark: ProcessMark
  var pid: Int32 { mark.pid }
  /// Readable when a report comes.
  let reports: Int32
  /// How bash prints this program's EXIT trap; known after the first report.
  var ownTrap: [UInt8] = []
  private let text: Int32
  private let report: Int32
  private var go: Int32
  private let reportWriter: Int32
  private var received: [UInt8] = []

  /// Its first report, to an empty statement after `before`, says that it is ready. Throws
  /// `SessionError.shellNotStarted`.
  init(path: String, directory: String, environment: [String: String], before: Data) throws {
    func pair() throws -> (Int32, Int32) {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else {
        throw SessionError.shellNotStarted(path: path, folder: directory, errno: errno)
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return (ends[0], ends[1])
    }
    let (goReader, goWriter) = try pair()
    let (reportReader, reportWriter) = try pair()
    _ = fcntl(reportReader, F_SETFL, O_NONBLOCK)
    let text = backout_memory_file("statement")
    let report = backout_memory_file("report")
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard text >= 0, report >= 0, nothing >= 0 else {
      throw SessionError.shellNotStarted(path: path, folder: directory, errno: errno)
    }
    self.text = text
    self.report = report
    go = goWriter
    reports = reportReader
    self.reportWriter = reportWriter
    defer {
      Glibc.close(nothing)
      Glibc.close(goReader)
    }
    let first = ShellProgram.first(reportPath: "/proc/\(getpid())/fd/\(reportWriter)")
    let nowhere = Data("/dev/null".utf8)
    Self.fill(text, with: [Data(first.utf8), Data(ShellProgram.each.utf8), before, nowhere, nowhere, Data(), Data()])
    Self.say(ShellProgram.bootstrap + ShellProgram.turn, to: goWriter)
    let targets: [Int32] = [
      0, 1, 2, ShellProgram.textDescriptor, ShellProgram.goDescriptor, ShellProgram.reportDescriptor,
      ShellProgram.signalDescriptor,
    ]
    let result = Spawn.start(
      path, arguments: ["bash", "--noprofile", "--norc", "/dev/fd/\(ShellProgram.goDescriptor)"],
      environment: environment, directory: directory,
      descriptors: [nothing, nothing, nothing, text, goReader, report, reportWriter], targets: targets,
      leadsSession: false)
    switch result {
    case .success(let pid):
      mark =
        ProcessTable.entry(of: pid)?.mark ?? ProcessMark(pid: pid, startTime: 0, boot: ProcessTable.boot)
    case .failure(let failure):
      throw SessionError.shellNotStarted(path: path, folder: directory, errno: failure.number)
    }
  }

  deinit {
    for fd in [text, report, go, reports, reportWriter] where fd >= 0 { Glibc.close(fd) }
  }

  /// No more statements: it ends.
  func close() {
    Glibc.close(go)
    go = -1
  }

  /// Hands a statement over.
  func hand(_ statement: String, text body: Data, input: String, output: String, before: Data) {
    Self.fill(text, with: [before, Data(input.utf8), Data(output.utf8), Data(statement.utf8), body])
    Self.say(ShellProgram.turn, to: go)
  }

  private static func say(_ line: String, to go: Int32) {
    // Shorter than what a pipe takes at once, and the shell has read all before.
    var line = line
    line.withUTF8 { _ = write(go, $0.baseAddress, $0.count) }
  }

  /// Takes what has come; a report where one is complete. The last one of a shell comes from its EXIT trap, and through
  /// the pipe: the shell's own descriptors may be closed by then.
  func takeReport() -> (parts: [ArraySlice<UInt8>], isLast: Bool)? {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(reports, &buffer, buffer.count)
      if count <= 0 { break }
      received.append(contentsOf: buffer[..<count])
    }
    guard received.last == 0 else { return nil }
    if received == Array(ShellProgram.signal.utf8) + [0] { received = takeMemory() }
    let parts = received.dropLast().split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count > ShellProgram.reportParts else { return nil }
    received = []
    let report = parts.suffix(ShellProgram.reportParts + 1)
    return (Array(report.dropFirst()), report.first?.first == UInt8(ascii: "x"))
  }

  /// The report in memory; the shell writes the next one from the start.
  private func takeMemory() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, Int(lseek(report, 0, SEEK_END))))
    let count = bytes.withUnsafeMutableBytes { pread(report, $0.baseAddress, $0.count, 0) }
    bytes.removeLast(bytes.count - max(0, count))
    ftruncate(report, 0)
    lseek(report, 0, SEEK_SET)
    return bytes
  }

  /// Where the shell stands, by the kernel; nil: it has ended. A folder that was removed is `isGone`.
  var folder: (path: String, isGone: Bool)? {
    var buffer = [CChar](repeating: 0, count: 8192)
    let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
    guard count > 0 else { return nil }
    let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    var status = stat()
    // A folder's name may end so, too: the link count decides.
    guard path.hasSuffix(" (deleted)"), stat("/proc/\(pid)/cwd", &status) == 0, status.st_nlink == 0 else {
      return (path, false)
    }
    return (String(path.dropLast(" (deleted)".count)), true)
  }

  private static func fill(_ fd: Int32, with parts: [Data]) {
    var all = Data()
    for part in parts {
      all.append(part)
      all.append(0)
    }
    ftruncate(fd, 0)
    all.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = pwrite(fd, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(done))
        if count <= 0 { break }
        done += count
      }
    }
    // The offset is shared with the shell.
    lseek(fd, 0, SEEK_SET)
  }
}

/// Starts programs with chosen descriptors.
enum Spawn {
  struct Failure: Error { var number: Int32 }

  static func start(
    _ path: String, arguments: [String], environment: [String: String], directory: String, descriptors: [Int32],
    targets: [Int32], leadsSession: Bool
  ) -> Result<Int32, Failure> {
    func strings<Value>(_ list: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value) -> Value {
      let copies = list.map { strdup($0) }
      defer { for copy in copies { free(copy) } }
      return body(copies + [nil])
    }
    var pid: pid_t = 0
    let error = strings(arguments) { arguments in
      strings(environment.map { "\($0.key)=\($0.value)" }) { variables in
        backout_spawn(
          &pid, path, arguments, variables, directory, descriptors, targets, Int32(targets.count),
          leadsSession ? 1 : 0)
      }
    }
    return error == 0 ? .success(pid) : .failure(Failure(number: error))
  }

  /// The program `name` on a search path.
  static func find(_ name: String, in path: String?) -> String? {
    ((path ?? "").split(separator: ":").map(String.init) + ["/bin", "/usr/bin", "/usr/local/bin"])
      .filter { $0.hasPrefix("/") }.map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
  }
}
