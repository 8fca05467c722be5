import Runbook

/// Files that a later step executes though an earlier step removes them.
struct RemovedScripts {
  /// Where the session starts, absolute.
  let directory: String
  /// Of the bindings, relative to it.
  let carry: [String]
  let document: String

  /// The session's variable that names the folder of the copies.
  static let variable = "BACKOUT_CARRIED"

  /// - Returns: the files to keep at the run's start, relative to `directory`.
  func settle(_ drafts: inout [Draft]) -> [String] {
    var earlier = EarlierRemovals()
    var carried: [String] = []
    for index in drafts.indices where !drafts[index].isLeftOut {
      for script in drafts[index].scripts {
        guard let by = earlier.remover(of: script.path, before: drafts[index], in: drafts) else { continue }
        if let path = carriedPath(script.path) {
          if !carried.contains(path) { carried.append(path) }
          rewrite(script, to: path, in: &drafts[index])
          let note = "\(by.id) removes \(path); it is carried: runs from the copy kept at the run's start"
          drafts[index].planned.note = drafts[index].planned.note.map { "\($0); \(note)" } ?? note
          drafts[index].report("script-carried", .note, note)
        } else {
          let relative = script.path.dropping(prefix: directory + "/") ?? script.path
          let folder = relative.split(separator: "/").first.map(String.init) ?? relative
          drafts[index].report(
            "script-removed", .error,
            "\(by.id) (\(by.planned.title)) removes \(relative), which \(drafts[index].id) runs. Put under runbooks › "
              + "\(document) in backout.yaml the line `carry: [\(folder)]`: it is then kept and run from the copy")
        }
      }
      earlier.add(drafts[index], at: index)
    }
    if carried.isEmpty { return [] }
    for index in drafts.indices {
      guard let undo = drafts[index].planned.undoCommand else { continue }
      drafts[index].planned.undoCommand = rewriteWords(of: undo, carried: carried)
    }
    return carried
  }

  private func carriedPath(_ path: String) -> String? {
    guard let relative = path.dropping(prefix: directory + "/") else { return nil }
    let isCarried = carry.contains { entry in
      var entry = entry.dropping(prefix: "./") ?? entry
      while entry.hasSuffix("/") { entry.removeLast() }
      return relative == entry || relative.hasPrefix(entry + "/") || entry == "." || entry == directory
        || path.hasPrefix(entry + "/")
    }
    return isCarried ? relative : nil
  }

  private static func word(_ path: String) -> String {
    // Quoted as a whole: the path is text of the repository.
    let hasSyntax = path.contains { "\"$`\\".contains($0) }
    return hasSyntax ? "\"$\(variable)\"/" + ShellQuoting.quoted(path) : "\"$\(variable)/\(path)\""
  }

  private func rewrite(_ script: Draft.Script, to path: String, in draft: inout Draft) {
    guard case .shell(var statement) = draft.planned.action, statement.commands.indices.contains(script.command),
      statement.commands[script.command].words.indices.contains(script.word)
    else { return }
    let old = statement.commands[script.command].words[script.word]
    let new = Self.word(path)
    statement.commands[script.command].words[script.word] = Word(text: new, value: nil, variables: [Self.variable])
    statement.text = Self.replace([old.text: new], in: statement.text)
    draft.planned.action = .shell(statement)
    draft.planned.command = statement.text
  }

  private func rewriteWords(of command: String, carried: [String]) -> String {
    var words: [String: String] = [:]
    for path in carried {
      for spelling in [path, "./" + path, directory + "/" + path] { words[spelling] = Self.word(path) }
    }
    return Self.replace(words, in: command)
  }

  /// Replaces whole shell words.
  private static func replace(_ words: [String: String], in text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var position = 0
    for range in CommandReplacement.commands(in: bytes).joined() {
      guard let new = words[String(decoding: bytes[range], as: UTF8.self)] else { continue }
      result += bytes[position..<range.lowerBound]
      result += Array(new.utf8)
      position = range.upperBound
    }
    result += bytes[position...]
    return String(decoding: result, as: UTF8.self)
  }
}
