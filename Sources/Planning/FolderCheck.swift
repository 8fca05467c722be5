import Foundation

/// Folders that the session goes to and that are not on this machine: the runbook was written for another one.
struct FolderCheck {
  /// Of the bindings, for what a person should write there.
  let document: String
  private(set) var missing: Set<String> = []

  init(document: String) { self.document = document }

  /// - Parameter earlier: the steps before it that can be in the same run.
  mutating func look(at draft: inout Draft, after changes: EarlierChanges, earlier: [Draft], drafts: [Draft]) {
    for folder in draft.folders where !Self.isThere(folder.path) {
      // A plan that is made for a folder which is not here at all says nothing of one in it.
      guard Self.isThere(folder.start) || missing.contains(folder.start) else { continue }
      if changes.changer(ofTargetsUnder: ["file:\(folder.path)"], before: draft, in: drafts) != nil { continue }
      let opaque = earlier.contains { $0.planned.effects.contains { $0.role == .change && $0.isOpaque } }
      if !opaque { missing.insert(folder.path) }
      draft.report(
        "folder-missing", opaque ? .warning : .error,
        "\(folder.path) is not a folder here\(opaque ? "; an earlier step may make it" : ""). Where it is another "
          + "machine's way to this repository, put under runbooks › \(document) › commands in backout.yaml the line "
          + "`\(folder.written): cd .`")
    }
  }

  /// Whether nothing can be looked at there: what is said of the folder says it all.
  func isMissing(_ directory: String) -> Bool {
    missing.contains { directory == $0 || directory.hasPrefix($0 + "/") }
  }

  private static func isThere(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
