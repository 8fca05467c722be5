import Layer
import Runbook
import RunbookReading

/// What a job starts.
struct StartedCommands {
  /// As they run in the end: without the programs that only run another, and with what `sh -c` is given in its place.
  private(set) var commands: [ParsedCommand] = []
  /// The absolute folder in which the first of them begins, where that is known.
  var folder: String?

  /// Of something that cannot be read.
  init() {}

  /// Nil where one of them cannot be read whole.
  init?(_ statements: [ShellStatement], by parser: ShellReader) {
    guard !statements.isEmpty, let commands = Self.read(statements, by: parser) else { return nil }
    self.commands = commands
  }

  /// Of command lines whose quotes are lost: what `sh -c` runs is everything behind it. Nil where that cannot be read whole.
  init?(unquoted lines: [String], in folder: String?, by parser: ShellReader) {
    for line in lines {
      let command = Launcher.unwrapped(ParsedCommand(literal: line.split(separator: " ").map(String.init)))
      if let text = Launcher.shellText(of: command) {
        let rest = text.compactMap(\.value).joined(separator: " ")
        guard let inner = Self.read(parser.statements(of: rest, line: 1), by: parser) else { return nil }
        commands += inner
      } else {
        commands.append(command)
      }
    }
    self.folder = folder
  }

  private static func read(_ statements: [ShellStatement], by parser: ShellReader) -> [ParsedCommand]? {
    var found: [ParsedCommand] = []
    for statement in statements {
      if statement.isOpaque { return nil }
      for command in statement.commands.map(Launcher.unwrapped) {
        guard let text = Launcher.shellText(of: command)?.first?.value else {
          found.append(command)
          continue
        }
        guard var inner = read(parser.statements(of: text, line: 1), by: parser) else { return nil }
        if !command.place.isHere {
          for index in inner.indices {
            let own = inner[index].place
            inner[index].place = own.isHere ? command.place : .nested(outer: command.place, inner: own)
          }
        }
        found += inner
      }
    }
    return found
  }

  /// Those that are run on the machine of the job itself.
  private var own: [ParsedCommand] { commands.filter(\.place.isThisMachine) }

  /// Whether it runs a program, or a script, of the file name in `line`, with the words that stand behind it there.
  func runs(_ line: String) -> Bool {
    guard let wanted = Launcher.program(ofLine: line), !Launcher.isOne(wanted.name) else { return false }
    return own.contains { command in
      guard let program = Launcher.program(of: command), program.name == wanted.name else { return false }
      return wanted.arguments.isEmpty
        || program.arguments.joined(separator: " ").hasPrefix(wanted.arguments.joined(separator: " "))
    }
  }

  /// Whether it starts or restarts this service.
  func starts(service name: String) -> Bool {
    let unit = UnitName.full(name)
    return own.contains { command in
      let words = command.arguments.filter { !$0.hasPrefix("-") }
      switch command.name {
      case "systemctl", "supervisorctl", "pm2":
        return ["start", "restart", "reload-or-restart"].contains(words.first)
          && words.dropFirst().contains { UnitName.full($0) == unit }
      case "service":
        return words.first.map(UnitName.full) == unit && ["start", "restart"].contains(words.last)
      default: return false
      }
    }
  }

  /// Absolute folders in which it changes what is checked out, or deploys.
  var deployFolders: [String] {
    var folder = folder
    var found: [String] = []
    for command in commands where command.place.sharesFiles {
      guard let name = command.name else { continue }
      let arguments = command.arguments
      switch name {
      case "cd": folder = arguments.count == 1 && arguments[0].hasPrefix("/") ? arguments[0] : nil
      case "git":
        var words = arguments[...]
        var own = folder
        if words.first == "-C", words.count > 1 {
          own = words[words.startIndex + 1].hasPrefix("/") ? words[words.startIndex + 1] : nil
          words = words.dropFirst(2)
        }
        if let own, let verb = words.first, ["pull", "checkout", "switch", "reset"].contains(verb) {
          found.append(own)
        }
      case "make" where arguments.contains("deploy"): if let folder { found.append(folder) }
      default:
        for word in [command.words.first?.value, Launcher.script(of: command)].compactMap(\.self)
        where ["deploy", "deploy.sh"].contains(Launcher.base(word)) {
          // The folder in which the script is, else the one it is run in.
          if word.hasPrefix("/"), let slash = word.lastIndex(of: "/"), slash > word.startIndex {
            found.append(String(word[..<slash]))
          } else if let folder {
            found.append(folder)
          }
        }
      }
    }
    return found
  }

  /// For a name: the script or program that it runs, else `job`.
  var program: String {
    for command in commands where command.name != "cd" {
      guard let first = command.words.first?.value else { continue }
      if let script = Launcher.script(of: command) { return Launcher.base(script) }
      if command.name == "git",
        let verb = command.arguments.first(where: { ["pull", "checkout", "switch", "reset"].contains($0) })
      {
        return "git \(verb)"
      }
      return Launcher.base(first)
    }
    return "job"
  }
}
