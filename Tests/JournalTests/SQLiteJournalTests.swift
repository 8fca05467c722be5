import BackoutTestKit
import Foundation
import GRDB
import Runbook
import Synchronization
import Testing

@testable import Journal

/// Another program's connection, which waits while the journal's own one is closing.
private func otherProgram(at path: String) throws -> DatabaseQueue {
  var configuration = Configuration()
  configuration.busyMode = .timeout(10)
  return try DatabaseQueue(path: path, configuration: configuration)
}

@Suite struct SQLiteJournalTests {
  private func filled(_ folder: TemporaryFolder, events: Int = 5) async throws -> String {
    let path = folder.file("journal.sqlite")
    let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
    try await journal.append(
      (1...events).map { entry("e", $0) }, to: sampleRun, summary: sampleSummary(), consuming: [])
    return path
  }

  private func alter(_ path: String, _ sql: String) throws {
    let queue = try otherProgram(at: path)
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
  }

  @Test func fileIsPrivateDurableAndWriteAheadLogged() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    #expect(permissions(of: path) == 0o600)
    let queue = try otherProgram(at: path)
    let mode = try await queue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
    let version = try await queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    #expect(mode == "wal")
    #expect(version == JournalSchema.version)
  }

  /// The recipe of docs/journal.md, by SQLite and SHA-256 alone.
  @Test func anybodyCanCheckTheChain() async throws {
    let folder = try TemporaryFolder()
    let queue = try otherProgram(at: try await filled(folder))
    let rows = try queue.read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT '{"entry":' || entry || ',"instant":{"boot":"' || boot || '","monotonic":' || monotonic || ',"wall":'
            || wall || '},"previous":"' || previous || '","run":"' || run || '","sequence":' || sequence || '}', digest
          FROM event ORDER BY sequence
          """)
    }
    #expect(rows.count == 5)
    for row in rows {
      let (text, digest): (String, String) = (row[0], row[1])
      #expect(Digest(of: text).hex == digest)
    }
  }

  @Test func survivesReopening() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder, events: 2)
    let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
    let next = try await journal.append([entry("f", 3)], to: sampleRun)
    #expect(next.first?.sequence == 3)
    #expect(try await journal.verify(sampleRun).firstBroken == nil)
  }

  @Test(arguments: [
    ("run = 'other'", 3), ("wall = wall + 1", 3), ("monotonic = 6", 3), ("boot = 'b'", 3), ("boot = 'a\"b'", 3),
    ("entry = replace(entry, '\"kind\":\"e\"', '\"kind\":\"f\"')", 3),
    ("entry = entry || ' '", 3), ("entry = 'not json'", 3),
    ("previous = replace(previous, substr(previous, 1, 4), '0000')", 3),
    ("digest = replace(digest, substr(digest, 1, 4), '0000')", 3),
    ("sequence = 30", 3),
  ]) func tamperingWithAFieldShows(_ change: String, _ sequence: Int) async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    try alter(
      path,
      """
      PRAGMA foreign_keys = OFF;
      INSERT INTO run SELECT 'other', service, finished, 0, head, summary FROM run;
      UPDATE event SET \(change) WHERE sequence = \(sequence);
      """)
    let report = try await SQLiteJournal.open(at: path, clock: FixedInstants()).verify(sampleRun)
    #expect(report.firstBroken == sequence, "\(String(describing: report.why))")
    #expect(report.why != nil)
  }

  @Test(arguments: [
    ("DELETE FROM event WHERE sequence = 2", 2), ("DELETE FROM event WHERE sequence = 1", 1),
    ("DELETE FROM event WHERE sequence = 5", 5), ("DELETE FROM event", 1),
    ("UPDATE run SET head = '00'", 5), ("UPDATE run SET sequence = 4", 5),
    ("INSERT INTO event SELECT run, 6, wall, monotonic, boot, entry, digest, digest FROM event WHERE sequence = 5", 6),
    ("INSERT INTO event SELECT run, 0, wall, monotonic, boot, entry, digest, digest FROM event WHERE sequence = 5", 1),
  ]) func addingAndRemovingShows(_ sql: String, _ sequence: Int) async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    try alter(path, sql)
    let report = try await SQLiteJournal.open(at: path, clock: FixedInstants()).verify(sampleRun)
    #expect(report.firstBroken == sequence, "\(String(describing: report.why))")
  }

  @Test func swappedEventsShow() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    try alter(
      path,
      """
      UPDATE event SET sequence = 99 WHERE sequence = 2;
      UPDATE event SET sequence = 2 WHERE sequence = 3;
      UPDATE event SET sequence = 3 WHERE sequence = 99;
      """)
    #expect(try await SQLiteJournal.open(at: path, clock: FixedInstants()).verify(sampleRun).firstBroken == 2)
  }

  @Test func newerVersionIsRefusedUntouched() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    try alter(path, "PRAGMA user_version = 7")
    let expected = JournalError.newerVersion(path: path, found: 7, known: JournalSchema.version)
    #expect(throws: expected) { try SQLiteJournal.open(at: path, clock: FixedInstants()) }
    #expect(throws: expected) { try SQLiteJournal.openReadOnly(at: path) }
  }

  @Test func otherDatabasesAndOtherFilesAreRefusedUntouched() throws {
    let folder = try TemporaryFolder()
    let text = folder.file("text.sqlite")
    let contents = Data(String(repeating: "not a database at all\n", count: 100).utf8)
    try contents.write(to: URL(fileURLWithPath: text))
    let database = folder.file("other.sqlite")
    try alter(database, "CREATE TABLE t (x)")
    let before = try Data(contentsOf: URL(fileURLWithPath: database))
    for path in [text, database] {
      let error = #expect(throws: JournalError.self) { try SQLiteJournal.open(at: path, clock: FixedInstants()) }
      guard case .damaged(path, _) = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: text)) == contents)
    #expect(try Data(contentsOf: URL(fileURLWithPath: database)) == before)
  }

  @Test func damageInsideIsReported() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder, events: 400)
    let queue = try otherProgram(at: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for index in 4096 * 2..<bytes.count { bytes[index] = 0xAA }
    try bytes.write(to: URL(fileURLWithPath: path))
    let error = await #expect(throws: JournalError.self) {
      let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
      _ = try await journal.events(of: sampleRun, after: 0)
    }
    guard case .damaged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func readOnlyReadsAndNeverWrites() async throws {
    let folder = try TemporaryFolder()
    #expect(try SQLiteJournal.openReadOnly(at: folder.file("none.sqlite")) == nil)
    #expect(try folder.names().isEmpty)
    let path = try await filled(folder)
    let journal = try #require(try SQLiteJournal.openReadOnly(at: path))
    #expect(try await journal.events(of: sampleRun, after: 0).count == 5)
    let error = await #expect(throws: JournalError.self) { try await journal.append([entry("f")], to: sampleRun) }
    guard case .notWritable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try await journal.verify(sampleRun).events == 5)
  }

  @Test func aMissingFolderIsNotWritable() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: JournalError.self) {
      try SQLiteJournal.open(at: folder.file("no/such/journal.sqlite"), clock: FixedInstants())
    }
    guard case .notWritable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func othersSendWhileTheHolderAppends() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    let count = 60
    try await withThrowingTaskGroup(of: Void.self) { group in
      for sender in 0..<3 {
        // A connection of its own stands for a process of its own: SQLite's locks are between connections.
        let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
        group.addTask {
          for index in 0..<count {
            try await journal.send(
              Message(kind: .note, value: "\(index)", sender: "sender-\(sender)"), to: sampleRun)
          }
        }
      }
      let holder = try SQLiteJournal.open(at: path, clock: FixedInstants())
      group.addTask {
        var consumed = 0
        while consumed < 3 * count {
          let inbox = try await holder.inbox(of: sampleRun)
          try await holder.append(
            inbox.map { Entry(kind: "note", body: .string($0.message.value)) }, to: sampleRun, summary: sampleSummary(),
            consuming: inbox.map(\.id))
          consumed += inbox.count
        }
      }
      try await group.waitForAll()
    }
    let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
    #expect(try await journal.inbox(of: sampleRun).isEmpty)
    let report = try await journal.verify(sampleRun)
    #expect(report.firstBroken == nil)
    #expect(report.events == 5 + 3 * count)
  }

  @Test func firstOpeningsMayMeet() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("journal.sqlite")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<8 {
        group.addTask {
          let run = RunIdentifier(text: "01JD000000000000000000000\(index)")
          let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
          try await journal.append([entry("a")], to: run, summary: sampleSummary(run), consuming: [])
        }
      }
      try await group.waitForAll()
    }
    let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
    #expect(try await journal.runs(service: nil, limit: 20, offset: 0).count == 8)
  }

  @Test func cancellingDoesNotKeepAnAppendFromTheDisk() async throws {
    let folder = try TemporaryFolder()
    let path = try await filled(folder)
    let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await journal.append([entry("paused")], to: sampleRun)
    }
    #expect(try await task.value.first?.sequence == 6)
  }

  @Test func faultPointsStandAroundTheCommit() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("journal.sqlite")
    let passed = Passed()
    let journal = try SQLiteJournal.open(
      at: path, clock: FixedInstants(),
      faults: FaultInjector { point in
        // What another connection sees at that moment.
        let queue = try? otherProgram(at: path)
        let count = try? queue?.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") }
        passed.add("\(point.rawValue) \(count ?? -1)")
      })
    try await journal.append([entry("a")], to: sampleRun, summary: sampleSummary(), consuming: [])
    try await journal.send(Message(kind: .pause, sender: "ana"), to: sampleRun)
    #expect(passed.all == ["journal-before 0", "journal-after 1"])
  }

  private final class Passed: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  @Test func fillerWritesWholeRuns() async throws {
    let folder = try TemporaryFolder()
    let journal = try SQLiteJournal.open(at: folder.file("journal.sqlite"), clock: SystemInstants())
    try await JournalFiller(services: ["a", "b"], eventsPerRun: 3, batch: 40).fill(journal, runs: 100)
    let page = try await journal.runs(service: "a", limit: 100, offset: 0)
    #expect(page.count == 50)
    let last = try #require(page.first)
    #expect(try await journal.verify(last.run).firstBroken == nil)
    #expect(try await journal.events(of: last.run, after: 0).count == 3)
  }
}
