import Layer
import Runbook

extension MigrationTool {
  /// Tools that are recognised, and whose revision is read where they print it; what they would drop nobody can say
  /// beforehand, so nothing is promised.
  static let others = [rails, prisma, flyway, golangMigrate, dbmate, goose]

  private static func verbs(
    _ id: String, names: Set<String>, valued: Set<String> = [], skips: Int = 0,
    _ table: [String: SchemaRequest.Verb], current: [String]? = nil,
    read output: (@Sendable (CommandResult) -> [String]?)? = nil
  ) -> MigrationTool {
    var tool = MigrationTool(
      id: id,
      read: { words in
        guard names.contains(words.name) else { return nil }
        var words = words
        var launcher = words.runner + [words.written] + words.takeOptions(valued: valued)
        // `goose postgres DSN down`: what stands between is part of the launcher.
        let found = words.arguments.prefix(skips + 1).firstIndex { table[$0] != nil }
        guard let found, let verb = table[words.arguments[found]] else { return nil }
        launcher += words.arguments[..<found]
        return Reading(verb: verb, launcher: launcher, target: words.arguments.dropFirst(found + 1).first)
      })
    if let current, let output {
      tool.locate = { runner in
        let result = try await runner.run(current)
        guard let ids = output(result) else { throw runner.failed(current, result) }
        return Position(current: ids, chain: MigrationChain(revisions: []))
      }
    }
    return tool
  }

  /// The last word of the last line.
  @Sendable private static func lastWord(_ result: CommandResult) -> [String]? {
    guard result.status == 0 else { return nil }
    let text = result.trimmed.isEmpty ? result.errorText : result.trimmed
    let word = text.split(whereSeparator: \.isNewline).last?.split(separator: " ").last.map(String.init)
    return word.map { $0 == "0" ? [] : [$0] }
  }

  private static let rails = verbs(
    "rails", names: ["rails", "rake"],
    [
      "db:rollback": .down, "db:migrate:down": .down, "db:migrate": .up, "db:migrate:up": .up, "db:migrate:redo": .down,
      "db:version": .look, "db:migrate:status": .look, "db:abort_if_pending_migrations": .look,
    ], current: ["db:version"], read: lastWord)

  private static let prisma = verbs(
    "prisma", names: ["prisma"], skips: 1,
    ["deploy": .up, "reset": .down, "resolve": .stamp, "status": .look])

  private static let flyway = verbs(
    "flyway", names: ["flyway"],
    ["undo": .down, "clean": .down, "migrate": .up, "repair": .stamp, "info": .look, "validate": .look],
    current: ["info", "-outputType=json"],
    read: { result in
      guard result.status == 0, let answer = try? JSONValue(parsing: result.trimmed) else { return nil }
      return answer["schemaVersion"]?.stringValue.map { $0.isEmpty ? [] : [$0] } ?? []
    })

  private static let golangMigrate = verbs(
    "migrate", names: ["migrate"],
    valued: ["-path", "-database", "-source", "-prefetch", "-lock-timeout", "--path", "--database", "--source"],
    ["down": .down, "up": .up, "goto": .down, "drop": .down, "force": .stamp, "version": .look],
    current: ["version"], read: lastWord)

  private static let dbmate = verbs(
    "dbmate", names: ["dbmate"],
    valued: ["--url", "-u", "--env", "-e", "--migrations-dir", "-d", "--migrations-table", "--schema-file", "-s"],
    ["rollback": .down, "down": .down, "drop": .down, "up": .up, "migrate": .up, "status": .look],
    current: ["status"],
    read: { result in
      guard result.status == 0 else { return nil }
      // `[X] 20230101_name.sql` is applied.
      let applied = result.text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("[X] ") }
      return applied.last.map { [String($0.dropFirst(4))] } ?? []
    })

  private static let goose = verbs(
    "goose", names: ["goose"], valued: ["-dir", "-table", "-env"], skips: 2,
    [
      "down": .down, "down-to": .down, "reset": .down, "redo": .down, "up": .up, "up-to": .up, "up-by-one": .up,
      "status": .look, "version": .look,
    ], current: ["version"], read: lastWord)
}
