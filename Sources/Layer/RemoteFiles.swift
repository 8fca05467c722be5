import Foundation
import Runbook

/// Files of another place (sudo, ssh, a container, a pod), by commands that GNU and BusyBox both have.
public struct RemoteFiles: PlaceFiles {
  private let environment: StepEnvironment
  private let effect: Effect

  public init(environment: StepEnvironment, effect: Effect) {
    self.environment = environment
    self.effect = effect
  }

  public func states(of paths: [String], recursive: Bool) async throws -> [String: FileState] {
    var result: [String: FileState] = [:]
    for start in stride(from: 0, to: paths.count, by: 200) {
      let some = Array(paths[start..<min(start + 200, paths.count)])
      let output = try await shell(Self.listing, [recursive ? "-r" : "-n"] + some, doing: "reading", path: some[0])
      let fields = output.split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      for index in stride(from: 0, to: fields.count - 3, by: 4) {
        let numbers = fields[index + 2].split(separator: " ")
        guard let kind = FileState.Kind(rawValue: fields[index]), numbers.count == 5 else { continue }
        var state = FileState(
          kind: kind, mode: Int(numbers[0], radix: 8) ?? 0, owner: Int(numbers[1]) ?? 0, group: Int(numbers[2]) ?? 0,
          modified: (Int(numbers[4]) ?? 0) * 1_000_000_000)
        if kind == .file {
          state.size = Int(numbers[3]) ?? 0
          state.digest = fields[index + 3].isEmpty ? nil : fields[index + 3]
        } else if kind == .link {
          state.link = fields[index + 3]
        }
        result[fields[index + 1]] = state
      }
      guard result.count <= FileLimits.entries else {
        throw FileFailure(doing: "listing", path: some[0], reason: "more than \(FileLimits.entries) entries")
      }
    }
    return result
  }

  /// kind, path, "mode owner group size seconds", digest or link target; each ends in NUL.
  private static let listing = #"""
    how=$1; shift
    one='for f do
      s=$(stat -c "%a %u %g %s %Y" -- "$f") || exit 9
      if [ -L "$f" ]; then printf "l\0%s\0%s\0" "$f" "$s"; readlink -n -- "$f"; printf "\0"
      elif [ -d "$f" ]; then printf "d\0%s\0%s\0\0" "$f" "$s"
      elif [ -f "$f" ]; then printf "f\0%s\0%s\0%s\0" "$f" "$s" "$(sha256sum < "$f" 2>/dev/null | cut -c1-64)"
      else printf "o\0%s\0%s\0\0" "$f" "$s"; fi
    done'
    for p do
      [ -e "$p" ] || [ -L "$p" ] || continue
      if [ "$how" = -r ]; then find "$p" -exec sh -c "$one" sh {} + || exit 9
      else sh -c "$one" sh "$p" || exit 9; fi
    done
    """#

  public func matches(of pattern: String) async throws -> [String] {
    // The pattern reaches the other shell as data; only its unquoted expansion is a glob, with no splitting at blanks.
    let output = try await shell(
      "IFS=; for f in $1; do if [ -e \"$f\" ] || [ -L \"$f\" ]; then printf '%s\\0' \"$f\"; fi; done", [pattern],
      doing: "matching", path: pattern)
    return output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
  }

  public func bytes(of path: String, from offset: Int) async throws -> Data {
    // Every answer but the last is a whole number of blocks.
    guard offset % FileLimits.chunk == 0 else { return Data() }
    return try await shell(
      "dd if=\"$1\" bs=\(FileLimits.chunk) skip=\"$2\" count=8 2>/dev/null",
      [path, String(offset / FileLimits.chunk)], doing: "reading", path: path)
  }

  public func begin(besides path: String) async throws -> String {
    let output = try await shell(
      """
      d=$(dirname -- "$1") && mkdir -p -- "$d" && umask 077 || exit 1
      t=$d/.$(basename -- "$1" | cut -c 1-60).backout-new
      rm -f -- "$t" && set -C && : > "$t" && printf '%s' "$t"
      """, [path], doing: "creating a file beside", path: path)
    return String(decoding: output, as: UTF8.self)
  }

  public func append(_ data: Data, to temporary: String) async throws {
    _ = try await shell("cat >> \"$1\"", [temporary], input: data, doing: "writing", path: temporary)
  }

  public func finish(_ temporary: String, as path: String, state: FileState) async throws {
    _ = try await shell(
      """
      [ "$(stat -c %u:%g -- "$1")" = "$3" ] || chown "$3" "$1" || exit 1
      chmod "$4" "$1" || exit 1
      [ "$5" = 0 ] || touch -d "@$5" "$1" || exit 1
      if [ -d "$2" ] && [ ! -L "$2" ]; then rmdir -- "$2" || exit 1; fi
      mv -f -- "$1" "$2"
      """,
      [
        temporary, path, "\(state.owner):\(state.group)", String(state.mode, radix: 8),
        String(state.modified / 1_000_000_000),
      ], doing: "replacing", path: path)
  }

  public func make(_ state: FileState, at path: String) async throws {
    let owner = "\(state.owner):\(state.group)"
    switch state.kind {
    case .directory:
      _ = try await shell(
        """
        [ -d "$1" ] && [ ! -L "$1" ] || { rm -f -- "$1" && mkdir -p -- "$1"; } || exit 1
        [ "$(stat -c %u:%g -- "$1")" = "$2" ] || chown "$2" "$1" || exit 1
        chmod "$3" "$1"
        """, [path, owner, String(state.mode, radix: 8)], doing: "making the folder", path: path)
    case .link:
      _ = try await shell(
        """
        mkdir -p -- "$(dirname -- "$1")" || exit 1
        if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir -- "$1" || exit 1; else rm -f -- "$1" || exit 1; fi
        ln -s -- "$2" "$1" || exit 1
        [ "$(stat -c %u:%g -- "$1")" = "$3" ] || chown -h "$3" "$1"
        """, [path, state.link ?? "", owner], doing: "linking", path: path)
    case .file:
      _ = try await shell(
        """
        [ "$(stat -c %u:%g -- "$1")" = "$2" ] || chown "$2" "$1" || exit 1
        chmod "$3" "$1" || exit 1
        [ "$4" = 0 ] || touch -d "@$4" "$1"
        """, [path, owner, String(state.mode, radix: 8), String(state.modified / 1_000_000_000)],
        doing: "setting the mode of", path: path)
    case .other: throw FileFailure(doing: "making", path: path, reason: "special files are not kept")
    }
  }

  public func remove(_ path: String) async throws {
    _ = try await shell(
      """
      if [ -d "$1" ] && [ ! -L "$1" ]; then
        [ -n "$(ls -A -- "$1")" ] || rmdir -- "$1"
      else rm -f -- "$1"; fi
      """, [path], doing: "removing", path: path)
  }

  public func freeBytes(at path: String) async throws -> Int {
    let output = try await shell(
      "p=$1; while [ ! -e \"$p\" ]; do p=$(dirname -- \"$p\"); done; df -Pk -- \"$p\" | tail -n 1", [path],
      doing: "asking for free space of", path: path)
    let fields = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard fields.count > 3, let blocks = Int(fields[3]) else {
      throw FileFailure(doing: "asking for free space of", path: path, reason: "df gave no number")
    }
    return blocks * 1024
  }

  private func shell(
    _ script: String, _ arguments: [String], input: Data? = nil, doing: String, path: String
  ) async throws -> Data {
    let result = try await environment.runInPlace(["sh", "-c", script, "sh"] + arguments, of: effect, input: input)
    guard result.status == 0 else {
      throw FileFailure(
        doing: doing, path: path,
        reason: "exit \(result.status) in \(effect.place.label): \(result.errorText)")
    }
    return result.output
  }
}
