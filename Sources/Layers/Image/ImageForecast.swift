import Layer
import Runbook

/// What a command would come to, and what is in the way.
struct ImageForecast {
  /// What a plan pins the engine's identity as.
  static let enginePin = "container engine"

  let effect: Effect
  let before: Observation
  let environment: StepEnvironment

  func forecast() async throws -> Forecast {
    let command = try effect.imageCommand()
    var forecast = Forecast(from: before.summary, to: Self.wanted(by: command))
    if !command.missing.isEmpty {
      forecast.problems = [.missingVariables(command.missing)]
      return forecast
    }
    let look: ImageLook
    do {
      look = try await ImageLook(command, effect, in: environment, wholly: true)
    } catch let silence as NoAnswer {
      forecast.problems = [
        Problem(
          code: silence.kind.rawValue, severity: effect.role == .change ? .error : .warning,
          message: silence.description)
      ]
      forecast.cures = [
        NoAnswer.Kind.file.rawValue: ["git:", "file:"],
        NoAnswer.Kind.invalid.rawValue: ["git:", "file:", "env:", "config:"],
      ]
      return forecast
    }
    guard effect.role == .change else {
      forecast.to = "it only looks"
      forecast.problems = unknownServices(command, look)
      return forecast
    }
    forecast.pins = [Self.enginePin: .string(try await look.engine.identity())]
    if !command.options.namesIdentifier {
      forecast.keeps = ImageKeeping.summary(containers: look.containers.count, images: look.images.count)
    }
    switch command.verb {
    case .up: try await forecastUp(command, look, &forecast)
    case .down, .stop, .kill, .start, .restart, .remove: forecastContainers(command, look, &forecast)
    case .run: try await forecastRun(command, look, &forecast)
    case .pull, .build, .tag, .untag:
      forecastImages(command, look, &forecast)
      if case .project(let reference, _) = command.subject {
        forecast.problems += try await VariableReading(reference, look: look, environment: environment).problems
      }
    case .look: break
    }
    forecast.problems += unknownServices(command, look)
    forecast.cures.merge(cures(command)) { $1 }
    // What is checked out before is what was asked about.
    if look.project?.isArriving == true {
      for code in ["image-missing", "variable-missing"] { forecast.cures[code]?.removeAll { $0 == "git:" } }
    }
    return forecast
  }

  /// Only what touches this project, its images or its files can mend what is wrong with it.
  private func cures(_ command: ImageCommand) -> [String: [String]] {
    let files = ["git:", "file:"]
    guard case .project(let reference, _) = command.subject else {
      let containers = effect.targets + ["compose:"]
      return [
        "image-missing": ["image:", "images:", "compose:"], "container-unknown": containers,
        "container-running": containers, "container-exists": containers,
      ]
    }
    var context = environment.context
    context.directory = effect.directory
    let project = reference.identity(in: context)
    return [
      "image-missing": ["image:", "images:\(project)"] + files, "variable-missing": ["env:", "config:"] + files,
      "service-unknown": files, "no-op": ["compose:\(project)", "container:"] + files,
      "already-there": ["compose:\(project)", "container:", "image:", "images:", "env:", "config:"] + files,
    ]
  }

  private static func wanted(by command: ImageCommand) -> String {
    switch command.verb {
    case .up: "running"
    case .down: command.options.takesVolumes ? "no containers, networks and volumes" : "no containers and networks"
    case .pull: "the image as the registry has it"
    case .build: "a new image"
    case .restart: "the same image, started anew"
    case .stop, .kill: "stopped"
    case .start, .run: "running"
    case .remove: "no container"
    case .tag: "another name of \(command.options.source ?? "")"
    case .untag: "without this name"
    case .look: "it only looks"
    }
  }

  private func problem(_ code: String, _ severity: Problem.Severity = .error, _ message: String) -> Problem {
    Problem(code: code, severity: severity, message: message)
  }

  private func unknownServices(_ command: ImageCommand, _ look: ImageLook) -> [Problem] {
    guard case .project(_, let services) = command.subject, let known = look.project?.services else { return [] }
    let names = known.keys.sorted().joined(separator: ", ")
    return services.filter { known[$0] == nil }.map {
      problem("service-unknown", .error, "the compose file has no service \($0); it has \(names)")
    }
  }

  // MARK: Compose up

  private func forecastUp(_ command: ImageCommand, _ look: ImageLook, _ forecast: inout Forecast) async throws {
    guard case .project(let reference, _) = command.subject else { return }
    if command.options.waits == true, let problem = try await waitProblem(reference, look) {
      forecast.problems.append(problem)
    }
    let hashes = try await configHashes(reference, look)
    let variables = try await VariableReading(reference, look: look, environment: environment)
    let staying = StayingImages(look: look, variables: variables, environment: environment)
    var from: [String] = []
    var to: [String] = []
    var changes = false
    for service in look.wanted {
      let mine = look.containers.filter { $0.service == service.name }
      let image = look.tags[service.image] ?? nil
      let now = mine.first.map { ImageName.shown($0.reference, $0.image) } ?? "not there"
      from.append("\(service.name) \(now)")
      to.append("\(service.name) " + (staying.edited(service.name) ?? ImageName.shown(service.image, image)))
      let isSame =
        !mine.isEmpty && mine.allSatisfy { $0.image == image && $0.isRunning && $0.configHash == hashes[service.name] }
      if !isSame { changes = true }
      // What is only in the image that runs now goes with it.
      if let image, mine.contains(where: { $0.image != image }) { forecast.removes.append("container:\(service.name)") }
      if image == nil {
        forecast.problems += missing(service, command, isArriving: look.project?.isArriving ?? false)
      }
    }
    forecast.from = from.joined(separator: "; ")
    forecast.to = to.joined(separator: "; ")
    forecast.problems += variables.problems
    if let (problem, cures) = try await staying.question() {
      forecast.problems.append(problem)
      forecast.cures[StayingImages.code] = cures
    }
    let unread = variables.unread
    let says = unread.map { "\($0) is set, and the compose file does not read it" }
    if let says {
      forecast.problems.append(
        problem("no-op", .warning, "\(says)" + (changes ? "" : ": nothing would change")))
    } else if !changes, !look.wanted.isEmpty, !(command.options.builds && look.wanted.contains(where: \.isBuilt)) {
      forecast.problems.append(
        problem("already-there", .warning, "\(forecast.to) run already, with these settings: nothing would change"))
    }
  }

  /// `--wait` came with compose 2.1.
  private func waitProblem(_ reference: ProjectReference, _ look: ImageLook) async throws -> Problem? {
    let version = try await look.engine.run(reference.words + ["version", "--short"]).trimmed
    let parts = version.drop { !$0.isNumber }.split(separator: ".").prefix(2).compactMap { Int($0) }
    guard parts.count == 2, parts[0] < 2 || parts[0] == 2 && parts[1] < 1 else { return nil }
    return problem(
      "option-unknown", .error,
      "compose \(version) does not know --wait: the command would be refused. Leave it out, and check in a step of its "
        + "own that the service answers")
  }

  private func configHashes(_ reference: ProjectReference, _ look: ImageLook) async throws -> [String: String] {
    let result = try await look.engine.run(reference.words + ["config", "--hash", "*"])
    var hashes: [String: String] = [:]
    for line in result.text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words.count == 2 { hashes[words[0]] = words[1] }
    }
    return hashes
  }

  private func missing(_ service: ComposeService, _ command: ImageCommand, isArriving: Bool) -> [Problem] {
    if service.isBuilt {
      guard !command.options.builds else { return [] }
      return [
        problem(
          "image-missing", .question,
          "the image \(service.image) for \(service.name) is not on this machine: compose would build it from "
            + (isArriving ? "what is checked out before" : "what is checked out, whatever release that is") + ". Go on?"
        )
      ]
    }
    let policy = command.options.pull ?? service.pullPolicy
    return [missingImage(service.image, of: " for \(service.name)", isNeverPulled: policy == "never")]
  }

  private func missingImage(_ name: String, of: String, isNeverPulled: Bool) -> Problem {
    isNeverPulled
      ? problem("image-missing", .error, "the image \(name)\(of) is not on this machine, and pulling is forbidden")
      : problem(
        "image-missing", .question,
        "the image \(name)\(of) is not on this machine: pulling is tried when it runs, and may fail. Go on?")
  }

  // MARK: The others

  private func forecastContainers(_ command: ImageCommand, _ look: ImageLook, _ forecast: inout Forecast) {
    let running = look.containers.filter(\.isRunning)
    if case .containers(let names) = command.subject {
      for name in names
      where !look.containers.contains(where: { $0.name == name || $0.identifier.hasPrefix(name) }) {
        let isHarmless = command.verb == .remove && command.options.isForced
        forecast.problems.append(
          problem("container-unknown", isHarmless ? .warning : .error, "no container is named \(name)"))
      }
      if command.verb == .remove, !command.options.isForced {
        forecast.problems += running.map {
          problem("container-running", .error, "\($0.name) runs: rm refuses it without -f; stop it first")
        }
      }
    }
    let isProject = look.project != nil
    switch command.verb {
    case .start where isProject && look.containers.isEmpty, .restart where isProject && look.containers.isEmpty:
      forecast.problems.append(
        problem("no-op", .error, "no container is there to \(command.verb.rawValue): up makes them"))
    case .stop where running.isEmpty && !(look.containers.isEmpty && !isProject),
      .kill where running.isEmpty && isProject:
      forecast.problems.append(problem("no-op", .warning, "nothing runs: nothing would be stopped"))
    case .down where look.containers.isEmpty && look.networks.isEmpty:
      forecast.problems.append(problem("no-op", .warning, "nothing of the project is there: nothing would change"))
    case .remove where isProject && !command.options.stopsFirst && running.count == look.containers.count:
      forecast.problems.append(problem("no-op", .warning, "no stopped container is there: rm takes no other"))
    default: break
    }
    let lasting = running.filter { $0.restartPolicy == "always" }.map { $0.service ?? $0.name }
    if command.verb == .stop || command.verb == .kill, !lasting.isEmpty {
      forecast.note =
        "\(lasting.joined(separator: ", ")) comes back when the container engine is started again "
        + "(restart: always)"
    }
    if command.options.takesVolumes, !look.volumes.isEmpty {
      let names = look.volumes.compactMap { $0["Name"]?.stringValue }.joined(separator: ", ")
      forecast.problems.append(
        problem("volumes-destroyed", .warning, "the contents of \(names) are destroyed, and are not kept"))
    }
  }

  private func forecastRun(_ command: ImageCommand, _ look: ImageLook, _ forecast: inout Forecast) async throws {
    guard let source = command.options.source else { return }
    let image = look.tags[source] ?? nil
    forecast.to =
      "\(look.containers.first?.name ?? effect.targets.first?.dropping(prefix: "container:") ?? "it") "
      + "\(ImageName.shown(source, image)), running"
    if image == nil {
      forecast.problems.append(missingImage(source, of: "", isNeverPulled: command.options.pull == "never"))
    }
    forecast.problems += look.containers.map {
      problem("container-exists", .error, "a container is named \($0.name) already: the engine refuses another")
    }
  }

  private func forecastImages(_ command: ImageCommand, _ look: ImageLook, _ forecast: inout Forecast) {
    let source = command.options.source
    if let source {
      let image = look.tags[source] ?? nil
      forecast.to = ImageName.shown(source, image)
      if image == nil {
        forecast.problems.append(
          problem("image-missing", .error, "no image \(source) is on this machine: there is nothing to name"))
      }
    }
    for (name, image) in look.tags.sorted(by: { $0.key < $1.key }) where name != source {
      if command.verb == .untag, image == nil {
        forecast.problems.append(problem("image-missing", .error, "no image \(name) is on this machine"))
      }
      if command.verb == .tag, let source, image != nil, image == (look.tags[source] ?? nil) {
        forecast.problems.append(problem("no-op", .warning, "\(name) names this image already"))
      }
    }
    if command.verb == .build || command.verb == .pull, look.project != nil, look.images.isEmpty, look.tags.isEmpty {
      let what = command.verb == .build ? "has build:" : "has an image to pull"
      forecast.problems.append(problem("no-op", .warning, "no service of the compose file \(what)"))
      forecast.to = "as it is"
    }
  }
}
