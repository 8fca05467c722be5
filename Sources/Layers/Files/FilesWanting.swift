import Foundation
import Layer
import Runbook

/// What each path must be after the command, found out read-only so that verify needs no system.
///
/// Keys: `is PATH` → `ObservedFile.content`; `mode PATH` → octal; `owner PATH` → `uid:gid`, an empty half meaning any.
struct FilesWanting {
  let looking: FilesLooking
  let files: any PlaceFiles

  func wanted(_ resolved: ResolvedPaths, found: [String: FileState]) async throws -> [String: String] {
    var wanted: [String: String] = [:]
    switch looking.parameters.action {
    case .copy(_, _, _, _, let keepsExisting, let mode):
      let sources = try await files.states(of: Array(resolved.arrivals.keys), recursive: false)
      for (source, target) in resolved.arrivals {
        guard let state = sources[source], !(keepsExisting && found[target] != nil) else { continue }
        wanted["is \(target)"] = ObservedFile(state).content
        if let mode { wanted["mode \(target)"] = mode }
      }
    case .move:
      for (source, target) in resolved.arrivals {
        for (path, state) in found where path == source || path.hasPrefix(source + "/") {
          wanted["is \(target)\(path.dropFirst(source.count))"] = ObservedFile(state).content
        }
      }
    case .edit(_, let script, let suffix):
      for (path, state) in found where state.kind == .file {
        if let suffix, found.keys.contains(where: { FilesLooking.backup(of: $0, suffix: suffix) == path }) { continue }
        if let content = try await edited(path, script) { wanted["is \(path)"] = content }
        if let suffix { wanted["is \(FilesLooking.backup(of: path, suffix: suffix))"] = ObservedFile(state).content }
      }
    case .link(let target, _, true, _):
      if let path = resolved.arrivals[target] { wanted["is \(path)"] = "l \(target)" }
    case .link(let target, _, false, _):
      let source = looking.environment.context.absolutePath(target)
      if let path = resolved.arrivals[target],
        let state = try await files.states(of: [source], recursive: false)[source]
      {
        wanted["is \(path)"] = ObservedFile(state).content
      }
    case .mode(let text, _, _):
      for (path, state) in found where state.kind != .link {
        if let mode = ModeChange(text)?.applied(to: state.mode, isFolder: state.kind == .directory) {
          wanted["mode \(path)"] = String(mode, radix: 8)
        }
      }
    case .owner(let text, _, _):
      if let owner = try await owner(text) { for path in found.keys { wanted["owner \(path)"] = owner } }
    case .extract(let archive, let folder, .tar, _):
      let compared = try await looking.environment.runInPlace(
        ["tar", "-df", archive.text, "-C", folder.text], of: looking.effect)
      wanted["extracted"] = compared.status == 0 ? "equal" : "differs"
    case .tee(let writes):
      for write in writes { try await addWrite(write, to: &wanted) }
    default: break
    }
    for write in looking.parameters.writes { try await addWrite(write, to: &wanted) }
    return wanted
  }

  /// What sed would make of the file. `--sandbox` refuses the commands that write or execute.
  /// Its expressions go through standard input: they may hold a secret, which arguments would show.
  private func edited(_ path: String, _ script: [String]) async throws -> String? {
    var flags: [String] = []
    var expressions: [String] = []
    var rest = script[...]
    while let word = rest.popFirst() {
      if word == "-e", let expression = rest.popFirst() { expressions.append(expression) } else { flags.append(word) }
    }
    if !expressions.isEmpty { flags += ["-f", "/dev/stdin"] }
    let result = try await looking.environment.runInPlace(
      ["sed", "--sandbox"] + flags + ["--", path], of: looking.effect,
      input: Data((expressions.joined(separator: "\n") + "\n").utf8))
    guard result.status == 0 else { return nil }
    return "f \(result.output.count) \(Digest(of: result.output))"
  }

  private func addWrite(_ write: FileWrite, to wanted: inout [String: String]) async throws {
    guard let text = write.text, write.path.kind == .path else { return }
    var data = Data()
    if write.appends,
      let state = try await files.states(of: [write.path.text], recursive: false)[write.path.text], state.kind == .file
    {
      guard state.size < looking.environment.settings.outputMaximum else { return }
      while true {
        let more = try await files.bytes(of: write.path.text, from: data.count)
        if more.isEmpty { break }
        data += more
      }
    }
    data += Data(text.utf8)
    wanted["is \(write.path.text)"] = "f \(data.count) \(Digest(of: data))"
  }

  private func owner(_ text: String) async throws -> String? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    func number(_ name: String, _ words: [String]) async throws -> String? {
      if name.isEmpty || Int(name) != nil { return name }
      let result = try await looking.environment.runInPlace(words + [name], of: looking.effect)
      let fields = result.trimmed.split(separator: ":")
      return result.status == 0 ? fields.count > 2 ? String(fields[2]) : result.trimmed : nil
    }
    guard let user = try await number(parts[0], ["id", "-u"]) else { return nil }
    guard parts.count == 2 else { return "\(user):" }
    guard let group = try await number(parts[1], ["getent", "group"]) else { return nil }
    return "\(user):\(group)"
  }
}

/// A file's state as an observation holds it.
struct ObservedFile {
  var kind: String
  var mode: String
  var owner: String
  /// `size digest` of a file, the target of a link.
  var rest: String

  init(_ state: FileState) { self.init(text: state.text) }

  init(text: String) {
    let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    kind = words.first ?? ""
    mode = words.count > 1 ? words[1] : ""
    owner = words.count > 2 ? words[2] : ""
    rest = words.count > 3 ? words[3] : ""
  }

  init?(_ value: JSONValue?) {
    guard let text = value?.stringValue else { return nil }
    self.init(text: text)
  }

  /// Without mode and owner.
  var content: String { kind == "d" ? "d" : "\(kind) \(rest)" }
  var size: Int? { rest.split(separator: " ").first.flatMap { Int($0) } }
}

/// `644`, `u+x`, `go-w,a=r` as chmod reads them.
struct ModeChange {
  private var octal: Int?
  private var clauses: [(who: Int, operation: Character, bits: Int, conditional: Bool)] = []

  /// Nil for set-id and sticky bits by letter, and copies such as `g=u`.
  init?(_ text: String) {
    if let number = Int(text, radix: 8), number <= 0o7777 {
      octal = number
      return
    }
    for clause in text.split(separator: ",") {
      guard let place = clause.firstIndex(where: { "+-=".contains($0) }) else { return nil }
      var who = 0
      for letter in clause[..<place] {
        guard let bits = ["u": 0o700, "g": 0o070, "o": 0o007, "a": 0o777][letter] else { return nil }
        who |= bits
      }
      // With nobody named, chmod leaves out what the usual umask takes.
      if who == 0 { who = clause[place] == "-" ? 0o777 : 0o755 }
      var bits = 0
      var conditional = false
      for letter in clause[clause.index(after: place)...] {
        guard let value = ["r": 0o444, "w": 0o222, "x": 0o111, "X": 0o111][letter] else { return nil }
        bits |= value
        conditional = conditional || letter == "X"
      }
      clauses.append((who, clause[place], bits, conditional))
    }
    guard !clauses.isEmpty else { return nil }
  }

  func applied(to mode: Int, isFolder: Bool) -> Int {
    if let octal { return isFolder ? octal | mode & 0o6000 : octal }
    return clauses.reduce(mode) { mode, clause in
      var bits = clause.bits & clause.who
      if clause.conditional, !isFolder, mode & 0o111 == 0 { bits &= ~0o111 }
      return switch clause.operation {
      case "+": mode | bits
      case "-": mode & ~bits
      default: mode & ~clause.who | bits
      }
    }
  }
}
