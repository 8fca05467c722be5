import Crypto
import Foundation
import Runbook

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files of this machine, by system calls: links are never followed, bytes are streamed.
public struct LocalFiles: PlaceFiles {
  public init() {}

  public func states(of paths: [String], recursive: Bool) async throws -> [String: FileState] {
    var result: [String: FileState] = [:]
    var waiting = paths
    while let path = waiting.popLast() {
      guard result[path] == nil, let state = try state(of: path) else { continue }
      result[path] = state
      guard result.count <= FileLimits.entries else {
        throw FileFailure(
          doing: "listing", path: paths.first ?? path, reason: "more than \(FileLimits.entries) entries")
      }
      if recursive, state.kind == .directory {
        for name in try names(in: path) { waiting.append(path == "/" ? "/\(name)" : "\(path)/\(name)") }
      }
    }
    return result
  }

  func state(of path: String) throws -> FileState? {
    var info = stat()
    guard lstat(path, &info) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw failure("reading", path)
    }
    #if canImport(Darwin)
      let time = info.st_mtimespec
    #else
      let time = info.st_mtim
    #endif
    var state = FileState(
      kind: .other, mode: Int(info.st_mode & 0o7777), owner: Int(info.st_uid), group: Int(info.st_gid),
      modified: Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec))
    switch info.st_mode & S_IFMT {
    case S_IFDIR: state.kind = .directory
    case S_IFLNK:
      state.kind = .link
      state.link = try target(of: path)
    case S_IFREG:
      state.kind = .file
      state.size = Int(info.st_size)
      state.digest = try digest(of: path)
    default: break
    }
    return state
  }

  public func matches(of pattern: String) async throws -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in found.gl_pathv[index].map { String(cString: $0) } }
  }

  public func bytes(of path: String, from offset: Int) async throws -> Data {
    let handle = try opened(path)
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(offset))
    return try handle.read(upToCount: FileLimits.chunk) ?? Data()
  }

  public func begin(besides path: String) async throws -> String {
    try makeParents(of: path)
    let name = (path as NSString).lastPathComponent.prefix(60)
    let temporary = "\((path as NSString).deletingLastPathComponent)/.\(name).backout-new"
    // Always the same name: what a killed run left is taken away by the run that goes on, and nothing is left over.
    guard unlink(temporary) == 0 || errno == ENOENT else { throw failure("removing", temporary) }
    let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("creating", temporary) }
    close(descriptor)
    return temporary
  }

  public func append(_ data: Data, to temporary: String) async throws {
    guard let handle = FileHandle(forWritingAtPath: temporary) else { throw failure("opening", temporary) }
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: data)
  }

  public func finish(_ temporary: String, as path: String, state: FileState) async throws {
    do {
      try setAttributes(state, at: temporary)
      let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
      if descriptor >= 0 {
        fsync(descriptor)
        close(descriptor)
      }
      // A folder that stands in the place of a file must be empty to go.
      if let now = try self.state(of: path), now.kind == .directory, rmdir(path) != 0 {
        throw failure("replacing", path)
      }
      guard rename(temporary, path) == 0 else { throw failure("replacing", path) }
    } catch {
      unlink(temporary)
      throw error
    }
    synchronise((path as NSString).deletingLastPathComponent)
  }

  public func make(_ state: FileState, at path: String) async throws {
    try makeParents(of: path)
    let now = try self.state(of: path)
    switch state.kind {
    case .directory:
      if now?.kind != .directory {
        if now != nil, unlink(path) != 0 { throw failure("replacing", path) }
        guard mkdir(path, 0o700) == 0 else { throw failure("making the folder", path) }
      }
      try setAttributes(state, at: path)
    case .link:
      if now?.kind == .link, now?.link == state.link { return }
      if now?.kind == .directory {
        guard rmdir(path) == 0 else { throw failure("replacing", path) }
      } else if now != nil, unlink(path) != 0 {
        throw failure("replacing", path)
      }
      guard symlink(state.link ?? "", path) == 0 else { throw failure("linking", path) }
      if let made = try self.state(of: path), made.owner != state.owner || made.group != state.group,
        lchown(path, uid_t(state.owner), gid_t(state.group)) != 0
      {
        throw failure("giving to its owner", path)
      }
    case .file: try setAttributes(state, at: path)
    case .other: throw FileFailure(doing: "making", path: path, reason: "special files are not kept")
    }
  }

  public func remove(_ path: String) async throws {
    guard let state = try state(of: path) else { return }
    if state.kind == .directory {
      guard rmdir(path) == 0 || errno == ENOTEMPTY || errno == EEXIST else { throw failure("removing", path) }
    } else {
      guard unlink(path) == 0 || errno == ENOENT else { throw failure("removing", path) }
    }
  }

  public func freeBytes(at path: String) async throws -> Int {
    var probe = path
    var info = statvfs()
    while statvfs(probe, &info) != 0 {
      guard probe != "/" else { throw failure("asking for free space of", path) }
      probe = (probe as NSString).deletingLastPathComponent
    }
    return Int(info.f_bavail) * Int(info.f_frsize)
  }

  private func names(in folder: String) throws -> [String] {
    guard let directory = opendir(folder) else { throw failure("listing", folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private func target(of path: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count >= 0 else { throw failure("reading the link", path) }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func digest(of path: String) throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == EACCES || errno == EPERM { return nil }
      throw failure("reading", path)
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var hash = SHA256()
    do {
      while let data = try handle.read(upToCount: FileLimits.chunk), !data.isEmpty { hash.update(data: data) }
    } catch {
      // Some of the kernel's own files open and cannot be read: like what may not be opened, they have no digest.
      return nil
    }
    return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private func opened(_ path: String) throws -> FileHandle {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw failure("reading", path) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private func makeParents(of path: String) throws {
    let parent = (path as NSString).deletingLastPathComponent
    guard !parent.isEmpty, parent != "/" else { return }
    var info = stat()
    if stat(parent, &info) == 0 { return }
    try makeParents(of: parent)
    guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { throw failure("making the folder", parent) }
  }

  private func setAttributes(_ state: FileState, at path: String) throws {
    guard let now = try self.state(of: path) else { return }
    // The owner first: changing it clears the set-id bits.
    if now.owner != state.owner || now.group != state.group,
      lchown(path, uid_t(state.owner), gid_t(state.group)) != 0
    {
      throw failure("giving to its owner", path)
    }
    guard chmod(path, mode_t(state.mode)) == 0 else { throw failure("setting the mode of", path) }
    guard state.modified != 0 else { return }
    let time = timespec(tv_sec: state.modified / 1_000_000_000, tv_nsec: state.modified % 1_000_000_000)
    let times = [time, time]
    guard utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure("setting the time of", path) }
  }

  private func synchronise(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private func failure(_ doing: String, _ path: String) -> FileFailure {
    FileFailure(doing: doing, path: path, reason: String(cString: strerror(errno)))
  }
}
