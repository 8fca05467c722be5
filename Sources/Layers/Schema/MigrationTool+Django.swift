import Foundation
import Layer
import PostgresAccess
import Runbook

extension MigrationTool {
  static let django = MigrationTool(
    id: "django",
    read: { words in
      var words = words
      var launcher = words.runner + [words.written]
      if CommandWords.isPython(words.name) {
        // `python manage.py …`, with flags of Python's own that take nothing.
        launcher += words.takeOptions(valued: ["-W", "-X"])
        guard let script = words.arguments.first, script == "manage.py" || script.hasSuffix("/manage.py") else {
          return nil
        }
        launcher.append(words.arguments.removeFirst())
      } else if !["manage.py", "django-admin"].contains(words.name) {
        return nil
      }
      guard let verb = words.arguments.first else { return nil }
      let shared: Set<String> = ["--settings", "--pythonpath"]
      let (options, rest) = words.split(
        words.arguments.dropFirst(), valued: shared.union(["--database", "-v", "--verbosity"]))
      var reading = Reading(verb: .look, launcher: launcher, application: rest.first)
      var left = options[...]
      while let option = left.popFirst() {
        let name = String(option.prefix { $0 != "=" })
        guard shared.contains(name) || name == "--database" else { continue }
        reading.options.append(option)
        if !option.contains("="), let value = left.popFirst() { reading.options.append(value) }
      }
      switch verb {
      case "showmigrations", "sqlmigrate": break
      case "migrate":
        if options.contains("--plan") || options.contains("--check") { break }
        if options.contains("--fake") || options.contains("--prune") { return nil }
        reading.target = rest.dropFirst().first
        reading.verb = .up
      default: return nil
      }
      return reading
    },
    locate: { tool in
      let answer = try await DjangoPlan.ask(tool)
      let chain = MigrationChain(
        revisions: answer.applied.map { Revision(id: $0) } + answer.plan.map { Revision(id: $0.name) })
      var position = Position(current: answer.current, chain: chain)
      position.ledger = Set(answer.recorded)
      if let code = answer.problem {
        position.problems = [Problem(code: code, message: answer.message ?? code)]
        return position
      }
      guard tool.request.verb != .look else { return position }
      if answer.plan.isEmpty {
        position.problems = [
          Problem(
            code: "already-there",
            message: "\(answer.current.last ?? "nothing") is applied already: the command would change nothing")
        ]
        return position
      }
      position.problems = answer.plan.filter { $0.backwards && !$0.reversible }.map {
        Problem(code: "not-reversible", message: "\($0.name) has an operation that Django cannot take back")
      }
      position.route = Route(from: answer.current, to: answer.after, steps: answer.plan.map { Revision(id: $0.name) })
      return position
    },
    script: { tool, route in
      let answer = try await DjangoPlan.ask(tool)
      return Script(sql: answer.sql, why: answer.sql == nil ? "Django cannot write it as SQL" : nil)
    },
    wayBack: { tool, route in
      // Each application by itself, to what it had: the newest of those taken back, or what stands below the oldest made.
      let options = try await tool.filled(tool.request.options)
      var seen: Set<String> = []
      var commands: [[String]] = []
      for step in route.steps {
        let parts = step.id.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, seen.insert(parts[0]).inserted else { continue }
        let before = route.from.last { $0.hasPrefix(parts[0] + ".") }.map { String($0.dropFirst(parts[0].count + 1)) }
        commands.append(["migrate"] + options + [parts[0], before ?? "zero"])
      }
      // What others stand on was taken back last and is made again first, and the other way round.
      return commands.reversed()
    },
    ledger: Ledger(
      table: RelationName(name: "django_migrations"), sql: "SELECT app || '.' || name FROM django_migrations"))
}

/// What Django itself would do, as its own program says it. It runs no migration.
struct DjangoPlan: Decodable {
  struct Step: Decodable {
    var name: String
    var backwards: Bool
    var reversible: Bool
  }
  var applied: [String]
  /// What Django's own table says, squashed ones and all.
  var recorded: [String]
  /// The newest applied migration of each application: another one's may go along.
  var current: [String]
  var after: [String]
  var plan: [Step]
  var sql: String?
  /// A problem's code.
  var problem: String?
  var message: String?

  /// Throws `ToolFailure` where Django does not start or its database does not answer.
  static func ask(_ tool: ToolRunner) async throws -> DjangoPlan {
    var database = "default"
    let options = try await tool.filled(tool.request.options)
    var settings: [String] = []
    var left = options[...]
    while let option = left.popFirst() {
      if let value = option.dropping(prefix: "--database=") {
        database = value
      } else if option == "--database" {
        database = left.popFirst() ?? database
      } else {
        settings.append(option)
      }
    }
    let given: [JSONValue] = [
      .string(database), .string(tool.request.application ?? ""), .string(tool.request.target ?? ""),
    ]
    let program = "given = \(JSONValue.array(given).canonicalText)\n" + Self.program
    let result = try await tool.run(["shell"] + settings + ["-c", program])
    // Other lines are the project's own.
    guard let line = result.text.split(whereSeparator: \.isNewline).last(where: { $0.hasPrefix("backout:") }),
      let answer = try? JSONDecoder().decode(DjangoPlan.self, from: Data(line.dropFirst("backout:".count).utf8))
    else { throw tool.failed(["shell"], result) }
    if answer.problem == "database-unreachable" {
      throw ToolFailure(description: answer.message ?? "its database does not answer", code: "database-unreachable")
    }
    return answer
  }

  private static let program = """
    def backout(database, application, target):
        import json
        from django.core.exceptions import ImproperlyConfigured
        from django.db import connections
        from django.db.migrations.exceptions import AmbiguityError
        from django.db.migrations.executor import MigrationExecutor
        from django.db.utils import Error
        out = dict(applied=[], recorded=[], current=[], after=[], plan=[], sql=None, problem=None, message=None)
        try:
            executor = MigrationExecutor(connections[database])
            loader = executor.loader
            order = [key for key in executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True)]
            order = [(m.app_label, m.name) for m, _ in order]
            applied = [key for key in order if key in loader.applied_migrations]
            name = lambda key: '.'.join(key)
            out['applied'] = [name(key) for key in applied]
            out['recorded'] = [name(key) for key in executor.recorder.applied_migrations()]
            last = lambda keys: sorted({key[0]: name(key) for key in keys}.values())
            out['current'] = last(applied)
            targets = loader.graph.leaf_nodes(application or None)
            if application and application not in loader.migrated_apps:
                out.update(problem='target-unknown', message=application + ' is no application with migrations')
            elif target == 'zero':
                targets = [(application, None)]
            elif target:
                try:
                    key = (application, target)
                    targets = [key if key in loader.graph.nodes
                               else (application, loader.get_migration_by_prefix(application, target).name)]
                except (AmbiguityError, KeyError):
                    out.update(problem='target-unknown', message=application + ' has no one migration ' + target)
            if not out['problem']:
                plan = executor.migration_plan(targets)
                down = {(m.app_label, m.name) for m, backwards in plan if backwards}
                up = [(m.app_label, m.name) for m, backwards in plan if not backwards]
                out['after'] = last([key for key in applied if key not in down] + up)
                out['plan'] = [dict(name=name((m.app_label, m.name)), backwards=backwards,
                                    reversible=all(o.reversible for o in m.operations)) for m, backwards in plan]
                if all(o.reduces_to_sql for m, _ in plan for o in m.operations):
                    try:
                        out['sql'] = '\\n'.join(loader.collect_sql(plan))
                    except Exception:
                        pass
        except (Error, ImproperlyConfigured) as error:
            out.update(problem='database-unreachable', message=str(error))
        print('\\nbackout:' + json.dumps(out))
    backout(*given)
    """
}
