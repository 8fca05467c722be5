import Foundation

extension PlaceFiles {
  /// `path` with its links followed, so that a link stays one and its target changes. Throws `FileFailure`.
  package func resolvingLinks(_ path: String) async throws -> String {
    var found = path
    for _ in 0..<8 {
      guard let state = try await states(of: [found], recursive: false)[found], state.kind == .link,
        let target = state.link
      else { return found }
      found = target.hasPrefix("/") ? target : (found as NSString).deletingLastPathComponent + "/" + target
    }
    throw FileFailure(doing: "reading", path: path, reason: "its links lead nowhere")
  }

  /// A text file with its attributes; nil where nothing stands. Throws `FileFailure`.
  package func text(of path: String) async throws -> (state: FileState, text: String)? {
    guard let state = try await states(of: [path], recursive: false)[path] else { return nil }
    guard state.kind == .file else {
      throw FileFailure(doing: "reading", path: path, reason: "it is no file")
    }
    var data = Data()
    while true {
      let more = try await bytes(of: path, from: data.count)
      if more.isEmpty { break }
      data += more
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw FileFailure(doing: "reading", path: path, reason: "it is not UTF-8 text; nothing was changed")
    }
    return (state, text)
  }

  /// Writes `text` in one go, with the attributes of `state`; a file that is new is its owner's alone.
  package func write(_ text: String, to path: String, like state: FileState?) async throws {
    let temporary = try await begin(besides: path)
    try await append(Data(text.utf8), to: temporary)
    let made = try await states(of: [temporary], recursive: false)[temporary]
    var attributes = state ?? FileState(kind: .file, mode: 0o600, owner: made?.owner ?? 0, group: made?.group ?? 0)
    attributes.modified = 0
    try await finish(temporary, as: path, state: attributes)
  }
}
