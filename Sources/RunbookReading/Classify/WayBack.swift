import Runbook

/// A command that takes one thing back to a state that its arguments name. Two of them, one after the other, for the same
/// thing, are alternatives: nobody goes back to two places.
struct WayBack: Hashable {
  /// The program, its verb, and what it takes back; not to where.
  private var words: [String]
  private var place: Place

  /// Nil where `statement` is no such command.
  init?(_ statement: ShellStatement) {
    guard statement.commands.count == 1, let command = statement.commands.first else { return nil }
    self.init(command)
  }

  init?(_ command: ParsedCommand) {
    let words = command.words.map(\.valueOrText).filter { !$0.hasPrefix("-") }
    guard let name = command.name, let form = Self.forms.first(where: { $0.matches(name, words) }) else { return nil }
    self.words = Array(words.prefix(form.words.count + form.objects))
    place = command.place
  }

  private struct Form {
    var words: [String]
    /// How many words behind the verb say what is taken back.
    var objects = 0

    func matches(_ name: String, _ command: [String]) -> Bool {
      words.first == name && command.count >= words.count + objects && command[1..<words.count] == words[1...]
    }
  }

  private static let forms = [
    Form(words: ["alembic", "downgrade"]), Form(words: ["flask", "db", "downgrade"]),
    Form(words: ["knex", "migrate:rollback"]), Form(words: ["rails", "db:rollback"]),
    Form(words: ["rake", "db:rollback"]), Form(words: ["php", "artisan", "migrate:rollback"]),
    Form(words: ["npx", "sequelize", "db:migrate:undo"]), Form(words: ["npx", "sequelize-cli", "db:migrate:undo"]),
    Form(words: ["dotnet", "ef", "database", "update"]), Form(words: ["sqitch", "revert"]),
    Form(words: ["python", "manage.py", "migrate"], objects: 1), Form(words: ["helm", "rollback"], objects: 1),
    Form(words: ["kubectl", "rollout", "undo"], objects: 1), Form(words: ["git", "reset"]),
    Form(words: ["heroku", "rollback"]), Form(words: ["vercel", "rollback"]), Form(words: ["kamal", "rollback"]),
  ]
}
