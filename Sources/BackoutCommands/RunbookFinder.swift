import Foundation
import RunbookLint

/// Looks for runbooks, and for what stands around them.
enum RunbookFinder {
  /// Folders that hold other people's files or what is built.
  private static let passedOver: Set<String> = [
    ".git", ".build", "node_modules", "vendor", "third_party", ".venv", "venv", "dist", "build", "target",
  ]
  /// Files looked at before the search gives up: a home folder is no repository.
  private static let longest = 200_000

  /// Paths below `folder`, relative to it, of Markdown files that are rollback runbooks by their names, best first.
  static func runbooks(in folder: String) -> [String] {
    files(below: folder).filter(isRunbook).sorted { (rank($0), $0) < (rank($1), $1) }
  }

  /// What the repository around the runbook at `path`, absolute, holds; nil where it is in none.
  static func repository(of path: String) -> RepositoryFiles? { repositories(of: [path])[path] }

  /// The same for several runbooks: a repository is walked once, however many of them stand in it.
  static func repositories(of paths: [String]) -> [String: RepositoryFiles] {
    var walked: [String: Set<String>] = [:]
    var result: [String: RepositoryFiles] = [:]
    for path in paths {
      let folder = (path as NSString).deletingLastPathComponent
      guard let root = Workspace.gitRoot(of: folder) else { continue }
      let files = walked[root] ?? Set(files(below: root))
      walked[root] = files
      let inside = folder == root ? "" : String(folder.dropFirst(root.count + 1)) + "/"
      result[path] = RepositoryFiles(paths: files, runbookFolder: inside)
    }
    return result
  }

  static func isRunbook(_ path: String) -> Bool {
    let name = (path as NSString).lastPathComponent.lowercased()
    guard name.hasSuffix(".md") || name.hasSuffix(".markdown") else { return false }
    return ["rollback", "roll-back", "roll_back", "backout", "back-out"].contains { name.contains($0) }
  }

  private static func rank(_ path: String) -> Int {
    let name = (path as NSString).lastPathComponent.lowercased()
    return (name == "rollback.md" ? 0 : 10) + path.split(separator: "/").count
  }

  /// Paths of the files below `folder`, relative to it.
  static func files(below folder: String) -> [String] {
    guard
      let found = FileManager.default.enumerator(
        at: URL(fileURLWithPath: folder), includingPropertiesForKeys: [.isDirectoryKey])
    else { return [] }
    let root = URL(fileURLWithPath: folder).standardizedFileURL.path
    var result: [String] = []
    for case let url as URL in found {
      if (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true {
        if passedOver.contains(url.lastPathComponent) { found.skipDescendants() }
        continue
      }
      let path = url.standardizedFileURL.path
      if path.hasPrefix(root + "/") { result.append(String(path.dropFirst(root.count + 1))) }
      if result.count >= longest { break }
    }
    return result
  }
}
