import Layer
import Runbook

/// What is in the way of changing databases.
struct DatabaseObstacles {
  let view: BackupView

  private struct Rights {
    var isSuper = false
    var mayCreate = false
    var user = ""
  }

  private func maintenance(for name: String) async throws -> String { try await view.server.maintenance(besides: name) }

  private func rights(by other: String) async throws -> Rights {
    let answer = try await view.server.ask(
      "SELECT rolsuper, rolcreatedb, rolname FROM pg_roles WHERE rolname = current_user", of: other)
    let fields = answer.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: "|").map(String.init)
    guard fields.count == 3 else { return Rights() }
    return Rights(isSuper: fields[0] == "t", mayCreate: fields[0] == "t" || fields[1] == "t", user: fields[2])
  }

  /// The kept database can only be put back by who may make databases and own this one.
  func reversibility() async throws -> Reversibility? {
    for database in view.databases where database.exists {
      let rights = try await rights(by: try await maintenance(for: database.name))
      if !rights.mayCreate {
        return .none("it is kept, but \(rights.user) may not make databases, so it cannot be put back: GRANT CREATEDB")
      }
      if !database.isOwn {
        return .none("it is kept, but \(rights.user) does not own \(database.name), so it cannot be put back")
      }
    }
    if view.backup?.kind == .cluster {
      return .partial("roles and tablespaces that the dump changes are not put back, nor rows written meanwhile")
    }
    return nil
  }

  func problems() async throws -> [Problem] {
    var problems: [Problem] = []
    for database in view.databases {
      switch view.parameters.verb {
      case .create: problems += try await creating(database)
      case .drop: problems += try await dropping(database)
      default: problems += try await restoring(database)
      }
    }
    return problems
  }

  private func creating(_ database: DatabaseState) async throws -> [Problem] {
    if database.exists {
      return [Problem(code: "exists", message: "the database \(database.name) is there already: createdb would fail")]
    }
    let rights = try await rights(by: try await maintenance(for: database.name))
    return rights.mayCreate
      ? [] : [Problem(code: "no-privilege", message: "\(rights.user) may not make databases: CREATEDB is missing")]
  }

  private func dropping(_ database: DatabaseState) async throws -> [Problem] {
    guard database.exists else {
      let isQuiet = view.parameters.ifExists
      return [
        Problem(
          code: isQuiet ? "no-op" : "database-missing", severity: isQuiet ? .warning : .error,
          message: "there is no database \(database.name): \(isQuiet ? "nothing is dropped" : "dropdb would fail")")
      ]
    }
    var problems: [Problem] = []
    if !database.isOwn {
      problems.append(Problem(code: "no-privilege", message: "\(database.name) is not this user's: dropdb would fail"))
    }
    if let open = try await connections(database, fails: "dropdb would fail"), !view.parameters.forces {
      problems.append(open)
    }
    return problems
  }

  private func connections(_ database: DatabaseState, fails: String) async throws -> Problem? {
    let others = try await DatabaseUsers(server: view.server)
      .connected(to: database.name, by: try await maintenance(for: database.name))
    guard !others.isEmpty else { return nil }
    return Problem(
      code: "connections-open",
      message: "\(Wording.list(others)) \(others.count == 1 ? "is" : "are") connected to \(database.name): \(fails). "
        + "Stop what uses it first")
  }

  private func restoring(_ database: DatabaseState) async throws -> [Problem] {
    let parameters = view.parameters
    let makes = parameters.creates || view.backup?.makes.contains(database.name) == true
    if !database.exists, !makes {
      return [
        Problem(
          code: "database-missing",
          message: "there is no database \(database.name): makes nothing. createdb \(database.name) comes first")
      ]
    }
    guard database.exists else { return [] }
    if makes, !parameters.cleans, view.backup?.drops != true {
      return [
        Problem(
          code: "exists",
          message:
            "the backup makes the database \(database.name), which is there already: dropdb \(database.name) comes first"
        )
      ]
    }
    if parameters.creates, parameters.cleans {
      if let open = try await connections(database, fails: "it could not be dropped") { return [open] }
      return []
    }
    // Dropping a table waits for whoever uses it: a warning, since they may be idle.
    guard var open = try await connections(database, fails: "a table that they use cannot be dropped"),
      parameters.cleans || view.backup?.drops == true
    else { return [] }
    open.severity = .warning
    return [open]
  }
}
