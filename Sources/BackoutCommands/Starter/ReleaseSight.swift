/// What git says of the releases of a repository, read-only.
struct ReleaseSight {
  /// The tag before the last one that leads to what is checked out, as a command that prints it.
  static let previous = #"git describe --tags --abbrev=0 "$(git describe --tags --abbrev=0)^""#

  let folder: String
  /// The last tag that leads to what is checked out: the release that runs.
  private(set) var running: String?
  /// The tag before it.
  private(set) var previous: String?

  init(of folder: String) async {
    self.folder = folder
    running = await git(["describe", "--tags", "--abbrev=0"])
    if let running { previous = await git(["describe", "--tags", "--abbrev=0", running + "^"]) }
  }

  /// Whether git keeps the file: a checkout brings it back.
  func isTracked(_ path: String) async -> Bool { await git(["ls-files", "--", path]) != nil }

  private func git(_ words: [String]) async -> String? { await GitQuestion.answer(words, in: folder) }
}
