import Foundation

/// What a repository is made of, as far as a rollback cares: seen from its files alone.
struct RepositorySight {
  /// The service's name: the folder's.
  var service: String
  /// `compose.yaml` or one of its other names.
  var composeFile: String?
  /// Nothing, where there is no compose file.
  var compose = ComposeSight(of: "")
  /// The folder of `alembic.ini`.
  var alembicFolder: String?
  var hasDjango = false
  var hasPackageJSON = false
  var hasBuildScript = false
  /// A systemd unit's name without its ending.
  var unit: String?
  /// There are two tagged releases at least: one that runs, and one before it.
  var hasReleases = false

  init(of folder: String) {
    service = (Workspace.gitRoot(of: folder) ?? folder).split(separator: "/").last.map(String.init) ?? "service"
    let files = RunbookFinder.files(below: folder)
    let shallow = files.sorted { ($0.split(separator: "/").count, $0) < ($1.split(separator: "/").count, $1) }
    func first(_ holds: (String) -> Bool) -> String? { shallow.first { holds(($0 as NSString).lastPathComponent) } }
    func text(_ path: String) -> String {
      (try? String(contentsOfFile: folder + "/" + path, encoding: .utf8)) ?? ""
    }
    composeFile = first {
      ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"].contains($0)
    }
    compose = ComposeSight(of: composeFile.map(text) ?? "")
    alembicFolder = first { $0 == "alembic.ini" }.map { ($0 as NSString).deletingLastPathComponent }
    hasDjango = first { $0 == "manage.py" } != nil
    if let package = first({ $0 == "package.json" }) {
      hasPackageJSON = true
      let scripts = (try? JSONSerialization.jsonObject(with: Data(text(package).utf8)) as? [String: Any])?["scripts"]
      hasBuildScript = (scripts as? [String: Any])?["build"] != nil
    }
    unit = first { $0.hasSuffix(".service") }.map {
      (($0 as NSString).lastPathComponent as NSString).deletingPathExtension
    }
    hasReleases = Self.tags(of: Workspace.gitRoot(of: folder) ?? folder).count > 1
  }

  private static func tags(of root: String) -> Set<String> {
    let folder = root + "/.git/refs/tags"
    let loose = (FileManager.default.enumerator(atPath: folder)?.allObjects ?? []).compactMap { $0 as? String }
      .filter { !Workspace.isFolder("\(folder)/\($0)") }
    let packed = (try? String(contentsOfFile: root + "/.git/packed-refs", encoding: .utf8)) ?? ""
    return Set(loose).union(
      packed.split(separator: "\n").compactMap { line in
        line.firstRange(of: " refs/tags/").map { String(line[$0.upperBound...]) }
      })
  }
}
