import Foundation
import Runbook

/// What stands at one path, without its bytes.
public struct FileState: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable { case file = "f", directory = "d", link = "l", other = "o" }

  public var kind: Kind
  /// Permission bits, set-id and sticky bits included.
  public var mode: Int
  public var owner: Int
  public var group: Int
  /// Bytes, of a file.
  public var size: Int
  /// SHA-256 of a file's bytes, in hex. Nil: nobody may read it.
  public var digest: String?
  public var link: String?
  /// Nanoseconds since 1970; seconds only in places other than here.
  public var modified: Int

  public init(
    kind: Kind, mode: Int, owner: Int, group: Int, size: Int = 0, digest: String? = nil, link: String? = nil,
    modified: Int = 0
  ) {
    self.kind = kind
    self.mode = mode
    self.owner = owner
    self.group = group
    self.size = size
    self.digest = digest
    self.link = link
    self.modified = modified
  }

  /// Everything but the time, as one comparable word: `f 644 0:0 12 9f86…`, `d 755 0:0`, `l 777 0:0 ../target`.
  public var text: String {
    let base = "\(kind.rawValue) \(String(mode, radix: 8)) \(owner):\(group)"
    return switch kind {
    case .file: "\(base) \(size) \(digest ?? "unreadable")"
    case .link: "\(base) \(link ?? "")"
    case .directory, .other: base
    }
  }

  /// As people see it: `12 bytes, 9f86d081`.
  public var summary: String {
    switch kind {
    case .file: "\(size) bytes, \(digest.map { String($0.prefix(8)) } ?? "unreadable")"
    case .link: "link to \(link ?? "?")"
    case .directory: "folder"
    case .other: "special file"
    }
  }
}

/// A path that could not be read or written. Says what was being done, where, and the system's reason.
public struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public var doing: String
  public var path: String
  public var reason: String

  public init(doing: String, path: String, reason: String) {
    self.doing = doing
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(doing) \(path): \(reason)" }
}

/// The files of one place: here by system calls, elsewhere by portable commands through the place's prefix.
public protocol PlaceFiles: Sendable {
  /// Path → what stands there; a path where nothing stands is left out. Folders with all that is in them where
  /// `recursive`, links never followed. Throws `FileFailure` past `FileLimits.entries`.
  func states(of paths: [String], recursive: Bool) async throws -> [String: FileState]
  /// The paths that a glob(3) pattern matches, sorted.
  func matches(of pattern: String) async throws -> [String]
  /// Some of a file's bytes from `offset`, which is where the answer before ended; empty at the end.
  func bytes(of path: String, from offset: Int) async throws -> Data
  /// An empty file of its own beside `path`, for `append` and `finish`.
  func begin(besides path: String) async throws -> String
  func append(_ data: Data, to temporary: String) async throws
  /// Gives `temporary` the attributes of `state` and moves it over `path` in one go. Durable on return.
  func finish(_ temporary: String, as path: String, state: FileState) async throws
  /// Makes a folder or a link, or sets the attributes of one that is there. Parents are made.
  func make(_ state: FileState, at path: String) async throws
  /// Removes a file, a link or an empty folder; what is not there is removed already. A folder with something in it stays.
  func remove(_ path: String) async throws
  /// Bytes free on the disk that holds `path`.
  func freeBytes(at path: String) async throws -> Int
}

public enum FileLimits {
  public static let entries = 200_000
  public static let chunk = 1 << 20
}

extension StepEnvironment {
  /// The files of the place in which `effect` acts.
  public func files(of effect: Effect) -> any PlaceFiles {
    effect.place.isHere ? LocalFiles() : RemoteFiles(environment: self, effect: effect)
  }
}
