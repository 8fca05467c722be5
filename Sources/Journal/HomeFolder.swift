import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// `$BACKOUT_HOME`: the journal and what each run keeps, outside every repository.
///
///     journal.sqlite
///     locks/SERVICE.lock
///     runs/ID/plan.sealed
///     runs/ID/session/
///     runs/ID/output/
///     runs/ID/images/STEP/
public struct HomeFolder: Hashable, Sendable {
  /// Absolute.
  public let path: String

  public init(path: String) { self.path = path }

  /// `$BACKOUT_HOME`, else `$XDG_STATE_HOME/backout`, else `~/.local/state/backout`. Touches nothing. Throws
  /// `HomeFolderError` where `$BACKOUT_HOME` is relative or no home is known.
  public init(environment: [String: String]) throws {
    if let path = environment["BACKOUT_HOME"], !path.isEmpty {
      guard path.hasPrefix("/") else { throw HomeFolderError.relative(path) }
      self.path = Self.trimmed(path)
    } else {
      path = try Self.base("XDG_STATE_HOME", else: ".local/state", environment: environment) + "/backout"
    }
  }

  /// Makes the home, `locks` and `runs`, 0700, where they are missing. Throws `FolderError`.
  public func create() throws {
    for folder in [path, locks, runs] { try Folder.make(folder) }
  }

  public var journal: String { path + "/journal.sqlite" }
  public var locks: String { path + "/locks" }
  public var runs: String { path + "/runs" }

  public func lock(of service: String) -> String { "\(locks)/\(Folder.safeName(service)).lock" }
  public func folder(of run: RunIdentifier) -> String { "\(runs)/\(Folder.safeName(run.text))" }
  public func plan(of run: RunIdentifier) -> String { folder(of: run) + "/plan.sealed" }
  public func session(of run: RunIdentifier) -> String { folder(of: run) + "/session" }
  public func output(of run: RunIdentifier) -> String { folder(of: run) + "/output" }
  public func images(of run: RunIdentifier) -> String { folder(of: run) + "/images" }
  public func images(of run: RunIdentifier, step: String) -> String {
    "\(images(of: run))/\(Folder.safeName(step))"
  }

  /// Makes a run's folders, 0700 and durable. Throws `FolderError`.
  public func createFolders(of run: RunIdentifier) throws {
    for folder in [session(of: run), output(of: run), images(of: run)] { try Folder.make(folder) }
  }

  /// Bytes that may still be written. Throws `FolderError`.
  public func freeBytes() throws -> Int { try Folder.freeBytes(at: path) }

  /// Without slashes at its end. Links stay: a person knows the folder by this name.
  private static func trimmed(_ path: String) -> String {
    let trimmed = path.reversed().drop { $0 == "/" }.reversed()
    return trimmed.isEmpty ? "/" : String(trimmed)
  }

  /// An XDG base folder; the specification says that a relative one counts as unset.
  static func base(_ variable: String, else fallback: String, environment: [String: String]) throws -> String {
    if let folder = environment[variable], folder.hasPrefix("/") { return trimmed(folder) }
    if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/\(fallback)" }
    guard let user = getpwuid(geteuid()), let directory = user.pointee.pw_dir else { throw HomeFolderError.unknown }
    return "\(String(cString: directory))/\(fallback)"
  }
}

public enum HomeFolderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `$BACKOUT_HOME` would mean another folder in every working directory.
  case relative(String)
  /// Neither `$BACKOUT_HOME` nor `$HOME` is set, and this user has no home.
  case unknown

  public var description: String {
    switch self {
    case .relative(let path):
      "BACKOUT_HOME=\(path) is relative: nothing was read or written. Set it to an absolute path"
    case .unknown:
      "no home folder is known: nothing was read or written. Set BACKOUT_HOME to an absolute path"
    }
  }
}
