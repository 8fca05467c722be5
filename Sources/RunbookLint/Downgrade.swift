import Runbook

/// Migrations taken back.
struct Downgrade: Sendable {
  enum Scope: Sendable {
    /// However many the release brought, it takes back one, or one batch.
    case last
    /// To a named revision, or a stated number of them.
    case stated
    /// All of them, and the data with them.
    case everything
  }
  /// Such as `alembic downgrade`.
  var tool: String
  var scope: Scope
}

extension ParsedCommand {
  /// What it takes back, where it is a migration tool's command that does; scripts by their name.
  func downgrade(call: [String], scriptName: String?) -> Downgrade? {
    guard let tool = call.first else { return nil }
    guard Self.migrationTools.contains(tool) else { return Self.scriptDowngrade(call, scriptName: scriptName) }
    let words = call.dropFirst().filter { !$0.hasPrefix("-") || ($0.dropFirst().first?.isNumber ?? false) }
    let first = words.first ?? ""
    switch tool {
    case "alembic", "flask":
      let command = tool == "flask" ? ["db", "downgrade"] : ["downgrade"]
      guard words.starts(with: command) else { return nil }
      let target = words.dropFirst(command.count).first
      return Downgrade(
        tool: "\(tool) \(command.joined(separator: " "))",
        scope: target == "base" ? .everything : target == nil || target == "-1" ? .last : .stated)
    case "manage.py", "django-admin":
      guard first == "migrate", words.count > 2 else { return nil }
      return Downgrade(tool: "\(tool) migrate", scope: words[2] == "zero" ? .everything : .stated)
    case "rails", "rake":
      let version =
        call.first { $0.hasPrefix("VERSION=") }
        ?? assignments.first { $0.name == "VERSION" }.map {
          "VERSION=\($0.value.text)"
        }
      let hasStep = call.contains { $0.hasPrefix("STEP=") } || assignments.contains { $0.name == "STEP" }
      switch first {
      case "db:rollback": return Downgrade(tool: "\(tool) db:rollback", scope: hasStep ? .stated : .last)
      case "db:migrate:down": return Downgrade(tool: "\(tool) db:migrate:down", scope: .stated)
      case "db:migrate" where version != nil:
        return Downgrade(tool: "\(tool) db:migrate", scope: version == "VERSION=0" ? .everything : .stated)
      case "db:drop", "db:reset", "db:migrate:reset": return Downgrade(tool: "\(tool) \(first)", scope: .everything)
      default: return nil
      }
    case "artisan":
      switch first {
      case "migrate:rollback":
        let isStated = call.contains { $0.hasPrefix("--step") || $0.hasPrefix("--path") || $0.hasPrefix("--batch") }
        return Downgrade(tool: "php artisan migrate:rollback", scope: isStated ? .stated : .last)
      case "migrate:reset", "migrate:refresh", "migrate:fresh", "db:wipe":
        return Downgrade(tool: "php artisan \(first)", scope: .everything)
      default: return nil
      }
    case "knex":
      switch first {
      case "migrate:rollback":
        return Downgrade(tool: "knex migrate:rollback", scope: call.contains("--all") ? .everything : .last)
      case "migrate:down": return Downgrade(tool: "knex migrate:down", scope: words.count > 1 ? .stated : .last)
      default: return nil
      }
    case "sequelize", "sequelize-cli":
      let named = call.contains { $0.hasPrefix("--name") || $0.hasPrefix("--to") }
      switch first {
      case "db:migrate:undo": return Downgrade(tool: "\(tool) \(first)", scope: named ? .stated : .last)
      case "db:migrate:undo:all": return Downgrade(tool: "\(tool) \(first)", scope: named ? .stated : .everything)
      default: return nil
      }
    case "typeorm": return first == "migration:revert" ? Downgrade(tool: "typeorm migration:revert", scope: .last) : nil
    case "flyway":
      switch first {
      case "undo": return Downgrade(tool: "flyway undo", scope: call.dropLast().contains("-target") ? .stated : .last)
      case "clean": return Downgrade(tool: "flyway clean", scope: .everything)
      default: return nil
      }
    case "migrate":
      guard call.contains(where: { $0.hasPrefix("-database") || $0.hasPrefix("-path") || $0.hasPrefix("-source") })
      else { return nil }
      if call.last == "drop" || call.contains("drop") { return Downgrade(tool: "migrate drop", scope: .everything) }
      guard let index = call.firstIndex(of: "down") else { return nil }
      let number = call[(index + 1)...].first
      return Downgrade(tool: "migrate down", scope: number == nil || number == "-all" ? .everything : .stated)
    case "prisma":
      return words.starts(with: ["migrate", "reset"])
        ? Downgrade(tool: "prisma migrate reset", scope: .everything) : nil
    case "dotnet":
      guard words.starts(with: ["ef", "database", "update"]), words.count > 3 else { return nil }
      return Downgrade(tool: "dotnet ef database update", scope: words[3] == "0" ? .everything : .stated)
    case "mix": return first == "ecto.rollback" ? Downgrade(tool: "mix ecto.rollback", scope: .stated) : nil
    case "dbmate": return ["rollback", "down"].contains(first) ? Downgrade(tool: "dbmate \(first)", scope: .last) : nil
    case "liquibase":
      return first.lowercased().hasPrefix("rollback") ? Downgrade(tool: "liquibase \(first)", scope: .stated) : nil
    default: return nil
    }
  }

  private static let migrationTools: Set<String> = [
    "alembic", "flask", "manage.py", "django-admin", "rails", "rake", "artisan", "knex", "sequelize", "sequelize-cli",
    "typeorm", "flyway", "migrate", "prisma", "dotnet", "mix", "dbmate", "liquibase",
  ]

  private static func scriptDowngrade(_ call: [String], scriptName: String?) -> Downgrade? {
    if zip(call, call.dropFirst()).contains(where: { $0 == "migrate" && $1 == "down" }) {
      return Downgrade(tool: "\(call.first ?? "") migrate down", scope: .stated)
    }
    guard let script = scriptName?.lowercased() else { return nil }
    let isMigration =
      script.hasPrefix("db:")
      || script.contains("migrat") && !script.holds(["rollback_migration", "rollback-migration"])
      || call.contains { $0.hasPrefix("migrations/") }
    let looks = ["list", "status", "create", "verify", "check", "validate", "backup", "--dry-run", "generate"]
    guard isMigration, !script.holds(["generate", "create", "test"]),
      !call.dropFirst().contains(where: { $0.lowercased().holds(looks) })
    else { return nil }
    let back = ["rollback", "down", "revert", "undo", "downgrade"]
    let goesBack = script.holds(back) || call.dropFirst().contains { back.contains($0) }
    return goesBack ? Downgrade(tool: script, scope: .stated) : nil
  }
}
