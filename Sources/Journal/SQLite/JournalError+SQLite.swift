import Foundation
import GRDB

extension JournalError {
  /// Does `work`; SQLite's errors become the journal's by their codes.
  static func translating<Value>(_ path: String, _ work: () throws -> Value) throws -> Value {
    do {
      return try work()
    } catch let error as DatabaseError {
      throw JournalError(error, path: path)
    } catch let error as DecodingError {
      throw JournalError.damaged(path: path, why: "a row of it cannot be read: \(error)")
    } catch let error as RowDecodingError {
      throw JournalError.damaged(path: path, why: "a row of it cannot be read: \(error)")
    }
  }

  init(_ error: DatabaseError, path: String) {
    let why = error.message ?? error.resultCode.description
    self =
      switch error.resultCode {
      case .SQLITE_FULL:
        .notWritable(path: path, why: "no room on the disk")
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        .notWritable(path: path, why: "another process kept it locked for \(SQLiteJournal.patience) s")
      case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_TOOBIG,
        .SQLITE_NOLFS, .SQLITE_PROTOCOL, .SQLITE_AUTH, .SQLITE_INTERRUPT, .SQLITE_ABORT:
        .notWritable(path: path, why: why)
      default:
        .damaged(path: path, why: why)
      }
  }
}

extension JournalError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notWritable(let path, let why):
      """
      the journal \(path) could not be written: \(why). Nothing was written, and nothing was done after it; make room \
      or set BACKOUT_HOME to a folder that can be written, then `backout resume`
      """
    case .newerVersion(let path, let found, let known):
      """
      the journal \(path) has version \(found), this Backout knows up to \(known). It was left as it was; use the \
      newer Backout
      """
    case .damaged(let path, let why):
      """
      the journal \(path) cannot be read: \(why). It was left as it was; move it away to begin a new one, or set \
      BACKOUT_HOME
      """
    case .unknownRun(let text):
      "no run \(text) in the journal; `backout history` lists them"
    }
  }
}
