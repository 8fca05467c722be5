import Foundation
import Layer
import Runbook

/// What is wrong with a backup, by itself and for the database that it goes into.
struct BackupProblems {
  let view: BackupView
  /// Seconds since 1970.
  let now: Double

  /// Codes that only another file mends.
  static let ofTheFile = ["backup-missing", "backup-truncated", "backup-wrong-format", "backup-unreadable", "no-op"]

  var age: String? {
    guard let backup = view.backup, backup.modified > 0 else { return nil }
    let minutes = Int(now - Double(backup.modified)) / 60
    let text =
      minutes < 120
      ? max(0, minutes).counted("minute")
      : minutes < 48 * 60 ? (minutes / 60).counted("hour") : (minutes / 60 / 24).counted("day")
    return "\(backup.name) was written \(text) ago"
  }

  var summary: String {
    guard let backup = view.backup else { return "as what it reads holds; nobody can see it beforehand" }
    return "as in \(backup.summary)"
  }

  var problems: [Problem] {
    guard let backup = view.backup else {
      let what = view.parameters.source?.path ?? view.parameters.stream ?? "its input"
      return [
        Problem(
          code: "not-observed", severity: .warning,
          message: "what \(what) brings, only the run tells: it is not compared")
      ]
    }
    if let fatal = Self.fatal(backup, view.parameters) { return [fatal] }
    var problems: [Problem] = []
    if backup.isWhole == false {
      problems.append(
        Problem(
          code: "backup-truncated",
          message: "\(backup.path) cannot be read to its end: \(backup.fault ?? "it is cut off"). Take another backup"))
    } else if backup.isWhole == nil, !backup.kind.isSQL || backup.size > BackupLook.limit {
      problems.append(
        Problem(
          code: "not-observed", severity: .warning,
          message: "\(backup.path) has \(Wording.bytes(backup.size)): it was not read to its end"))
    }
    for database in view.databases { problems += compared(backup, with: database) }
    return problems
  }

  /// What makes any restore of it fail.
  private static func fatal(_ backup: BackupFile, _ parameters: BackupParameters) -> Problem? {
    let database = parameters.connection.keywords["dbname"].map { value in
      if case .literal(let name) = value { " -d \(ShellQuoting.shown(name))" } else { " -d DATABASE" }
    }
    let file = ShellQuoting.shown(backup.path)
    func wrong(_ what: String, _ right: String) -> Problem {
      Problem(code: "backup-wrong-format", message: "\(backup.path) is \(what). What reads it: \(right)")
    }
    switch backup.kind {
    case .missing:
      return Problem(code: "backup-missing", message: "\(backup.path) is not there: there is nothing to restore")
    case .unreadable:
      return Problem(code: "backup-unreadable", message: "\(backup.path) may not be read by this user")
    case .folder:
      return Problem(
        code: "backup-wrong-format", message: "\(backup.path) is a folder and no dump: there is no toc.dat in it")
    case .empty:
      return Problem(
        code: "no-op", message: "\(backup.path) is empty: nothing would be restored, and psql would say nothing of it")
    case .gzip:
      let unpacked = "gunzip -c \(file) | "
      return wrong(
        "packed by gzip, which \(parameters.verb == .load ? "psql" : "pg_restore") does not unpack",
        unpacked + (parameters.verb == .load ? "psql" : "pg_restore") + (database ?? ""))
    case .plain, .cluster, .sql:
      guard parameters.verb == .restore else { return nil }
      return wrong("plain SQL, which pg_restore refuses", "psql\(database ?? "") -f \(file)")
    case .custom, .tar, .directory:
      guard parameters.verb == .load else { return nil }
      return wrong(
        "an archive (\(backup.kind.rawValue)), which psql cannot read",
        "pg_restore\(database ?? " -d DATABASE") \(file)")
    case .unknown: return nil
    }
  }

  // MARK: Against the database

  private func compared(_ backup: BackupFile, with database: DatabaseState) -> [Problem] {
    guard database.exists, let part = view.part(for: database) else { return [] }
    let parameters = view.parameters
    let common = part.rows.keys.filter { database.tables[$0] != nil }.sorted()
    var problems: [Problem] = []
    let isOther = backup.origin.map { $0 != database.name } ?? false
    if !database.tables.isEmpty, !part.rows.isEmpty, common.isEmpty {
      problems.append(
        Problem(
          code: "backup-other-database",
          message: "\(backup.name)\(isOther ? ", made of \(backup.origin ?? "")," : "") has none of the tables of "
            + "\(database.name): it has \(Wording.list(part.rows.keys.sorted()))"))
    } else if isOther, !parameters.creates {
      problems.append(
        Problem(
          code: "backup-other-database", severity: .question,
          message: "\(backup.name) was made of the database \(backup.origin ?? ""), and goes into \(database.name). "
            + "Is it the right one?"))
    } else if database.tables.isEmpty, !part.rows.isEmpty, isUnnamed(backup) {
      problems.append(
        Problem(
          code: "backup-other-database", severity: .question,
          message: "neither the command nor \(backup.name) names a database: it goes into \(database.name), which has "
            + "none of its tables. Is it the right one?"))
    }
    if let connected = parameters.connection.keywords["dbname"], case .literal(let name) = connected,
      !backup.connects.isEmpty, !backup.connects.contains(name), parameters.verb == .load, !ConnectionText.isOne(name)
    {
      problems.append(
        Problem(
          code: "backup-other-database", severity: .warning,
          message: "\(backup.name) turns to \(Wording.list(backup.connects)) by itself: \(name) stays as it is"))
    }
    problems += partial(backup, part, database, common)
    problems += older(backup, part, database, common)
    problems += notEmpty(backup, part, database, common)
    return problems
  }

  /// The server's own default is what neither says.
  private func isUnnamed(_ backup: BackupFile) -> Bool {
    view.parameters.connection.keywords["dbname"] == nil && backup.connects.isEmpty && !view.parameters.creates
  }

  /// Tables that a restore of all, over what is there, leaves as they are.
  private func partial(
    _ backup: BackupFile, _ part: BackupFile.Part, _ database: DatabaseState, _ common: [String]
  ) -> [Problem] {
    let parameters = view.parameters
    guard !common.isEmpty, parameters.selection.isEmpty, parameters.cleans || backup.drops,
      !parameters.creates, !backup.makes.contains(database.name)
    else { return [] }
    let left = database.tables.keys.filter { part.rows[$0] == nil && (database.tables[$0]?.rows ?? 1) > 0 }.sorted()
    guard !left.isEmpty else { return [] }
    return [
      Problem(
        code: "backup-partial", severity: .question,
        message: "\(backup.name) does not have \(Wording.list(left)) of \(database.name): what is in them stays as it "
          + "is. Go on?")
    ]
  }

  private func older(
    _ backup: BackupFile, _ part: BackupFile.Part, _ database: DatabaseState, _ common: [String]
  ) -> [Problem] {
    var more: [String] = []
    var sum = 0
    for table in common {
      guard let rows = database.tables[table]?.rows, let wanted = part.rows[table] ?? nil, rows > wanted else {
        continue
      }
      more.append("\(rows - wanted) in \(table)")
      sum += rows - wanted
    }
    guard sum > 0 else { return [] }
    return [
      Problem(
        code: "backup-older", severity: .question,
        message: "the backup predates at least \(sum.counted("write")): \(database.name) has more rows than "
          + "\(backup.name) (\(Wording.list(more)))\(age.map { "; \($0)" } ?? ""). Go on without them?")
    ]
  }

  /// Without dropping first, what is there stays, and rows are refused or doubled.
  private func notEmpty(
    _ backup: BackupFile, _ part: BackupFile.Part, _ database: DatabaseState, _ common: [String]
  ) -> [Problem] {
    let parameters = view.parameters
    // What makes the database itself fails before that.
    let makes = parameters.creates || backup.makes.contains(database.name)
    guard !common.isEmpty, !makes, !parameters.cleans, !backup.drops, !parameters.isSchemaOnly else { return [] }
    let filled = common.filter { (database.tables[$0]?.rows ?? 1) > 0 && (part.rows[$0] ?? nil) != 0 }
    let definitions = Set(part.entries).intersection(database.entries)
    guard !filled.isEmpty || !definitions.isEmpty else { return [] }
    let rows =
      filled.isEmpty
      ? ""
      : ", and its rows are refused where a key is there already, else doubled (\(Wording.list(filled)))"
    let made =
      definitions.isEmpty
      ? "rows are there already" : "\(definitions.count.counted("thing")) of it \"already exists\""
    let advice =
      parameters.verb == .restore
      ? "Say pg_restore --clean --if-exists" : "Drop and make the database first, or take a dump made with --clean"
    return [Problem(code: "not-empty", message: "\(database.name) is not empty: \(made)\(rows). \(advice)")]
  }
}
