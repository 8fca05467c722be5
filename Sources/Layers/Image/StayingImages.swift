import Foundation
import Layer
import Runbook

/// Images that `up` would start as they run now though something went back: what names their tag stands where no step
/// before changes it.
struct StayingImages {
  static let code = "image-stays"

  let look: ImageLook
  let variables: VariableReading
  let environment: StepEnvironment
  /// `StepEnvironment.changing`.
  private let changing: Set<String>

  init(look: ImageLook, variables: VariableReading, environment: StepEnvironment) {
    self.look = look
    self.variables = variables
    self.environment = environment
    changing = environment.changing()
  }

  /// Where the value comes from.
  private enum Source {
    /// The environment; the file that would give it, were it not there, and that a step before edits.
    case environment(over: String?)
    case file(String)
  }

  /// The question, and the targets that an earlier step changes where it sets what names them. Nil: something goes back
  /// with the files, or nothing was to.
  func question() async throws -> (problem: Problem, cures: [String])? {
    let engine = look.engine
    guard engine.effect.place.sharesFiles, let folder = look.project?.folder, !changing.isEmpty else { return nil }
    let goesBack = changing.contains { folder == $0 || folder.hasPrefix($0 + "/") }
    var found: (name: String, source: Source, image: String)?
    for service in look.wanted {
      let mine = look.containers.filter { $0.service == service.name }
      guard !service.isBuilt, let image = look.tags[service.image] ?? nil, !mine.isEmpty,
        mine.allSatisfy({ $0.image == image })
      else { return nil }
      if try await runsFiles(service) { return nil }
      for name in ComposeVariables.tag(of: variables.images[service.name] ?? "").map(\.name) where found == nil {
        guard !isSetByStep(name) else { return nil }
        let file = variables.files.givers[name]
        if variables.files.isExported(name) {
          let edited = file.flatMap { changing.contains($0) ? $0 : nil }
          if goesBack || edited != nil { found = (name, .environment(over: edited), service.image) }
        } else if goesBack, let file, variables.files.variable(name) != nil {
          if try await isTracked(file) == false { found = (name, .file(file), service.image) }
        }
      }
    }
    return found.map { (problem($0.name, $0.source, $0.image), cures(of: $0.name, $0.source)) }
  }

  /// Of a service whose tag stands in a file that a step before edits: what is only known once that ran.
  func edited(_ service: String) -> String? {
    for name in ComposeVariables.tag(of: variables.images[service] ?? "").map(\.name) {
      guard !variables.files.isExported(name), !isSetByStep(name), let file = variables.files.givers[name],
        changing.contains(file)
      else { continue }
      return "as \(name) in \((file as NSString).lastPathComponent) names it then"
    }
    return nil
  }

  private func problem(_ name: String, _ source: Source, _ image: String) -> Problem {
    func shown(_ file: String) -> String { (file as NSString).lastPathComponent }
    let why =
      switch source {
      case .environment(let over?):
        "\(name) is in the environment, which wins over \(shown(over)) that a step before edits; unset \(name)"
      case .environment(nil): "\(name) comes from the environment, which git does not change; export \(name)"
      case .file(let file):
        "\(name) comes from \(shown(file)), which git does not change; set \(name) in \(shown(file))"
      }
    return Problem(
      code: Self.code, severity: .question,
      message: "the image stays \(image): \(why) before this step. Go on with this image?")
  }

  private func cures(of name: String, _ source: Source) -> [String] {
    // What is exported wins over a file.
    if case .file(let file) = source {
      ["env:\(name)", "config:\(file) \(name)", "file:\(file)"]
    } else {
      ["env:\(name)"]
    }
  }

  private func isSetByStep(_ name: String) -> Bool {
    variables.inner.contains(name) || look.engine.given[name] != nil
      || environment.context.unknownVariables.contains(name)
  }

  /// Whether it runs what is checked out, as far as git says. Settings are no release.
  private func runsFiles(_ service: ComposeService) async throws -> Bool {
    for (source, target) in service.binds.sorted(by: { $0.key < $1.key })
    where !["/etc/", "/docker-entrypoint-initdb.d"].contains(where: target.hasPrefix) {
      if try await isTracked(source) != false { return true }
    }
    return false
  }

  /// Nil: git does not say, as of another user's repository.
  private func isTracked(_ path: String) async throws -> Bool? {
    // From within: the path may be the working tree's root.
    let result = try await look.engine.git(["-C", look.project?.folder ?? ".", "ls-files", "--", path])
    return result.status == 0 ? !result.trimmed.isEmpty : nil
  }
}
