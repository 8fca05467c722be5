import Foundation
import GRDB

/// Opens databases; each for one beat of one step.
enum SQLiteConnection {
  struct Missing: Error, CustomStringConvertible {
    var path: String
    var description: String { "there is no database at \(path)" }
  }

  static func open(_ path: String, readOnly: Bool, timeout: Int = 5) throws -> DatabaseQueue {
    guard FileManager.default.fileExists(atPath: path) else { throw Missing(path: path) }
    var configuration = Configuration()
    configuration.readonly = readOnly
    // As the sqlite3 program has it, unless the database's own statements say otherwise.
    configuration.foreignKeysEnabled = false
    configuration.busyMode = .timeout(TimeInterval(timeout))
    // The change's transaction stays open while its image is being saved.
    configuration.allowsUnsafeTransactions = true
    configuration.label = "backout"
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
