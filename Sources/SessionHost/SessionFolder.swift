import Foundation
import Glibc
import Journal
import Runbook

/// Where a session lives on disk: its socket, its records, its sealed output and state. Mode 0700.
public struct SessionFolder: Hashable, Sendable {
  public let path: String

  public init(path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  public var recordsPath: String { path + "/records.jsonl" }
  public var snapshotPath: String { path + "/snapshot.sealed" }
  var hostPath: String { path + "/host.json" }
  var lockPath: String { path + "/lock" }
  static let socketName = "s"

  static let snapshotContext = "session snapshot"
  static func outputContext(of statement: String) -> String { "session output \(statement)" }

  /// What was kept of a statement's output; nil: it printed nothing, or never ended. Throws `SealedFileError`.
  public func output(of statement: String, key: SealingKey) throws -> Data? {
    let path = outputPath(of: statement)
    guard access(path, F_OK) == 0 else { return nil }
    return try SealedFile.read(path, key: key, context: Self.outputContext(of: statement))
  }

  /// Where a statement's output is kept, encrypted. It has none where it printed nothing.
  public func outputPath(of statement: String) -> String {
    let name = statement.utf8.map { byte -> String in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
    return path + "/output/" + name + ".sealed"
  }

  /// The path without links: the session's name in its processes' environments.
  var identity: String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The host's process, where it is alive.
  public var hostPid: Int32? {
    guard let bytes = ProcessTable.contents(hostPath),
      let mark = try? CanonicalJSON.value(ProcessMark.self, of: Data(bytes)), ProcessTable.isAlive(mark)
    else { return nil }
    return mark.pid
  }

  /// All records, oldest first. A last line that was cut off by a crash is not one. Throws where the file cannot be
  /// read; a session that never started has none.
  public func records() throws -> [SessionRecord] { try RecordLog.read(recordsPath) }

  /// What is known of a statement without its host.
  public func status(of statement: String) throws -> StatementStatus {
    let records = try records().filter { $0.statement == statement }
    guard let last = records.last else { return .notStarted }
    guard last.kind == .ended else { return .unknown }
    return .ended(RecordLog.result(of: last, startedAt: records.first?.instant))
  }

  /// The processes of a statement that are alive, its shell included while its end is not recorded. Needs no host.
  public func liveProcesses(of statement: String) -> [Int32] {
    let records = ((try? records()) ?? []).filter { $0.statement == statement }
    var roots: Set<Int32> = []
    if let last = records.last {
      if last.kind == .started, let shell = last.process, ProcessTable.isAlive(shell) { roots.insert(shell.pid) }
      for mark in last.background ?? [] where ProcessTable.isAlive(mark) { roots.insert(mark.pid) }
    }
    let table = ProcessTable.all().filter { !$0.isZombie }
    let identity = identity
    for entry in table
    where ProcessTable.variable("BACKOUT_STATEMENT", of: entry.pid) == statement
      && ProcessTable.variable("BACKOUT_SESSION", of: entry.pid) == identity
    {
      roots.insert(entry.pid)
    }
    let others = ProcessTable.descendants(of: roots, in: table).filter { entry in
      // A shell that runs this statement may also hold what an earlier one left in the background.
      ProcessTable.variable("BACKOUT_STATEMENT", of: entry.pid).map { $0 == statement } ?? true
    }
    return (roots.union(others.map(\.pid))).sorted()
  }
}
