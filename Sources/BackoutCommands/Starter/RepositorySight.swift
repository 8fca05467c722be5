import Foundation
import Yams

/// What a repository is made of, as far as a rollback cares: seen from its files alone.
struct RepositorySight {
  /// The service's name: the folder's.
  var service: String
  /// `compose.yaml` or one of its other names.
  var composeFile: String?
  /// A service of the compose file that is built here, or has an image; the first.
  var composeService: String?
  /// The folder of `alembic.ini`.
  var alembicFolder: String?
  var hasDjango = false
  var hasPackageJSON = false
  var hasBuildScript = false
  /// A systemd unit's name without its ending.
  var unit: String?
  /// Releases are tagged.
  var hasTags = false

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
    composeService = composeFile.flatMap { Self.firstService(of: text($0)) }
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
    let tags = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/.git/refs/tags")) ?? []
    hasTags = !tags.isEmpty || text(".git/packed-refs").contains(" refs/tags/")
  }

  /// The first service that is built here; else the first.
  private static func firstService(of compose: String) -> String? {
    let root = (try? Yams.load(yaml: compose)) as? [String: Any]
    guard let services = root?["services"] as? [String: Any] else { return nil }
    let names = services.keys.sorted()
    return names.first { (services[$0] as? [String: Any])?["build"] != nil } ?? names.first
  }
}
