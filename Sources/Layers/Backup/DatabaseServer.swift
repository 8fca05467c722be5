import Foundation
import Layer
import Runbook

/// A database that gives no answer, or no to what was asked.
struct DatabaseFailure: Error, CustomStringConvertible {
  enum Kind { case unreachable, credentials, refused, toolMissing, unknown }
  var kind: Kind
  var description: String
}

/// The server of an effect, asked in the effect's own place by the client programs that stand there.
struct DatabaseServer {
  let effect: Effect
  let environment: StepEnvironment
  /// Words of the connection, without the database.
  let arguments: [String]
  /// Variables of the connection: what is secret stands in no argument.
  let variables: [String: String]
  /// The database that the command itself connects to; nil: the client's own choice.
  let database: String?
  /// `host:port/`, before a database's name in a target.
  let prefix: String

  /// Throws `DatabaseFailure` where the connection is not known.
  init(_ parameters: BackupParameters, of effect: Effect, in environment: StepEnvironment) async throws {
    if let why = parameters.connection.unknown { throw DatabaseFailure(kind: .unknown, description: why) }
    self.effect = effect
    self.environment = environment
    var parts: [String: String] = [:]
    for (keyword, value) in parameters.connection.keywords {
      switch value {
      case .literal(let text): parts[keyword] = try await environment.reveal(text)
      case .variable(let name):
        guard let text = environment.context.variables[name] else {
          throw DatabaseFailure(kind: .unknown, description: UnsetVariable.text(name))
        }
        parts[keyword] = text
      }
    }
    let inherited = effect.place.isHere ? environment.context.variables["PGDATABASE"] : nil
    if let text = parts["dbname"] ?? inherited, ConnectionText.isOne(text) {
      guard let found = ConnectionText.parse(text) else {
        throw DatabaseFailure(kind: .unknown, description: "the connection is neither a URL nor a list of keywords")
      }
      parts["dbname"] = nil
      parts.merge(found) { $1 }
    } else if parts["dbname"] == nil {
      parts["dbname"] = inherited
    }
    var arguments: [String] = []
    for (keyword, option) in [("host", "-h"), ("port", "-p"), ("user", "-U")] {
      if let value = parts[keyword] { arguments += [option, value] }
    }
    var variables = [
      "PGCONNECT_TIMEOUT": "5", "PGCLIENTENCODING": "UTF8", "LC_ALL": "C",
      "PGAPPNAME": "backout \(environment.label.filter(\.isASCII).prefix(40))",
    ]
    for (variable, keyword) in ClientConnection.variableKeywords
    where !["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"].contains(variable) {
      variables[variable] = parts[keyword]
    }
    self.arguments = arguments
    self.variables = variables
    database = parts["dbname"]
    prefix = parameters.connection.server(at: effect.place, in: environment.context)
  }

  func target(_ database: String) -> String { "postgres:\(prefix)\(database)" }

  /// Throws `DatabaseFailure` where `target` is of another server: the session's variables may be others by now.
  func database(of target: String) throws -> String {
    guard let name = target.dropping(prefix: self.target("")) else {
      throw DatabaseFailure(kind: .unknown, description: "\(target) is not on \(prefix), which the session names now")
    }
    return name
  }

  // MARK: Running

  /// Words and variables that run one client program in the place. What only looks is read-only, whatever it is given.
  func request(
    _ words: [String], looks: Bool, input: Data? = nil, timeout: Int? = nil
  ) -> CommandRequest {
    var variables = variables
    if looks {
      let options = variables["PGOPTIONS"] ?? environment.context.variables["PGOPTIONS"] ?? ""
      variables["PGOPTIONS"] = "\(options) -c default_transaction_read_only=on".trimmingCharacters(in: .whitespaces)
    }
    // A prefix does not carry this process's variables to the other side.
    let set = effect.place.isHere ? [] : ["env"] + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return CommandRequest(
      words: effect.place.takingInput.words(for: set + words), directory: effect.directory,
      variables: environment.context.variables.merging(effect.place.isHere ? variables : [:]) { $1 }, input: input,
      timeout: timeout ?? environment.settings.timeout)
  }

  /// Throws `DatabaseFailure` where the program is not there.
  func run(_ words: [String], looks: Bool = true, input: Data? = nil) async throws -> CommandResult {
    do {
      let result = try await environment.runner.run(request(words, looks: looks, input: input))
      guard result.status != 127 else { throw missing(words[0]) }
      return result
    } catch let failure as CommandFailure {
      if failure.reason == .notFound, effect.place.isHere { throw missing(words[0]) }
      throw DatabaseFailure(kind: .unreachable, description: failure.description)
    }
  }

  private func missing(_ program: String) -> DatabaseFailure {
    DatabaseFailure(
      kind: .toolMissing,
      description: "\(program) is not installed\(effect.place.suffix): its package is postgresql-client")
  }

  /// What libpq and the server say to credentials, in the language that is asked for. psql shows no SQLSTATE of a
  /// connection that did not come about.
  private static let refusals: TextSet = ["authentication failed", "no password supplied", "no pg_hba.conf entry"]

  /// Throws `DatabaseFailure`; `.unreachable` or `.credentials` where no connection came about.
  func ask(_ sql: String, of database: String?, variables: [String: String] = [:], looks: Bool = true) async throws
    -> String
  {
    let name = database.map { ["-d", $0] } ?? []
    let set = variables.sorted { $0.key < $1.key }.flatMap { ["-v", "\($0.key)=\($0.value)"] }
    let result = try await run(
      ["psql", "-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1"] + set + arguments + name + ["-f", "-"],
      looks: looks, input: Data(sql.utf8))
    guard result.status == 0 else {
      // psql: 2 where the connection went bad, 3 where the script did.
      let isRefused = result.errorText.holds(Self.refusals)
      throw DatabaseFailure(
        kind: result.status == 3 ? .refused : isRefused ? .credentials : .unreachable,
        description: said(result, by: "psql"))
    }
    return result.text
  }

  func said(_ result: CommandResult, by program: String) -> String {
    let lines = result.errorText.split(separator: "\n").prefix(2).joined(separator: " ")
    return environment.redactor.redact(lines.isEmpty ? "\(program) ended with \(result.status)" : lines)
  }

  /// A database that is there whatever else is, and is not `name`: the others are made and renamed from it.
  func maintenance(besides name: String? = nil) async throws -> String {
    var last: DatabaseFailure?
    for candidate in [database, "postgres", "template1"] {
      guard let candidate, candidate != name else { continue }
      do {
        _ = try await ask("SELECT 1", of: candidate)
        return candidate
      } catch let failure as DatabaseFailure where failure.kind == .unreachable {
        last = failure
      }
    }
    throw last ?? DatabaseFailure(kind: .unreachable, description: "no database to connect to")
  }

  /// The name that the client takes where the command names none.
  func ownDatabase() async throws -> String {
    if let database { return database }
    let answer = try await ask("SELECT current_database()", of: nil)
    return answer.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

extension Place {
  /// ` in ssh:web`; nothing where it is here.
  var suffix: String { self == .here ? "" : " in \(label)" }
}
