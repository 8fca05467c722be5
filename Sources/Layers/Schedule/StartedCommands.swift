import Layer
import Runbook

/// What a job starts.
struct StartedCommands {
  var commands: [ParsedCommand]
  /// The absolute folder in which the first of them begins, where that is known.
  var folder: String?

  init(_ commands: [ParsedCommand], in folder: String? = nil) {
    self.commands = commands
    self.folder = folder
  }

  /// Whether it runs a program, or a script, of this file name.
  func runs(_ name: String) -> Bool {
    !Self.launchers.contains(Self.family(of: name)) && commands.contains { Self.runs(name, $0.words) }
  }

  /// Programs that run what their arguments name.
  private static let launchers: Set<String> = [
    "python", "bash", "sh", "dash", "zsh", "node", "ruby", "perl", "php", "java", "uv", "poetry", "nohup", "setsid",
    "nice", "ionice", "timeout", "flock", "env", "exec", "chronic", "time", "stdbuf", "start-stop-daemon",
  ]

  /// `/usr/bin/python3.12` is `python`.
  private static func family(of name: String) -> String {
    var name = base(name)[...]
    while let last = name.last, last.isNumber || last == "." { name.removeLast() }
    return String(name)
  }

  private static func base(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  private static func runs(_ name: String, _ words: [Word]) -> Bool {
    guard let first = words.first?.value else { return false }
    if base(first) == name { return true }
    return launchers.contains(family(of: first)) && words.dropFirst().contains { $0.value.map(base) == name }
  }

  /// Whether it starts or restarts this service.
  func starts(service name: String) -> Bool {
    func plain(_ name: String) -> String { name.hasSuffix(".service") ? String(name.dropLast(8)) : name }
    return commands.contains { command in
      let words = command.arguments.filter { !$0.hasPrefix("-") }.map(plain)
      switch command.name {
      case "systemctl", "supervisorctl", "pm2":
        return ["start", "restart", "reload-or-restart"].contains(words.first)
          && words.dropFirst().contains(plain(name))
      case "service": return words.first == plain(name) && ["start", "restart"].contains(words.last)
      default: return false
      }
    }
  }

  /// Absolute folders in which it changes what is checked out, or deploys.
  var deployFolders: [String] {
    var folder = folder
    var found: [String] = []
    for command in commands where command.place.isHere {
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
        let words =
          [command.words.first?.value ?? ""] + (Self.launchers.contains(Self.family(of: name)) ? arguments : [])
        for word in words where ["deploy", "deploy.sh"].contains(Self.base(word)) {
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
      if Self.launchers.contains(Self.family(of: first)),
        let script = command.arguments.first(where: { $0.contains(".") && !$0.hasPrefix("-") })
      {
        return Self.base(script)
      }
      if command.name == "git",
        let verb = command.arguments.first(where: { ["pull", "checkout", "switch", "reset"].contains($0) })
      {
        return "git \(verb)"
      }
      return Self.base(first)
    }
    return "job"
  }
}
