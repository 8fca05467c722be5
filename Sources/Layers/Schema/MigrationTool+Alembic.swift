import Foundation
import Layer
import PostgresAccess
import Runbook

extension MigrationTool {
  static let alembic = MigrationTool(
    id: "alembic",
    read: { words in
      guard words.name == "alembic" else { return nil }
      var words = words
      let launcher =
        words.runner + [words.written]
        + words.takeOptions(valued: ["-c", "--config", "-n", "--name", "-x"])
      guard let verb = words.arguments.first else { return nil }
      let valued: Set<String> = ["--tag", "-r", "--rev-range"]
      let (options, rest) = words.split(words.arguments.dropFirst(), valued: valued)
      var reading = Reading(verb: .list, launcher: launcher)
      switch verb {
      case "current", "check": reading.verb = .look
      case "history", "heads", "show", "branches": break
      // With --sql it prints what it would do.
      case "downgrade" where !options.contains("--sql"): reading.verb = .down
      case "upgrade" where !options.contains("--sql"): reading.verb = .up
      case "stamp" where !options.contains("--sql"): reading.verb = .stamp
      case "downgrade", "upgrade", "stamp": break
      default: return nil
      }
      if reading.verb == .down || reading.verb == .up || reading.verb == .stamp {
        guard let target = rest.first, rest.count == 1 else { return nil }
        reading.target = target
      }
      return reading
    },
    locate: { tool in
      if tool.request.verb == .list {
        return Position(current: [], chain: try await AlembicOutput.chain(of: tool))
      }
      async let chain = AlembicOutput.known(by: tool)
      let current = try await tool.text(["current"])
      let known = try await chain
      // env.py may print what it likes: a revision is what the scripts know, or what alembic marks as one.
      let ids = current.split(whereSeparator: \.isNewline).compactMap { line -> String? in
        let words = line.split(separator: " ")
        guard let first = words.first.map(String.init) else { return nil }
        let isMarked = words.dropFirst().contains {
          ["(head)", "(effective", "(mergepoint)", "(branchpoint)"].contains($0)
        }
        return known.find(first)?.id ?? (words.count == 1 || isMarked ? first : nil)
      }
      return Position(current: ids.sorted(), chain: known, ledger: Set(ids))
    },
    script: { tool, route in
      guard !route.steps.isEmpty else { return Script(sql: "") }
      let isDown = tool.request.verb == .down
      let problems = tool.isForecast ? try await AlembicOutput.problems(of: route, isDown: isDown, tool) : []
      guard route.from.count <= 1, route.to.count <= 1 else {
        return Script(why: "alembic makes no SQL for several heads", problems: problems)
      }
      let range = "\(route.from.first ?? "base"):\(route.to.first ?? "base")"
      let result = try await tool.run([isDown ? "downgrade" : "upgrade", range, "--sql"])
      guard result.status == 0 else {
        return Script(why: "alembic cannot make its SQL offline: \(tool.said(result))", problems: problems)
      }
      return Script(sql: result.text, problems: problems)
    },
    wayBack: { tool, route in
      switch tool.request.verb {
      case .down: return route.from.map { ["upgrade", $0] }
      case .up: return route.from.isEmpty ? [["downgrade", "base"]] : route.from.map { ["downgrade", $0] }
      default: return [["stamp", "--purge"] + (route.from.isEmpty ? ["base"] : route.from)]
      }
    },
    ledger: Ledger(
      table: RelationName(name: "alembic_version"), sql: "SELECT version_num FROM alembic_version"))
}

/// What alembic prints, read.
private enum AlembicOutput {
  static func known(by tool: ToolRunner) async throws -> MigrationChain {
    if let chain = tool.chain { return chain }
    return try await chain(of: tool)
  }

  /// `alembic history -v`, oldest first.
  static func chain(of tool: ToolRunner) async throws -> MigrationChain {
    var revisions: [Revision] = []
    for line in try await tool.text(["history", "-v"]).split(separator: "\n", omittingEmptySubsequences: true) {
      func value(_ key: String) -> String? {
        line.hasPrefix(key) ? line.dropFirst(key.count).trimmingCharacters(in: .whitespaces) : nil
      }
      if let rev = value("Rev: ") {
        revisions.append(Revision(id: String(rev.prefix { $0 != " " })))
      } else if revisions.isEmpty {
        continue
      } else if let parents = value("Parent: ") ?? value("Merges: ") {
        revisions[revisions.count - 1].parents =
          parents.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
          .map { String($0.prefix { $0 != " " }) }.filter { $0 != "<base>" && !$0.isEmpty }
      } else if let path = value("Path: ") {
        revisions[revisions.count - 1].path = path
      } else if line.hasPrefix("    "), revisions[revisions.count - 1].title == nil {
        revisions[revisions.count - 1].title = line.trimmingCharacters(in: .whitespaces)
      }
    }
    return MigrationChain(revisions: revisions.reversed())
  }

  /// What a migration's own function says: Python's parser looks into the scripts, and runs none.
  private static let look = """
    import ast, json, sys
    out = {}
    for path in sys.argv[1:]:
        kinds = {}
        with open(path, 'rb') as file:
            tree = ast.parse(file.read())
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            body = [part for part in node.body if not isinstance(part, ast.Pass)
                    and not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
            raises = any(isinstance(part, ast.Raise) for part in body)
            kinds[node.name] = 'raises' if raises else 'some' if body else 'empty'
        out[path] = kinds
    print(json.dumps(out))
    """

  static func problems(of route: Route, isDown: Bool, _ tool: ToolRunner) async throws -> [Problem] {
    let paths = route.steps.compactMap(\.path)
    guard !paths.isEmpty,
      let words = CommandWords(try await tool.filled(tool.request.launcher))
    else { return [] }
    // Without a Python there, nothing is known: the tool itself will say it.
    guard let result = try? await tool.run(words: words.python + ["-c", look] + paths), result.status == 0,
      let kinds = try? JSONValue(parsing: result.trimmed)
    else { return [] }
    let (own, other) = isDown ? ("downgrade", "upgrade") : ("upgrade", "downgrade")
    return route.steps.compactMap { step in
      guard let path = step.path, let found = kinds[path] else { return nil }
      switch found[own]?.stringValue {
      case "raises":
        return Problem(
          code: "not-reversible", message: "\(step.text) cannot be run this way: its \(own)() raises an error")
      case "empty" where found[other]?.stringValue != "empty", nil:
        return Problem(
          code: "not-reversible",
          message: "\(step.text) does nothing this way: its \(own)() is empty, so the revision would change and the"
            + " schema would not")
      default: return nil
      }
    }
  }
}
