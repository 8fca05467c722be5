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
  var migration: MigrationSight?
  var start = StartSight.nothing
  var releases: ReleaseSight
  var imageTag: ImageTag?

  /// What names the tag of the image that runs, where no checkout brings it back.
  struct ImageTag {
    var variable: String
    /// Relative; nil: the environment alone says it.
    var file: String?
    /// As the file has its line before the sign: `export VERSION`.
    var written: String
    var value: String?
    /// What stands before the value in the tag of that release, `v` or nothing; nil: no release is named by it.
    var prefix: String?
  }

  init(of folder: String) async {
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
    migration = MigrationSight(shallow, text: text)
    start = StartSight(
      shallow, isExecutable: { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }, text: text)
    releases = await ReleaseSight(of: folder)
    imageTag = await imageTag(in: folder, text)
  }

  private func imageTag(in folder: String, _ text: (String) -> String) async -> ImageTag? {
    guard let composeFile, let use = compose.tagVariables.first else { return nil }
    let file = ((composeFile as NSString).deletingLastPathComponent as NSString).appendingPathComponent(".env")
    var tag = ImageTag(variable: use.name, written: use.name)
    if let value = ProcessInfo.processInfo.environment[use.name], !value.isEmpty {
      tag.value = value
    } else if let line = Self.line(of: use.name, in: text(file)) {
      if await releases.isTracked(file) { return nil }
      (tag.file, tag.written, tag.value) = (file, line.name, line.value)
    } else if use.hasFallback {
      return nil
    }
    if let value = tag.value, !value.isEmpty, let running = releases.running, releases.previous != nil {
      tag.prefix = ["", "v"].first { $0 + value == running }
    }
    return tag
  }

  /// The last one counts.
  private static func line(of variable: String, in text: String) -> (name: String, value: String)? {
    for line in text.split(whereSeparator: \.isNewline).reversed() {
      guard let mark = line.firstIndex(of: "="),
        [variable, "export " + variable].contains(String(line[..<mark]))
      else { continue }
      let value = line[line.index(after: mark)...].trimmingCharacters(in: CharacterSet(charactersIn: " \"'"))
      return (String(line[..<mark]), value)
    }
    return nil
  }
}
