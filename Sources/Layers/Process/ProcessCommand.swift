import Layer
import Runbook

/// A command that starts, stops or asks about processes.
struct ProcessCommand: Codable, Hashable, Sendable {
  enum Manager: String, Codable, Hashable, Sendable { case systemctl, service, supervisorctl, pm2 }

  enum Subject: Codable, Hashable, Sendable {
    /// Services by name. `options`: those that say whose, such as `--user`.
    case units(Manager, names: [String], options: [String])
    case pids([Int])
    /// By the process's name, or by its whole command line.
    case named([String], wholeLine: Bool)
    /// Started in the background.
    case started([String])
  }

  enum Verb: String, Codable, Hashable, Sendable {
    case start, stop, restart, reload, enable, disable, mask, unmask, status, signal
    /// Which of the two, the manager decides.
    case reloadOrRestart = "reload-or-restart"

    /// Whether it sets what may start a service, and not whether it runs.
    var setsEnabled: Bool { [.enable, .disable, .mask, .unmask].contains(self) }
  }

  var verb: Verb
  var subject: Subject
  /// As it was written, where that is another word than the verb's: `try-restart`, `force-reload`.
  var word: String?
  /// `enable --now` starts too.
  var now = false
  /// `--no-block`: the manager does it after the command has ended.
  var isQueued: Bool?
  /// `KILL`, `TERM`, `HUP` …
  var signal = "TERM"
  /// `killall` takes the whole name, `pkill` a part of it.
  var isExactName = false
  /// Variables without a value.
  var missing: [String] = []

  /// Whether the signal ends what gets it.
  var ends: Bool { ["TERM", "KILL", "INT", "QUIT", "ABRT"].contains(signal) }
  /// Whether nothing of it runs afterwards.
  var stops: Bool {
    switch verb {
    case .stop: true
    case .disable, .mask: now
    case .signal: ends
    case .start, .restart, .reload, .reloadOrRestart, .enable, .unmask, .status: false
    }
  }
  /// Whether it runs afterwards.
  var wantsRunning: Bool {
    switch verb {
    case .start, .restart, .reload, .reloadOrRestart: true
    case .enable: now
    case .stop, .disable, .mask, .unmask, .status, .signal: false
    }
  }
  /// Whether it only makes what was changed before take effect.
  var isDoneAgain: Bool { [.restart, .reload, .reloadOrRestart].contains(verb) }
  /// Whether what does not run is left so.
  var leavesStopped: Bool {
    // To systemctl that is an old word for try-reload-or-restart.
    if case .units(.systemctl, _, _) = subject, word == "force-reload" { return true }
    return word == "try-restart"
  }

  init(verb: Verb, subject: Subject) {
    self.verb = verb
    self.subject = subject
  }
}

extension ProcessCommand {
  init?(_ command: ParsedCommand, in context: ReadingContext) {
    let known = command.knownWords(in: context)
    var words = known.map(\.valueOrText)
    guard !words.isEmpty else { return nil }
    if words[0] == "nohup" || words[0] == "setsid" { words.removeFirst() }
    let parsed: ProcessCommand?
    if command.background, !words.isEmpty {
      parsed = ProcessCommand(verb: .start, subject: .started(words))
    } else {
      parsed = Self.foreground(command.name ?? "", Array(words.dropFirst()))
    }
    guard var result = parsed else { return nil }
    for case .unknown(let text, let missing) in known { result.missing += missing.isEmpty ? [text] : missing }
    self = result
  }

  private static func foreground(_ name: String, _ arguments: [String]) -> ProcessCommand? {
    switch name {
    case "systemctl": systemctl(arguments)
    case "service": service(arguments)
    case "supervisorctl": managed(.supervisorctl, arguments)
    case "pm2": managed(.pm2, arguments)
    case "kill": kill(arguments)
    case "pkill": pkill(arguments)
    case "killall": killall(arguments)
    default: nil
    }
  }

  private static let verbs: [String: Verb] = [
    "start": .start, "stop": .stop, "restart": .restart, "try-restart": .restart, "reload": .reload,
    "reload-or-restart": .reloadOrRestart, "force-reload": .reloadOrRestart, "enable": .enable, "disable": .disable,
    "status": .status, "is-active": .status, "is-enabled": .status, "show": .status, "list": .status, "ls": .status,
    "logs": .status,
  ]

  private static func systemctl(_ arguments: [String]) -> ProcessCommand? {
    var options: [String] = []
    var operands: [String] = []
    var startsNow = false
    var isQueued = false
    for argument in arguments {
      switch argument {
      case "--now": startsNow = true
      case "--user", "--system": options.append(argument)
      case "--no-block": isQueued = true
      case "-q", "--quiet", "--no-pager", "-l", "--full": break
      case _ where argument.hasPrefix("-"): return nil
      default: operands.append(argument)
      }
    }
    // Only systemd has these.
    let own: [String: Verb] = ["mask": .mask, "unmask": .unmask]
    guard let word = operands.first, let verb = verbs[word] ?? own[word], word != "list", word != "ls", word != "logs"
    else {
      return nil
    }
    let names = Array(operands.dropFirst())
    guard !names.isEmpty || verb == .status else { return nil }
    var result = ProcessCommand(verb: verb, subject: .units(.systemctl, names: names, options: options))
    result.now = startsNow
    result.word = word == verb.rawValue ? nil : word
    if isQueued { result.isQueued = true }
    return result
  }

  private static func service(_ arguments: [String]) -> ProcessCommand? {
    guard arguments.count == 2, !arguments[0].hasPrefix("-"), let verb = verbs[arguments[1]] else { return nil }
    var result = ProcessCommand(verb: verb, subject: .units(.service, names: [arguments[0]], options: []))
    result.word = arguments[1] == verb.rawValue ? nil : arguments[1]
    return result
  }

  private static func managed(_ manager: Manager, _ arguments: [String]) -> ProcessCommand? {
    guard let word = arguments.first, !word.hasPrefix("-"), let verb = verbs[word] else { return nil }
    let names = Array(arguments.dropFirst())
    guard names.allSatisfy({ !$0.hasPrefix("-") }) || verb == .status else { return nil }
    if verb == .status { return ProcessCommand(verb: verb, subject: .units(manager, names: [], options: [])) }
    // `pm2 start app.js` defines a process; only one that is known by name can be asked about.
    let isFile = names.contains { $0.contains("/") || $0.hasSuffix(".js") || $0.hasSuffix(".json") }
    guard !names.isEmpty, !names.contains("all"), !isFile else { return nil }
    return ProcessCommand(verb: verb, subject: .units(manager, names: names, options: []))
  }

  private static func kill(_ arguments: [String]) -> ProcessCommand? {
    guard let (signal, rest) = signalled(arguments, by: ["-s", "--signal"]) else { return nil }
    let pids = rest.compactMap { Int($0) }
    guard pids.count == rest.count, !pids.isEmpty, pids.allSatisfy({ $0 > 0 }) else { return nil }
    return with(signal, .pids(pids))
  }

  private static func pkill(_ arguments: [String]) -> ProcessCommand? {
    // Whose numbers stand in a file is known only when it runs.
    if arguments.contains(where: { $0 == "-F" || $0.hasPrefix("--pidfile") }) { return nil }
    // Its `-s` is a session.
    guard let (signal, rest) = signalled(arguments, by: ["--signal"]) else { return nil }
    var wholeLine = false
    var isExact = false
    var names: [String] = []
    for word in rest {
      switch word {
      case "-f", "--full": wholeLine = true
      case "-x", "--exact": isExact = true
      case _ where word.hasPrefix("-"): return nil
      default: names.append(word)
      }
    }
    // A pattern that is more than plain text is pkill's to read.
    guard names.count == 1, !names[0].contains(where: { "^$*+?[](){}|\\".contains($0) }) else { return nil }
    var result = with(signal, .named(names, wholeLine: wholeLine))
    result.isExactName = isExact
    return result
  }

  private static func killall(_ arguments: [String]) -> ProcessCommand? {
    guard let (signal, rest) = signalled(arguments, by: ["-s", "--signal"]) else { return nil }
    let names = rest.filter { !["-q", "-v", "-w", "-e"].contains($0) }
    guard !names.isEmpty, names.allSatisfy({ !$0.hasPrefix("-") }) else { return nil }
    var result = with(signal, .named(names, wholeLine: false))
    result.isExactName = true
    return result
  }

  private static func with(_ signal: String, _ subject: Subject) -> ProcessCommand {
    var result = ProcessCommand(verb: signal == "0" ? .status : .signal, subject: subject)
    result.signal = signal
    return result
  }

  /// The signal, and the other words. Nil where signals are only listed, or there is none of that name.
  ///
  /// - Parameter options: behind which a signal stands.
  private static func signalled(_ arguments: [String], by options: Set<String>) -> (signal: String, rest: [String])? {
    var signal = "TERM"
    var rest: [String] = []
    var isValue = false
    for argument in arguments {
      if isValue {
        guard let name = Signal.name(of: argument.uppercased()) else { return nil }
        signal = name
        isValue = false
      } else if options.contains(argument) {
        isValue = true
      } else if let name = argument.dropping(prefix: "-").flatMap(Signal.name) {
        signal = name
      } else if argument == "-l" || argument == "-L" {
        return nil
      } else {
        rest.append(argument)
      }
    }
    return (signal, rest)
  }
}
