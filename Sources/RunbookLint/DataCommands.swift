import Runbook

/// What a command does to stored data, by the tools' own names.
extension ParsedCommand {
  /// The command's words from the tool on: without what only starts it (`npx`, `bundle exec`, `php artisan`, `python -m`).
  func call(of name: String, _ arguments: [String]) -> [String] {
    var words = [name] + arguments
    while let first = words.first, let rest = Self.afterRunner(first, words.dropFirst()) { words = rest }
    if let first = words.first, first.contains("/") { words[0] = String(first.split(separator: "/").last ?? "") }
    return words
  }

  private static let runners: Set<String> = [
    "npx", "bunx", "pnpx", "env", "time", "command", "nohup", "npm", "pnpm", "yarn", "bun", "bundle", "poetry", "uv",
    "pipenv", "pdm", "rye", "hatch", "railway", "heroku", "python", "python3", "py", "php", "ruby", "node",
  ]

  private static func afterRunner(_ first: String, _ rest: ArraySlice<String>) -> [String]? {
    guard runners.contains(first), let second = rest.first else { return nil }
    switch first {
    case "npx", "bunx", "pnpx", "env", "time", "command", "nohup": return Array(rest.drop { $0.hasPrefix("-") })
    case "npm", "pnpm", "yarn", "bun":
      if ["exec", "dlx", "x"].contains(second) { return Array(rest.dropFirst().drop { $0.hasPrefix("-") }) }
      return nodeTools.contains(second) ? Array(rest) : nil
    case "bundle": return second == "exec" ? Array(rest.dropFirst()) : nil
    case "poetry", "uv", "pipenv", "pdm", "rye", "hatch", "railway", "heroku":
      return second == "run" ? Array(rest.dropFirst().drop { $0.hasPrefix("-") }) : nil
    case "python", "python3", "py":
      if second == "-m" { return Array(rest.dropFirst()) }
      return second.hasSuffix("manage.py") ? ["manage.py"] + rest.dropFirst() : nil
    case "php": return second.hasSuffix("artisan") ? ["artisan"] + rest.dropFirst() : nil
    case "ruby", "node": return second.contains("bin/") ? Array(rest) : nil
    default: return nil
    }
  }

  private static let nodeTools: Set<String> = [
    "prisma", "knex", "sequelize", "sequelize-cli", "typeorm", "drizzle-kit", "supabase", "wrangler",
  ]

  /// The name of a script that the repository brings: of `npm run db:backup`, `make backup`, `./scripts/backup.sh`.
  func scriptName(of name: String, _ arguments: [String]) -> String? {
    var operands: [String] { arguments.filter { !$0.hasPrefix("-") } }
    switch name {
    case "npm", "pnpm", "yarn", "bun":
      let words = operands
      return words.first == "run" && words.count > 1 ? words[1] : words.first
    case "make", "just", "task", "rake", "composer", "invoke": return operands.first
    case "bash", "sh", "python", "python3", "node", "ruby", "php":
      return operands.first.flatMap { $0.split(separator: "/").last.map(String.init) }
    default:
      guard name.contains("/") || name.hasSuffix(".sh") else { return nil }
      return name.split(separator: "/").last.map(String.init)
    }
  }

  /// The file that it reads from standard input.
  var input: Word? { redirections.first { $0.operator == "<" }?.target }
  /// The file that it writes its output to; not `/dev/null` and not its errors.
  var output: Word? {
    redirections.first { $0.writes && $0.descriptor != 2 && $0.target.text != "/dev/null" }?.target
  }
}

/// A name that says it is a backup.
enum BackupNames {
  private static let marks: TextSet = [
    "backup", "back-up", ".bak", "_bak", "dump", "snapshot", "pre_deploy", "pre-deploy", "pre_rollback", "pre-rollback",
    "pre_migration", "pre-migration", "respaldo", "sauvegarde", "sicherung", "copia_seguridad",
  ]
  static func matches(_ text: some StringProtocol) -> Bool { text.lowercased().holds(marks) }

  /// A copy put aside, whatever it is called.
  static func keeps(_ text: String) -> Bool {
    text.lowercased().holds([".corrupt", ".current", ".old", ".broken", ".orig", ".save", "before-", "before_", "_old"])
  }

  /// How a text speaks of one, in the languages that the reader knows.
  private static let spoken = [
    "backup", "back up", "back-up", "backed up", "snapshot", "dump", "pitr", "point-in-time", "point in time",
    "time travel", "respald", "copia de seguridad", "cópia de segurança", "sauvegard", "sicherung", "резервн", "бэкап",
    "备份", "備份", "快照", "バックアップ", "백업", "sao lưu",
  ]
  static let words = TextSet(spoken)
  /// With how a file's name speaks of one.
  static let mentions = TextSet(spoken + ["_bak", ".bak"])

  /// Whether what a person does makes one, rather than looks whether there is one.
  static func isMaking(_ text: Substring) -> Bool {
    text.holds(words)
      && text.holds(verbs)
  }

  private static let verbs: TextSet = [
    "take", "took", "create", "make", "made", "perform", "save", "export", "back up", "backed up", "tomar", "crear",
    "criar", "fazer", "hacer", "erstell", "建", "取", "作成",
  ]
}

/// A restore: data put back from a backup.
struct Restore: Sendable {
  /// Such as `pg_restore`.
  var tool: String
  /// The backup, where the command names it.
  var file: String?
  /// It overwrites what is there; false: it makes a new instance.
  var overwrites = true
}

/// A command in its statement, as far as it puts data back or keeps it.
struct DataCommand {
  let command: ParsedCommand
  let arguments: [String]
  let call: [String]
  let scriptName: String?
  let index: Int
  let statement: ShellStatement

  /// The command whose output it reads.
  private var source: ParsedCommand? {
    guard command.context == .pipeline, index > 0, statement.commands[index - 1].context == .pipeline else {
      return nil
    }
    return statement.commands[index - 1]
  }

  private func has(_ options: String...) -> Bool {
    arguments.contains { argument in options.contains(where: argument.isOption) }
  }

  /// The value of `-f FILE`, `--file FILE`, `--file=FILE` in the tool's words.
  private func value(of options: String...) -> String? {
    for (index, word) in call.enumerated() {
      if options.contains(word), index + 1 < call.count { return call[index + 1] }
      for option in options where option.hasPrefix("--") && word.hasPrefix(option + "=") {
        return String(word.dropFirst(option.count + 1))
      }
    }
    return nil
  }

  /// The SQL file that `psql`, `mysql` or `sqlite3` is fed, whatever it holds.
  var script: Word? {
    if let input = command.input { return input }
    if call.first == "psql", let file = value(of: "-f", "--file") {
      return command.words.first { $0.valueOrText == file || $0.valueOrText == "--file=\(file)" }
    }
    guard let source, ["cat", "zcat", "gunzip", "gzip", "xz", "zstd", "bzcat"].contains(source.name ?? "") else {
      return nil
    }
    return source.input ?? source.words.dropFirst().last { !$0.text.hasPrefix("-") }
  }

  private var subcommand: [String] { call.dropFirst().filter { !$0.hasPrefix("-") } }

  var restore: Restore? {
    guard let tool = call.first else { return nil }
    switch tool {
    case "pg_restore":
      guard !has("-l", "--list", "--help", "--version"), has("-d", "--dbname") || hasDatabaseBundle else { return nil }
      let file = call.dropFirst().last { !$0.hasPrefix("-") && $0.contains(".") } ?? input
      return Restore(tool: tool, file: file, overwrites: !goesToNewDatabase)
    case "mongorestore": return Restore(tool: tool, file: call.dropFirst().last { !$0.hasPrefix("-") })
    case "psql", "mysql", "mariadb":
      guard let file = script?.valueOrText, BackupNames.matches(file), !file.lowercased().contains("rollback/")
      else { return nil }
      return Restore(tool: tool, file: file, overwrites: !goesToNewDatabase)
    case "sqlite3":
      if let words = call.first(where: { $0.hasPrefix(".restore") }) {
        return Restore(tool: tool, file: words.split(separator: " ").last.map(String.init))
      }
      guard let file = script?.valueOrText, BackupNames.matches(file) else { return nil }
      return Restore(tool: tool, file: file)
    case "cp", "mv", "install":
      let subcommand = subcommand
      guard let from = subcommand.first, let to = subcommand.last, subcommand.count == 2, BackupNames.matches(from),
        !BackupNames.matches(to), SQLiteFiles.isOne(to)
      else { return nil }
      return Restore(tool: tool, file: from)
    case "gcloud", "heroku", "fly", "flyctl", "supabase", "velero", "wrangler", "turso":
      let words = subcommand.joined(separator: " ")
      guard words.contains("restore"), words.holds(["backup", "sql", "db", "time-travel"]) else { return nil }
      return Restore(tool: call.prefix(3).joined(separator: " "), file: nil)
    case "aws":
      guard subcommand.contains(where: { $0.hasPrefix("restore-db") }) else { return nil }
      return Restore(tool: "aws rds", file: nil, overwrites: false)
    default:
      guard let script = scriptName?.lowercased(), script.contains("restore"),
        !call.contains(where: { ["--list", "--dry-run", "--help"].contains($0) })
      else { return nil }
      return Restore(tool: script, file: call.dropFirst().last { BackupNames.matches($0) && $0.contains(".") })
    }
  }

  /// Its database's name says that it is another one than the service's.
  private var goesToNewDatabase: Bool {
    arguments.contains { word in
      !word.hasPrefix("/") && !word.contains(".")
        && word.lowercased().holds(["restore", "_new", "temp", "staging", "copy"])
    }
  }
  private var hasDatabaseBundle: Bool { arguments.contains { $0.hasPrefix("-") && $0.hasSuffix("d") } }
  private var input: String? { command.input?.valueOrText }

  /// Whether it makes a backup of data.
  var makesBackup: Bool {
    guard let tool = call.first else { return false }
    var text: String { call.joined(separator: " ").lowercased() }
    switch tool {
    case "pg_dump", "pg_dumpall", "pg_basebackup", "mysqldump", "mariadb-dump", "mysqlpump", "mongodump", "xtrabackup":
      return true
    case "redis-cli": return text.holds(["bgsave", " save", "--rdb"])
    case "sqlite3": return text.holds([".backup", ".dump", "vacuum into"])
    case "psql":
      let text = text
      return text.holds(["copy "]) && text.holds([" to "]) || text.contains("_backup as")
    case "cp", "rsync", "mv", "tar", "zip", "scp", "install":
      let names = call.dropFirst().filter { !$0.hasPrefix("-") }
      if tool == "tar" || tool == "zip" {
        return call.dropFirst().first.map { !$0.contains("x") } ?? false && names.contains(where: BackupNames.matches)
      }
      return names.last.map { BackupNames.matches($0) || BackupNames.keeps($0) } ?? false
    default:
      if let script = scriptName?.lowercased(), script.holds(["backup", "snapshot", "dump"]) {
        return !script.holds(["restore", "list", "verify", "check"])
      }
      guard call.contains(where: { $0.lowercased().holds(["snapshot", "backup"]) }) || tool == "supabase" else {
        return command.output.map { BackupNames.matches($0.text) } ?? false
      }
      let text = text
      if text.holds(["snapshot", "backup"]) && text.holds(["create", "capture", "export", " save", " run", " take"]) {
        return !text.contains("restore")
      }
      return text.hasPrefix("supabase db dump") || (command.output.map { BackupNames.matches($0.text) } ?? false)
    }
  }

  /// The file that a backup goes to, where it makes one.
  var backupFile: Word? {
    if let output = command.output { return output }
    if let file = value(of: "-f", "--file", "--out", "-o", "--result-file", "--output") {
      return command.words.first { $0.valueOrText.hasSuffix(file) }
    }
    if command.context == .pipeline,
      let output = statement.commands.last(where: { $0.context == .pipeline })?.output
    {
      return output
    }
    switch call.first {
    case "cp", "rsync", "mv", "install": return command.words.last
    case "tar", "zip": return command.words.dropFirst().first { BackupNames.matches($0.text) }
    default: return nil
    }
  }
}

extension PlacedStep {
  /// Whether what is restored after it meets no data: its volume was taken away, or its database was just made.
  var makesRoom: Bool {
    lowerText.holds([
      "dropdb", "createdb", "drop database", "create database", "drop schema", "volume rm", "down -v", "--volumes",
      "up -d db", "up -d postgres", "up -d mysql", "up -d mongo", "up -d database",
    ])
  }

  /// Whether a backup of data is made here, by a command, by SQL or by a person.
  var makesBackup: Bool {
    if !words.isEmpty, BackupNames.isMaking(words[...]) { return true }
    if case .sql(let sql) = step.action {
      let text = sql.text.lowercased()
      return text.hasPrefix("create table") && text.holds(["backup", "_bak", "_old", "_pre_"])
        || text.hasPrefix("copy ") && text.contains(" to ")
    }
    return commands.contains(where: \.makesBackup)
  }
}

extension LintDocument {
  /// A backup made before a deployment does not hold what was written since.
  private static let forward: TextSet = ["deploy", "release", "migrat", "upgrade", "prevent"]

  /// Whether a section of what comes before a rollback, or a sentence of prose, has a backup made beforehand: above the
  /// line, where somebody reads it in time.
  func preparesBackup(before number: Int) -> Bool {
    let headings = headings
    let fences = fences
    let isAsked = lowerLines.prefix(max(0, number)).enumerated().contains { index, line in
      line.contains("before") && BackupNames.isMaking(line) && !line.holds(Self.forward)
        && !fences.contains { $0.holds(index + 1) }
    }
    return isAsked
      || headings.enumerated().contains { index, heading in
        guard heading.line < number else { return false }
        let title = heading.text.lowercased()
        guard title.holds(["pre-", "before", "prepar", "prerequisit", "antes", "previo", "vorher", "avant", "回滚前"]),
          !title.holds(Self.forward)
        else {
          return false
        }
        let end = headings[(index + 1)...].first { $0.level <= heading.level }?.line ?? lines.count + 1
        return (heading.line..<end).contains { number in
          let line = lowerLine(number)
          return BackupNames.isMaking(line)
            || line.holds(["pg_dump", "mysqldump", "mongodump", "backup:", "backup.sh"])
            || line.contains("cp ") && BackupNames.matches(line)
        }
      }
  }
}

enum SQLiteFiles {
  static func isOne(_ path: String) -> Bool {
    [".db", ".sqlite", ".sqlite3"].contains { path.hasSuffix($0) }
  }
}
