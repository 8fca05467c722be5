import Foundation
import Layer
import Runbook

/// The paths that a command touches, once patterns and folders are looked at.
struct ResolvedPaths: Codable, Hashable, Sendable {
  /// Path → with everything in it.
  var paths: [String: Bool] = [:]
  /// Path of a source → path at which it must be afterwards.
  var arrivals: [String: String] = [:]
  /// Paths that must be there and are not.
  var absent: [String] = []
  /// Patterns that match nothing.
  var unmatched: [String] = []

  mutating func add(_ path: String, recursive: Bool = false) { paths[path] = paths[path] ?? false || recursive }

  func states(in files: any PlaceFiles) async throws -> [String: FileState] {
    let deep = paths.filter(\.value).keys.sorted()
    let flat = paths.filter { !$0.value }.keys.sorted()
    var states = try await files.states(of: deep, recursive: true)
    states.merge(try await files.states(of: flat, recursive: false)) { $1 }
    return states
  }
}

/// Reads the files that an effect touches.
struct FilesLooking {
  let effect: Effect
  let environment: StepEnvironment
  let parameters: FilesParameters
  private let files: any PlaceFiles

  init(effect: Effect, environment: StepEnvironment) throws {
    self.effect = effect
    self.environment = environment
    parameters = try FilesParameters(effect)
    files = environment.files(of: effect)
  }

  func observation() async throws -> Observation {
    let resolved = try await resolved()
    let found = try await resolved.states(in: files)
    var states: [String: JSONValue] = [:]
    for path in resolved.paths.keys { states["file:\(path)"] = .null }
    let hasTime = if case .touch = parameters.action { true } else { false }
    for (path, state) in found {
      states["file:\(path)"] = .string(hasTime ? "\(state.text) @\(state.modified)" : state.text)
    }
    let wanted = try await FilesWanting(looking: self, files: files).wanted(resolved, found: found)
    states["files wanted"] = .object(wanted.mapValues { .string($0) })
    let count = found.values.filter { $0.kind != .directory }.count
    let bytes = found.values.reduce(0) { $0 + $1.size }
    var summary = "\(Self.files(count)), \(bytes) bytes"
    if found.isEmpty { summary = "nothing there" }
    return Observation(states: states, summary: summary)
  }

  /// `1 file`, `3 files`.
  static func files(_ count: Int) -> String { count.counted("file") }

  /// As settled when the step was kept, else as it stands now.
  func resolved() async throws -> ResolvedPaths {
    if let blob = try await environment.images.kept("resolved") {
      return try CanonicalJSON.value(ResolvedPaths.self, of: try await environment.images.load(blob))
    }
    return try await resolve()
  }

  private func expand(_ words: [PathWord], into result: inout ResolvedPaths) async throws -> [String] {
    var paths: [String] = []
    for word in words {
      switch word.kind {
      case .path: paths.append(word.text)
      case .pattern:
        let matches = try await files.matches(of: word.text)
        if matches.isEmpty { result.unmatched.append(word.text) }
        paths += matches
      case .unknown: continue
      }
    }
    return paths
  }

  private func resolve() async throws -> ResolvedPaths {
    var result = ResolvedPaths()
    switch parameters.action {
    case .remove(let words, let recursive, _):
      for path in try await expand(words, into: &result) { result.add(path, recursive: recursive) }
    case .removeFolder(let words), .truncate(let words, _), .touch(let words, _):
      for path in try await expand(words, into: &result) { result.add(path) }
    case .edit(let words, _, let suffix):
      for path in try await expand(words, into: &result) {
        result.add(path)
        if let suffix { result.add(Self.backup(of: path, suffix: suffix)) }
      }
    case .mode(_, let words, let recursive), .owner(_, let words, let recursive):
      for path in try await expand(words, into: &result) { result.add(path, recursive: recursive) }
    case .makeFolder(let words, let parents):
      for path in try await expand(words, into: &result) {
        result.add(path)
        if parents { try await addMissingParents(of: path, to: &result) }
      }
    case .move(let words, let to, let intoFolder):
      try await resolveMove(words, to: to, intoFolder: intoFolder, into: &result)
    case .copy(let words, let to, _, let intoFolder, _, _):
      try await resolveCopy(words, to: to, intoFolder: intoFolder, into: &result)
    case .link(let target, let at, _, _):
      var path = at.text
      if try await files.states(of: [path], recursive: false)[path]?.kind == .directory {
        path += "/\((target as NSString).lastPathComponent)"
      }
      result.add(path)
      result.arrivals[target] = path
    case .tee(let writes): for write in writes where write.path.kind == .path { result.add(write.path.text) }
    case .extract(let archive, let folder, let kind, _):
      for member in try await members(of: archive.text, kind: kind) {
        result.add("\(folder.text)/\(member)".normalised)
      }
      if result.paths.isEmpty { result.absent.append(archive.text) }
    case .look: break
    }
    for write in parameters.writes where write.path.kind == .path { result.add(write.path.text) }
    if parameters.action.needsPresence {
      let states = try await files.states(of: Array(result.paths.keys), recursive: false)
      for path in result.paths.keys.sorted() where states[path] == nil && isNamed(path) { result.absent.append(path) }
    }
    return result
  }

  private func isNamed(_ path: String) -> Bool { parameters.paths.contains { $0.text == path } }

  static func backup(of path: String, suffix: String) -> String {
    let name = (path as NSString).lastPathComponent
    let folder = (path as NSString).deletingLastPathComponent
    // A star stands for the name.
    return suffix.contains("*")
      ? "\(folder)/\(suffix.replacingOccurrences(of: "*", with: name))".normalised : path + suffix
  }

  private func addMissingParents(of path: String, to result: inout ResolvedPaths) async throws {
    var folder = (path as NSString).deletingLastPathComponent
    while folder.count > 1, try await files.states(of: [folder], recursive: false).isEmpty {
      result.add(folder)
      folder = (folder as NSString).deletingLastPathComponent
    }
  }

  private func isFolder(_ path: String) async throws -> Bool {
    // A link to a folder is one, too: a path through it tells.
    try await !files.states(of: ["\(path)/."], recursive: false).isEmpty
  }

  private func resolveMove(
    _ words: [PathWord], to: PathWord, intoFolder: Bool, into result: inout ResolvedPaths
  ) async throws {
    let sources = try await expand(words, into: &result)
    guard to.kind == .path else { return }
    let isInto = intoFolder ? try await isFolder(to.text) : false
    for source in sources {
      let arrival = isInto ? "\(to.text)/\((source as NSString).lastPathComponent)" : to.text
      result.add(source, recursive: true)
      result.add(arrival, recursive: true)
      result.arrivals[source] = arrival
      if try await files.states(of: [source], recursive: false).isEmpty { result.absent.append(source) }
    }
  }

  private func resolveCopy(
    _ words: [PathWord], to: PathWord, intoFolder: Bool, into result: inout ResolvedPaths
  ) async throws {
    guard to.kind == .path else { return }
    let isInto = intoFolder ? try await isFolder(to.text) : false
    for word in words {
      for source in try await expand([word], into: &result) {
        // `cp -r a/. b` copies what is in a.
        let isDot = word.isContents && word.kind == .path && effect.summary.contains("/.")
        let arrival = isInto && !isDot ? "\(to.text)/\((source as NSString).lastPathComponent)" : to.text
        let inside = try await files.states(of: [source], recursive: true)
        if inside.isEmpty { result.absent.append(source) }
        for path in inside.keys {
          let target = arrival + path.dropFirst(source.count)
          result.add(target)
          result.arrivals[path] = target
        }
      }
    }
  }

  private func members(of archive: String, kind: FilesAction.ArchiveKind) async throws -> [String] {
    // tar quotes odd names unless it is told to print them as they are.
    let words =
      switch kind {
      case .tar: ["tar", "--quoting-style=literal", "-tf", archive]
      case .zip: ["unzip", "-Z1", archive]
      }
    let result = try await environment.runInPlace(words, of: effect)
    guard result.status == 0 else { return [] }
    return result.text.split(separator: "\n").map { name in
      var text = String(name)
      while text.hasPrefix("./") { text.removeFirst(2) }
      while text.hasSuffix("/") { text.removeLast() }
      return text
    }.filter { !$0.isEmpty && $0 != "." }
  }
}

extension FilesAction {
  /// Whether what it names must be there.
  var needsPresence: Bool {
    switch self {
    case .remove, .removeFolder, .edit, .mode, .owner: true
    default: false
    }
  }
}

extension FilesAction {
  /// Whether it must be allowed to change the folder that a path is in.
  var needsFolder: Bool {
    switch self {
    case .remove, .removeFolder, .move, .edit, .makeFolder, .link: true
    default: false
    }
  }
}

extension String {
  /// Without `//` and `/./`.
  var normalised: String {
    let parts = split(separator: "/").filter { $0 != "." }
    return (hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
