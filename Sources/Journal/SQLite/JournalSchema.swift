import GRDB

/// The journal's tables, and how a file is recognised as a journal.
enum JournalSchema {
  /// Goes up with every change of the tables.
  static let version = 1
  /// `BKOT`: what `file journal.sqlite` shows.
  static let applicationID = 0x424B_4F54

  static func prepare(_ database: Database) throws {
    try database.execute(sql: "PRAGMA synchronous = FULL")
    try database.execute(sql: "PRAGMA fullfsync = ON")
    try database.execute(sql: "PRAGMA checkpoint_fullfsync = ON")
  }

  /// Whether the file is empty. Throws `JournalError` where it is not a journal that this version knows.
  static func isNew(_ database: Database, path: String) throws -> Bool {
    let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
    if application == 0, found == 0, tables == 0 { return true }
    guard application == applicationID, found >= 1 else {
      throw JournalError.damaged(path: path, why: "it is a SQLite database, but not a journal")
    }
    guard found <= version else { throw JournalError.newerVersion(path: path, found: found, known: version) }
    return false
  }

  /// `run.sequence` and `run.head` say where the run's chain ends, so that a cut-off end shows. Message ids are never
  /// used twice: a consumed one cannot come to mean another message.
  static func create(in database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE run (
          id TEXT NOT NULL PRIMARY KEY,
          service TEXT NOT NULL,
          finished INTEGER NOT NULL,
          sequence INTEGER NOT NULL,
          head TEXT NOT NULL,
          summary TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX run_of_service ON run (service, id DESC);
        CREATE INDEX run_unfinished ON run (service, id DESC) WHERE finished = 0;
        CREATE TABLE event (
          run TEXT NOT NULL REFERENCES run (id),
          sequence INTEGER NOT NULL,
          wall INTEGER NOT NULL,
          monotonic INTEGER NOT NULL,
          boot TEXT NOT NULL,
          entry TEXT NOT NULL,
          previous TEXT NOT NULL,
          digest TEXT NOT NULL,
          PRIMARY KEY (run, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE message (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          run TEXT NOT NULL REFERENCES run (id),
          wall INTEGER NOT NULL,
          monotonic INTEGER NOT NULL,
          boot TEXT NOT NULL,
          message TEXT NOT NULL
        ) STRICT;
        CREATE INDEX message_of_run ON message (run, id);
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        """)
  }
}
