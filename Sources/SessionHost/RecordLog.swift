import Foundation
import Glibc
import Journal
import Runbook

/// The session's records: a JSON line each, durable when `append` and `sync` return.
///
/// The file grows by blocks of empty lines, so that a record overwrites room that is already on disk: its sync then
/// costs a fifth, and a full disk is noticed before a statement starts rather than after.
final class RecordLog {
  private static let block = 64 << 10
  /// Room for the record of a statement's end.
  private static let reserve = 16 << 10
  private let path: String
  private let fd: Int32
  private var end: Int
  private var room: Int
  private let faults: FaultInjector

  init(path: String, faults: FaultInjector) throws {
    self.path = path
    self.faults = faults
    let fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard fd >= 0 else { throw SessionError.recordNotWritten(path: path, errno: errno) }
    self.fd = fd
    let bytes = ProcessTable.contents(path) ?? []
    room = bytes.count
    end = 0
    if let last = bytes.lastIndex(where: { $0 != UInt8(ascii: "\n") && $0 != 0 }) {
      // Whole or cut off, the last line is closed by the newline that the next record leaves before itself.
      end = last + 2
      // Room that the file system gave before the bytes came reads as zeros, which end no line.
      if last + 1 < bytes.count, bytes[last + 1] == 0 { try write(Data([UInt8(ascii: "\n")]), at: last + 1) }
    }
  }

  deinit { close(fd) }

  /// Throws `SessionError.recordNotWritten`.
  func append(_ record: SessionRecord) throws {
    try write(record)
    try sync()
  }

  /// Writes a record that outlives this process; `sync` follows, after which it outlives the machine's power, too.
  func write(_ record: SessionRecord) throws {
    faults.reach(.recordBefore)
    var line = try CanonicalJSON.data(of: record)
    line.append(UInt8(ascii: "\n"))
    try makeRoom(end + line.count + Self.reserve)
    try write(line, at: end)
    end += line.count
    faults.reach(.recordAfter)
  }

  func sync() throws {
    guard fdatasync(fd) == 0 else { throw SessionError.recordNotWritten(path: path, errno: errno) }
  }

  private func makeRoom(_ needed: Int) throws {
    guard needed > room else { return }
    let length = (needed - room + Self.block - 1) / Self.block * Self.block
    try write(Data(repeating: UInt8(ascii: "\n"), count: length), at: room)
    guard fsync(fd) == 0 else { throw SessionError.recordNotWritten(path: path, errno: errno) }
    room += length
  }

  private func write(_ data: Data, at offset: Int) throws {
    let written = data.withUnsafeBytes { buffer -> Int32 in
      var done = 0
      while done < buffer.count {
        let count = pwrite(fd, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return count < 0 ? errno : ENOSPC }
        done += count
      }
      return 0
    }
    guard written == 0 else { throw SessionError.recordNotWritten(path: path, errno: written) }
  }

  static func read(_ path: String) throws -> [SessionRecord] {
    guard let bytes = ProcessTable.contents(path) else {
      if access(path, F_OK) != 0 { return [] }
      throw SessionError.folderNotUsable(path: path, errno: errno)
    }
    // Zeros are room that the file system gave and nothing filled: they end a record as a newline does.
    return bytes.split { $0 == UInt8(ascii: "\n") || $0 == 0 }.compactMap {
      try? CanonicalJSON.value(of: Data($0))
    }
  }

  /// What an `ended` record says; the output's end is not in it.
  static func result(of record: SessionRecord, startedAt start: Instant?) -> StatementResult {
    var result = StatementResult(exitStatus: record.exitStatus ?? 255)
    result.signal = record.signal
    result.timedOut = record.timedOut ?? false
    result.terminated = record.terminated ?? false
    result.endedShell = record.endedShell ?? false
    result.outputBytes = record.outputBytes ?? 0
    result.backgroundProcesses = (record.background ?? []).map(\.pid)
    result.milliseconds = start.map { Int(record.instant.milliseconds(since: $0)) } ?? 0
    return result
  }
}
