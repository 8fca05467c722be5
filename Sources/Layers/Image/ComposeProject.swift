import Foundation
import Layer
import Runbook
import Yams

/// One service of a compose file, with its variables filled in.
struct ComposeService {
  var name: String
  /// What it runs; for one that is only built, the name that compose gives it.
  var image: String
  var isBuilt: Bool
  var pullPolicy: String?
  var dependencies: [String]
  var replicas: Int
  var profiles: [String]
  /// Files and folders of the machine that are seen inside: where they are there → where they are seen.
  var binds: [String: String] = [:]
}

/// A compose project as its files and variables make it.
struct ComposeProject {
  var name: String
  /// As the place sees it.
  var folder: String
  /// Nil: only the name was asked for.
  var services: [String: ComposeService]?
  /// That `COMPOSE_PROFILES` names.
  private var profiles: Set<String> = []
  /// Its file is the one that an earlier step of the plan checks out.
  private(set) var isArriving = false

  /// Only the project's name, where that can be told without asking compose, which takes a second. Throws `NoAnswer`.
  init(nameOf reference: ProjectReference, engine: DockerEngine) async throws {
    let files = try await ComposeFiles(reference, engine: engine)
    let given = try await files.givenName(engine)
    if given?.contains("$") == true {
      self = try await ComposeProject(reference, engine: engine)
    } else {
      folder = files.folder
      name = reference.name ?? files.variable("COMPOSE_PROJECT_NAME") ?? given ?? Self.plain(files.folder)
    }
  }

  /// Asks compose itself, read-only. Throws `NoAnswer`.
  init(_ reference: ProjectReference, engine: DockerEngine) async throws {
    do {
      try await self.init(asking: reference, engine)
    } catch var none as NoAnswer where none.kind == .toolMissing {
      none.description += try await Self.otherCompose(than: reference.words, engine)
      throw none
    }
  }

  /// What to do where compose is here under its other name; else nothing.
  private static func otherCompose(than words: [String], _ engine: DockerEngine) async throws -> String {
    let other = words.first == "docker" ? ["docker-compose"] : ["docker", "compose"]
    guard let answer = try? await engine.run(other + ["version"]), answer.status == 0 else { return "" }
    let here = other.joined(separator: " ")
    let name = words.first == "docker" ? "docker compose" : "docker-compose"
    return ". \(here) answers: put under runbooks › the runbook › commands in backout.yaml the line `\(name): \(here)`"
  }

  private init(asking reference: ProjectReference, _ engine: DockerEngine) async throws {
    let files = try await ComposeFiles(reference, engine: engine)
    folder = files.folder
    let arriving = try await files.arriving(engine)
    isArriving = arriving != nil
    profiles = Set((files.variable("COMPOSE_PROFILES") ?? "").split(separator: ",").map(String.init))
    let rest: [String] = (arriving == nil ? [] : ["-f", "-", "--project-directory", folder]) + ["config"]
    let result: CommandResult
    if !engine.effect.place.isHere, let content = files.arrivingContent {
      result = try await engine.withFile(content) { path in
        try await engine.run(reference.wordsWithoutEnvironmentFiles + ["--env-file", path] + rest, input: arriving)
      }
    } else {
      result = try await engine.run(reference.words + rest, input: arriving, variables: files.arrivingVariables)
    }
    guard result.status == 0 else {
      if try await engine.run(reference.words + ["version"]).status != 0 {
        throw NoAnswer(
          kind: .toolMissing,
          description: "\(reference.words.prefix(2).joined(separator: " ")) does not answer: "
            + engine.firstLine(result.errorText))
      }
      let said = result.errorText.split(separator: "\n").last.map(String.init) ?? result.trimmed
      throw NoAnswer(
        kind: .invalid, description: "compose cannot read \(files.shown): \(engine.firstLine(said))")
    }
    guard let root = (try? Yams.load(yaml: result.text)) as? [String: Any] else {
      throw NoAnswer(kind: .invalid, description: "what compose makes of \(files.shown) is no YAML with services")
    }
    let given = root["name"] as? String
    name = given ?? reference.name ?? files.variable("COMPOSE_PROJECT_NAME") ?? Self.plain(files.folder)
    // What the older compose builds is named with another mark.
    let mark = given == nil ? "_" : "-"
    var services: [String: ComposeService] = [:]
    for (key, value) in root["services"] as? [String: Any] ?? [:] {
      let service = value as? [String: Any] ?? [:]
      let deploy = service["deploy"] as? [String: Any]
      let needed = ["depends_on", "links"].flatMap { Self.names(service[$0]) }
      services[key] = ComposeService(
        name: key, image: ImageName.tagged(service["image"] as? String ?? "\(name)\(mark)\(key)"),
        isBuilt: service["build"] != nil, pullPolicy: service["pull_policy"] as? String, dependencies: needed,
        replicas: service["scale"] as? Int ?? deploy?["replicas"] as? Int ?? 1,
        profiles: service["profiles"] as? [String] ?? [], binds: Self.binds(service["volumes"]))
    }
    self.services = services
  }

  /// As compose makes a project's name of a folder's.
  private static func plain(_ folder: String) -> String {
    (folder as NSString).lastPathComponent.lowercased().filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
    }
  }

  /// As compose prints them, in its short form or the long one.
  private static func binds(_ volumes: Any?) -> [String: String] {
    var result: [String: String] = [:]
    for volume in volumes as? [Any] ?? [] {
      if let fields = volume as? [String: Any], let source = fields["source"] as? String, source.hasPrefix("/") {
        result[source] = fields["target"] as? String ?? ""
      } else if let parts = (volume as? String)?.split(separator: ":"), parts.count > 1, parts[0].hasPrefix("/") {
        result[String(parts[0])] = String(parts[1])
      }
    }
    return result
  }

  private static func names(_ value: Any?) -> [String] {
    if let list = value as? [String] { return list.map { String($0.split(separator: ":").first ?? "") } }
    return (value as? [String: Any]).map { Array($0.keys) } ?? []
  }

  /// The services that `up` with `names` brings up: those and what they need, or all that no profile holds back.
  func wanted(_ names: [String], profiles: [String], alone: Bool) -> [ComposeService] {
    guard let services else { return [] }
    let active = self.profiles.union(profiles)
    if names.isEmpty {
      return services.values.filter {
        $0.profiles.isEmpty || active.contains("*") || !active.isDisjoint(with: $0.profiles)
      }.sorted { $0.name < $1.name }
    }
    var found: Set<String> = []
    var rest = names
    while let name = rest.popLast() {
      guard let service = services[name], found.insert(name).inserted else { continue }
      if !alone { rest += service.dependencies }
    }
    return found.sorted().compactMap { services[$0] }
  }
}

/// Where a project's files are.
struct ComposeFiles {
  var folder: String
  /// Absolute.
  private var files: [String]
  /// For messages.
  var shown: String { files.joined(separator: ", ") }
  /// Of the `.env` file: names, and the few values that name the project.
  private var dotenv: [String: String] = [:]
  /// Of an `.env` file that an earlier step of the plan checks out: compose reads the one that is there now.
  private(set) var arrivingVariables: [String: String] = [:]
  /// Of all `.env` files, where one of them is such a file. Nil where one cannot be read: compose says so itself.
  private(set) var arrivingContent: Data?
  private var session: [String: String]
  /// Of each variable of `dotenv`, the file that gives its value; absolute.
  private(set) var givers: [String: String] = [:]

  static let defaults = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]

  /// Throws `NoAnswer` where a file is not there.
  init(_ reference: ProjectReference, engine: DockerEngine) async throws {
    let effect = engine.effect
    let here = effect.place.isHere ? effect.directory : try await engine.run(["pwd"]).trimmed
    session = effect.place.isHere ? engine.environment.context.variables : [:]
    session.merge(engine.own) { $1 }
    func absolute(_ path: String) -> String {
      ReadingContext(directory: here, variables: engine.environment.context.variables).absolutePath(path)
    }
    func isThere(_ path: String) async throws -> Bool { try await engine.run(["test", "-e", path]).status == 0 }
    files = reference.files.map(absolute)
    for file in files where try await !isThere(file) {
      throw NoAnswer(kind: .file, description: "\(file) is not there, and \(effect.summary) reads it")
    }
    var found = files.first
    var parent = absolute(reference.folder ?? ".")
    search: while found == nil {
      for name in Self.defaults where try await isThere(parent + "/" + name) {
        found = parent + "/" + name
        break search
      }
      guard parent != "/", !parent.isEmpty else { break }
      parent = (parent as NSString).deletingLastPathComponent
    }
    guard let found else {
      throw NoAnswer(
        kind: .file,
        description: "no compose file is in \(absolute(reference.folder ?? ".")) or above it, and "
          + "\(effect.summary) needs one")
    }
    folder = reference.folder.map(absolute) ?? (found as NSString).deletingLastPathComponent
    if files.isEmpty { files = [found] }
    let named = reference.environmentFiles.map(absolute)
    var contents: [Data] = []
    var isArriving = false
    let environmentFiles = named.isEmpty ? [folder + "/.env"] : named
    for file in environmentFiles {
      let arriving = try await Self.arriving(file, engine)
      let now = arriving == nil ? try await engine.run(["cat", file]) : nil
      guard let content = arriving ?? (now?.status == 0 ? now?.output : nil) else { continue }
      contents.append(content)
      for line in String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init) {
        guard let name = DotenvLine.name(of: line), let value = DotenvLine.value(of: line) else { continue }
        dotenv[name] = value
        givers[name] = file
      }
      if arriving != nil {
        arrivingVariables.merge(dotenv) { $1 }
        isArriving = true
      }
    }
    if isArriving, contents.count == environmentFiles.count {
      // Of two lines for one name the later counts, as of two files.
      arrivingContent = Data(contents.joined(separator: Data("\n".utf8)))
    }
  }

  /// The file as an earlier step of the plan brings it; nil where none does, and for several files.
  func arriving(_ engine: DockerEngine) async throws -> Data? {
    files.count == 1 ? try await Self.arriving(files[0], engine) : nil
  }

  private static func arriving(_ file: String, _ engine: DockerEngine) async throws -> Data? {
    guard engine.effect.place.sharesFiles else { return nil }
    // Of nested working trees the inner one has the file.
    for (root, commit) in engine.environment.arriving.sorted(by: { $0.key.count > $1.key.count }) {
      guard let path = file.dropping(prefix: root + "/") else { continue }
      let result = try await engine.git(["-C", root, "cat-file", "blob", "\(commit):\(path)"])
      if result.status == 0 { return result.output }
    }
    return nil
  }

  /// The texts with their variables in them.
  func asWritten(_ reference: ProjectReference, _ engine: DockerEngine) async throws -> [String] {
    if let arriving = try await arriving(engine) { return [String(decoding: arriving, as: UTF8.self)] }
    let result = try await engine.run(reference.words + ["config", "--no-interpolate"])
    if result.status == 0 { return [result.text] }
    // docker-compose refuses a variable in `ports` so; without what a file includes or extends, most is there.
    var texts: [String] = []
    for file in files { texts.append(try await engine.run(["cat", file]).text) }
    return texts
  }

  /// `name:` of the last file that has one, as written.
  func givenName(_ engine: DockerEngine) async throws -> String? {
    for file in files.reversed() {
      let arriving = try await Self.arriving(file, engine).map { String(decoding: $0, as: UTF8.self) }
      let text = if let arriving { arriving } else { try await engine.run(["cat", file]).text }
      if let name = ((try? Yams.load(yaml: text)) as? [String: Any])?["name"] as? String { return name }
    }
    return nil
  }

  /// The session's wins over the file's.
  func variable(_ name: String) -> String? { (session[name] ?? dotenv[name]).flatMap { $0.isEmpty ? nil : $0 } }
  /// As the `.env` file has it.
  func inFile(_ name: String) -> String? { dotenv[name] }
  func isExported(_ name: String) -> Bool { session[name]?.isEmpty == false }
  func isSet(_ name: String) -> Bool { session[name] != nil || dotenv[name] != nil }
}
