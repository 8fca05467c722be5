import Runbook

/// Programs that run what their arguments name: which of the words that is.
struct Launcher {
  /// Options that take the next word.
  private var valued: Set<String> = []
  /// Letters of the options behind which a program's text stands, and no file.
  private var text: Set<Character> = []
  /// What stands between the options and the command: `timeout 5`, `flock FILE`.
  private var operands = 0
  /// `env A=b`.
  private var takesAssignments = false
  /// `uv run`.
  private var verb: String?

  /// They run the command that stands behind them.
  private static let wrappers: [String: Launcher] = [
    "nohup": Launcher(), "setsid": Launcher(), "chronic": Launcher(), "exec": Launcher(valued: ["-a"]),
    "nice": Launcher(valued: ["-n", "--adjustment"]),
    "ionice": Launcher(valued: ["-c", "-n", "--class", "--classdata"]),
    "timeout": Launcher(valued: ["-s", "-k", "--signal", "--kill-after"], operands: 1),
    "flock": Launcher(valued: ["-w", "-E", "--timeout", "--wait", "--conflict-exit-code"], operands: 1),
    "env": Launcher(valued: ["-u", "-C", "--unset", "--chdir"], takesAssignments: true),
    "time": Launcher(valued: ["-f", "-o", "--format", "--output"]),
    "stdbuf": Launcher(valued: ["-i", "-o", "-e", "--input", "--output", "--error"]),
    "uv": Launcher(
      valued: ["-p", "--python", "--with", "--project", "--directory", "--env-file", "--extra", "--group"], verb: "run"),
    "poetry": Launcher(valued: ["-C", "-P", "--directory", "--project"], verb: "run"),
  ]

  /// They run the script that is their first operand.
  private static let interpreters: [String: Launcher] = [
    "python": Launcher(valued: ["-W", "-X"], text: ["c", "m"]),
    "node": Launcher(valued: ["-r", "--require", "--import", "--loader"], text: ["e", "p"]),
    "ruby": Launcher(valued: ["-I", "-r", "-C"], text: ["e"]), "perl": Launcher(text: ["e", "E"]),
    "php": Launcher(valued: ["-d", "-c"], text: ["r"]),
    "java": Launcher(valued: ["-cp", "-classpath", "--class-path", "--module-path"]),
    "bash": shell, "sh": shell, "dash": shell, "zsh": shell,
  ]
  private static let shell = Launcher(valued: ["-o", "-O", "--rcfile", "--init-file"], text: ["c"])
  private static let shells: Set<String> = ["bash", "sh", "dash", "zsh"]

  static func isOne(_ name: String) -> Bool {
    wrappers[base(name)] != nil || interpreters[family(of: name)] != nil || base(name) == daemonStarter
  }

  /// Without the programs in front that only run it: `git pull` of `flock -n /tmp/l nice git pull`.
  static func unwrapped(_ command: ParsedCommand) -> ParsedCommand {
    var command = command
    while let first = command.words.first?.value {
      let behind =
        base(first) == daemonStarter
        ? daemon(of: command.words) : wrappers[base(first)]?.command(in: command.words.dropFirst())
      guard let words = behind, !words.isEmpty else { break }
      command.words = words
    }
    return command
  }

  /// The script that an interpreter is given; nil where it is given none, or its text.
  static func script(of command: ParsedCommand) -> String? {
    guard let first = command.words.first?.value, let interpreter = interpreters[family(of: first)],
      case .operands(let operands) = interpreter.options(of: command.words.dropFirst())
    else { return nil }
    return operands.first?.value
  }

  /// What a command runs, by its file name, and the words behind it: an interpreter's script, else the program.
  static func program(of command: ParsedCommand) -> (name: String, arguments: [String])? {
    guard let first = command.words.first?.value else { return nil }
    guard let script = script(of: command), let index = command.words.firstIndex(where: { $0.value == script })
    else { return (base(first), command.arguments) }
    return (base(script), command.words[(index + 1)...].map(\.valueOrText))
  }

  /// The same of a command line, or of a piece of one as `pkill -f` takes it.
  static func program(ofLine line: String) -> (name: String, arguments: [String])? {
    program(of: unwrapped(ParsedCommand(literal: line.split(separator: " ").map(String.init))))
  }

  /// What stands behind a shell's `-c`, its text first; nil where there is no such option.
  static func shellText(of command: ParsedCommand) -> ArraySlice<Word>? {
    guard let first = command.words.first?.value, shells.contains(family(of: first)),
      case .text(let text) = shell.options(of: command.words.dropFirst())
    else { return nil }
    return text
  }

  static func base(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// `/usr/bin/python3.12` is `python`.
  private static func family(of name: String) -> String {
    var name = base(name)[...]
    while let last = name.last, last.isNumber || last == "." { name.removeLast() }
    return String(name)
  }

  // MARK: Options

  private enum Rest {
    case operands(ArraySlice<Word>)
    case text(ArraySlice<Word>)
  }

  /// What the options that `words` begin with leave.
  private func options(of words: ArraySlice<Word>) -> Rest {
    var rest = words
    while let option = rest.first?.value, option.hasPrefix("-"), option != "-" {
      rest = rest.dropFirst()
      if option == "--" { break }
      // Of `-lc` and `-eo` the last letter says what follows.
      let isCluster = option.dropFirst().allSatisfy { $0.isASCII && $0.isLetter }
      let last = isCluster ? option.last : nil
      if let last, text.contains(last) { return .text(rest) }
      if valued.contains(option) || last.map({ valued.contains("-\($0)") }) ?? false { rest = rest.dropFirst() }
    }
    return .operands(rest)
  }

  /// The command that a wrapper runs.
  private func command(in words: ArraySlice<Word>) -> [Word]? {
    guard case .operands(var rest) = options(of: words) else { return nil }
    if let verb {
      guard rest.first?.value == verb, case .operands(let behind) = options(of: rest.dropFirst()) else { return nil }
      rest = behind
    }
    rest = rest.dropFirst(operands)
    if takesAssignments { rest = rest.drop { $0.valueOrText.contains("=") } }
    // `flock FILE -c TEXT`.
    if ["-c", "--command"].contains(rest.first?.value) {
      return [Word(literal: "sh"), Word(literal: "-c")] + rest.dropFirst()
    }
    return Array(rest)
  }

  private static let daemonStarter = "start-stop-daemon"

  /// `--exec PROGRAM … -- ARGUMENTS`.
  private static func daemon(of words: [Word]) -> [Word]? {
    let own = words.prefix { $0.value != "--" }
    guard let option = own.firstIndex(where: { ["-x", "--exec", "-a", "--startas"].contains($0.value) }),
      own.indices.contains(option + 1)
    else { return nil }
    return [own[option + 1]] + words.dropFirst(own.count + 1)
  }
}
