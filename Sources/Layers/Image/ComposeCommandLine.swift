import Layer
import Runbook

/// The words of `docker compose` and `docker-compose`.
enum ComposeCommandLine {
  private static let looks: Set<String> = ["ps", "logs", "config", "images", "top", "port", "version", "ls", "events"]
  private static let verbs: [String: ImageCommand.Verb] = [
    "up": .up, "down": .down, "pull": .pull, "build": .build, "restart": .restart, "stop": .stop, "start": .start,
    "kill": .kill, "rm": .remove,
  ]
  /// Options with a value; every other one is a flag.
  private static let valued: [String: Set<String>] = [
    "up": [
      "-t", "--timeout", "--scale", "--pull", "--wait-timeout", "--exit-code-from", "--attach", "--no-attach",
    ],
    "down": ["-t", "--timeout", "--rmi"], "stop": ["-t", "--timeout"], "restart": ["-t", "--timeout"],
    "kill": ["-s", "--signal"], "pull": ["--parallel", "--policy"],
    "build": ["--build-arg", "-m", "--memory", "--progress", "--ssh", "--builder"],
  ]

  /// - Parameter program: `docker compose` or `docker-compose`, with what says which engine.
  static func parse(
    _ program: [String], _ arguments: [String], docker: [String], _ context: ReadingContext
  ) -> ImageCommand? {
    var rest = arguments[...]
    var project = ProjectReference(words: program)
    var docker = docker
    while let word = rest.first, word.hasPrefix("-") {
      guard let option = takeGlobal(&rest) else { return nil }
      project.words += option.words
      switch option.name {
      case "-f", "--file": project.files.append(option.value)
      case "-p", "--project-name": project.name = option.value
      case "--project-directory": project.folder = option.value
      case "--env-file": project.environmentFiles.append(option.value)
      case "--profile": project.profiles.append(option.value)
      case "-H", "--host", "-c", "--context": docker += [option.name, option.value]
      default: break
      }
    }
    if project.files.isEmpty, let files = context.variables["COMPOSE_FILE"], !files.isEmpty {
      project.files = files.split(separator: ":").map(String.init)
    }
    // Read from stdin: nobody can ask for it a second time.
    guard !project.files.contains("-"), let verb = rest.popFirst() else { return nil }
    var result: ImageCommand
    if looks.contains(verb) {
      result = ImageCommand(.look, .project(project, services: []))
    } else if let known = verbs[verb], let parsed = parse(known, verb, Array(rest), project) {
      result = parsed
    } else {
      return nil
    }
    result.docker = docker
    return result
  }

  private static let globalFlags: Set<String> = ["--compatibility", "--verbose", "--no-ansi", "--all-resources"]
  private static let globalValued: Set<String> = [
    "-f", "--file", "-p", "--project-name", "--project-directory", "--env-file", "--profile", "-H", "--host", "-c",
    "--context", "--ansi", "-l", "--log-level", "--parallel", "--progress",
  ]

  /// One option before the verb; nil where it is not known.
  private static func takeGlobal(_ rest: inout ArraySlice<String>) -> (name: String, value: String, words: [String])? {
    guard let word = rest.popFirst() else { return nil }
    if globalFlags.contains(word) { return (word, "", [word]) }
    if globalValued.contains(word) { return rest.popFirst().map { (word, $0, [word, $0]) } }
    if let mark = word.firstIndex(of: "="), globalValued.contains(String(word[..<mark])) {
      return (String(word[..<mark]), String(word[word.index(after: mark)...]), [word])
    }
    if word.hasPrefix("-f") || word.hasPrefix("-p"), !word.hasPrefix("--") {
      return (String(word.prefix(2)), String(word.dropFirst(2)), [word])
    }
    return nil
  }

  private static func parse(
    _ verb: ImageCommand.Verb, _ name: String, _ arguments: [String], _ project: ProjectReference
  ) -> ImageCommand? {
    let line = OptionReader(arguments, valued: valued[name] ?? [])
    var result = ImageCommand(verb, .project(project, services: line.operands))
    result.options.takesVolumes =
      (verb == .down || verb == .remove) && line.has("-v", "--volumes")
    result.options.takesImages = verb == .down && line.value("--rmi") != nil
    result.options.builds = line.has("--build", "--build")
    result.options.waits = line.has("--wait", "--wait") ? true : nil
    result.options.isAlone = line.has("--no-deps", "--no-deps")
    result.options.isForced = line.has("-f", "--force")
    result.options.stopsFirst = verb == .remove && line.has("-s", "--stop")
    result.options.pull = line.value("--pull")
    for (option, value) in line.options where option == "--scale" {
      let parts = value.split(separator: "=")
      if parts.count == 2, let count = Int(parts[1]) { result.options.scale[String(parts[0])] = count }
    }
    // Nothing is started, or it is only said what would be.
    if line.has("--no-start", "--dry-run") { return nil }
    if verb == .kill, let signal = line.value("-s") ?? line.value("--signal"), !Signals.ends(signal) { return nil }
    return result
  }
}

/// Options and operands of one verb.
struct OptionReader {
  /// In order; the value of a flag is empty.
  var options: [(name: String, value: String)] = []
  var operands: [String] = []

  /// - Parameter valued: options that take a value; every other one is a flag.
  init(_ arguments: [String], valued: Set<String>) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word.count > 1 else {
        operands.append(word)
        continue
      }
      if valued.contains(word) {
        options.append((word, rest.popFirst() ?? ""))
      } else if let mark = word.firstIndex(of: "="), word.hasPrefix("--") {
        options.append((String(word[..<mark]), String(word[word.index(after: mark)...])))
      } else if word.hasPrefix("--") {
        options.append((word, ""))
      } else {
        takeShort(word, &rest, valued: valued)
      }
    }
  }

  /// `-fsv`, `-t5`, `-dp 80:80`.
  private mutating func takeShort(_ word: String, _ rest: inout ArraySlice<String>, valued: Set<String>) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      let name = "-\(letter)"
      guard valued.contains(name) else {
        options.append((name, ""))
        continue
      }
      options.append((name, letters.isEmpty ? rest.popFirst() ?? "" : String(letters)))
      return
    }
  }

  func has(_ short: String, _ long: String) -> Bool {
    options.contains { ($0.name == short || $0.name == long) && $0.value != "false" }
  }
  func value(_ name: String) -> String? { options.last { $0.name == name }?.value }
}

enum Signals {
  /// Whether what gets it ends.
  static func ends(_ signal: String) -> Bool {
    let name = signal.uppercased()
    return ["KILL", "TERM", "INT", "QUIT", "9", "15", "2", "3"].contains(name.dropping(prefix: "SIG") ?? name)
  }
}
