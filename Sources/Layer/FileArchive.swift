import Foundation
import Runbook

/// Files kept as one blob: for each path a header and its bytes, streamed, so that size is bounded by disk only.
///
/// The form: `BKFILES1`, then for each entry a length (4 bytes, big-endian), that many bytes of JSON (`Entry`), and the
/// contents in pieces of a length (4 bytes) and bytes, ended by a length of 0.
public enum FileArchive {
  public struct Entry: Codable, Hashable, Sendable {
    public var path: String
    public var state: FileState
  }
  /// The blob is not an archive of this form, or ends too early.
  public struct Damaged: Error, Sendable {}

  private static let magic = Data("BKFILES1".utf8)

  /// Keeps every path of `states` under `name`. A name that is kept already is not read again.
  public static func save(
    _ states: [String: FileState], as name: String, from files: any PlaceFiles, in images: any ImageStore
  ) async throws -> BlobReference {
    if let kept = try await images.kept(name) { return kept }
    var rest = states.keys.sorted().reversed() as [String]
    var current: (path: String, offset: Int)?
    var isStarted = false
    return try await images.save(name) {
      var piece = Data()
      if !isStarted {
        isStarted = true
        piece = magic
      }
      while true {
        if let open = current {
          let bytes = try await files.bytes(of: open.path, from: open.offset)
          current = bytes.isEmpty ? nil : (open.path, open.offset + bytes.count)
          return piece + length(bytes.count) + bytes
        }
        guard let path = rest.popLast() else { return piece.isEmpty ? nil : piece }
        guard let state = states[path] else { continue }
        let header = try CanonicalJSON.data(of: Entry(path: path, state: state))
        piece += length(header.count) + header
        if state.kind == .file { current = (path, 0) } else { piece += length(0) }
        if piece.count >= FileLimits.chunk { return piece }
      }
    }
  }

  private static func length(_ count: Int) -> Data {
    Data([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) })
  }

  /// Calls `begin` for each entry; where it gives true, `chunk` gets its bytes and `end` is called at its end.
  static func read(
    _ blob: BlobReference, from images: any ImageStore, begin: (Entry) async throws -> Bool,
    chunk: (Data) async throws -> Void, end: (Entry) async throws -> Void
  ) async throws {
    var buffer = Data()
    var entry: Entry?
    var wanted = false
    var started = false
    try await images.load(blob) { data in
      buffer.append(data)
      while true {
        if !started {
          guard buffer.count >= magic.count else { return }
          guard buffer.prefix(magic.count) == magic else { throw Damaged() }
          buffer = Data(buffer.dropFirst(magic.count))
          started = true
        }
        guard buffer.count >= 4 else { return }
        let length = buffer.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard buffer.count >= 4 + length else { return }
        let piece = Data(buffer.dropFirst(4).prefix(length))
        buffer = Data(buffer.dropFirst(4 + length))
        if let current = entry {
          if length == 0 {
            if wanted { try await end(current) }
            entry = nil
          } else if wanted {
            try await chunk(piece)
          }
        } else {
          let next = try CanonicalJSON.value(Entry.self, of: piece)
          entry = next
          wanted = try await begin(next)
        }
      }
    }
    guard started, entry == nil, buffer.isEmpty else { throw Damaged() }
  }

  /// Names each entry, bytes unread.
  public static func list(
    _ blob: BlobReference, from images: any ImageStore, each: (Entry) throws -> Void
  ) async throws {
    try await read(blob, from: images) { entry in
      try each(entry)
      return false
    } chunk: { _ in
    } end: { _ in
    }
  }

  /// The bytes of an archive that holds one small file.
  public static func bytes(of blob: BlobReference, from images: any ImageStore) async throws -> Data {
    var result = Data()
    try await read(blob, from: images) {
      $0.state.kind == .file
    } chunk: {
      result += $0
    } end: { _ in
    }
    return result
  }

  /// Puts the kept entries of `destinations` (kept path → where to write it) back, folders before what is in them.
  ///
  /// - Returns: the kept paths that were found and written.
  @discardableResult
  public static func restore(
    _ blob: BlobReference, from images: any ImageStore, to files: any PlaceFiles, destinations: [String: String]
  ) async throws -> Set<String> {
    var written: Set<String> = []
    var temporary = ""
    var folders: [(String, FileState)] = []
    try await read(blob, from: images) { entry in
      guard let destination = destinations[entry.path] else { return false }
      switch entry.state.kind {
      case .file:
        temporary = try await files.begin(besides: destination)
        return true
      case .directory:
        var open = entry.state
        open.mode |= 0o700
        try await files.make(open, at: destination)
        folders.append((destination, entry.state))
        written.insert(entry.path)
      case .link:
        try await files.make(entry.state, at: destination)
        written.insert(entry.path)
      case .other: break
      }
      return false
    } chunk: { data in
      try await files.append(data, to: temporary)
    } end: { entry in
      guard let destination = destinations[entry.path] else { return }
      try await files.finish(temporary, as: destination, state: entry.state)
      written.insert(entry.path)
    }
    // A folder's own mode and time come last: writing into it needs the one and changes the other.
    for (path, state) in folders.sorted(by: { $0.0 > $1.0 }) { try await files.make(state, at: path) }
    return written
  }
}
