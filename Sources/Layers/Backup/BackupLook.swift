import Foundation
import Layer
import Runbook

/// Reads a backup in the place where it lies, by the tools of the place where it is played back.
struct BackupLook {
  let file: BackupParameters.File
  let parameters: BackupParameters
  let effect: Effect
  let environment: StepEnvironment

  /// A larger one is not read to its end at each look.
  static let limit = 4 << 30

  /// Throws `DatabaseFailure` where the place or its tools do not answer, and where the path is not known.
  func look() async throws -> BackupFile {
    let path = try await DatedPath.resolved(file, in: environment)
    var result = BackupFile(path: path, kind: .unknown)
    let head = try await shell(at: file.place, Self.head, [path])
    let lines = head.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    switch lines.first ?? "" {
    case "missing": result.kind = .missing
    case "unreadable": result.kind = .unreadable
    case let first:
      let numbers = first.split(separator: " ").compactMap { Int($0) }
      guard head.status == 0, numbers.count == 2 else {
        throw DatabaseFailure(kind: .unreachable, description: "\(path) could not be looked at: \(head.errorText)")
      }
      result.size = numbers[0]
      result.modified = numbers[1]
      result.kind = Self.kind(lines.dropFirst().first ?? "", size: result.size)
    }
    switch result.kind {
    case .missing, .unreadable, .empty, .folder: return result
    default: break
    }
    if !file.reader.isEmpty {
      // What counts is what it unpacks to.
      let unpacked = try await shell(
        at: file.place, "\(text(of: path)) 2>/dev/null | \(Self.hex)", [])
      result.kind = Self.kind(unpacked.trimmed, size: unpacked.trimmed.count / 2)
    }
    if result.kind == .unknown { result.kind = .sql }
    if result.kind.isArchive { try await readArchive(path, into: &result) }
    if result.kind.isSQL { try await readSQL(path, into: &result) }
    return result
  }

  private static let hex = "head -c 512 | od -An -v -tx1 | tr -d ' \\n'"
  private static let head = #"""
    [ -e "$1" ] || { echo missing; exit 0; }
    [ -r "$1" ] || { echo unreadable; exit 0; }
    if [ -d "$1" ]; then
      echo "$(($(du -sk "$1" | cut -f1) * 1024)) $(stat -c %Y "$1")"
      if [ -f "$1/toc.dat" ]; then echo directory; else echo folder; fi
    else
      stat -c '%s %Y' "$1" && head -c 512 "$1" | od -An -v -tx1 | tr -d ' \n'
    fi
    """#

  /// From the first bytes in hex.
  private static func kind(_ head: String, size: Int) -> BackupFile.Kind {
    if head == "directory" { return .directory }
    if head == "folder" { return .folder }
    if size == 0 { return .empty }
    if head.hasPrefix("5047444d50") { return .custom }
    if head.hasPrefix("1f8b") { return .gzip }
    // "ustar" at byte 257.
    let magic = head.dropFirst(257 * 2).prefix(10)
    if magic == "7573746172" { return .tar }
    return .unknown
  }

  // MARK: Running

  private func at(_ place: Place) -> Effect {
    var other = effect
    other.place = place
    return other
  }

  private func shell(at place: Place, _ script: String, _ arguments: [String]) async throws -> CommandResult {
    do {
      return try await environment.run(["sh", "-c", script, "sh"] + arguments, for: at(place))
    } catch let failure as CommandFailure {
      throw DatabaseFailure(kind: .unreachable, description: failure.description)
    }
  }

  /// The words that print the backup's bytes as the command gets them, as a shell's text.
  private func text(of path: String) -> String {
    let words = file.reader.isEmpty ? ["cat", path] : file.reader + [path]
    return ShellQuoting.quoted(words)
  }

  /// Runs `tool`, a shell's text that reads the backup from its standard input, where the tools are.
  private func feed(_ path: String, to tool: String) async throws -> CommandResult {
    if file.place == effect.place {
      return try await shell(at: effect.place, "\(text(of: path)) | \(tool)", [])
    }
    func words(_ place: Place, _ script: String) -> String {
      ShellQuoting.quoted(place.takingInput.words(for: ["sh", "-c", script]))
    }
    return try await shell(
      at: .here, "\(words(file.place, text(of: path))) | \(words(effect.place, tool))", [])
  }

  // MARK: Archives

  private func readArchive(_ path: String, into result: inout BackupFile) async throws {
    let selection = ShellQuoting.quoted(parameters.selection)
    let operand = result.kind == .directory ? ShellQuoting.quoted(path) : ""
    let input = result.kind == .directory ? "" : "\(text(of: path)) | "
    func run(_ options: String, then: String = "") async throws -> CommandResult {
      let tool = "pg_restore \(options) \(operand)"
      let script = then.isEmpty ? tool : "{ \(tool); printf '\\nBACKOUT-STATUS %s\\n' $?; } | \(then)"
      if result.kind == .directory || file.place == effect.place {
        return try await shell(at: effect.place, input + script, [])
      }
      return try await feed(path, to: script)
    }
    let list = try await run("--list")
    guard list.status != 127 else {
      throw DatabaseFailure(
        kind: .toolMissing,
        description: "pg_restore is not installed\(effect.place.suffix): its package is postgresql-client")
    }
    guard list.status == 0 else {
      result.isWhole = false
      result.fault = list.errorText.split(separator: "\n").first.map(String.init)
      return
    }
    for line in list.text.split(separator: "\n") where line.hasPrefix(";     dbname: ") {
      result.origin = String(line.dropFirst(";     dbname: ".count))
    }
    guard result.size <= Self.limit else { return }
    let read = try await run("\(selection) --file=-", then: Self.scan)
    try take(read, into: &result)
    result.drops = false
    if result.isWhole == false { result.fault = read.errorText.split(separator: "\n").first.map(String.init) }
  }

  // MARK: SQL

  private func readSQL(_ path: String, into result: inout BackupFile) async throws {
    guard result.size <= Self.limit else {
      let end = try await shell(at: file.place, "\(text(of: path)) | tail -c 400", [])
      let isDump = end.text.contains("-- PostgreSQL database ")
      if isDump { result.kind = .plain }
      result.isWhole = isDump ? end.text.contains("dump complete") : nil
      return
    }
    let read = try await shell(
      at: file.place, "{ \(text(of: path)); printf '\\nBACKOUT-STATUS %s\\n' $?; } | \(Self.scan)", [])
    try take(read, into: &result)
    if result.kind == .sql, result.statements == 0, result.parts.isEmpty { result.kind = .empty }
  }

  /// One pass over SQL, in the place, without holding it: what it makes, and how many rows each COPY brings.
  private static let scan =
    "LC_ALL=C awk "
    + ShellQuoting.quoted(
      #"""
      /^BACKOUT-STATUS [0-9]+$/ { status = $2; next }
      copying { if ($0 == "\\.") { copying = 0; print "rows\t" db "\t" table "\t" n } else n++; next }
      /^COPY .* FROM stdin;$/ {
        table = substr($0, 6)
        sub(/ FROM stdin;$/, "", table)
        if (substr(table, 1, 1) == "\"" || index(table, ".\"")) sub(/" \(.*$/, "\"", table); else sub(/ \(.*$/, "", table)
        sub(/ +$/, "", table)
        copying = 1; n = 0; next
      }
      /^--/ {
        if ($0 == "-- PostgreSQL database dump") head = "database"
        if ($0 == "-- PostgreSQL database cluster dump") cluster = 1
        if ($0 == "-- PostgreSQL database dump complete") whole = 1
        if ($0 == "-- PostgreSQL database cluster dump complete") clusterWhole = 1
        if ($0 ~ /^-- Name: /) print "entry\t" db "\t" $0
        next
      }
      /^\\connect / { db = substr($0, 10); print "connect\t" db; next }
      /^CREATE DATABASE / { print "makes\t" substr($0, 17) }
      /^(DROP|ALTER TABLE IF EXISTS|ALTER TABLE ONLY .* DROP|ALTER TABLE IF EXISTS .* DROP) / { drops = 1 }
      / NOT VALID;$/ { print "notvalid" }
      /^INSERT INTO / { t = db "\t" $3; inserts[t] = 1 }
      /[^ \t\r]/ { statements++ }
      END {
        for (t in inserts) print "inserts\t" t
        if (copying) print "open\t" table
        print "head\t" (cluster ? "cluster" : head)
        print "whole\t" (cluster ? clusterWhole + 0 : whole + 0)
        print "drops\t" drops + 0
        print "statements\t" statements + 0
        print "status\t" status
      }
      """#)

  private func take(_ read: CommandResult, into result: inout BackupFile) throws {
    var facts: [String: String] = [:]
    for line in read.text.split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let value = fields.count > 1 ? fields[1] : ""
      switch fields[0] {
      case "rows" where fields.count == 4:
        let rows = result.parts[Self.database(value)]?.rows[fields[2]] ?? .some(0)
        result.parts[Self.database(value), default: .init()].rows[fields[2]] = .some(
          (rows ?? 0) + (Int(fields[3]) ?? 0))
      case "inserts" where fields.count == 3:
        result.parts[Self.database(value), default: .init()].rows[fields[2]] = .some(nil)
      case "entry" where fields.count == 3:
        if let entry = DumpEntry(fields[2]), entry.isStructure {
          result.parts[Self.database(value), default: .init()].entries.append(entry.text)
        }
      case "connect":
        let name = Self.database(value)
        if name != "template1", !result.connects.contains(name) { result.connects.append(name) }
      case "makes": result.makes.append(Self.database(value))
      case "notvalid": result.hasNotValid = true
      default: facts[fields[0]] = value
      }
    }
    guard let status = facts["status"], !status.isEmpty else {
      throw DatabaseFailure(
        kind: .unreachable, description: "\(result.path) could not be read: \(read.errorText.prefix(200))")
    }
    result.parts["template1"] = nil
    for name in result.parts.keys { result.parts[name]?.entries.sort() }
    result.drops = facts["drops"] == "1"
    result.statements = Int(facts["statements"] ?? "") ?? 0
    if result.kind == .sql {
      if facts["head"] == "database" { result.kind = .plain }
      if facts["head"] == "cluster" { result.kind = .cluster }
    }
    if result.kind == .sql {
      result.isWhole = status == "0" ? nil : false
    } else {
      result.isWhole = status == "0" && facts["whole"] == "1"
    }
    if result.isWhole == false {
      result.fault =
        facts["open"].map { "it ends in the rows of \($0)" }
        ?? (status == "0" ? "its last line is not there" : "reading it ended with \(status)")
    }
  }

  /// `\connect` takes a name, in quotes where need be, or `-reuse-previous=on "dbname='my db'"`.
  private static func database(_ text: String) -> String {
    var name = text.dropping(prefix: "-reuse-previous=on ") ?? text
    if name.hasPrefix("\"") {
      name = String(name.dropFirst().prefix { $0 != "\"" })
    } else {
      name = String(name.prefix { !$0.isWhitespace && $0 != ";" })
    }
    return ConnectionText.isOne(name) ? ConnectionText.parse(name)?["dbname"] ?? name : name
  }
}
