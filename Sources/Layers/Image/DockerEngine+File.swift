import Foundation
import Layer
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

extension DockerEngine {
  /// Asks with a file that holds `content` for as long as the answer takes. Only whoever acts in the place can read it:
  /// a command line stands in the list of processes. Of a place that shares this machine's files. Throws `NoAnswer`.
  func withFile(
    _ content: Data, _ ask: (_ path: String) async throws -> CommandResult
  ) async throws -> CommandResult {
    let path = (isRoot ? NSTemporaryDirectory() : "/tmp/") + "backout-\(UUID().uuidString.lowercased()).env"
    do {
      guard try await write(content, to: path) else {
        throw NoAnswer(
          kind: .invalid, description: "compose cannot be asked with the .env that arrives: \(path) cannot be written")
      }
      let result = try await ask(path)
      await remove(path)
      return result
    } catch {
      await remove(path)
      throw error
    }
  }

  /// Who can read what is only ours.
  private var isRoot: Bool {
    guard case .sudo(let user) = effect.place else { return false }
    return (user ?? "root") == "root"
  }

  private func write(_ content: Data, to path: String) async throws -> Bool {
    guard isRoot else {
      // Another user cannot read a file of ours: it is made by them.
      let script = "umask 077 && set -C && cat >\"$1\""
      return try await run(["sh", "-c", script, "sh", path], input: content).status == 0
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    return (try? file.write(contentsOf: content)) != nil
  }

  private func remove(_ path: String) async {
    if isRoot {
      unlink(path)
    } else {
      _ = try? await run(["rm", "-f", path])
    }
  }
}
