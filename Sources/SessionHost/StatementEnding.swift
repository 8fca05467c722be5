import CSystemCalls
import Foundation
import Glibc

/// Ends a statement's processes, and only those: TERM to all at one moment, KILL to what is left 5 s later.
///
/// The session's own shell is stopped first and never goes on: else it would run the statement's next command as soon as
/// the present one dies. The others are stopped while they are being found, so that none starts another unseen.
final class StatementEnding {
  static let patience: Int64 = 5_000_000_000
  let isTimeout: Bool
  let deadline: Int64
  /// Descriptors that become readable when a process ends.
  private(set) var watched: [Int32: Int32] = [:]
  private let shell: Int32
  private let statement: String
  private let spared: Set<ProcessMark>

  init(shell: Int32, statement: String, spared: Set<ProcessMark>, isTimeout: Bool) {
    self.shell = shell
    self.statement = statement
    self.spared = spared
    self.isTimeout = isTimeout
    deadline = SystemClock.nanoseconds() + Self.patience
    kill(shell, SIGSTOP)
    var found: Set<Int32> = []
    while true {
      let new = Self.processes(of: statement, spared: spared, shell: shell).filter { !found.contains($0) }
      if new.isEmpty { break }
      for pid in new {
        kill(pid, SIGSTOP)
        found.insert(pid)
      }
    }
    for pid in found { kill(pid, SIGTERM) }
    for pid in found { kill(pid, SIGCONT) }
    watch(found)
  }

  deinit { for fd in watched.values { close(fd) } }

  /// A process ended. True: none is left.
  func noteEnd(of pid: Int32) -> Bool {
    if let fd = watched.removeValue(forKey: pid) { close(fd) }
    guard watched.isEmpty else { return false }
    // They may have started others in their last moments.
    watch(Set(Self.processes(of: statement, spared: spared, shell: shell)))
    return watched.isEmpty
  }

  var isDone: Bool { watched.isEmpty }

  /// KILL to all that is left, the shell included.
  func finish() {
    for _ in 0..<100 {
      let left = Self.processes(of: statement, spared: spared, shell: shell)
      for pid in left { kill(pid, SIGKILL) }
      if left.isEmpty { break }
      usleep(1000)
    }
    kill(shell, SIGKILL)
  }

  private func watch(_ pids: Set<Int32>) {
    for pid in pids where watched[pid] == nil {
      let fd = backout_pidfd_open(pid)
      if fd >= 0 { watched[pid] = fd }
    }
  }

  /// All that descends from this host, which is where orphans come too, but not what earlier statements left behind.
  static func processes(of statement: String, spared: Set<ProcessMark>, shell: Int32?) -> [Int32] {
    let table = ProcessTable.all()
    let sparedPids = Set(table.filter { spared.contains($0.mark) }.map(\.pid))
    let sparedTrees = sparedPids.union(ProcessTable.descendants(of: sparedPids, in: table).map(\.pid))
    return ProcessTable.descendants(of: [getpid()], in: table).filter { entry in
      guard entry.pid != shell, !entry.isZombie, !sparedTrees.contains(entry.pid) else { return false }
      return ProcessTable.variable("BACKOUT_STATEMENT", of: entry.pid).map { $0 == statement } ?? true
    }.map(\.pid)
  }
}
