import Foundation
import Layer
import Planning
import Runbook
import RunbookReading

/// A runbook with what stands beside it, read whole before anything else happens.
struct Workspace: Sendable {
  /// Absolute.
  var path: String
  var document: String
  var runbook: Runbook
  /// Absolute; where `backout.yaml` is, or would be.
  var bindingsPath: String
  var bindings: Bindings
  var hasBindings: Bool
  /// The runbook's name in `runbooks:`.
  var key: String
  /// The git root of the bindings' folder, else of the runbook's, else that folder.
  var directory: String
  var service: String
  var lock: ConfirmationLock
  var variables: [String: String]

  static let bindingsName = "backout.yaml"

  /// Throws `Failure` with `badInput` where something cannot be read: nothing was executed.
  static func load(runbook argument: String?, bindings bindingsArgument: String? = nil) throws -> Workspace {
    let here = FileManager.default.currentDirectoryPath
    let path = try absolute(argument ?? find(in: here), in: here)
    let data = try contents(of: path)
    let folder = (path as NSString).deletingLastPathComponent
    let bindingsPath = bindingsArgument.map { absolute($0, in: here) } ?? findBindings(beside: folder, or: here)
    let hasBindings = FileManager.default.fileExists(atPath: bindingsPath)
    if bindingsArgument != nil, !hasBindings {
      throw Failure(.badInput, "\(bindingsPath): there is no such file; nothing was executed.")
    }
    let runbook = try read(data, path: path)
    let variables = ProcessInfo.processInfo.environment
    Console.hide(Redactor(pairs: Secrets.standing(variables: variables, directory: folder)))
    let bindings = try readBindings(bindingsPath, exists: hasBindings, runbook: runbook)
    let home = (bindingsPath as NSString).deletingLastPathComponent
    let key = Self.key(of: path, home: home, bindings: bindings)
    let directory = gitRoot(of: hasBindings ? home : folder) ?? (hasBindings ? home : folder)
    return Workspace(
      path: path, document: String(decoding: data, as: UTF8.self), runbook: runbook, bindingsPath: bindingsPath,
      bindings: bindings, hasBindings: hasBindings, key: key, directory: directory,
      service: bindings.service ?? (directory as NSString).lastPathComponent,
      lock: try ConfirmationLock.load(beside: bindingsPath), variables: variables)
  }

  /// The same; where the runbook is gone, what is thrown says which run took it away, and how it comes back.
  static func open(runbook: String?, bindings: String? = nil) async throws -> Workspace {
    do {
      return try load(runbook: runbook, bindings: bindings)
    } catch let failure as Failure {
      throw await LostRunbook.explain(failure, runbook: runbook, in: FileManager.default.currentDirectoryPath)
    }
  }

  static func absolute(_ path: String, in folder: String) -> String {
    let expanded = (path as NSString).expandingTildeInPath
    return URL(fileURLWithPath: expanded.hasPrefix("/") ? expanded : folder + "/" + expanded).standardizedFileURL.path
  }

  /// Where a runbook is looked for that nobody named.
  static let usual = [
    "ROLLBACK.md", "docs/ROLLBACK.md", "docs/runbooks/rollback.md", "docs/rollback.md", "rollback.md",
  ]

  private static func find(in folder: String) throws -> String {
    if let found = usual.first(where: { FileManager.default.fileExists(atPath: folder + "/" + $0) }) { return found }
    throw Failure(
      .badInput, "No runbook was named, and there is no \(usual[0]) here; nothing was executed.",
      next: "backout plan PATH/TO/RUNBOOK.md")
  }

  /// Bytes of the longest document that is read.
  private static let longest = 64 << 20

  /// Bytes; 0 where nothing is known.
  static func size(of path: String) -> Int {
    var facts = stat()
    return stat(path, &facts) == 0 ? Int(facts.st_size) : 0
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Throws `Failure` with `badInput` where it is no file, or too long to be a runbook.
  static func contents(of path: String) throws -> Data {
    var facts = stat()
    if stat(path, &facts) == 0 {
      let kind = facts.st_mode & S_IFMT
      if kind != S_IFREG {
        throw Failure(
          .badInput,
          "\(path) cannot be read: it is \(kind == S_IFDIR ? "a folder" : "no file"), not a runbook. Nothing was executed."
        )
      }
      if facts.st_size > longest {
        throw Failure(
          .badInput, "\(path) cannot be read: it has more than \(longest >> 20) MiB. Nothing was executed.")
      }
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw Failure(
        .badInput, "\(path) cannot be read: \((error as NSError).localizedDescription) Nothing was executed.")
    }
  }

  private static func findBindings(beside folder: String, or here: String) -> String {
    let candidates = [folder, here, gitRoot(of: folder), gitRoot(of: here)].compactMap { $0 }
    let found = candidates.first { FileManager.default.fileExists(atPath: "\($0)/\(bindingsName)") }
    return "\(found ?? (FileManager.default.isWritableFile(atPath: folder) ? folder : here))/\(bindingsName)"
  }

  /// The nearest folder that holds `.git`.
  static func gitRoot(of folder: String) -> String? {
    var candidate = folder
    while candidate != "/", !candidate.isEmpty {
      if FileManager.default.fileExists(atPath: candidate + "/.git") { return candidate }
      candidate = (candidate as NSString).deletingLastPathComponent
    }
    return nil
  }

  private static func key(of path: String, home: String, bindings: Bindings) -> String {
    let name = (path as NSString).lastPathComponent
    let relative = path.hasPrefix(home + "/") ? String(path.dropFirst(home.count + 1)) : name
    return bindings.runbooks[relative] != nil ? relative : (bindings.runbooks[name] != nil ? name : relative)
  }

  private static func read(_ data: Data, path: String) throws -> Runbook {
    do {
      return try RunbookReader().read(data, named: (path as NSString).lastPathComponent)
    } catch {
      throw Failure(.badInput, "\(path): \(error) Nothing was executed.")
    }
  }

  /// What `backout.yaml`, where there is one, or the front matter binds for the runbook at `path`: by itself, and in each
  /// environment. Throws `Failure` with `badInput` where the file cannot be read.
  static func bound(
    _ runbook: Runbook, at path: String
  ) throws -> (base: RunbookBindings, environments: [String: RunbookBindings]) {
    let folder = (path as NSString).deletingLastPathComponent
    let found = findBindings(beside: folder, or: FileManager.default.currentDirectoryPath)
    guard FileManager.default.fileExists(atPath: found) else {
      // Any document is linted: front matter that a plan would refuse binds nothing.
      let own = try? readBindings(found, exists: false, runbook: runbook).runbooks[runbook.source]
      return (own ?? RunbookBindings(), [:])
    }
    let bindings = try readBindings(found, exists: true, runbook: runbook)
    let home = (found as NSString).deletingLastPathComponent
    let key = Self.key(of: path, home: home, bindings: bindings)
    return (bindings.bindings(for: key, environment: nil), bindings.bindings(forEachEnvironmentOf: key))
  }

  private static func readBindings(_ path: String, exists: Bool, runbook: Runbook) throws -> Bindings {
    do {
      if exists {
        return try BindingsReader.read(
          String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self), named: path)
      }
      guard let frontMatter = runbook.frontMatter else { return Bindings() }
      guard let own = try BindingsReader.readFrontMatter(frontMatter, named: runbook.source) else { return Bindings() }
      return Bindings(runbooks: [runbook.source: own])
    } catch {
      throw Failure(
        .badInput, "\(error)", next: "docs/backout.yaml shows every key, with what it means")
    }
  }
}
