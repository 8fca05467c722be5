import Layer
import Runbook

/// A command to a container engine.
struct ImageCommand: Codable, Hashable, Sendable {
  enum Verb: String, Codable, Hashable, Sendable {
    case up, down, pull, build, restart, stop, start, kill, remove, run, tag, untag, look
  }

  enum Subject: Codable, Hashable, Sendable {
    /// No services: the whole project.
    case project(ProjectReference, services: [String])
    case containers([String])
    /// Names of images, with their tags.
    case images([String])
    /// Only looks, at nothing that one could name.
    case engine
  }

  var verb: Verb
  var subject: Subject
  /// `docker`, with the options that say which engine.
  var docker: [String] = ["docker"]
  var options = Options()
  /// `A=b` behind a prefix, as in `sudo VERSION=1 docker …`. As written: a value may be a secret of the session.
  var innerVariables: [Word] = []
  /// `A=b` before the command.
  var outerVariables: [Assignment] = []
  /// Variables without a value.
  var missing: [String] = []

  struct Options: Codable, Hashable, Sendable {
    /// `down -v`, `rm -v`.
    var takesVolumes = false
    /// `down --rmi`.
    var takesImages = false
    /// `up --build`.
    var builds = false
    /// `up --wait`.
    var waits: Bool?
    /// `up --no-deps`.
    var isAlone = false
    /// `rm -f`, `rmi -f`.
    var isForced = false
    /// `docker compose rm -s`.
    var stopsFirst = false
    /// `--pull` of `run` and `up`: `always`, `missing`, `never`.
    var pull: String?
    /// `--scale web=3`.
    var scale: [String: Int] = [:]
    /// What `run` starts, or what `tag` gives another name to.
    var source: String?
    /// An image named by its id: no tag of ours can stand in the way of its end without changing what the command does.
    var namesIdentifier = false
  }

  init(_ verb: Verb, _ subject: Subject) {
    self.verb = verb
    self.subject = subject
  }

  /// What ought to run afterwards: such a container gets a moment to become healthy.
  var wantsRunning: Bool { [.up, .start, .restart, .run].contains(verb) }

  /// Whether names of images come to stand for other images.
  var changesTags: Bool {
    switch verb {
    case .pull, .build, .tag, .untag: true
    case .up: options.builds || options.pull == "always"
    case .down: options.takesImages
    default: false
    }
  }

  var changesNetworks: Bool { verb == .up || verb == .down }
  var changesContainers: Bool { ![.pull, .build, .tag, .untag].contains(verb) }
}

/// Which project a compose command is about, as its words say it.
struct ProjectReference: Codable, Hashable, Sendable {
  /// `docker compose -f x.yml` or `docker-compose -p shop`.
  var words: [String]
  var files: [String] = []
  var name: String?
  var folder: String?
  var environmentFiles: [String] = []
  var profiles: [String] = []

  /// For one file in their place: docker-compose takes `--env-file` once.
  var wordsWithoutEnvironmentFiles: [String] {
    var result: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--env-file" {
        rest = rest.dropFirst()
      } else if !word.hasPrefix("--env-file=") {
        result.append(word)
      }
    }
    return result
  }

  /// What tells it from other projects, as far as its words say: its folder, and its name where one is given.
  func identity(in context: ReadingContext) -> String {
    let file = files.first.map { $0.contains("/") ? $0.split(separator: "/").dropLast().joined(separator: "/") : "" }
    let start = files.first?.hasPrefix("/") == true ? "/" : ""
    return context.absolutePath(folder ?? start + (file ?? "")) + (name.map { " \($0)" } ?? "")
  }
}

extension ImageCommand {
  init?(_ command: ParsedCommand, in context: ReadingContext) {
    guard !command.background, !command.words.contains(where: \.hasCommandSubstitution) else { return nil }
    var context = context
    // What is exported here does not reach another place.
    if !command.place.isHere { context.variables["COMPOSE_FILE"] = nil }
    var words = command.words[...]
    if words.first?.value == "env" { words = words.dropFirst() }
    var inner: [Word] = []
    while let word = words.first, Self.isAssignment(word.valueOrText) {
      inner.append(word)
      words = words.dropFirst()
    }
    let known = words.map { $0.known(in: context) }
    guard let program = known.first?.value, let name = program.split(separator: "/").last else { return nil }
    let arguments = known.dropFirst().map(\.valueOrText)
    let parsed: ImageCommand?
    switch name {
    case "docker": parsed = DockerCommandLine.parse(program, arguments, context)
    case "docker-compose": parsed = ComposeCommandLine.parse([program], arguments, docker: ["docker"], context)
    default: parsed = nil
    }
    guard var result = parsed else { return nil }
    result.innerVariables = inner
    result.outerVariables = command.assignments
    let given = inner + command.assignments.map(\.value)
    for case .unknown(let text, let missing) in given.map({ $0.known(in: context) }) + known {
      result.missing += missing.isEmpty ? [text] : missing
    }
    self = result
  }

  private static func isAssignment(_ word: String) -> Bool {
    guard let mark = word.firstIndex(of: "="), let first = word.first, first == "_" || first.isLetter else {
      return false
    }
    return word[..<mark].allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
  }
}

extension ImageCommand {
  func targets(in context: ReadingContext) -> [String] {
    switch subject {
    case .containers(let names): return names.map { "container:\($0)" }
    case .images(let names): return names.map { "image:\($0)" }
    case .engine: return []
    case .project(let project, let services):
      let name = project.identity(in: context)
      if verb == .pull || verb == .build { return ["images:\(name)"] }
      return services.isEmpty ? ["compose:\(name)"] : services.map { "compose:\(name)/\($0)" }
    }
  }

  var reversibility: Reversibility {
    let lost = "what the containers wrote outside of their volumes, and their logs, is gone"
    switch verb {
    case .look, .stop, .start, .kill, .tag, .pull, .build: return .exact
    case .untag:
      return options.namesIdentifier ? .none("an image that is removed by its id is gone with all its names") : .exact
    case .restart: return .partial("it is restarted again, after all else was put back")
    case .run: return .partial("the container is removed again; what it did meanwhile stays")
    case .up: return .partial(lost)
    case .down, .remove:
      return options.takesVolumes ? .none("the contents of the volumes are gone") : .partial(lost)
    }
  }

  var isDestructive: Bool { verb == .remove || verb == .untag || options.takesVolumes || options.takesImages }
  var isRepeatable: Bool { verb != .run }
}

extension Effect {
  /// Throws `DecodingError` where the effect is not this driver's.
  func imageCommand() throws -> ImageCommand { try parameters.decoded() }
}
