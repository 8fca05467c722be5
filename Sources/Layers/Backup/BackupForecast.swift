import Foundation
import Layer
import Runbook

/// What a command about backups would come to, and what is in the way, found by looking.
struct BackupForecast {
  let parameters: BackupParameters
  let effect: Effect
  let before: Observation
  let environment: StepEnvironment

  func forecast() async throws -> Forecast {
    var forecast = Forecast(from: before.summary, to: effect.summary)
    if !parameters.missing.isEmpty { forecast.problems.append(.missingVariables(parameters.missing)) }
    if parameters.verb == .look { return forecast }
    if parameters.verb == .restore, !parameters.namesDatabase {
      forecast.problems.append(
        Problem(
          code: "no-op",
          message: "pg_restore without -d restores nothing: it only prints, or refuses. Say -d DATABASE"))
      forecast.cures["no-op"] = []
      return forecast
    }
    do {
      if parameters.changesDatabase {
        try await lookAtDatabases(into: &forecast)
      } else {
        try await lookAtDump(into: &forecast)
      }
    } catch let failure as DatabaseFailure {
      let problem = problem(of: failure, in: &forecast)
      forecast.problems.append(problem)
    } catch let failure as CommandFailure {
      forecast.problems.append(Problem(code: "not-observed", message: failure.description))
    } catch let failure as FileFailure {
      forecast.problems.append(Problem(code: "not-observed", severity: .warning, message: failure.description))
    }
    return forecast
  }

  /// Beginnings of what an earlier step stops or starts.
  private static let stoppable = ["service:", "process:", "pid:", "compose:", "container:"]

  private func problem(of failure: DatabaseFailure, in forecast: inout Forecast) -> Problem {
    let name = effect.targets.first ?? effect.summary
    switch failure.kind {
    case .unreachable where effect.place.isHere:
      return Problem(code: "database-unreachable", message: "\(name) does not answer: \(failure.description)")
    case .unreachable:
      // An earlier step may start the container that it lives in.
      forecast.cures["not-observed"] = Self.stoppable
      return Problem(code: "not-observed", message: "\(name) does not answer: \(failure.description)")
    case .credentials:
      return Problem(
        code: "credentials-refused", message: "\(name): the server refuses the credentials: \(failure.description)")
    case .refused: return Problem(code: "no-privilege", message: "\(name) cannot be looked at: \(failure.description)")
    case .toolMissing: return Problem(code: "tool-missing", message: failure.description)
    case .unknown: return Problem(code: "not-observed", severity: .warning, message: failure.description)
    }
  }

  // MARK: A dump

  private func lookAtDump(into forecast: inout Forecast) async throws {
    let dumped = DumpedFile(parameters: parameters, effect: effect, environment: environment)
    let path = try await dumped.path()
    let there = try await dumped.files.states(of: [path], recursive: true)
    let size = there.values.reduce(0) { $0 + $1.size }
    forecast.to = "written to \(path)"
    if let state = there[path] {
      forecast.bytes = size
      forecast.keeps = "the file that is there"
      if parameters.format == "d", state.kind == .directory, there.count > 1 {
        forecast.problems.append(
          Problem(code: "exists", message: "\(path) is a folder with something in it: pg_dump refuses it"))
      } else {
        forecast.problems.append(Problem(code: "replaces", severity: .note, message: "\(path) is replaced, and kept"))
      }
    }
    let folder = (path as NSString).deletingLastPathComponent
    if try await dumped.files.states(of: ["\(folder)/."], recursive: false).isEmpty {
      forecast.problems.append(
        Problem(code: "source-missing", message: "the folder \(folder) is not there: \(path) cannot be written"))
    }
    // `pg_restore -f` translates a file, and asks no database.
    guard parameters.source == nil, parameters.stream == nil else { return }
    let server = try await DatabaseServer(parameters, of: effect, in: environment)
    let answer: String
    do {
      answer = try await server.ask(
        """
        SELECT pg_database_size(current_database());
        SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT has_table_privilege(c.oid, 'SELECT')
        """, of: server.database)
    } catch let failure as DatabaseFailure where failure.kind == .unreachable {
      let name = server.database ?? ""
      let known = try await server.ask(
        "SELECT count(*) FROM pg_database WHERE datname = :'name'", of: try await server.maintenance(besides: name),
        variables: ["name": name])
      guard known.trimmingCharacters(in: .whitespacesAndNewlines) == "0" else { throw failure }
      forecast.problems.append(
        Problem(code: "database-missing", message: "there is no database \(name): pg_dump would fail"))
      return
    }
    let lines = answer.split(separator: "\n").map(String.init)
    let bytes = lines.first.flatMap { Int($0) } ?? 0
    if parameters.verb == .dump, lines.count > 1 {
      forecast.problems.append(
        Problem(
          code: "no-privilege", message: "\(Wording.list(lines.dropFirst())) may not be read: pg_dump would fail"))
    }
    let free = try await dumped.files.freeBytes(at: path)
    forecast.note = "the database has \(Wording.bytes(bytes)), the disk \(Wording.bytes(free)) free"
    // Packed it is smaller: only what cannot fit is an error.
    if free < bytes {
      forecast.problems.append(
        Problem(
          code: "no-space", severity: free < bytes / 20 ? .error : .warning,
          message: "the database has \(Wording.bytes(bytes)), and the disk of \(path) only \(Wording.bytes(free)) free")
      )
    }
  }

  // MARK: Databases

  private func lookAtDatabases(into forecast: inout Forecast) async throws {
    let view = try await BackupView(parameters, of: effect, in: environment)
    let there = view.databases.filter(\.exists)
    forecast.from = view.observation.summary
    forecast.bytes = there.reduce(0) { $0 + $1.bytes }
    forecast.keeps = there.isEmpty ? nil : "\(there.map(\.name).joined(separator: ", ")) as a dump, packed"
    for database in there where !database.unreadable.isEmpty {
      forecast.problems.append(
        Problem(
          code: "no-privilege",
          message:
            "\(Wording.list(database.unreadable)) of \(database.name) may not be read by this user: it cannot be kept"))
    }
    let obstacles = DatabaseObstacles(view: view)
    forecast.problems += try await obstacles.problems()
    forecast.reversibility = try await obstacles.reversibility()
    switch parameters.verb {
    case .create: forecast.to = "an empty database \(parameters.database ?? "")"
    case .drop: forecast.to = "gone"
    default:
      let backup = BackupProblems(view: view, now: Date.now.timeIntervalSince1970)
      forecast.problems += backup.problems
      forecast.to = backup.summary
      forecast.note = backup.age
      // Only what writes the file mends it.
      let path = parameters.source.map { ["file:\($0.path)"] } ?? []
      for code in BackupProblems.ofTheFile { forecast.cures[code] = path }
    }
    let turnsElsewhere = parameters.creates || view.backup?.connects.isEmpty == false
    for code in ["not-empty", "database-missing", "exists", "backup-other-database"] {
      forecast.cures[code] = turnsElsewhere ? [view.server.target("")] : effect.targets
    }
    forecast.cures["connections-open"] = Self.stoppable + effect.targets
  }
}
