import Foundation
import Glibc
import Runbook
import Synchronization

@testable import Journal
@testable import SessionHost

/// Files that Backout wrote and something changed. Reading them gives what is proven, or an error; it changes nothing.
enum JournalInvariants {
  enum Kind: UInt8, CaseIterable { case journal, sealedLog, sealedFile, records }

  static func check(_ bytes: [UInt8]) throws {
    guard let first = bytes.first, let kind = Kind(rawValue: first & 3) else { return }
    let folder = try scratch()
    let path = folder + "/file"
    for name in ["", "-wal", "-shm", "-journal"] { unlink(path + name) }
    let contents = Data(bytes.dropFirst())
    try write(contents, to: path)
    switch kind {
    case .journal: try journal(path, contents)
    case .sealedLog:
      do {
        let (data, _) = try SealedLog.read(path, key: key, context: context)
        try Broken.unless(data == sample.prefix(data.count), "a sealed log gives what was never put in")
      } catch is SealedFileError {}
    case .sealedFile:
      do {
        let data = try SealedFile.read(path, key: key, context: context)
        try Broken.unless(data == sample, "a sealed file gives what was never put in")
      } catch is SealedFileError {}
    case .records: try records(path, contents)
    }
    try unchanged(path, contents)
  }

  private static func unchanged(_ path: String, _ contents: Data) throws {
    try Broken.unless(FileManager.default.contents(atPath: path) == contents, "reading changed the file")
  }

  // MARK: The journal

  private static func journal(_ path: String, _ contents: Data) throws {
    do {
      if let journal = try SQLiteJournal.openReadOnly(at: path) {
        try wait { try await read(journal) }
      }
    } catch is JournalError {}
    try unchanged(path, contents)
    // For writing: what is refused stays as it was.
    let other = path + "-other"
    try write(contents, to: other)
    defer { for name in ["", "-wal", "-shm", "-journal"] { unlink(other + name) } }
    do {
      let journal = try SQLiteJournal.open(at: other, clock: SystemInstants())
      try wait { try await read(journal) }
    } catch is JournalError {
      // Its own creation of an empty file's tables may have begun.
      if !contents.isEmpty { try unchanged(other, contents) }
    }
  }

  /// Every question that a reader asks. One that fails does not keep the others from being asked.
  private static func read(_ journal: SQLiteJournal) async throws {
    func ask(_ question: () async throws -> Void) async throws {
      do { try await question() } catch is JournalError {}
    }
    var runs = [run]
    try await ask { runs += try await journal.runs(service: nil, limit: 20, offset: 0).map(\.run) }
    try await ask { _ = try await journal.runs(service: "agy-backend", limit: 20, offset: 0) }
    try await ask { _ = try await journal.runs(matching: "01") }
    try await ask { _ = try await journal.unfinishedRuns(service: nil) }
    for run in Set(runs) {
      var events: [Event]?
      try await ask { events = try await journal.events(of: run, after: 0) }
      try await ask { _ = try await journal.summary(of: run) }
      try await ask { _ = try await journal.inbox(of: run) }
      try await ask {
        let report = try await journal.verify(run)
        if report.firstBroken == nil, let events {
          try Broken.unless(
            report.events >= events.count && report.head == events.last?.digest ?? report.head,
            "a chain that holds has other events than those that are read")
        }
        if run == Self.run, report.firstBroken == nil, report.head == head {
          // The head noted elsewhere proves all of it.
          let texts = try events?.map { try EventChain.text(of: $0.entry) }
          try Broken.unless(
            texts == nil || texts == (try entries.map(EventChain.text)), "the chain's head proves other events")
        }
      }
    }
  }

  /// libFuzzer's thread is no task: it waits for one.
  private static func wait(_ work: @escaping @Sendable () async throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let result = Failure()
    Task {
      do { try await work() } catch { result.error.withLock { $0 = error } }
      done.signal()
    }
    done.wait()
    if let error = result.error.withLock({ $0 }) { throw error }
  }

  private final class Failure: Sendable { let error = Mutex<(any Error)?>(nil) }

  // MARK: Session records

  private static func records(_ path: String, _ contents: Data) throws {
    let before = try RecordLog.read(path)
    try unchanged(path, contents)
    // Whatever stands there: a record that is appended is read again, and none is lost by it.
    let other = path + "-other"
    try write(contents, to: other)
    defer { unlink(other) }
    let added = record(.ended, "added")
    let log = try RecordLog(path: other, faults: .none)
    try log.append(added)
    try log.append(added)
    let after = try RecordLog.read(other)
    try Broken.unless(
      after == before + [added, added], "\(before.count) records and 2 more are \(after.count), or others")
  }

  // MARK: What is damaged

  static func seed(_ kind: Kind) throws -> [UInt8] {
    let path = try scratch() + "/seed"
    for name in ["", "-wal", "-shm"] { unlink(path + name) }
    switch kind {
    case .journal:
      // With everything in the one file: closed, the log is written back.
      try wait {
        let journal = try SQLiteJournal.open(at: path, clock: StandingClock())
        try await journal.append(entries, to: run, summary: summary, consuming: [])
        try await journal.send(Message(kind: .note, value: "a note", sender: "ana"), to: run)
      }
    case .sealedLog:
      for part in [sample.prefix(300), sample.dropFirst(300)] {
        let writer = try SealedLogWriter(path: path, key: key, context: context)
        try writer.append(Data(part.prefix(100)))
        try writer.append(Data(part.dropFirst(100)))
        if part.endIndex == sample.endIndex { try writer.finish() }
      }
    case .sealedFile: _ = try SealedFile.write(sample, to: path, key: key, context: context)
    case .records:
      unlink(path)
      let log = try RecordLog(path: path, faults: .none)
      for name in ["step-1/1#1", "step-1/2#1"] {
        try log.append(record(.started, name))
        try log.append(record(.ended, name))
      }
    }
    var contents = FileManager.default.contents(atPath: path) ?? Data()
    // Without the room that is kept for more, which would be most of the file.
    if kind == .records { contents = contents.prefix(while: { $0 != 0 }).trimmingNewlines() }
    unlink(path)
    return [kind.rawValue] + contents
  }

  private static let context = "fuzz"
  private static let sample = Data((0..<700).map { UInt8(truncatingIfNeeded: $0 * 7) })
  private static let run = RunIdentifier(text: "01JD0000000000000000000001")
  private static let instant = Instant(wall: 1_700_000_000_000, monotonic: 5, boot: "boot-1")
  private static let entries = (1...3).map { number in
    Entry(kind: "step-verifying", step: "step-1/\(number)", body: ["n": .integer(number), "text": "a \"ü\" \n"])
  }
  private static let head = entries.reduce(EventChain.Head.start) { head, entry in
    let link = EventChain.link((try? EventChain.text(of: entry)) ?? "", of: run, at: instant, after: head)
    return EventChain.Head(sequence: link.sequence, digest: link.digest)
  }.digest
  private static let summary = RunSummary(
    run: run, service: "agy-backend", title: "Webhook refactor", runbook: "ROLLBACK.md", procedure: "full",
    environment: nil, planHash: Digest(of: "plan"), operatorName: "ana", state: "running", isFinished: false, proven: 0,
    unproven: 0, steps: 3, started: instant, changed: instant, note: "")
  private static let key: SealingKey = {
    guard let key = SealingKey(bytes: [UInt8](repeating: 7, count: 32)) else { fatalError("32 bytes are a key") }
    return key
  }()

  private struct StandingClock: InstantSource {
    func now() -> Instant { instant }
  }

  private static func record(_ kind: SessionRecord.Kind, _ name: String) -> SessionRecord {
    var record = SessionRecord(
      kind: kind, instant: instant, statement: name, textDigest: Digest(of: name),
      process: ProcessMark(pid: 4, startTime: 5, boot: "boot-1"))
    record.exitStatus = kind == .ended ? 0 : nil
    return record
  }

  private static func write(_ data: Data, to path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600]) else {
      throw Unwritable(path: path)
    }
  }

  struct Unwritable: Error { var path: String }

  /// A folder of this process, removed at its end.
  private static let folder: Result<String, any Error> = Result {
    let path = FileManager.default.temporaryDirectory.path + "/backout-robustness-\(getpid())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }
  private static func scratch() throws -> String {
    let path = try folder.get()
    removal
    return path
  }
  private static let removal: Void = {
    _ = atexit {
      if let path = try? JournalInvariants.folder.get() { try? FileManager.default.removeItem(atPath: path) }
    }
  }()
}

extension Data {
  fileprivate func trimmingNewlines() -> Data {
    var part = self
    while part.last == 10 { part = part.dropLast() }
    return part + [10]
  }
}
