import Foundation
import Layer
import Runbook

/// Images that `up` would start as they run now after the files have gone back: what names their tag stands where git does
/// not change it.
struct StayingImages {
  static let code = "image-stays"

  let look: ImageLook
  let variables: VariableReading
  let environment: StepEnvironment

  /// The question, and the targets that an earlier step changes where it sets what names them. Nil: something goes back
  /// with the files, or nothing was to.
  func question() async throws -> (problem: Problem, cures: [String])? {
    let engine = look.engine
    guard engine.effect.place.isHere, let folder = look.project?.folder,
      environment.changing.contains(where: { folder == $0 || folder.hasPrefix($0 + "/") })
    else { return nil }
    var found: (name: String, file: String?, image: String)?
    for service in look.wanted {
      let mine = look.containers.filter { $0.service == service.name }
      guard !service.isBuilt, let image = look.tags[service.image] ?? nil, !mine.isEmpty,
        mine.allSatisfy({ $0.image == image })
      else { return nil }
      if try await runsFiles(service) { return nil }
      for name in ComposeVariables.tag(of: variables.images[service.name] ?? "").map(\.name) where found == nil {
        guard !isSetByStep(name) else { return nil }
        if variables.files.isExported(name) {
          found = (name, nil, service.image)
        } else if let file = variables.files.givers[name], variables.files.variable(name) != nil {
          if try await !isTracked(file) { found = (name, file, service.image) }
        }
      }
    }
    return found.map { (problem($0.name, $0.file, $0.image), cures(of: $0.name, $0.file)) }
  }

  private func problem(_ name: String, _ file: String?, _ image: String) -> Problem {
    let shown = file.map { ($0 as NSString).lastPathComponent }
    return Problem(
      code: Self.code, severity: .question,
      message: "the image stays \(image): \(name) comes from \(shown ?? "the environment"), which git does not change; "
        + (shown.map { "set \(name) in \($0)" } ?? "export \(name)") + " before this step. Go on with this image?")
  }

  private func cures(of name: String, _ file: String?) -> [String] {
    // What is exported wins over a file.
    ["env:\(name)"] + (file.map { ["config:\($0) \(name)", "file:\($0)"] } ?? [])
  }

  private func isSetByStep(_ name: String) -> Bool {
    variables.inner.contains(name) || look.engine.given[name] != nil
      || environment.context.unknownVariables.contains(name)
  }

  /// Whether it runs what is checked out. Settings are no release.
  private func runsFiles(_ service: ComposeService) async throws -> Bool {
    for (source, target) in service.binds.sorted(by: { $0.key < $1.key })
    where !["/etc/", "/docker-entrypoint-initdb.d"].contains(where: target.hasPrefix) {
      if try await isTracked(source) { return true }
    }
    return false
  }

  private func isTracked(_ path: String) async throws -> Bool {
    // From within: the path may be the working tree's root.
    let result = try await look.engine.run(["git", "-C", look.project?.folder ?? ".", "ls-files", "--", path])
    return result.status == 0 && !result.trimmed.isEmpty
  }
}
