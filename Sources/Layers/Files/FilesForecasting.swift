import Foundation
import Layer
import Runbook

/// What a command on files would come to, found by looking.
struct FilesForecasting {
  let effect: Effect
  let environment: StepEnvironment

  func forecast(_ before: Observation) async throws -> Forecast {
    let parameters = try FilesParameters(effect)
    var forecast = Forecast(from: before.summary, to: effect.summary)
    func add(_ code: String, _ message: String, severity: Problem.Severity = .error) {
      forecast.problems.append(Problem(code: code, severity: severity, message: message))
    }
    if effect.layer == .flag { forecast.note = "counts once what reads the file is restarted" }
    if !parameters.missing.isEmpty { forecast.problems.append(.missingVariables(parameters.missing)) }
    for path in parameters.tooWide {
      add("too-wide", "\(path) reaches the working folder, the home or a whole system folder. Name what is meant")
    }
    guard effect.role != .observe else { return forecast }
    guard before.isObserved else {
      add("not-observed", before.summary)
      return forecast
    }
    let unknown = parameters.paths.filter { $0.kind == .unknown }.map(\.text)
    if !unknown.isEmpty, parameters.missing.isEmpty {
      add(
        "known-when-run", "\(unknown.joined(separator: " ")) is known only when the step runs, and is not kept",
        severity: .warning)
    }
    let looking = try FilesLooking(effect: effect, environment: environment)
    let files = environment.files(of: effect)
    let resolved = try await looking.resolved()
    let states = try await resolved.states(in: files)
    let bytes = states.values.reduce(0) { $0 + $1.size }
    let count = states.values.filter { $0.kind != .directory }.count
    forecast.bytes = parameters.action.isAttributes ? 0 : bytes
    forecast.keeps = FilesLooking.files(count)
    let wanted = (before.states["files wanted"]?.objectValue ?? [:]).compactMapValues(\.stringValue)

    switch parameters.action {
    case .remove(_, let recursive, let force):
      forecast.to = "removed"
      forecast.removes = states.filter { $0.value.kind != .directory }.keys.sorted()
      for path in resolved.absent {
        force
          ? add("no-op", "\(path) is not there: rm -f says nothing of it", severity: .note)
          : add("source-missing", "\(path) is not there: rm would fail")
      }
      if !recursive, let folder = states.first(where: { $0.value.kind == .directory })?.key {
        add("is-folder", "\(folder) is a folder: rm refuses it without -r")
      }
      for path in resolved.paths.keys.sorted() where states["\(path)/.git"]?.kind == .directory {
        add("too-wide", "\(path) is a whole git repository, with its history")
      }
    case .removeFolder:
      for path in resolved.absent { add("source-missing", "\(path) is not there") }
      for path in resolved.paths.keys.sorted() where states[path]?.kind == .directory {
        if try await files.states(of: [path], recursive: true).count > 1 {
          add("not-empty", "\(path) is not empty: rmdir refuses it")
        }
      }
    case .move(_, let to, _):
      forecast.to = "in \(to.text)"
      for path in resolved.absent { add("source-missing", "\(path) is not there: there is nothing to move") }
      forecast.removes = states.keys.filter { path in
        states[path]?.kind != .directory && resolved.arrivals.keys.contains { path == $0 || path.hasPrefix($0 + "/") }
      }.sorted()
      addReplaced(resolved, states, to: &forecast)
    case .copy(_, let to, let recursive, _, let keepsExisting, _):
      forecast.to = "in \(to.text)"
      for path in resolved.absent { add("source-missing", "\(path) is not there: there is nothing to copy") }
      if !keepsExisting { addReplaced(resolved, states, to: &forecast) }
      let sources = try await files.states(of: Array(resolved.arrivals.keys), recursive: false)
      if !recursive, let folder = sources.first(where: { $0.value.kind == .directory })?.key {
        add("is-folder", "\(folder) is a folder: cp leaves it out without -r")
      }
      let size = sources.values.reduce(0) { $0 + $1.size }
      if let target = resolved.arrivals.values.first, try await files.freeBytes(at: target) < size {
        add("no-space", "\(size) bytes are to be copied, and the disk of \(target) has less free")
      }
    case .edit:
      for path in resolved.absent { add("source-missing", "\(path) is not there: sed would fail") }
      let edits = wanted.filter { entry in
        guard let path = entry.key.dropping(prefix: "is "), let state = states[path] else { return false }
        return ObservedFile(state).content != entry.value
      }
      let known = wanted.keys.contains { $0.hasPrefix("is ") }
      forecast.to = known ? "\(FilesLooking.files(edits.count)) edited" : effect.summary
      if known, edits.isEmpty {
        add("no-op", "sed changes nothing: its script matches nothing in \(list(resolved.paths.keys.sorted()))")
      }
    case .makeFolder(_, let parents):
      forecast.to = "folder made"
      if !parents, let path = resolved.paths.keys.sorted().first(where: { states[$0] != nil }) {
        add("exists", "\(path) is there already: mkdir refuses it without -p")
      }
    case .link(_, _, _, let force):
      if !force, let path = resolved.paths.keys.first(where: { states[$0] != nil }) {
        add("exists", "\(path) is there already: ln refuses it without -f")
      }
    case .mode, .owner:
      for path in resolved.absent { add("source-missing", "\(path) is not there") }
      forecast.keeps = "attributes of \(FilesLooking.files(states.count))"
    case .extract(let archive, _, let kind, let options):
      if !resolved.absent.isEmpty { add("source-missing", "\(archive.text) is not there, or is no archive") }
      let replaced = states.filter { $0.value.kind != .directory }.keys.sorted()
      if kind == .zip, !replaced.isEmpty, options.isEmpty {
        add("asks", "unzip would ask about \(list(replaced)): give -o or -n")
      }
      forecast.to = "\(resolved.paths.count.counted("member")) unpacked"
    case .touch, .truncate, .tee, .look: break
    }
    for write in parameters.writes where write.path.kind == .path {
      let folder = (write.path.text as NSString).deletingLastPathComponent
      if try await files.states(of: ["\(folder)/."], recursive: false).isEmpty {
        add("source-missing", "the folder \(folder) is not there: \(write.path.text) cannot be written")
      }
    }
    for pattern in resolved.unmatched {
      let isForced = if case .remove(_, _, force: true) = parameters.action { true } else { false }
      add(
        isForced ? "no-op" : "no-match", "\(pattern) matches nothing: the command gets the pattern itself",
        severity: isForced ? .note : .error)
    }
    guard parameters.action.needsFolder else { return forecast }
    addPermissions(resolved, to: &forecast)
    return forecast
  }

  private func addReplaced(_ resolved: ResolvedPaths, _ states: [String: FileState], to forecast: inout Forecast) {
    let replaced = Set(resolved.arrivals.values).filter { states[$0] != nil && states[$0]?.kind != .directory }.sorted()
    guard !replaced.isEmpty else { return }
    forecast.problems.append(
      Problem(code: "replaces", severity: .note, message: "\(list(replaced)) is replaced, and kept"))
  }

  private func addPermissions(_ resolved: ResolvedPaths, to forecast: inout Forecast) {
    guard effect.place.isHere else { return }
    for path in resolved.paths.keys.sorted() {
      let folder = (path as NSString).deletingLastPathComponent
      guard FileManager.default.fileExists(atPath: folder), !FileManager.default.isWritableFile(atPath: folder) else {
        continue
      }
      forecast.problems.append(
        Problem(code: "no-permission", message: "\(folder) may not be written by this user: \(path) would stay"))
      return
    }
  }

  private func list(_ paths: [String]) -> String {
    paths.prefix(5).joined(separator: ", ") + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
  }
}
