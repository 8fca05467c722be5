import Layer
import Runbook

/// A command about backups as its words say it.
struct BackupParameters: Codable, Hashable, Sendable {
  enum Verb: String, Codable, Hashable, Sendable {
    case dump, dumpAll
    /// By pg_restore, from an archive.
    case restore
    /// By psql, from SQL.
    case load
    case create, drop
    /// It prints, and changes nothing.
    case look
  }

  /// A file as a word says it.
  struct File: Codable, Hashable, Sendable {
    /// The path, or the word as written where only the run tells.
    var path: String
    var isKnown: Bool
    /// Where it lies: not always where the database is.
    var place: Place
    /// What unpacks it before psql or pg_restore reads it: `gunzip -c`, with the path. Empty: it is read as it is.
    var reader: [String] = []
    /// The program opens it itself; else it comes by standard input.
    var isOperand = false
  }

  var verb: Verb
  var connection: ClientConnection
  /// `createdb` and `dropdb` name one; else the connection does.
  var database: String?
  /// Of a restore or load. Nil: what it reads comes from elsewhere.
  var source: File?
  /// Where what it reads comes from, where that is no file: `aws s3 cp`.
  var stream: String?
  /// Of a dump.
  var output: File?
  /// Options of pg_restore that choose a part, with their values, for looking at the same part.
  var selection: [String] = []
  /// `pg_restore -d`: without it nothing is restored.
  var namesDatabase = false
  var cleans = false
  var creates = false
  var isDataOnly = false
  var isSchemaOnly = false
  /// `dropdb --force`.
  var forces = false
  /// `dropdb --if-exists`.
  var ifExists = false
  /// Of a dump: `d` makes a folder.
  var format = "p"
  /// Variables without a value.
  var missing: [String] = []

  init(verb: Verb, connection: ClientConnection) {
    self.verb = verb
    self.connection = connection
  }

  init(_ effect: Effect) throws { self = try effect.parameters.decoded(as: BackupParameters.self) }

  var isRepeatable: Bool {
    switch verb {
    case .look, .dumpAll: true
    // A folder that has something in it is refused.
    case .dump: format != "d"
    case .restore, .load, .create, .drop: false
    }
  }

  /// Changes databases, as against files.
  var changesDatabase: Bool { [.restore, .load, .create, .drop].contains(verb) }
}
