import Foundation
import GRDB
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// The journal in one SQLite file (WAL, `synchronous=FULL`): a commit is on disk when `append` returns.
///
/// Only the holder of the service's lock appends to a run; any process may send and read meanwhile.
public struct SQLiteJournal: Journal {
  public let path: String
  private let queue: DatabaseQueue
  private let clock: any InstantSource
  private let faults: FaultInjector

  /// Seconds that a commit waits for another process's.
  static let patience = 10

  /// Opens the journal at `path`, or makes it (0600) in a folder that exists.
  ///
  /// Throws `JournalError`: `notWritable`, `newerVersion`, or `damaged` where the file is no journal. A file that is
  /// refused is left as it was.
  public static func open(
    at path: String, clock: any InstantSource, faults: FaultInjector = .none
  ) throws -> SQLiteJournal {
    try makeFile(at: path)
    return try JournalError.translating(path) {
      let queue = try connect(path, readOnly: false)
      try queue.inDatabase { database in
        let isNew = try JournalSchema.isNew(database, path: path)
        try useWriteAheadLog(database)
        guard isNew else { return }
        try database.inTransaction(.immediate) {
          // Another process may have made it meanwhile.
          if try JournalSchema.isNew(database, path: path) { try JournalSchema.create(in: database) }
          return .commit
        }
      }
      return SQLiteJournal(path: path, queue: queue, clock: clock, faults: faults)
    }
  }

  /// Opens for reading only; nil where there is no journal yet. Throws `JournalError` as `open` does; writing to what
  /// it returns throws `notWritable`.
  public static func openReadOnly(at path: String) throws -> SQLiteJournal? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno != ENOENT else { return nil }
      throw JournalError.damaged(path: path, why: "it cannot be read: \(String(cString: strerror(errno)))")
    }
    guard status.st_size > 0 else { return nil }
    return try JournalError.translating(path) {
      let queue = try connect(path, readOnly: true)
      let isNew = try queue.inDatabase { try JournalSchema.isNew($0, path: path) }
      return isNew ? nil : SQLiteJournal(path: path, queue: queue, clock: SystemInstants(), faults: .none)
    }
  }

  // MARK: Journal

  /// The run's first append must bring its summary; else `unknownRun` is thrown.
  @discardableResult
  public func append(
    _ entries: [Entry], to run: RunIdentifier, summary: RunSummary?, consuming consumed: [Int]
  ) async throws -> [Event] {
    assert(summary.map { $0.run == run } ?? true, "the summary is another run's")
    let texts = try entries.map(EventChain.text)
    let summaryText = try summary.map { try CanonicalJSON.text(of: $0) }
    return try await perform { [clock, faults] database in
      var events: [Event] = []
      try database.inTransaction(.immediate) {
        var head = try Self.head(of: run, in: database)
        guard head != nil || summary != nil else { throw JournalError.unknownRun(run.text) }
        let links = texts.isEmpty ? [] : Self.links(texts, of: run, at: clock.now(), after: head ?? .start)
        head = links.last.map { EventChain.Head(sequence: $0.sequence, digest: $0.digest) } ?? head ?? .start
        try Self.write(head ?? .start, of: run, summary: summary, text: summaryText, in: database)
        try Self.write(links, in: database)
        for id in consumed {
          try database.cachedStatement(sql: "DELETE FROM message WHERE id = ? AND run = ?")
            .execute(arguments: [id, run.text])
        }
        events = zip(links, entries).map(Event.init(_:entry:))
        faults.reach(.journalBefore)
        return .commit
      }
      faults.reach(.journalAfter)
      return events
    }
  }

  public func events(of run: RunIdentifier, after sequence: Int) async throws -> [Event] {
    try await perform { database in
      var events: [Event] = []
      try Self.eachLink(of: run, after: sequence, in: database) { events.append(try Event($0)) }
      return events
    }
  }

  public func runs(service: String?, limit: Int, offset: Int) async throws -> [RunSummary] {
    try await perform { database in
      if let service {
        try Self.summaries(
          database, "SELECT summary FROM run WHERE service = ? ORDER BY id DESC LIMIT ? OFFSET ?",
          [service, limit, offset])
      } else {
        try Self.summaries(database, "SELECT summary FROM run ORDER BY id DESC LIMIT ? OFFSET ?", [limit, offset])
      }
    }
  }

  public func runs(matching prefix: String) async throws -> [RunSummary] {
    let first = prefix.uppercased()
    return try await perform { database in
      // Ids are ASCII, so the last code point ends every one that begins with the prefix.
      try Self.summaries(
        database, "SELECT summary FROM run WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 10",
        [first, first + "\u{10FFFF}"])
    }
  }

  public func unfinishedRuns(service: String?) async throws -> [RunSummary] {
    try await perform { database in
      if let service {
        try Self.summaries(
          database, "SELECT summary FROM run WHERE finished = 0 AND service = ? ORDER BY id DESC", [service])
      } else {
        try Self.summaries(database, "SELECT summary FROM run WHERE finished = 0 ORDER BY id DESC", [])
      }
    }
  }

  public func summary(of run: RunIdentifier) async throws -> RunSummary? {
    try await perform { try Self.summaries($0, "SELECT summary FROM run WHERE id = ?", [run.text]).first }
  }

  public func send(_ message: Message, to run: RunIdentifier) async throws {
    let text = try CanonicalJSON.text(of: message)
    try await perform { [clock] database in
      try database.inTransaction(.immediate) {
        guard try Self.head(of: run, in: database) != nil else { throw JournalError.unknownRun(run.text) }
        let instant = clock.now()
        try database.cachedStatement(
          sql: "INSERT INTO message (run, wall, monotonic, boot, message) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [run.text, instant.wall, instant.monotonic, instant.boot, text])
        return .commit
      }
    }
  }

  public func inbox(of run: RunIdentifier) async throws -> [ReceivedMessage] {
    try await perform { database in
      let statement = try database.cachedStatement(
        sql: "SELECT id, wall, monotonic, boot, message FROM message WHERE run = ? ORDER BY id")
      return try Row.fetchAll(statement, arguments: [run.text]).map { row in
        let text: String = try row.decode(atIndex: 4)
        return ReceivedMessage(
          id: try row.decode(atIndex: 0),
          instant: Instant(
            wall: try row.decode(atIndex: 1), monotonic: try row.decode(atIndex: 2), boot: try row.decode(atIndex: 3)),
          message: try JSONValue(parsing: text).decoded())
      }
    }
  }

  /// Walks the chain from the stored bytes. The summary is no part of it: it is what the events said last.
  public func verify(_ run: RunIdentifier) async throws -> ChainReport {
    try await perform { database in
      var report: ChainReport?
      // One snapshot: the holder may append meanwhile.
      try database.inTransaction(.deferred) {
        guard let recorded = try Self.head(of: run, in: database) else { throw JournalError.unknownRun(run.text) }
        var walk = EventChain.Walk(run: run)
        try Self.eachLink(of: run, after: Int.min, in: database) { walk.take($0) }
        report = walk.report(recorded: recorded)
        return .commit
      }
      guard let report else { throw JournalError.unknownRun(run.text) }
      return report
    }
  }
}

// MARK: Rows

extension SQLiteJournal {
  private static func head(of run: RunIdentifier, in database: Database) throws -> EventChain.Head? {
    let statement = try database.cachedStatement(sql: "SELECT sequence, head FROM run WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [run.text]).map { row in
      EventChain.Head(sequence: try row.decode(atIndex: 0), digest: Digest(hex: try row.decode(atIndex: 1)))
    }
  }

  private static func links(
    _ texts: [String], of run: RunIdentifier, at instant: Instant, after head: EventChain.Head
  ) -> [EventChain.Link] {
    var head = head
    return texts.map { text in
      let link = EventChain.link(text, of: run, at: instant, after: head)
      head = EventChain.Head(sequence: link.sequence, digest: link.digest)
      return link
    }
  }

  private static func write(
    _ head: EventChain.Head, of run: RunIdentifier, summary: RunSummary?, text: String?, in database: Database
  ) throws {
    guard let summary, let text else {
      try database.cachedStatement(sql: "UPDATE run SET sequence = ?, head = ? WHERE id = ?")
        .execute(arguments: [head.sequence, head.digest.hex, run.text])
      return
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO run (id, service, finished, sequence, head, summary) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET service = excluded.service, finished = excluded.finished,
          sequence = excluded.sequence, head = excluded.head, summary = excluded.summary
        """
    ).execute(arguments: [run.text, summary.service, summary.isFinished, head.sequence, head.digest.hex, text])
  }

  private static func write(_ links: [EventChain.Link], in database: Database) throws {
    guard !links.isEmpty else { return }
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO event (run, sequence, wall, monotonic, boot, entry, previous, digest)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """)
    for link in links {
      try statement.execute(arguments: [
        link.run, link.sequence, link.instant.wall, link.instant.monotonic, link.instant.boot, link.entryText,
        link.previous.hex, link.digest.hex,
      ])
    }
  }

  private static func eachLink(
    of run: RunIdentifier, after sequence: Int, in database: Database, _ body: (EventChain.Link) throws -> Void
  ) throws {
    let statement = try database.cachedStatement(
      sql: """
        SELECT run, sequence, wall, monotonic, boot, entry, previous, digest FROM event
        WHERE run = ? AND sequence > ? ORDER BY sequence
        """)
    let rows = try Row.fetchCursor(statement, arguments: [run.text, sequence])
    while let row = try rows.next() {
      try body(
        EventChain.Link(
          run: try row.decode(atIndex: 0), sequence: try row.decode(atIndex: 1),
          instant: Instant(
            wall: try row.decode(atIndex: 2), monotonic: try row.decode(atIndex: 3), boot: try row.decode(atIndex: 4)),
          entryText: try row.decode(atIndex: 5), previous: Digest(hex: try row.decode(atIndex: 6)),
          digest: Digest(hex: try row.decode(atIndex: 7))))
    }
  }

  private static func summaries(
    _ database: Database, _ sql: String, _ arguments: StatementArguments
  ) throws -> [RunSummary] {
    try String.fetchAll(database.cachedStatement(sql: sql), arguments: arguments).map {
      try JSONValue(parsing: $0).decoded()
    }
  }

  /// Writes whole runs in one commit, for tests and measurements: nobody waits for one of them.
  package func fill(_ runs: [(summary: RunSummary, entries: [Entry])]) async throws {
    let texts = try runs.map { run in
      (try CanonicalJSON.text(of: run.summary), try run.entries.map(EventChain.text))
    }
    try await perform { [clock] database in
      try database.inTransaction(.immediate) {
        for (run, (summaryText, entryTexts)) in zip(runs, texts) {
          let id = run.summary.run
          let links = Self.links(entryTexts, of: id, at: clock.now(), after: .start)
          let head = links.last.map { EventChain.Head(sequence: $0.sequence, digest: $0.digest) } ?? .start
          try Self.write(head, of: id, summary: run.summary, text: summaryText, in: database)
          try Self.write(links, in: database)
        }
        return .commit
      }
    }
  }
}

// MARK: Connection

extension SQLiteJournal {
  /// Not cancellable: a run that is being paused still has to write that it is.
  private func perform<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.asyncWriteWithoutTransaction { [path] database in
        continuation.resume(with: Result { try JournalError.translating(path) { try work(database) } })
      }
    }
  }

  private static func connect(_ path: String, readOnly: Bool) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(TimeInterval(patience))
    configuration.label = "journal"
    if !readOnly { configuration.prepareDatabase(JournalSchema.prepare) }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// 0600, and its name on disk: SQLite would make it readable by others.
  private static func makeFile(at path: String) throws {
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // Whether an existing file is a journal, and may be written, is found by opening it.
      // (SQLite would open one without the right to write for reading, and fail at the first append.)
      if errno == EEXIST, access(path, W_OK) == 0 { return }
      throw JournalError.notWritable(path: path, why: String(cString: strerror(errno)))
    }
    close(descriptor)
    try? Folder.sync((path as NSString).deletingLastPathComponent)
  }

  /// SQLite does not wait for other connections while the mode changes, so two first openings would meet.
  private static func useWriteAheadLog(_ database: Database) throws {
    for attempt in 1... {
      do {
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
        guard mode?.lowercased() == "wal" else {
          throw DatabaseError(resultCode: .SQLITE_IOERR, message: "this file system has no write-ahead log")
        }
        return
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && attempt < patience * 50 {
        usleep(20_000)
      }
    }
  }
}
