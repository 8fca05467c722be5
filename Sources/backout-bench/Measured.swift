import Foundation
import Glibc

/// One process, started and watched to its end. Its standard output goes nowhere, or is read here.
struct Measured {
  private let pid: pid_t
  private let output: Int32
  private let began: ContinuousClock.Instant
  private let command: String

  /// Throws `Unmeasured` where it cannot be started.
  init(_ words: ArraySlice<String>, readsOutput: Bool = false) throws {
    command = words.joined(separator: " ")
    var ends: [Int32] = [-1, -1]
    if readsOutput { guard pipe(&ends) == 0 else { throw Unmeasured(why: "no pipe: \(errno)") } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if readsOutput {
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      posix_spawn_file_actions_addclose(&actions, ends[0])
      posix_spawn_file_actions_addclose(&actions, ends[1])
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    let copies = words.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    var pid: pid_t = 0
    began = .now
    let error = posix_spawnp(&pid, words.first ?? "", &actions, nil, copies + [nil], environ)
    guard error == 0 else { throw Unmeasured(why: "\(command) could not be started: \(error)") }
    if readsOutput { close(ends[1]) }
    self.pid = pid
    output = ends[0]
  }

  /// Waits for its end. Throws where it does not end with 0: what failed was not measured.
  func finish(watchesMemory: Bool = false) throws -> (milliseconds: Double, peak: Int, hostPeak: Int) {
    var status: Int32 = 0
    var peaks: [pid_t: Int] = [:]
    while waitpid(pid, &status, watchesMemory ? WNOHANG : 0) == 0 {
      // A high-water mark: what is read last, a moment before the end, is its peak.
      for one in [pid] + Self.hosts(of: pid) { peaks[one] = Self.peak(of: one) ?? peaks[one] }
      usleep(20_000)
    }
    let took = Self.milliseconds(since: began)
    guard status == 0 else { throw Unmeasured(why: "\(command) ended with status \(status >> 8)") }
    return (took, peaks[pid] ?? 0, peaks.filter { $0.key != pid }.values.max() ?? 0)
  }

  /// Milliseconds to the first line that holds `text`; the process is killed at once. Throws where none comes.
  func kill(after text: String) throws -> Double {
    var took: Double?
    let file = fdopen(output, "r")
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    while took == nil, getline(&line, &capacity, file) > 0 {
      guard let line, strstr(line, text) != nil else { continue }
      took = Self.milliseconds(since: began)
    }
    _ = Glibc.kill(pid, SIGKILL)
    free(line)
    fclose(file)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    guard let took else { throw Unmeasured(why: "\(command) never printed \(text)") }
    return took
  }

  private static func milliseconds(since begin: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - begin) / .milliseconds(1)
  }

  /// KiB.
  private static func peak(of pid: pid_t) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }

  private static func hosts(of pid: pid_t) -> [pid_t] {
    guard let tasks = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task") else { return [] }
    return tasks.flatMap { task -> [pid_t] in
      let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/children", encoding: .utf8)
      return (children ?? "").split(separator: " ").compactMap { pid_t($0) }
    }.filter { child in
      let words = FileManager.default.contents(atPath: "/proc/\(child)/cmdline") ?? Data()
      return words.range(of: Data("__session-host".utf8)) != nil
    }
  }
}
