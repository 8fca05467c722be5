import Foundation
import Layer
import Runbook

/// A backup and the databases that a command would change by it, as they are now.
struct BackupView {
  var parameters: BackupParameters
  var server: DatabaseServer
  var databases: [DatabaseState]
  /// Nil: the command reads none, or only the run tells which.
  var backup: BackupFile?

  /// Throws `DatabaseFailure`.
  init(_ parameters: BackupParameters, of effect: Effect, in environment: StepEnvironment) async throws {
    self.parameters = parameters
    server = try await DatabaseServer(parameters, of: effect, in: environment)
    if let source = parameters.source {
      do {
        backup = try await BackupLook(
          file: source, parameters: parameters, effect: effect, environment: environment
        ).look()
      } catch let failure as DatabaseFailure where failure.kind == .unknown {
        backup = nil
      }
    }
    var names: [String] = []
    if let database = parameters.database {
      names = [database]
    } else if parameters.verb == .load, let connects = backup?.connects, !connects.isEmpty {
      names = connects
    } else if parameters.verb == .restore, parameters.creates, let origin = backup?.origin {
      names = [origin]
    } else {
      names = [try await server.ownDatabase()]
    }
    databases = []
    for name in names { databases.append(try await DatabaseLook(server: server).state(of: name)) }
  }

  /// The part of the backup that goes into `database`.
  func part(for database: DatabaseState) -> BackupFile.Part? {
    guard let backup else { return nil }
    return backup.parts[database.name] ?? (databases.count == 1 ? backup.parts[""] : nil)
  }

  var observation: Observation {
    var states: [String: JSONValue] = [:]
    var parts: [String: JSONValue] = [:]
    for database in databases {
      states[server.target(database.name)] = database.json
      parts[server.target(database.name)] = part(for: database)?.json
    }
    if parameters.source != nil || parameters.stream != nil {
      var found = backup?.json.objectValue ?? [:]
      found["parts"] = .object(parts)
      states["backup"] = backup == nil ? .null : .object(found)
    }
    let summary = databases.map(\.summary).joined(separator: "; ")
    return Observation(states: states, summary: [summary, backup?.summary].compactMap(\.self).joined(separator: "; "))
  }
}
