import Foundation
import Layer
import PostgresAccess
import Runbook

extension MigrationTool {
  static let sqitch = MigrationTool(
    id: "sqitch",
    read: { words in
      guard words.name == "sqitch" else { return nil }
      var words = words
      let launcher = words.runner + [words.written] + words.takeOptions(valued: ["--chdir", "-C", "--etc-path"])
      guard let verb = words.arguments.first else { return nil }
      let to: Set<String> = ["--to", "--to-change", "--change"]
      let kept: Set<String> = [
        "-t", "--target", "-f", "--plan-file", "-d", "--db-name", "-h", "--db-host", "-p", "--db-port", "-u",
        "--db-user",
        "--db-client", "--registry", "-s", "--set",
      ]
      let parts = words.split(words.arguments.dropFirst(), valued: to.union(kept))
      var reading = Reading(verb: .list, launcher: launcher)
      switch verb {
      case "status", "verify", "log": reading.verb = .look
      case "plan", "show": break
      case "revert": reading.verb = .down
      // --log-only writes the change down as deployed and runs nothing.
      case "deploy" where !parts.options.contains("--log-only"): reading.verb = .up
      default: return nil
      }
      var target: String?
      var options = parts.options[...]
      while let option = options.popFirst() {
        if to.contains(option) {
          target = options.popFirst()
        } else if let equals = option.firstIndex(of: "="), to.contains(String(option[..<equals])) {
          target = String(option[option.index(after: equals)...])
        } else if kept.contains(option), let value = options.popFirst() {
          reading.options += [option, value]
        }
      }
      var rest = parts.rest
      if let database = rest.first, database.contains(":") {
        reading.options += ["--target", database]
        rest.removeFirst()
      }
      target = target ?? rest.first
      if reading.verb == .down { reading.target = SqitchOutput.plain(target) ?? "base" }
      if reading.verb == .up { reading.target = target.flatMap { $0 == "@HEAD" ? nil : $0 } ?? "head" }
      return reading
    },
    locate: { tool in
      let chain = try await SqitchOutput.chain(of: tool)
      if tool.request.verb == .list { return Position(current: [], chain: chain) }
      let options = try await tool.filled(tool.request.options)
      let log = try await tool.text(["log", "--no-headers", "--format", "format:%e %n"] + options)
      // Newest first: what a change's last event says, holds.
      var seen: Set<String> = []
      var deployed: Set<String> = []
      for line in SqitchOutput.lines(log) {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, seen.insert(parts[1]).inserted else { continue }
        if parts[0] == "deploy" { deployed.insert(parts[1]) }
      }
      return Position(
        current: chain.revisions.last { deployed.contains($0.id) }.map { [$0.id] } ?? [], chain: chain, ledger: deployed
      )
    },
    script: { tool, route in
      // The scripts themselves are SQL, for psql.
      let folder = tool.request.verb == .down ? "revert" : "deploy"
      let top = try await tool.run(["config", "--get", "core.top_dir"])
      let base = top.status == 0 && !top.trimmed.isEmpty ? top.trimmed + "/" : ""
      var sql = ""
      for step in route.steps {
        let path = "\(base)\(folder)/\(step.id).sql"
        let result = try await tool.run(words: ["cat", path])
        guard result.status == 0 else {
          return Script(
            why: "\(path) cannot be read",
            problems: [Problem(code: "script-missing", message: "\(path) is not there: \(step.text) cannot be run")])
        }
        sql += result.text + "\n"
      }
      return Script(sql: sql)
    },
    wayBack: { tool, route in
      let options = try await tool.filled(tool.request.options)
      switch tool.request.verb {
      case .down: return [["deploy"] + options + ["--to-change", route.from.last ?? "@HEAD"]]
      default: return [["revert", "-y"] + options + (route.from.last.map { ["--to-change", $0] } ?? [])]
      }
    },
    ledger: Ledger(
      table: RelationName(schema: "sqitch", name: "changes"), sql: "SELECT change FROM sqitch.changes"))
}

private enum SqitchOutput {
  static func chain(of tool: ToolRunner) async throws -> MigrationChain {
    if let chain = tool.chain { return chain }
    let names = lines(try await tool.text(["plan", "--format", "format:%n", "--no-headers"]))
    return MigrationChain(names)
  }

  static func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  /// `@HEAD^` and `@HEAD~2` as `-1` and `-2`; `@ROOT` and the like stay for the tool to say no to.
  static func plain(_ target: String?) -> String? {
    guard let target, let rest = target.dropping(prefix: "@HEAD") ?? target.dropping(prefix: "HEAD") else {
      return target
    }
    if let count = rest.dropping(prefix: "~").flatMap({ Int($0) }) { return "-\(count)" }
    if rest == "~" { return "-1" }
    return !rest.isEmpty && rest.allSatisfy { $0 == "^" } ? "-\(rest.count)" : target
  }
}
