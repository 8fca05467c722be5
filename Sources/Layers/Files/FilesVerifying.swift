import Layer
import Runbook

/// Decides from two observations.
struct FilesVerifying {
  let parameters: FilesParameters
  let before: Observation
  let after: Observation

  private var wanted: [String: String] {
    (before.states["files wanted"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
  }
  private var isSame: Bool {
    files(before) == files(after)
  }
  private func files(_ observation: Observation) -> [String: JSONValue] {
    observation.states.filter { $0.key.hasPrefix("file:") }
  }
  private func now(_ path: String) -> ObservedFile? { ObservedFile(after.states["file:\(path)"]) }
  private func was(_ path: String) -> ObservedFile? { ObservedFile(before.states["file:\(path)"]) }
  private func proven(_ text: String) -> Verdict { .proven(isSame ? "already there: \(text)" : text) }

  var verdict: Verdict {
    if parameters.hasUnknownPath {
      return .unproven("\(parameters.unknown.joined(separator: " ")) was not known before the step ran")
    }
    switch parameters.action {
    case .remove, .removeFolder: return removed
    case .move: return moved
    case .copy, .link, .tee: return arrived
    case .edit: return edited
    case .makeFolder(let words, _):
      for word in words where word.kind == .path && now(word.text)?.kind != "d" {
        return .refuted("\(word.text) is no folder")
      }
      return proven(words.count == 1 ? "\(words[0].text) is there" : "\(words.count) folders are there")
    case .mode: return attributes("mode") { $0.mode }
    case .owner: return attributes("owner") { $0.owner }
    case .touch(let words, let creates):
      for word in words where word.kind == .path && creates && now(word.text) == nil {
        return .refuted("\(word.text) is not there")
      }
      return isSame ? .refuted("no time has changed") : .proven("touched")
    case .truncate(let words, let size):
      guard let size else { return changed }
      for word in words where word.kind == .path && now(word.text)?.size != size {
        return .refuted("\(word.text) is not \(size) bytes long")
      }
      return proven("\(size) bytes long")
    case .extract(_, let folder, let kind, _):
      if kind == .zip { return changed }
      return after.states["files wanted"]?["extracted"] == "equal"
        ? proven("what is in \(folder.text) equals the archive") : .refuted("\(folder.text) differs from the archive")
    case .look: return arrived
    }
  }

  private var removed: Verdict {
    let left = files(after).filter { $0.value != .null }.keys.sorted()
    guard left.isEmpty else { return .refuted("\(left.count) are still there, such as \(left[0].dropFirst(5))") }
    let count = files(before).filter { $0.value != .null }.count
    return proven("\(count) removed")
  }

  private var moved: Verdict {
    for (name, content) in wanted {
      guard let path = name.dropping(prefix: "is ") else { continue }
      guard now(path)?.content == content else { return .refuted("\(path) is not what was moved") }
    }
    let arrivals = Set(wanted.keys.compactMap { $0.dropping(prefix: "is ") })
    let left = files(after).first { entry in
      let path = String(entry.key.dropFirst(5))
      return entry.value != .null && before.states[entry.key] != nil && !arrivals.contains(path)
        && parameters.sources.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
    if let left { return .refuted("\(left.key.dropFirst(5)) is still there") }
    guard !arrivals.isEmpty else { return .refuted("there was nothing to move") }
    return isSame ? .refuted("nothing was moved") : .proven("\(arrivals.count) moved, as they were")
  }

  private var arrived: Verdict {
    let contents = wanted.filter { $0.key.hasPrefix("is ") }
    guard !contents.isEmpty else { return changed }
    for (name, content) in contents.sorted(by: { $0.key < $1.key }) {
      let path = String(name.dropFirst(3))
      guard now(path)?.content == content else { return .refuted("\(path) is not what it should be") }
      if let mode = wanted["mode \(path)"], let bits = Int(mode, radix: 8), let now = now(path),
        Int(now.mode, radix: 8) != bits
      {
        return .refuted("\(path) has the mode \(now.mode), not \(mode)")
      }
    }
    // More was written than could be foreseen.
    let written = Set(parameters.writes.filter { $0.text == nil && $0.path.kind == .path }.map(\.path.text))
    guard written.isEmpty else { return changed }
    if case .look(isKnown: false) = parameters.action { return changed }
    return proven(
      contents.count == 1
        ? "\(contents.keys.first?.dropFirst(3) ?? "") is as wanted" : "\(contents.count) files as wanted")
  }

  private var edited: Verdict {
    let contents = wanted.filter { $0.key.hasPrefix("is ") }
    guard !contents.isEmpty else { return changed }
    var edits = 0
    for (name, content) in contents {
      let path = String(name.dropFirst(3))
      guard now(path)?.content == content else { return .refuted("\(path) is not what sed makes of it") }
      if was(path)?.content != content { edits += 1 }
    }
    guard edits > 0 else { return .refuted("sed changed nothing: its script matches nothing in these files") }
    return .proven("\(edits.counted("file is as sed makes it", "files are as sed makes them"))")
  }

  private func attributes(_ name: String, of value: (ObservedFile) -> String) -> Verdict {
    let expected = wanted.filter { $0.key.hasPrefix("\(name) ") }
    guard !expected.isEmpty else { return changed }
    for (key, wanted) in expected {
      let path = String(key.dropFirst(name.count + 1))
      guard let now = now(path) else { return .refuted("\(path) is not there") }
      let halves = zip(
        wanted.split(separator: ":", omittingEmptySubsequences: false),
        value(now).split(separator: ":", omittingEmptySubsequences: false))
      guard halves.allSatisfy({ $0.isEmpty || $0 == $1 }) else {
        return .refuted("the \(name) of \(path) is \(value(now)), not \(wanted)")
      }
    }
    return proven("the \(name) is as wanted on \(FilesLooking.files(expected.count))")
  }

  private var changed: Verdict {
    isSame ? .unproven("nothing changed") : .unproven("changed, but what it should be is not known: \(after.summary)")
  }
}

extension FilesParameters {
  /// The literal sources of a move.
  var sources: [String] {
    if case .move(let words, _, _) = action { words.filter { $0.kind == .path }.map(\.text) } else { [] }
  }
}
