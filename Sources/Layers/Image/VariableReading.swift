import Foundation
import Layer
import Runbook
import Yams

/// Which variables the compose file reads, and which of them have a value.
struct VariableReading {
  /// Variables without a value, and the services and keys that read them.
  private var missing: [(name: String, places: [[String]])] = []
  /// A variable that names a version, is set, and that the file does not read.
  private(set) var unread: String?
  /// Of the services, as they are written.
  private(set) var images: [String: String] = [:]
  let files: ComposeFiles
  /// Set by the command itself.
  let inner: Set<String>
  private let look: ImageLook
  private let isHere: Bool

  /// By which people say the version of what is deployed.
  private static let versions = ["VERSION", "IMAGE_TAG", "TAG", "IMAGE_VERSION", "APP_VERSION", "RELEASE"]

  /// Asks compose for its files as they are written.
  init(_ reference: ProjectReference, look: ImageLook, environment: StepEnvironment) async throws {
    self.look = look
    let engine = look.engine
    isHere = engine.effect.place.isHere
    files = try await ComposeFiles(reference, engine: engine)
    inner = Set(engine.command.innerVariables.map { String($0.valueOrText.prefix { $0 != "=" }) })
    let roots = try await files.asWritten(reference, engine).compactMap { try? Yams.load(yaml: $0) }
    if roots.isEmpty { return }
    var read: Set<String> = []
    var places: [String: [[String]]] = [:]
    for (path, text) in roots.flatMap({ ComposeVariables.texts(in: $0) }) {
      if path.count == 3, path[0] == "services", path[2] == "image" { images[path[1]] = text }
      for use in ComposeVariables.uses(in: text) {
        read.insert(use.name)
        let isKnown =
          files.isSet(use.name) || inner.contains(use.name)
          || environment.context.unknownVariables.contains(use.name)
        if !isKnown, !use.hasFallback { places[use.name, default: []].append(path) }
      }
    }
    missing = places.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let given = isHere ? Set(environment.context.variables.keys).union(engine.given.keys) : []
    unread = Self.versions.first { given.union(inner).contains($0) && !read.contains($0) }
    if !read.isDisjoint(with: Self.versions) { unread = nil }
  }

  var problems: [Problem] {
    missing.compactMap { name, places in
      let mine = places.filter { path in
        guard path.first == "services", path.count > 1 else { return true }
        return look.wanted.contains { $0.name == path[1] }
      }
      guard let first = mine.first else { return nil }
      let whose = first.count > 1 ? " of \(first[1])" : ""
      let isImage = mine.contains { $0.count == 3 && $0[2] == "image" }
      // Where the container that runs has a value, the one that is made in its place would have none.
      let takesValue = mine.contains { path in
        path.count == 4 && path[2] == "environment"
          && look.containers.contains { $0.service == path[1] && $0.hasValue(of: path[3]) }
      }
      let key = first.last ?? ""
      let wayOut =
        isHere
        ? "Set it in an earlier step, in .env or with --set"
        : "What is exported here does not reach \(look.engine.effect.place.label)"
      return Problem(
        code: "variable-missing", severity: isHere && (isImage || takesValue) ? .error : .warning,
        message: "$\(name) is not set, and \(key)\(whose) in the compose file reads it: compose puts nothing in its "
          + "place. \(wayOut)")
    }
  }
}
