import Foundation
import Layer
import Runbook

/// A path as a command names it.
struct PathWord: Codable, Hashable, Sendable {
  enum Kind: String, Codable, Hashable, Sendable {
    case path
    /// A glob(3) pattern.
    case pattern
    /// Only a shell can tell.
    case unknown
  }
  /// Absolute, but for places whose own folder nobody knows; without a trailing slash.
  var text: String
  var kind: Kind
  /// The last part as written is `.`, or the word ends in a slash: what is in it, not itself.
  var isContents = false
}

/// A file that a command writes as a whole, or appends to.
struct FileWrite: Codable, Hashable, Sendable {
  var path: PathWord
  var appends: Bool
  /// The text that is written, where it is known.
  var text: String?
}

/// What a command does to files, from its words alone.
enum FilesAction: Codable, Hashable, Sendable {
  case remove([PathWord], recursive: Bool, force: Bool)
  case removeFolder([PathWord])
  case move([PathWord], to: PathWord, intoFolder: Bool)
  /// `mode`: of `install -m`.
  case copy([PathWord], to: PathWord, recursive: Bool, intoFolder: Bool, keepsExisting: Bool, mode: String?)
  /// `script`: the words of sed but for `-i` and the files. `suffix`: of the copies that it leaves.
  case edit([PathWord], script: [String], suffix: String?)
  case makeFolder([PathWord], parents: Bool)
  case link(target: String, at: PathWord, symbolic: Bool, force: Bool)
  case mode(String, [PathWord], recursive: Bool)
  case owner(String, [PathWord], recursive: Bool)
  case touch([PathWord], creates: Bool)
  case truncate([PathWord], size: Int?)
  case tee([FileWrite])
  case extract(archive: PathWord, folder: PathWord, kind: ArchiveKind, options: [String])
  /// Nothing but what its redirections do. `isKnown`: the command itself changes nothing.
  case look(isKnown: Bool)

  enum ArchiveKind: String, Codable, Hashable, Sendable { case tar, zip }

  /// Attributes only: the bytes stay.
  var isAttributes: Bool {
    switch self {
    case .mode, .owner, .touch: true
    default: false
    }
  }
}

struct FilesParameters: Codable, Hashable, Sendable {
  var action: FilesAction
  var writes: [FileWrite]
  var missing: [String]
  var unknown: [String]
  /// Paths that reach too far, as written.
  var tooWide: [String]

  init(action: FilesAction, writes: [FileWrite], missing: [String], unknown: [String], tooWide: [String]) {
    self.action = action
    self.writes = writes
    self.missing = missing
    self.unknown = unknown
    self.tooWide = tooWide
  }

  /// Throws `DecodingError` where the effect is not one of this driver.
  init(_ effect: Effect) throws {
    self = try effect.parameters.decoded()
  }

  var json: JSONValue { get throws { try JSONValue(encoding: self) } }

  /// Whether a path of it is known only when the step runs.
  var hasUnknownPath: Bool { paths.contains { $0.kind == .unknown } }

  /// Every path that the command names and may change.
  var paths: [PathWord] {
    let named: [PathWord] =
      switch action {
      case .remove(let paths, _, _), .removeFolder(let paths), .edit(let paths, _, _), .makeFolder(let paths, _),
        .mode(_, let paths, _), .owner(_, let paths, _), .touch(let paths, _), .truncate(let paths, _):
        paths
      case .move(let sources, let to, _): sources + [to]
      case .copy(_, let to, _, _, _, _): [to]
      case .link(_, let at, _, _): [at]
      case .tee(let writes): writes.map(\.path)
      case .extract(_, let folder, _, _): [folder]
      case .look: []
      }
    return named + writes.map(\.path)
  }
}
