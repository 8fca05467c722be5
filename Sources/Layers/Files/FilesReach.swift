import Layer

/// Finds paths that a runbook can hardly mean: the root, the home, the working folder itself.
enum FilesReach {
  static func tooWide(_ parameters: FilesParameters, context: ReadingContext) -> [String] {
    let reaching: [PathWord] =
      switch parameters.action {
      case .remove(let paths, _, _), .mode(_, let paths, recursive: true), .owner(_, let paths, recursive: true): paths
      case .move(let sources, _, _): sources
      default: []
      }
    let home = context.variables["HOME"].map { context.absolutePath($0) }
    return reaching.filter { word in
      guard word.kind != .unknown else { return false }
      var path = word.text
      if word.kind == .pattern {
        // `/srv/*` reaches as far as `/srv`.
        guard path.hasSuffix("/*") else { return false }
        path = String(path.dropLast(2))
        if path.isEmpty { path = "/" }
      }
      let parts = path.split(separator: "/").count
      let folder = context.directory
      let holdsFolder = path == folder || folder.hasPrefix(path == "/" ? "/" : path + "/")
      return path == "/" || path == home || holdsFolder
        || parts == 1 && path.hasPrefix("/") && path != "/tmp"
        || (home?.hasPrefix(path + "/") ?? false)
    }.map(\.text)
  }
}
