import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

extension SealingKey {
  /// The key: what `BACKOUT_KEY_COMMAND` prints, else `BACKOUT_KEY`, else the file `backout/key` in the configuration
  /// folder (`$XDG_CONFIG_HOME`, else `~/.config`), which is made on first use.
  ///
  /// - Parameter makes: whether a missing file is made. False for what only looks: nil is returned then.
  /// Throws `SealingKeyError`, `HomeFolderError`, `FolderError`.
  public static func load(
    environment: [String: String], home: HomeFolder, makes: Bool = true
  ) throws -> SealingKey? {
    if let command = environment["BACKOUT_KEY_COMMAND"], !command.isEmpty {
      let text = try output(of: command, environment: environment)
      guard let key = SealingKey(text: text) else { throw SealingKeyError.malformed(source: "BACKOUT_KEY_COMMAND") }
      return key
    }
    if let text = environment["BACKOUT_KEY"], !text.isEmpty {
      guard let key = SealingKey(text: text) else { throw SealingKeyError.malformed(source: "BACKOUT_KEY") }
      return key
    }
    let path = try file(environment: environment)
    guard !isInside(path, home.path) else { throw SealingKeyError.insideHome(path: path) }
    if let key = try read(path) { return key }
    guard makes else { return nil }
    try make(path)
    guard let key = try read(path) else { throw SealingKeyError.unusable(path: path, code: ENOENT) }
    return key
  }

  /// Where the key's file is, or would be made. Throws `HomeFolderError` where no home is known.
  public static func file(environment: [String: String]) throws -> String {
    try HomeFolder.base("XDG_CONFIG_HOME", else: ".config", environment: environment) + "/backout/key"
  }

  /// Nil: there is none.
  private static func read(_ path: String) throws -> SealingKey? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno != ENOENT else { return nil }
      throw SealingKeyError.unusable(path: path, code: errno)
    }
    defer { close(descriptor) }
    // Of the open file, not of the name: it cannot be exchanged in between.
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SealingKeyError.unusable(path: path, code: errno) }
    guard status.st_mode & 0o077 == 0 else {
      throw SealingKeyError.readableByOthers(path: path, mode: UInt32(status.st_mode & 0o777))
    }
    guard status.st_uid == geteuid() || geteuid() == 0 else { throw SealingKeyError.ownedByAnother(path: path) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = Foundation.read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw SealingKeyError.unusable(path: path, code: errno) }
    guard let key = SealingKey(text: String(decoding: buffer[..<count], as: UTF8.self)) else {
      throw SealingKeyError.malformed(source: path)
    }
    return key
  }

  /// Whole or not at all, and never over a key that another process made meanwhile.
  private static func make(_ path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    try Folder.make(folder)
    let partial = "\(path).\(getpid()).partial"
    unlink(partial)
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SealingKeyError.unusable(path: path, code: errno) }
    defer {
      close(descriptor)
      unlink(partial)
    }
    var text = try random().hex + "\n"
    let written = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) == $0.count }
    guard written else { throw SealingKeyError.unusable(path: path, code: ENOSPC) }
    guard fsync(descriptor) == 0 else { throw SealingKeyError.unusable(path: path, code: errno) }
    guard link(partial, path) == 0 || errno == EEXIST else {
      throw SealingKeyError.unusable(path: path, code: errno)
    }
    try Folder.sync(folder)
  }

  /// Symbolic links are followed as far as the path exists.
  private static func isInside(_ path: String, _ folder: String) -> Bool {
    let folder = resolved(folder)
    return resolved(path).hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  private static func resolved(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let parent = (path as NSString).deletingLastPathComponent
    guard !parent.isEmpty, parent != path else { return path }
    return (resolved(parent) as NSString).appendingPathComponent((path as NSString).lastPathComponent)
  }

  /// Seconds. A password manager may ask the person first.
  private static let patience = 120

  private static func output(of command: String, environment: [String: String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    do {
      try process.run()
    } catch {
      throw SealingKeyError.commandFailed(status: 127)
    }
    let deadline = DispatchTime.now() + .seconds(patience)
    let timer = DispatchSource.makeTimerSource()
    let child = process.processIdentifier
    timer.schedule(deadline: deadline)
    timer.setEventHandler { kill(child, SIGKILL) }
    timer.resume()
    defer { timer.cancel() }
    let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    guard process.terminationReason == .exit || DispatchTime.now() < deadline else {
      throw SealingKeyError.commandTimedOut(seconds: patience)
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw SealingKeyError.commandFailed(status: process.terminationStatus)
    }
    return String(decoding: data, as: UTF8.self)
  }
}
