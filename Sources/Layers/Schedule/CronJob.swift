import Layer
import Runbook
import RunbookReading

/// One line of a crontab that starts something, with its command as a shell reads it.
struct CronJob {
  /// As it stands in the list.
  var line: String
  /// Whom a list of the system names for it.
  var user: String?
  /// `*/5 * * * *`, `@daily`.
  var times: String
  var command: String
  var started: StartedCommands

  /// Nil where it is a comment, a setting, or a command that cannot be read whole. `namesUser`: as in `/etc/crontab` and
  /// `/etc/cron.d`, where the user stands in front of the command (crontab(5)).
  init?(_ line: String, namesUser: Bool = false, parser: ShellReader) {
    let isNamed = line.first == "@"
    guard isNamed || line.first.map({ $0.isNumber || $0 == "*" }) ?? false else { return nil }
    var rest = Substring(line)
    var times: [Substring] = []
    func field() -> Substring? {
      rest = rest.drop { $0 == " " || $0 == "\t" }
      let field = rest.prefix { $0 != " " && $0 != "\t" }
      rest = rest.dropFirst(field.count)
      return field.isEmpty ? nil : field
    }
    while times.count < (isNamed ? 1 : 5) {
      guard let time = field() else { return nil }
      times.append(time)
    }
    if namesUser {
      guard let name = field() else { return nil }
      user = String(name)
    }
    let command = Self.withoutInput(rest.drop { $0 == " " || $0 == "\t" })
    let statements = parser.statements(of: command, line: 1)
    guard let started = StartedCommands(statements, by: parser) else { return nil }
    self.line = line
    self.times = times.joined(separator: " ")
    self.command = command
    self.started = started
  }

  /// To cron a percent sign begins the command's input, and one behind a backslash is one.
  private static func withoutInput(_ text: Substring) -> String {
    var command = ""
    for character in text {
      if character != "%" {
        command.append(character)
      } else if command.last == "\\" {
        command.removeLast()
        command.append("%")
      } else {
        break
      }
    }
    return command
  }
}
